/** The cases in `lab/vectors/json-patch` are github.com/json-patch/json-patch-tests at 2a928f9, Apache-2.0, unchanged. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { documentCharsMax, patchOperationsMax } from '../base/limits-documents.ts';
import { applyPatch, type Patched, type Sized } from './json-patch.ts';
import { isJson, measure, type JsonValue } from './json-value.ts';

const VECTORS = join(import.meta.dirname, '../../../lab/vectors/json-patch');

/** Two members of one name are one before anybody looks: `JSON.parse` keeps the last. */
const UNSEEN = 'duplicate ops';

interface Case {
  readonly comment?: string;
  readonly doc?: JsonValue;
  readonly patch?: unknown;
  readonly expected?: JsonValue;
  readonly error?: string;
}

function sized(root: unknown): Sized {
  const size = measure(root);
  assert.ok(size !== null && isJson(root, size));
  return { root, chars: size.chars };
}

function patched(root: unknown, patch: unknown): Patched {
  const before = sized(root);
  const text = JSON.stringify(root);
  const answer = applyPatch(before, patch);
  assert.equal(JSON.stringify(before.root), text, 'the document before stays as it is');
  if (answer.kind === 'ok') assert.equal(answer.chars, JSON.stringify(answer.root).length);
  return answer;
}

function rootAfter(root: unknown, patch: unknown): unknown {
  const answer = patched(root, patch);
  assert.ok(answer.kind === 'ok', JSON.stringify(answer));
  return answer.root;
}

function reasonOf(root: unknown, patch: unknown): string {
  const answer = patched(root, patch);
  assert.ok(answer.kind === 'refused', JSON.stringify(answer));
  return answer.reason;
}

for (const file of ['tests.json', 'spec_tests.json']) {
  test(`[V16] the public suite of JSON patches holds: ${file}`, () => {
    const cases: readonly Case[] = JSON.parse(readFileSync(join(VECTORS, file), 'utf8'));
    let count = 0;
    for (const { comment, doc, patch, expected, error } of cases) {
      if (patch === undefined || comment === UNSEEN) continue;
      count++;
      const answer = patched(doc, patch);
      const what = `${comment ?? ''} ${JSON.stringify(patch)}`;
      if (error !== undefined) assert.equal(answer.kind, 'refused', `${what}: ${error}`);
      else assert.ok(answer.kind === 'ok', what);
      if (answer.kind === 'ok' && expected !== undefined) assert.deepEqual(answer.root, expected, what);
    }
    assert.ok(count > 15, `${count} cases`);
  });
}

test('[V16] a patch is applied whole, or refused with the operation that failed', () => {
  const patch = [
    { op: 'add', path: '/a', value: 1 },
    { op: 'test', path: '/b', value: 2 },
  ];
  assert.equal(reasonOf({ b: 3 }, patch), 'operation 1 (test /b): the value is another one');
  assert.deepEqual(rootAfter({ b: 2 }, patch), { b: 2, a: 1 });
});

test('[V16] what was copied or moved is changed in one place only', () => {
  const patch = [
    { op: 'add', path: '/a', value: { list: [1] } },
    { op: 'add', path: '/a/list/-', value: 2 },
    { op: 'copy', from: '/a', path: '/b' },
    { op: 'add', path: '/b/list/-', value: 3 },
    { op: 'move', from: '/a/list', path: '/c' },
    { op: 'add', path: '/c/0', value: 0 },
  ];
  assert.deepEqual(rootAfter({}, patch), { a: {}, b: { list: [1, 2, 3] }, c: [0, 1, 2] });
  const twice = [
    { op: 'copy', from: '', path: '/self' },
    { op: 'add', path: '/x/y', value: 1 },
  ];
  assert.deepEqual(rootAfter({ x: {} }, twice), { x: { y: 1 }, self: { x: {} } });
});

const HOSTILE: readonly (readonly [string, unknown, unknown])[] = [
  ['a prototype as a path', {}, [{ op: 'add', path: '/__proto__/x', value: 1 }]],
  ['a prototype as the last name', {}, [{ op: 'add', path: '/__proto__', value: { x: 1 } }]],
  ['a prototype inside a value', {}, [{ op: 'add', path: '/a', value: JSON.parse('{"__proto__":{"x":1}}') }]],
  ['a constructor that nobody has written', {}, [{ op: 'add', path: '/constructor/prototype/x', value: 1 }]],
  ['a method of lists', { a: [] }, [{ op: 'replace', path: '/a/length', value: 9 }]],
  ['a method of objects', {}, [{ op: 'test', path: '/toString', value: null }]],
  ['a huge place', { a: [] }, [{ op: 'add', path: '/a/4294967294', value: 1 }]],
  ['a place beyond all numbers', { a: [] }, [{ op: 'add', path: `/a/${'9'.repeat(400)}`, value: 1 }]],
  ['the place behind the last, read', { a: [1] }, [{ op: 'test', path: '/a/-', value: 1 }]],
  ['the place behind the last, removed', { a: [1] }, [{ op: 'remove', path: '/a/-' }]],
  ['a place with a zero before it', { a: [1, 2] }, [{ op: 'remove', path: '/a/01' }]],
  ['a half escape', {}, [{ op: 'add', path: '/a~2', value: 1 }]],
  ['a path that begins with no slash', {}, [{ op: 'add', path: 'a', value: 1 }]],
  ['names that are no text', {}, [{ op: { toString: 1 }, path: { valueOf: 2 } }]],
  ['an infinite number', {}, JSON.parse('[{"op":"add","path":"/a","value":1e999}]')],
  ['no value', {}, [{ op: 'add', path: '/a' }]],
  ['an operation of nobody', {}, [{ op: 'merge', path: '/a', value: 1 }]],
  ['a value into itself', { a: { b: 1 } }, [{ op: 'move', from: '/a', path: '/a/b/c' }]],
  ['the document into itself', { a: 1 }, [{ op: 'move', from: '', path: '/b' }]],
  ['the document removed', { a: 1 }, [{ op: 'remove', path: '' }]],
  ['no list', {}, { op: 'add', path: '/a', value: 1 }],
  ['no operation', {}, [null]],
  ['a number of operations', {}, Array.from({ length: patchOperationsMax + 1 }, () => ({}))],
];

for (const [what, doc, patch] of HOSTILE) {
  test(`[V16] refused, with a reason and no trace: ${what}`, () => {
    assert.ok(reasonOf(doc, patch).length <= 128);
    assert.equal('x' in {}, false, 'no object has learned anything');
  });
}

test('[V16] a name that objects inherit is one like any other once somebody has written it', () => {
  const patch = [
    { op: 'add', path: '/constructor', value: { prototype: {} } },
    { op: 'add', path: '/constructor/prototype/x', value: 1 },
    { op: 'add', path: '/toString', value: 2 },
  ];
  assert.deepEqual(rootAfter({}, patch), { constructor: { prototype: { x: 1 } }, toString: 2 });
  assert.equal('x' in {}, false);
});

test('[V16] a document has bounds of size and depth', () => {
  const large = 'x'.repeat(documentCharsMax - 20);
  assert.match(
    reasonOf({ a: large }, [{ op: 'add', path: '/b', value: 'y'.repeat(30) }]),
    /more than 1048576/,
  );
  const doubling = Array.from({ length: 30 }, (_, i) => ({ op: 'copy', from: '', path: `/${i}` }));
  assert.match(reasonOf({ a: 'some text' }, doubling), /characters|too deep/);
  const down = Array.from({ length: 70 }, (_, i) => ({ op: 'add', path: '/a'.repeat(i + 1), value: {} }));
  assert.match(reasonOf({}, down), /operation 63 .*too deep/);
  const deep: unknown = JSON.parse('['.repeat(5_000) + ']'.repeat(5_000));
  assert.match(reasonOf({}, [{ op: 'add', path: '/a', value: deep }]), /too deep/);
});

test('[V16] members that come and go are counted', () => {
  const patch = [
    { op: 'add', path: '/o', value: {} },
    { op: 'add', path: '/o/a', value: 1 },
    { op: 'add', path: '/o/a', value: 2 },
    { op: 'add', path: '/o/b', value: 3 },
    { op: 'copy', from: '/o', path: '/o/c' },
    { op: 'remove', path: '/o/a' },
    { op: 'move', from: '/o/b', path: '/o/c/d' },
    { op: 'remove', path: '/o/c/a' },
    { op: 'remove', path: '/o/c/b' },
    { op: 'remove', path: '/o/c/d' },
  ];
  for (let length = 1; length <= patch.length; length++) rootAfter({}, patch.slice(0, length));
  assert.deepEqual(rootAfter({}, patch), { o: { c: {} } });
});

test('[V16] a small patch that makes much work is refused', () => {
  const wide = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`k${i}`, 0]));
  const copies = Array.from({ length: patchOperationsMax / 2 }, (_, i) => [
    { op: 'copy', from: '/wide/k1', path: '/one' },
    { op: 'replace', path: '/wide/k2', value: i },
  ]).flat();
  assert.match(reasonOf({ wide }, copies), /touches too much/);
  const compares = Array.from({ length: patchOperationsMax }, () => ({
    op: 'test',
    path: '/wide',
    value: {},
  }));
  assert.match(reasonOf({ wide }, compares), /touches too much|another one/);
});

/** Few names and places, so that operations meet. */
const names = fc.constantFrom('a', 'b', 'c', '0', '1', '-', '', 'x~1y');
const pointers = fc.array(names, { maxLength: 4 }).map((path) => path.map((name) => `/${name}`).join(''));
const values = fc.jsonValue({ maxDepth: 3 }).filter((value) => isJson(value));
const operations = fc.oneof(
  fc.record({ op: fc.constantFrom('add', 'replace', 'test'), path: pointers, value: values }),
  fc.record({ op: fc.constant('remove'), path: pointers }),
  fc.record({ op: fc.constantFrom('move', 'copy'), from: pointers, path: pointers }),
);

test('[V16] any patches at all: nothing is thrown, the size is right, and a refused one leaves no trace', () => {
  fc.assert(
    fc.property(
      values,
      fc.array(fc.array(operations, { maxLength: 5 }), { maxLength: 8 }),
      (doc, patches) => {
        let now: unknown = doc;
        for (const patch of patches) {
          const answer = patched(now, patch);
          if (answer.kind === 'ok') now = answer.root;
        }
        assert.ok(isJson(now));
      },
    ),
    { numRuns: 400 },
  );
});

test('[V16] a patch of one operation each is the same as one of all', () => {
  fc.assert(
    fc.property(values, fc.array(operations, { maxLength: 6 }), (doc, patch) => {
      const whole = patched(doc, patch);
      let now: Patched = { kind: 'ok', ...sized(doc) };
      for (const operation of patch) if (now.kind === 'ok') now = patched(now.root, [operation]);
      assert.equal(now.kind, whole.kind);
      if (now.kind === 'ok' && whole.kind === 'ok') assert.deepEqual(now.root, whole.root);
    }),
    { numRuns: 400 },
  );
});

test('[V16] anything at all in the place of a patch is answered', () => {
  fc.assert(
    fc.property(fc.anything(), (anything) => {
      assert.ok(['ok', 'refused'].includes(applyPatch({ root: {}, chars: 2 }, anything).kind));
      assert.ok(['ok', 'refused'].includes(applyPatch({ root: {}, chars: 2 }, [anything]).kind));
    }),
    { numRuns: 500 },
  );
});
