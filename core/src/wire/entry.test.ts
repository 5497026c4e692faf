import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { concat, fromHex, hex } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { payloadBytesMax } from '../base/limits.ts';
import { mentionsPerEntryMax, mentionTagBytes } from '../base/limits-mentions.ts';
import { countEntries, encodeEntry, EntryCursor, headerBytes, type Entry } from './entry.ts';

const anyTags = fc.nat(mentionsPerEntryMax).chain((count) => {
  const size = count * mentionTagBytes;
  return fc.uint8Array({ minLength: size, maxLength: size });
});

const anyEntry: fc.Arbitrary<Entry> = fc.record(
  {
    sealed: fc.boolean(),
    device: fc.uint8Array({ minLength: 8, maxLength: 8 }),
    epoch: fc.nat(0xffff_ffff),
    seq: fc.integer({ min: 1, max: 2 ** 48 }),
    keyEpoch: fc.nat(0xffff_ffff),
    timeMs: fc.nat(2 ** 45),
    payload: fc.uint8Array({ maxLength: 300 }),
    news: anyTags,
  },
  { requiredKeys: ['sealed', 'device', 'epoch', 'seq', 'keyEpoch', 'timeMs', 'payload'] },
);

test('[W12] entries laid end to end read back one by one, and encode to the same bytes', () => {
  fc.assert(
    fc.property(fc.array(anyEntry, { maxLength: 8 }), (entries) => {
      const page = concat(...entries.map(encodeEntry));
      const cursor = new EntryCursor(page);
      for (const entry of entries) {
        assert.ok(cursor.next());
        const read = cursor.entry();
        const plain = (each: Entry) => ({
          ...each,
          device: [...each.device],
          payload: [...each.payload],
          news: each.news && [...each.news],
        });
        assert.deepEqual(plain(read), plain(entry));
        assert.deepEqual(cursor.isNews, entry.news !== undefined);
        assert.equal(headerBytes(read).length, cursor.payloadAt - cursor.deviceAt + 1);
        assert.deepEqual(encodeEntry(read), page.slice(cursor.start, cursor.end));
      }
      assert.equal(cursor.next(), false);
      assert.equal(countEntries(page), entries.length);
    }),
  );
});

test('[W12] every flipped bit of an entry is noticed', () => {
  const entry = encodeEntry({
    sealed: true,
    device: Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]),
    epoch: 3,
    seq: 9,
    keyEpoch: 1,
    timeMs: 1_700_000_000_000,
    payload: new TextEncoder().encode('a copse is a small group of trees'),
  });
  for (let bit = 0; bit < entry.length * 8; bit++) {
    const broken = entry.slice();
    broken[bit >> 3]! ^= 1 << (bit & 7);
    assert.throws(
      () => new EntryCursor(broken).next(),
      (thrown: unknown) =>
        thrown instanceof Fault && (thrown.code === 'malformed' || thrown.code === 'tooLarge'),
    );
  }
});

test('[W12, W4] truncated entries are refused at every length', () => {
  const entry = encodeEntry({
    sealed: false,
    device: new Uint8Array(8),
    epoch: 1,
    seq: 1,
    keyEpoch: 1,
    timeMs: 1,
    payload: new Uint8Array(20),
  });
  for (let size = 1; size < entry.length; size++) {
    assert.throws(() => new EntryCursor(entry.slice(0, size)).next(), { name: 'Fault' });
  }
});

test('[G2] a payload above its limit is refused by writer and reader', () => {
  const big = {
    sealed: false,
    device: new Uint8Array(8),
    epoch: 1,
    seq: 1,
    keyEpoch: 1,
    timeMs: 1,
    payload: new Uint8Array(payloadBytesMax + 1),
  };
  assert.throws(() => encodeEntry(big), /at most/);
  assert.ok(new EntryCursor(encodeEntry({ ...big, payload: new Uint8Array(payloadBytesMax) })).next());
});

test('[W7] the golden entry keeps its bytes', () => {
  const entry: Entry = {
    sealed: false,
    device: fromHex('0102030405060708')!,
    epoch: 1,
    seq: 2,
    keyEpoch: 1,
    timeMs: 1_700_000_000_000,
    payload: new TextEncoder().encode('hi'),
  };
  assert.equal(hex(headerBytes(entry)), '000102030405060708010201' + '80d095ffbc31');
  // The checksum was computed with Python's zlib.crc32.
  assert.equal(
    hex(encodeEntry(entry)),
    '18' + '000102030405060708010201' + '80d095ffbc31' + '6869' + 'd93cc58c',
  );
});
