import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { browserPrimitives } from '../browser/primitives.ts';
import { browserGrinder } from '../browser/work-grinder.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { fromHex, hex } from '../base/bytes.ts';
import {
  Grind,
  headBytes,
  headOf,
  isWork,
  plainGrinder,
  WORK_ALGORITHM,
  zeroBits,
  type Stamp,
} from './work.ts';

const primitives = nativePrimitives();
const of = {
  id: new Uint8Array(32).fill(1),
  node: new Uint8Array(32).fill(2),
  recipient: new Uint8Array(32).fill(3),
};
const BITS = 12;
const expiresMs = 1_800_000_000_000;

function work(bits = BITS): Stamp {
  const head = headOf(of, { bits, expiresMs });
  const nonce = new Grind(plainGrinder(primitives), head, { bits, first: new Uint8Array(8) }).step(1 << 20);
  assert.ok(nonce !== null);
  return { algorithm: WORK_ALGORITHM, bits, expiresMs, nonce };
}

test('[Z70] zero bits are counted as NIP-13 counts them', () => {
  const stated: readonly (readonly [string, number])[] = [
    ['000006d8c378af1779d2feebc7603a125d99eca0ccf1085959b307f64e5dd358', 21],
    ['000000000e9d97a1ab09fc381030b346cdd7a142ad57e6df0b46dc9bef6c7e2d', 36],
    ['002f'.padEnd(64, '0'), 10],
    ['1'.padEnd(64, '0'), 3],
    ['7'.padEnd(64, '0'), 1],
    ['8'.padEnd(64, '0'), 0],
    ['0'.repeat(64), 256],
  ];
  for (const [text, bits] of stated) assert.equal(zeroBits(fromHex(text) ?? new Uint8Array()), bits, text);
});

test('[Z70] work counts for its message, its recipient and its node, for the bits and the end that it says, and for nothing else', () => {
  const stamp = work();
  assert.equal(isWork(primitives, of, stamp), true);
  const other = new Uint8Array(32).fill(9);
  for (const changed of [{ id: other }, { node: other }, { recipient: other }])
    assert.equal(isWork(primitives, { ...of, ...changed }, stamp), false, Object.keys(changed).join());
  assert.equal(isWork(primitives, { ...of, node: of.recipient, recipient: of.node }, stamp), false);
  for (const bits of [0, BITS - 1, BITS + 1, 36])
    assert.equal(
      zeroBits(primitives.sha256(Uint8Array.of(...headOf(of, { bits, expiresMs }), ...stamp.nonce))) === BITS,
      false,
      'another claim is another hash',
    );
  assert.equal(isWork(primitives, of, { ...stamp, bits: BITS + 8 }), false, 'a claim of more');
  assert.equal(isWork(primitives, of, { ...stamp, expiresMs: expiresMs + 1 }), false);
  assert.equal(isWork(primitives, of, { ...stamp, algorithm: 2 }), false);
  assert.equal(isWork(primitives, of, { ...stamp, bits: 255 }), false, 'more than is ever asked');
});

test('[Z70] checking work costs one hash', () => {
  let count = 0;
  const sha256 = (data: Uint8Array): Uint8Array => {
    count += 1;
    return primitives.sha256(data);
  };
  assert.equal(isWork({ sha256 }, of, work()), true);
  assert.equal(count, 1);
});

test('[Z70] what is hashed before the nonce fills two blocks, and both runtimes hash it alike', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), fc.nat(255), (nonce, bits) => {
      const head = headOf(of, { bits, expiresMs });
      assert.equal(head.length, headBytes);
      const hash = plainGrinder(primitives)(head)(nonce);
      assert.deepEqual(plainGrinder(browserPrimitives())(head)(nonce), hash);
      const grind = browserGrinder(head);
      grind(hash.slice(0, 8));
      assert.deepEqual(grind(nonce), hash, 'also after another attempt');
    }),
  );
});

test('[Z70] looking goes on where it was, and says how far it is', () => {
  const head = headOf(of, { bits: BITS, expiresMs });
  const whole = new Grind(plainGrinder(primitives), head, { bits: BITS, first: new Uint8Array(8) });
  const found = whole.step(1 << 20);
  const parts = new Grind(plainGrinder(primitives), head, { bits: BITS, first: new Uint8Array(8) });
  let nonce: Uint8Array | null = null;
  let before = 0;
  while (nonce === null) {
    nonce = parts.step(64);
    assert.ok(parts.progress > before && parts.progress < 1);
    before = parts.progress;
  }
  assert.deepEqual([nonce, parts.tries], [found, whole.tries]);
});

test('[Z70] after the last nonce of the lower half the upper half counts on', () => {
  const first = fromHex('00000000ffffffff') ?? new Uint8Array();
  const seen: string[] = [];
  const never = new Uint8Array(32).fill(255);
  const grind = new Grind(
    () => (nonce) => {
      seen.push(hex(nonce));
      return never;
    },
    headOf(of, { bits: 1, expiresMs }),
    { bits: 1, first },
  );
  assert.equal(grind.step(2), null);
  assert.deepEqual(seen, ['00000000ffffffff', '0000000100000000']);
});
