import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../base/fault.ts';
import { list, maybe, nothing, struct, union } from './compound.ts';
import { fromJson, toJson } from './json.ts';
import { bool, bytes, choice, encode, fixed, id, text, uint } from './shape.ts';

const everything = struct({
  small: uint(200),
  flag: bool,
  blob: bytes(40),
  exact: fixed(4),
  ident: id(3, (value) => value),
  words: text(12),
  mood: choice('calm', 'glad'),
  pets: list(
    union({ cat: [1, struct({ name: text(20), lives: uint(9) })], fish: [2, struct({ depth: uint() })] }),
    2,
  ),
  none: maybe(uint(10)),
  empty: nothing,
});

const GOOD = {
  small: 7,
  flag: true,
  blob: 'AQI',
  exact: '_-AA_w',
  ident: '00ff10',
  words: 'für',
  mood: 'glad',
  pets: [
    { kind: 'cat', name: 'Mia', lives: 9 },
    { kind: 'fish', depth: Number.MAX_SAFE_INTEGER },
  ],
  none: null,
  empty: {},
};

const isRefusal = (thrown: unknown): boolean =>
  thrown instanceof Fault && (thrown.code === 'malformed' || thrown.code === 'tooLarge');

test('[O1] bytes are base64url, ids hex, all else is itself, and what may be nothing may be left out', () => {
  const value = fromJson(everything, GOOD);
  assert.deepEqual(value.blob, Uint8Array.of(1, 2));
  assert.deepEqual(value.exact, Uint8Array.of(0xff, 0xe0, 0, 0xff));
  assert.deepEqual(toJson(everything, value), GOOD);
  const { none: _, ...without } = GOOD;
  assert.deepEqual(fromJson(everything, without), value);
});

test('[O1] another type, a field too many or too few, and what is beyond a bound are refused', () => {
  const spoilt: readonly (readonly [string, object])[] = [
    ['a text for a number', { small: '7' }],
    ['a fraction', { small: 0.5 }],
    ['below zero', { small: -1 }],
    ['beyond its bound', { small: 201 }],
    ['beyond what is exact', { pets: [{ kind: 'fish', depth: 2 ** 53 }] }],
    ['a number for a boolean', { flag: 1 }],
    ['padding', { blob: 'AQI=' }],
    ['base64 of the other alphabet', { exact: '/+AA/w' }],
    ['bits after the end', { blob: 'AQJ' }],
    ['too many bytes', { blob: 'AAAA'.repeat(14) }],
    ['too few bytes', { exact: 'AQI' }],
    ['capital hex', { ident: '00FF10' }],
    ['a short id', { ident: '00ff' }],
    ['a long text', { words: 'x'.repeat(13) }],
    ['half a character', { words: '\ud800' }],
    ['no such choice', { mood: 'angry' }],
    ['a list that is none', { pets: {} }],
    ['a long list', { pets: [1, 2, 3].map((depth) => ({ kind: 'fish', depth })) }],
    ['no such variant', { pets: [{ kind: 'dog' }] }],
    ['a variant without a name', { pets: [{ depth: 1 }] }],
    ['a field of another variant', { pets: [{ kind: 'fish', depth: 1, lives: 2 }] }],
    ['an unknown field', { more: 1 }],
    ['an inherited name', { toString: 1 }],
    ['nothing where something must be', { words: null }],
    ['a list for an object', { empty: [] }],
  ];
  for (const [what, part] of spoilt)
    assert.throws(() => fromJson(everything, { ...GOOD, ...part }), isRefusal, what);
  for (const name of Object.keys(GOOD).filter((field) => field !== 'none')) {
    const { [name as keyof typeof GOOD]: _, ...rest } = GOOD;
    assert.throws(() => fromJson(everything, rest), isRefusal, name);
  }
});

test('[O1] any document at all is a value or refused, and a value is written as it was read', () => {
  let values = 0;
  const near = fc.record(
    {
      kind: fc.constantFrom('cat', 'fish', 'dog'),
      depth: fc.oneof(fc.nat(), fc.constant(null), fc.double()),
    },
    { requiredKeys: ['kind'] },
  );
  const documents = fc.oneof({ weight: 1, arbitrary: fc.jsonValue() }, { weight: 3, arbitrary: near });
  const shape = union({ fish: [2, struct({ depth: maybe(uint(2 ** 40)) })], cat: [1, nothing] });
  fc.assert(
    fc.property(documents, (document) => {
      let value: ReturnType<typeof fromJson<unknown>>;
      try {
        value = fromJson(shape, document);
      } catch (thrown) {
        assert.ok(isRefusal(thrown), String(thrown));
        return;
      }
      values++;
      const typed = fromJson(shape, toJson(shape, fromJson(shape, document)));
      assert.deepEqual(typed, value);
      assert.deepEqual(encode(shape, typed), encode(shape, fromJson(shape, document)));
    }),
    { numRuns: 2000 },
  );
  assert.ok(values > 20);
});
