import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { tailApi } from 'copse/internal/api/tail.ts';
import { concat, hex } from 'copse/internal/base/bytes.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import { deviceId, handle as asHandle, userId } from 'copse/internal/base/ids.ts';
import { commitCountMax, inFlightCountMax } from 'copse/internal/base/limits.ts';
import { Reader, Writer } from 'copse/internal/wire/buffer.ts';
import { frameKind, putNote } from 'copse/internal/wire/frame.ts';
import { encode } from 'copse/internal/wire/shape.ts';
import { putAck, putEntriesPush, putPresent, WriteView } from './frames.ts';

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const position = fc.maxSafeNat();
const bytes = (max: number) => fc.uint8Array({ maxLength: max });

test('[W1] an ack written by hand has the bytes of the contract', () => {
  const run = fc.record({
    epoch: uint32,
    seq: position,
    count: fc.integer({ min: 0, max: commitCountMax }),
    at: position,
  });
  const durability = fc.constantFrom('memory', 'synced', 'replicated');
  fc.assert(
    fc.property(
      uint32,
      durability,
      fc.array(run, { maxLength: inFlightCountMax }),
      fc.nat(300),
      (handle, durability, runs, before) => {
        const [byHand, byShape] = [new Writer(), new Writer()];
        for (const writer of [byHand, byShape]) writer.raw(new Uint8Array(before));
        const flat = [9, 9, 9, 9, ...runs.flatMap(({ epoch, seq, count, at }) => [epoch, seq, count, at])];
        putAck(byHand, handle, durability, { flat, from: 4, to: flat.length });
        putNote(byShape, frameKind.push, tailApi.pushes.ack, { handle: asHandle(handle), durability, runs });
        assert.equal(hex(byHand.view()), hex(byShape.view()));
      },
    ),
  );
});

test('[W1] an entries push written by hand has the bytes of the contract', () => {
  fc.assert(
    fc.property(
      uint32,
      position,
      fc.integer({ min: 0, max: commitCountMax }),
      fc.array(bytes(300), { maxLength: 5 }),
      (channel, at, count, parts) => {
        const [byHand, byShape] = [new Writer(), new Writer()];
        const entries = concat(...parts);
        putEntriesPush(byHand, { channel, at, count, bytes: entries.length }, parts);
        putNote(byShape, frameKind.push, tailApi.pushes.entries, { channel, at, count, entries });
        assert.equal(hex(byHand.view()), hex(byShape.view()));
      },
    ),
  );
});

test('[W1] a present push written by hand has the bytes of the contract', () => {
  const person = fc.record({
    who: uint32,
    ids: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    state: bytes(512),
  });
  fc.assert(
    fc.property(
      uint32,
      fc.boolean(),
      fc.array(person, { maxLength: 8 }),
      fc.array(uint32, { maxLength: 8 }),
      (channel, reset, people, left) => {
        const [byHand, byShape] = [new Writer(), new Writer()];
        const joined = people.map(({ who, ids, state }) => ({ session: { who, ids }, state }));
        putPresent(byHand, { channel, reset, count: people.length, joined, left });
        putNote(byShape, frameKind.push, tailApi.pushes.present, {
          channel,
          reset,
          count: people.length,
          joined: people.map(({ who, ids, state }) => ({
            who,
            user: userId(hex(ids.subarray(8))),
            device: deviceId(hex(ids.subarray(0, 8))),
            state,
          })),
          left,
        });
        assert.equal(hex(byHand.view()), hex(byShape.view()));
      },
    ),
  );
});

test('[W1] a write is read by hand as by the contract', () => {
  const { message } = tailApi.casts.write;
  fc.assert(
    fc.property(uint32, fc.option(position), bytes(200), (handle, at, entries) => {
      const body = encode(message, { handle: asHandle(handle), at, entries });
      const view = new WriteView();
      view.read(new Reader(concat(Uint8Array.of(1, 2, 3), body), 3));
      assert.deepEqual([view.handle, view.at, view.to - view.from], [handle, at, entries.length]);
      assert.equal(view.to, body.length + 3);
    }),
  );
});

test('[W4] bytes that the contract refuses are refused by hand, with the same code', () => {
  const { message } = tailApi.casts.write;
  const read = (by: (reader: Reader) => void, input: Uint8Array): string => {
    try {
      const reader = new Reader(input);
      by(reader);
      return 'read';
    } catch (thrown) {
      return asFault(thrown).code;
    }
  };
  const spoilt = fc.oneof(
    bytes(40),
    fc
      .tuple(uint32, fc.option(position), bytes(60), fc.nat(40), fc.nat(255))
      .map(([handle, at, entries, place, byte]) => {
        const body = encode(message, { handle: asHandle(handle), at, entries });
        body[place % body.length] = byte;
        return body;
      }),
  );
  fc.assert(
    fc.property(spoilt, (input) => {
      const byHand = read((reader) => new WriteView().read(reader), input);
      const byShape = read((reader) => {
        message.read(reader);
        reader.done();
      }, input);
      assert.equal(byHand, byShape);
    }),
    { numRuns: 2000 },
  );
});
