import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';
import { deviceId } from 'copse/internal/base/ids.ts';
import { chunkBytesTarget, inFlightCountMax } from 'copse/internal/base/limits.ts';
import { WriterTable } from 'copse/internal/log/writer-table.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';

import { holds, pack, packWriter, unpack, unpackWriter } from './chunks-rows.ts';
import { joinable } from './chunks-writer.ts';

const primitives = nativePrimitives();

test('[G2] whatever comes in whatever pieces, a log has few small chunks and few bytes are written again', () => {
  const piece = fc.oneof(
    fc.integer({ min: 30, max: 400 }),
    fc.integer({ min: 30, max: 70_000 }),
    fc.constant(200),
  );
  fc.assert(
    fc.property(fc.array(piece, { minLength: 100, maxLength: 600 }), (pieces) => {
      // Sizes of the chunks at the end of a log, oldest first.
      let chunks: number[] = [];
      let written = 0;
      let total = 0;
      for (const bytes of pieces) {
        total += bytes;
        const end = chunks.slice(-16).toReversed();
        const joined = joinable(
          end.map((size, id) => ({ id, bytes: size })),
          bytes,
        );
        let sum = bytes;
        for (const { bytes: size } of joined) sum += size;
        chunks = [...chunks.slice(0, chunks.length - joined.length), sum];
        written += sum;
        while (chunks[0] !== undefined && chunks[0] >= chunkBytesTarget) chunks.shift();
        ok(chunks.length <= 40, `${chunks.length} small chunks`);
      }
      ok(written <= 8 * total, `${written / total} times written`);
    }),
    { numRuns: 200 },
  );
});

test('[G2] ten thousand single entries of a log end in a dozen small chunks', () => {
  let chunks: number[] = [];
  let largest = 0;
  for (let i = 0; i < 10_000; i++) {
    const end = chunks.slice(-16).toReversed();
    const joined = joinable(
      end.map((bytes, id) => ({ id, bytes })),
      200,
    );
    let sum = 200;
    for (const { bytes } of joined) sum += bytes;
    chunks = [...chunks.slice(0, chunks.length - joined.length), sum].filter(
      (bytes) => bytes < chunkBytesTarget,
    );
    largest = Math.max(largest, chunks.length);
  }
  ok(largest <= 16, `${largest} small chunks`);
});

test('[J3] a stored chunk gives its entries back; any changed byte is noticed', () => {
  const text = new TextEncoder().encode('the same words again and again. '.repeat(4000));
  const noise = crypto.getRandomValues(new Uint8Array(60_000));
  for (const entries of [text, noise, text.subarray(0, 500), new Uint8Array(1)]) {
    const packed = pack(primitives, entries);
    deepEqual(unpack(packed), entries);
    ok(holds(primitives, entries, packed));
    equal(packed.sha256 === null, entries.length < chunkBytesTarget);
    for (const at of [0, packed.data.length >> 1, packed.data.length - 1]) {
      const data = packed.data.slice();
      data[at]! ^= 1;
      equal(unpack({ ...packed, data }), null);
    }
    if (packed.sha256 !== null) ok(!holds(primitives, entries.slice(1), packed));
  }
  ok(pack(primitives, text).data.length < text.length / 10, 'text is compressed');
});

test('[L2] the row of a writer brings back what may be resent, for every epoch', () => {
  const device = deviceId('00000000000000aa');
  const run = fc.record({
    epoch: fc.integer({ min: 1, max: 12 }),
    count: fc.integer({ min: 1, max: 300 }),
    gap: fc.nat(3),
  });
  fc.assert(
    fc.property(fc.array(run, { minLength: 1, maxLength: 40 }), (runs) => {
      const table = new WriterTable();
      const seqs = new Map<number, number>();
      let at = 1;
      for (const { epoch, count, gap } of runs) {
        at += gap;
        for (let i = 0; i < count; i++) {
          const seq = (seqs.get(epoch) ?? 0) + 1;
          seqs.set(epoch, seq);
          table.replay(device, epoch, seq, at++);
        }
      }
      const [row] = table.all();
      ok(row !== undefined);
      const { floor, states } = unpackWriter(packWriter(row));
      equal(floor, row.floor);
      equal(states.length, row.states.length);
      for (const [i, before] of row.states.entries()) {
        const state = states[i]!;
        deepEqual([state.epoch, state.seq, state.durable], [before.epoch, before.seq, before.seq]);
        for (let seq = Math.max(1, state.seq - inFlightCountMax + 1); seq <= state.seq; seq++) {
          equal(state.positionOf(seq), before.positionOf(seq), `seq ${seq}`);
        }
      }
    }),
    { numRuns: 100 },
  );
});
