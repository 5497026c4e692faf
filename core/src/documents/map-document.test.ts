import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mapDeletedMax, mapKeyCharsMax, mapKeysMax } from '../base/limits-documents.ts';
import { deviceId, type DeviceId } from '../base/ids.ts';
import { utf8 } from '../base/bytes.ts';
import { JsonDocument } from './json-document.ts';
import { MapDocument, type MapChange } from './map-document.ts';

const device = (n: number): DeviceId => deviceId(String(n).repeat(32));
const [ADA, BEN] = [{ device: device(1) }, { device: device(2) }];

function valuesOf(map: MapDocument): Record<string, unknown> {
  return Object.fromEntries(map.view().values);
}

test('[V17] the last writer wins, and a key can be deleted', () => {
  const map = new MapDocument();
  assert.deepEqual(map.take({ set: { plums: 3, pears: { kind: 'green' } } }, ADA), { kind: 'take' });
  assert.deepEqual(map.take({ set: { plums: 4 }, delete: ['apples'] }, BEN), { kind: 'take' });
  assert.deepEqual(map.take({ delete: ['pears'] }, ADA), { kind: 'take' });
  assert.deepEqual(valuesOf(map), { plums: 4 });
  assert.equal(map.view().version, 3);
});

test('[V17] what somebody else has written since stays, the rest is placed', () => {
  const map = new MapDocument();
  map.take({ set: { plums: 3, pears: 1 } }, ADA);
  map.take({ set: { plums: 4 }, delete: ['pears'] }, BEN);
  const change = { set: { plums: 9, nuts: 2 }, delete: ['pears'], seen: 1 };
  const changed = { kind: 'change', value: { set: { nuts: 2 }, seen: 1 } } as const;
  assert.deepEqual(map.judge(change, ADA), changed);
  assert.deepEqual(map.take(change, ADA), changed);
  assert.deepEqual(valuesOf(map), { plums: 4, nuts: 2 });
  assert.deepEqual(map.take({ set: { plums: 9 }, seen: 1 }, ADA), {
    kind: 'refuse',
    reason: 'Somebody has written meanwhile: plums.',
  });
  // One's own writings, and those that were seen, are no reason.
  assert.equal(map.take({ set: { plums: 5 }, seen: 1 }, BEN).kind, 'take');
  assert.equal(map.take({ set: { plums: 6 }, seen: map.view().version }, ADA).kind, 'take');
});

test('[V17] a value that a leader has placed instead is taken as it is by everybody', () => {
  const map = new MapDocument();
  map.take({ set: { plums: 3 } }, BEN);
  const decision = map.judge({ set: { plums: 9, nuts: 2 }, seen: 0 }, ADA);
  assert.equal(decision.kind, 'change');
  if (decision.kind === 'change') assert.deepEqual(map.take(decision.value, ADA), { kind: 'take' });
  assert.deepEqual(valuesOf(map), { plums: 3, nuts: 2 });
});

const WRONG: readonly (readonly [string, unknown])[] = [
  ['no object', 7],
  ['a list', []],
  ['nothing at all', {}],
  ['keys that are no list', { delete: 'plums' }],
  ['a key that is no text', { delete: [1] }],
  ['a key twice', { set: { a: 1 }, delete: ['a'] }],
  ['a prototype', JSON.parse('{"set":{"__proto__":{"x":1}}}')],
  ['a prototype in a value', JSON.parse('{"set":{"a":{"__proto__":{"x":1}}}}')],
  ['an infinite number', JSON.parse('{"set":{"a":1e999}}')],
  ['a version that is none', { set: { a: 1 }, seen: -1 }],
  ['a long key', { delete: ['x'.repeat(mapKeyCharsMax + 1)] }],
];

for (const [what, change] of WRONG) {
  test(`[V17] refused, with a reason and no trace: ${what}`, () => {
    const map = new MapDocument();
    map.take({ set: { a: 0 } }, ADA);
    assert.equal(map.take(change, ADA).kind, 'refuse');
    assert.deepEqual(valuesOf(map), { a: 0 });
    assert.equal('x' in {}, false);
  });
}

test('[V17] a map has bounds of keys and size', () => {
  const map = new MapDocument();
  const keys = Array.from({ length: mapKeysMax }, (_, i) => [`k${i}`, i] as const);
  assert.equal(map.take({ set: Object.fromEntries(keys) }, ADA).kind, 'take');
  assert.match(JSON.stringify(map.take({ set: { more: 1 } }, ADA)), /at most 10000 keys/);
  assert.equal(map.take({ set: { more: 1 }, delete: ['k0'] }, ADA).kind, 'take');
  assert.match(JSON.stringify(map.take({ set: { more: 'x'.repeat(1 << 20) } }, ADA)), /characters/);
});

test('[V17] a deletion that is no longer known counts as contested', () => {
  const map = new MapDocument();
  for (let i = 0; i <= mapDeletedMax; i++) {
    map.take({ set: { [`k${i}`]: i } }, BEN);
    map.take({ delete: [`k${i}`] }, BEN);
  }
  assert.equal(map.judge({ set: { k0: 1 }, seen: 1 }, ADA).kind, 'refuse');
  assert.equal(map.judge({ set: { k0: 1 }, seen: 2 }, ADA).kind, 'take');
  assert.equal(map.judge({ set: { k5: 1 }, seen: 2 }, ADA).kind, 'refuse', 'a later one is known');
});

const keys = fc.constantFrom('a', 'b', 'c', 'd');
const changes: fc.Arbitrary<MapChange> = fc.record(
  {
    set: fc.dictionary(keys, fc.integer({ min: 0, max: 9 })),
    delete: fc.uniqueArray(keys, { maxLength: 2 }),
    seen: fc.nat(20),
  },
  { requiredKeys: [] },
);
const acts = fc.array(fc.record({ change: changes, by: fc.constantFrom(ADA, BEN) }), { maxLength: 30 });

test('[V15] a saved map goes on exactly as the one that was saved, and a fork leaves it alone', () => {
  fc.assert(
    fc.property(acts, acts, (before, after) => {
      const map = new MapDocument();
      for (const { change, by } of before) map.take(change, by);
      const [loaded, saved] = [new MapDocument(), map.save()];
      loaded.load(saved);
      const fork = map.fork();
      for (const { change, by } of after) {
        assert.deepEqual(fork.take(change, by), loaded.take(change, by));
      }
      assert.deepEqual(fork.view(), loaded.view());
      assert.deepEqual(fork.save(), loaded.save());
      assert.deepEqual(map.save(), saved);
    }),
    { numRuns: 300 },
  );
});

test('[V17] what is judged happens, what is refused changes nothing, and what a leader changes is taken whole', () => {
  fc.assert(
    fc.property(acts, (all) => {
      const [led, open] = [new MapDocument(), new MapDocument()];
      for (const { change, by } of all) {
        const before = open.view().values;
        const decision = led.judge(change, by);
        if (decision.kind === 'refuse') {
          open.fork().take(change, by);
          assert.deepEqual(open.view().values, before);
        } else {
          const placed = decision.kind === 'change' ? decision.value : change;
          assert.deepEqual(led.take(placed, by), { kind: 'take' });
          assert.deepEqual(open.take(change, by), decision, 'in an open log the same counts');
        }
        assert.deepEqual(open.view(), led.view());
      }
    }),
    { numRuns: 300 },
  );
});

test('[V15] what is no saved document is not loaded', () => {
  const WRONG_STATES = [
    '',
    '7',
    '{}',
    '{"map":7}',
    '{"map":{"version":1,"forgotten":0,"keys":[["a"]],"gone":[]}}',
  ];
  for (const text of WRONG_STATES) {
    assert.throws(() => new MapDocument().load(utf8(text)), /saved|JSON/u);
    assert.throws(() => new JsonDocument().load(utf8(text)), /saved|JSON/u);
  }
  const [json, map] = [new JsonDocument(), new MapDocument()];
  json.take([{ op: 'add', path: '/plums', value: 3 }]);
  map.take({ set: { plums: 3 } }, ADA);
  assert.throws(() => new JsonDocument().load(map.save()), /saved/u, 'a map is no document');
  assert.throws(() => new MapDocument().load(json.save()), /saved/u);
  const loaded = new JsonDocument();
  loaded.load(json.save());
  assert.deepEqual(loaded.view(), { plums: 3 });
  assert.deepEqual(loaded.take([{ op: 'add', path: '/pears', value: 'x'.repeat(1 << 20) }]).kind, 'refuse');
});
