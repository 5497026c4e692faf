import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';
import { concat, hex } from 'copse/internal/base/bytes.ts';
import { crc32 } from 'copse/internal/base/crc32.ts';
import { encodeEntry, EntryCursor } from 'copse/internal/wire/entry.ts';

import {
  checkEntries,
  DeviceIds,
  eachWriterRun,
  encodeNative,
  fitEntries,
  nativeChecksum,
  skipEntries,
  type WriterRun,
} from './entries.ts';

const value = fc.record({
  sealed: fc.boolean(),
  device: fc.constantFrom(1, 2, 257).map((n) => Uint8Array.of(n & 255, n >> 8, 0, 0, 0, 0, 0, 9)),
  epoch: fc.integer({ min: 1, max: 3 }),
  seq: fc.integer({ min: 1, max: 2 ** 40 }),
  keyEpoch: fc.nat(300),
  timeMs: fc.nat(2 ** 31),
  payload: fc.uint8Array({ maxLength: 300 }),
});
const entry = value.map(encodeEntry);

test('[W12] what the server encodes itself is what the wire encodes', () => {
  fc.assert(
    fc.property(value, (each) => {
      deepEqual(encodeNative(each), encodeEntry(each));
    }),
  );
});

test('[W12] entries are walked as the cursor of the wire walks them', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 20 }), fc.nat(20), fc.nat(3000), (entries, skip, bytesMax) => {
      const bytes = concat(...entries);
      equal(checkEntries(bytes), entries.length);
      const from = Math.min(skip, entries.length);
      const start = skipEntries(bytes, 0, from);
      equal(start, concat(...entries.slice(0, from)).length);
      const { end, count } = fitEntries(bytes, start, bytesMax, 7);
      equal(end, start + concat(...entries.slice(from, from + count)).length);
      const wouldFit = count < 7 && from + count < entries.length;
      if (wouldFit) equal(end - start + entries[from + count]!.length > bytesMax, true);
    }),
  );
});

test('[L4] the runs of writers are the entries of the cursor, joined', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 30 }), (entries) => {
      const padding = Uint8Array.of(1, 2, 3);
      const bytes = concat(padding, ...entries, padding);
      const span = { bytes, start: 3, end: bytes.length - 3, at: 100 };
      const found: WriterRun[] = [];
      equal(
        eachWriterRun(span, new DeviceIds(), (run) => found.push({ ...run })),
        entries.length,
      );
      const flat = found.flatMap(({ device, epoch, seq, at, count }) =>
        Array.from({ length: count }, (_, i) => `${device} ${epoch} ${seq + i} ${at + i}`),
      );
      const cursor = new EntryCursor(concat(...entries), crc32);
      const expected: string[] = [];
      while (cursor.next())
        expected.push(`${cursor.device()} ${cursor.epoch} ${cursor.seq} ${100 + expected.length}`);
      deepEqual(flat, expected);
    }),
  );
});

test('[G2] device ids that share a place of the cache are told apart', () => {
  const devices = new DeviceIds();
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), (bytes) => {
      equal(devices.at(bytes, 0), hex(bytes));
      equal(devices.at(bytes, 0), hex(bytes));
    }),
    { numRuns: 20_000 },
  );
});

test('[W12] the native checksum is the one of the wire', () => {
  const bytes = crypto.getRandomValues(new Uint8Array(1000));
  for (const [from, to] of [
    [0, 1000],
    [1, 999],
    [500, 500],
    [13, 21],
  ] as const) {
    equal(nativeChecksum(bytes, from, to), crc32(bytes, from, to));
  }
});

test('[J3] entries that are cut off are noticed', () => {
  const payload = new Uint8Array(50);
  const header = { sealed: false, device: new Uint8Array(8), epoch: 1, seq: 1, keyEpoch: 1, timeMs: 1 };
  const bytes = encodeEntry({ ...header, payload }).subarray(0, 40);
  throws(() => skipEntries(bytes, 0, 1), { name: 'Fault', code: 'corrupt' });
  throws(() => fitEntries(bytes, 0, 1000, 10), { name: 'Fault', code: 'corrupt' });
  throws(() => checkEntries(bytes), { name: 'Fault', code: 'malformed' });
});
