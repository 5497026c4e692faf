/** The bytes of messages: as the protocol and its reference implementation print them, and what is none. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { drawItems, setOf } from '../../../../lab/suites/reconciling.ts';
import { fromHex, hex } from '../../base/bytes.ts';
import { Fault } from '../../base/fault.ts';
import { nativePrimitives } from '../../native/primitives.ts';
import { Initiator } from './initiator.ts';
import { compareBounds, HIGHEST, timeMax, type Bound, type Item } from './item.ts';
import { rangesOf, Writer } from './message.ts';
import { Responder } from './responder.ts';

const primitives = nativePrimitives();
const bytes = (text: string): Uint8Array => fromHex(text.replaceAll(' ', '')) ?? assert.fail(text);
const read = (text: string) => Array.from(rangesOf(bytes(text)));
const groundOf = (...items: Parameters<typeof setOf>[0][]) => ({
  primitives,
  snapshot: setOf(items.flatMap((each) => [...each])).snapshot(),
});
const EE = { time: 12_345, id: new Uint8Array(32).fill(0xee) };

test('[Z35] the messages of the reference test are read and answered byte by byte', () => {
  const responder = new Responder(groundOf([EE]));
  // All of it, and we have nothing there.
  assert.equal(hex(responder.on(bytes('61 00 00 02 00'))), `6100000201${'ee'.repeat(32)}`);
  // Another version is told ours.
  assert.equal(hex(responder.on(bytes('62 aabbccddeeff'))), '61');
  // Nothing more to say is an answer of the version alone.
  assert.equal(hex(responder.on(bytes('61'))), '61');
  assert.equal(hex(responder.on(bytes('61 00 00 00'))), '61');
  assert.equal(hex(new Initiator(groundOf([EE])).start()), `6100000201${'ee'.repeat(32)}`);
  assert.equal(hex(new Initiator(groundOf()).start()), '6100000200');
});

test('[Z35] times are differences of digits of base 128, one higher; prefixes are as short as tells two ids apart', () => {
  const at = (time: number, first: number) => ({ time, id: new Uint8Array(32).fill(first, 0, 2).fill(7, 2) });
  const [a, b, c] = [at(127, 1), at(255, 1), at(255, 2)];
  const startOf = (...items: readonly Item[]) => hex(new Initiator(groundOf(items)).start());
  const joined = (...parts: readonly string[]) => parts.join('').replaceAll(' ', '');
  // A single item is asked about by its id, two or more by their sum and their number.
  assert.equal(startOf(a, b), joined('61 8200 00 02 01', hex(a.id), '00 00 02 01', hex(b.id)));
  const fingerprint = (text: string) => hex(primitives.sha256(bytes(text)).subarray(0, 16));
  const low = fingerprint(`0202 ${'0e'.repeat(30)} 02`);
  const high = fingerprint(`0404 0e0e0e0f ${'0e'.repeat(26)} 02`);
  const d = { time: 255, id: c.id.with(5, 8) };
  assert.equal(startOf(d, c, b, a), joined('61 8200 01 02 01', low, '00 00 01', high));
});

test('[Z35] what is written is what is read', () => {
  const bound: fc.Arbitrary<Bound> = fc.oneof(
    fc.constant(HIGHEST),
    fc.record({
      time: fc.oneof(
        fc.nat(300),
        fc.maxSafeNat().map((n) => Math.min(n, timeMax)),
        fc.constant(timeMax),
      ),
      prefix: fc.uint8Array({ maxLength: 32 }),
    }),
  );
  const range = fc.tuple(bound, fc.constantFrom('skip', 'fingerprint', 'list'), fc.nat(3));
  fc.assert(
    fc.property(fc.array(range, { maxLength: 20 }), (ranges) => {
      const sorted = ranges.toSorted(([a], [b]) => compareBounds(a, b));
      const writer = new Writer(1 << 20);
      for (const [upper, mode, count] of sorted) {
        if (mode === 'fingerprint') writer.fingerprint(upper, new Uint8Array(16).fill(count));
        else writer.list(upper, count, (into) => into.fill(count));
      }
      const found = Array.from(rangesOf(writer.done()));
      assert.equal(found.length, sorted.length);
      for (const [n, [upper, mode, count]] of sorted.entries()) {
        const { content, ...rest } = { content: found[n]!, upper: found[n]!.upper };
        assert.equal(compareBounds(rest.upper, upper), 0);
        if (mode === 'fingerprint') assert.equal(content.mode, 'fingerprint');
        else assert.deepEqual([content.mode, content.mode === 'list' && content.count], ['list', count]);
      }
    }),
  );
});

test('[Z37] bytes that are no message are refused with the place and what was expected', () => {
  const cases = [
    ['', /byte 0.*empty/],
    ['00', /byte 0.*version/],
    ['70', /byte 0.*version/],
    ['61 81', /more bytes/],
    ['61 02', /more bytes/],
    ['61 00 21', /at most 32 bytes of an id/],
    ['61 00 05 0000', /5 more bytes/],
    ['61 00 00', /more bytes/],
    ['61 00 00 03', /mode 0, 1 or 2/],
    ['61 00 00 01 00', /16 more bytes/],
    ['61 00 00 02 02 00', /64 more bytes/],
    ['61 00 00 02 ffffffffffffff7f', /2\^53|more bytes/],
    ['61 8001 00 00', /zeros before it/],
    ['61 ffffffffffffffffff7f 00 00', /2\^53/],
    // The highest time there is, and then one above it.
    ['61 8fffffffffffff7f 00 00 02 00 00', /a time up to/],
    ['61 05 01 09 00 01 01 08 00', /not below the one before/],
  ] as const;
  for (const [text, wanted] of cases) {
    assert.throws(
      () => new Responder(groundOf([EE])).on(bytes(text)),
      (thrown) => thrown instanceof Fault && thrown.code === 'malformed' && wanted.test(thrown.message),
      text,
    );
  }
  // The end twice is what the reference says when a frame is full; zeros behind a bound change nothing.
  assert.equal(read('61 00 00 00 00 00 00').length, 2);
  assert.equal(read('61 00 00 00 05 00 00').at(-1)?.upper, HIGHEST);
  assert.equal(read('61 05 01 09 00 01 02 0900 00').length, 2);
});

test('[Z37] any bytes at all are answered within the frame or refused, on both sides, and nothing else is thrown', () => {
  const items = drawItems(3, 500, (n) => n >> 2);
  const ground = groundOf(items);
  const first = new Initiator(ground).start();
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((tail) => Uint8Array.of(0x61, ...tail)),
    fc.uint8Array({ maxLength: 50 }),
    // A message with some bytes changed, or cut short.
    fc
      .record({ at: fc.nat(first.length - 1), byte: fc.nat(255), end: fc.nat(first.length) })
      .map(({ at, byte, end }) => first.with(at, byte).subarray(0, Math.max(end, at + 1))),
  );
  fc.assert(
    fc.property(fc.array(noise, { minLength: 1, maxLength: 4 }), (messages) => {
      const responder = new Responder(ground, { frameBytesMax: 4096 });
      const initiator = new Initiator(ground, { frameBytesMax: 4096 });
      initiator.start();
      for (const message of messages) {
        const answer = told(() => responder.on(message));
        if (answer !== null) assert.ok(answer.length <= 4096);
        const step = told(() => initiator.on(message));
        if (step !== null) assert.ok(step.have.count <= items.length && (step.message?.length ?? 0) <= 4096);
      }
    }),
    { numRuns: 500 },
  );
});

function told<T>(act: () => T): T | null {
  try {
    return act();
  } catch (thrown) {
    assert.ok(thrown instanceof Fault, String(thrown));
    return null;
  }
}
