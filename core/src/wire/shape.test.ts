import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../base/fault.ts';
import { list, maybe, nothing, struct, union } from './compound.ts';
import { bool, bytes, choice, decode, encode, fixed, id, text, uint, type Shape } from './shape.ts';

const animal = union({
  cat: [1, struct({ name: text(20), lives: uint(9) })],
  fish: [2, struct({ depth: uint() })],
});

const everything = struct({
  small: uint(200),
  large: uint(),
  flag: bool,
  blob: bytes(40),
  exact: fixed(4),
  ident: id(3, (value) => value),
  words: text(64),
  mood: choice('calm', 'glad'),
  pets: list(animal, 5),
  none: maybe(uint(10)),
  empty: nothing,
});

const anyAnimal = fc.oneof(
  fc.record({
    kind: fc.constant('cat' as const),
    name: fc.string({ maxLength: 20 }).filter((s) => s.isWellFormed() && encode(text(1000), s).length <= 20),
    lives: fc.nat(9),
  }),
  fc.record({ kind: fc.constant('fish' as const), depth: fc.maxSafeNat() }),
);

const anyValue = fc.record({
  small: fc.nat(200),
  large: fc.maxSafeNat(),
  flag: fc.boolean(),
  blob: fc.uint8Array({ maxLength: 40 }),
  exact: fc.uint8Array({ minLength: 4, maxLength: 4 }),
  ident: fc
    .uint8Array({ minLength: 3, maxLength: 3 })
    .map((b) => [...b].map((x) => x.toString(16).padStart(2, '0')).join('')),
  words: fc
    .string({ unit: 'grapheme', maxLength: 10 })
    .filter((s) => new TextEncoder().encode(s).length <= 64),
  mood: fc.constantFrom('calm' as const, 'glad' as const),
  pets: fc.array(anyAnimal, { maxLength: 5 }),
  none: fc.option(fc.nat(10)),
  empty: fc.constant({}),
});

const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_key, part: unknown) => (part instanceof Uint8Array ? [...part] : part)));

test('[W1] what is written reads back as the same value, and writes to the same bytes', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const bytesOf = encode(everything, value);
      const back = decode(everything, bytesOf);
      assert.deepEqual(plain(back), plain(value));
      assert.deepEqual(encode(everything, back), bytesOf);
      assert.ok(bytesOf.length <= everything.bytesMax);
    }),
  );
});

test('[W1, W2] whatever bytes decode, encode to exactly themselves', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (raw) => {
      const value = tryDecode(animal, raw);
      if (value !== null) assert.deepEqual(encode(animal, value), Uint8Array.from(raw));
    }),
    { numRuns: 2000 },
  );
});

test('[W4] random and mutated bytes give a value or a fault that says malformed or tooLarge', () => {
  fc.assert(
    fc.property(
      anyValue,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      (value, flips) => {
        const raw = encode(everything, value);
        for (const [place, byte] of flips) raw[place % raw.length] = byte;
        tryDecode(everything, raw);
      },
    ),
    { numRuns: 2000 },
  );
});

function tryDecode<T>(shape: Shape<T>, raw: Uint8Array): T | null {
  try {
    return decode(shape, raw);
  } catch (thrown) {
    assert.ok(
      thrown instanceof Fault && (thrown.code === 'malformed' || thrown.code === 'tooLarge'),
      String(thrown),
    );
    return null;
  }
}

const refusals: readonly (readonly [string, Shape<unknown>, readonly number[]])[] = [
  ['a longer varint than needed', uint(), [0x80, 0x00]],
  ['a number above its maximum', uint(10), [11]],
  ['a number above 2^53', uint(), [255, 255, 255, 255, 255, 255, 255, 127]],
  ['a boolean of 2', bool, [2]],
  ['bytes longer than the input', bytes(100), [50, 1]],
  ['bytes longer than the limit', bytes(3), [4, 1, 2, 3, 4]],
  ['ill-formed UTF-8', text(10), [1, 0xff]],
  ['an overlong UTF-8 form', text(10), [2, 0xc0, 0x80]],
  ['an encoded surrogate', text(10), [3, 0xed, 0xa0, 0x80]],
  ['an unknown choice', choice('a', 'b'), [2]],
  ['an unknown tag', animal, [3]],
  ['a list longer than its limit', list(uint(), 2), [3, 1, 1, 1]],
  ['a list longer than the input', list(uint(), 1000), [200, 1, 1]],
  ['presence of 2', maybe(uint()), [2]],
  ['trailing bytes', uint(), [1, 1]],
  ['nothing at all', uint(), []],
];

for (const [what, shape, raw] of refusals) {
  test(`[W2, W4] ${what} is refused`, () => {
    assert.throws(() => decode(shape, Uint8Array.from(raw)), { name: 'Fault' });
  });
}

test('[W3] every shape knows the most bytes it takes, and a list of a million costs nothing to refuse', () => {
  assert.equal(list(fixed(32), 1_000_000).bytesMax, 32_000_003);
  const before = performance.now();
  assert.throws(() => decode(list(fixed(32), 1_000_000), Uint8Array.from([0xc0, 0x84, 0x3d])), {
    name: 'Fault',
  });
  assert.ok(performance.now() - before < 1000);
});

test('[W3, G2] values over their limits are refused when they are written, too', () => {
  assert.throws(() => encode(text(3), 'four'), /at most 3 bytes/);
  assert.throws(() => encode(bytes(2), new Uint8Array(3)), /at most 2 bytes/);
  assert.throws(() => encode(uint(5), 6), /at most 5/);
  assert.throws(() => encode(list(bool, 1), [true, true]), /at most 1 values/);
  assert.throws(() => encode(text(9), '\ud800'), /well-formed/);
});
