/** Strict reading of decoded CBOR. */

import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import type { Cbor } from './cbor.ts';
import { Fields } from './fields.ts';

const MALFORMED = { code: 'malformed' };
const fields = (value: Cbor): Fields => new Fields('a thing', value);

test('[W13] fields of a map and of an array are read by key and position', () => {
  const map = fields(
    new Map<number, Cbor>([
      [1, 7],
      [2, Uint8Array.of(1, 2)],
      [3, 'é'],
      [4, [1]],
    ]),
  );
  equal(map.uint(1, 7), 7);
  deepEqual(map.bytes(2, 2), Uint8Array.of(1, 2));
  equal(map.text(3, 2), 'é');
  deepEqual(map.list(4, 1), [1]);
  map.done();
  const array = fields([5, '']);
  equal(array.uint(0), 5);
  equal(array.text(1, 0), '');
  array.done();
});

test('[W13] what is neither a map nor an array has no fields', () => {
  for (const value of [null, 1, 'text', true, Uint8Array.of(1)]) throws(() => fields(value), MALFORMED);
});

test('[W13] a missing field is malformed', () => {
  throws(() => fields([]).uint(0), MALFORMED);
  throws(() => fields([]).blob(0, 9), MALFORMED);
  throws(() => fields([]).text(0, 9), MALFORMED);
  throws(() => fields([]).list(0, 9), MALFORMED);
});

test('[W13] a field of another kind is malformed', () => {
  for (const value of [null, 'text', true, Uint8Array.of(1), [1], -1]) {
    throws(() => fields([value]).uint(0), MALFORMED);
  }
  for (const value of [null, 'text', 5, [1]]) throws(() => fields([value]).blob(0, 9), MALFORMED);
  for (const value of [null, 5, Uint8Array.of(1), [1]]) throws(() => fields([value]).text(0, 9), MALFORMED);
  for (const value of [null, 5, Uint8Array.of(1), 'text'])
    throws(() => fields([value]).list(0, 9), MALFORMED);
});

test('[G2] a field beyond its bound is malformed', () => {
  throws(() => fields([8]).uint(0, 7), MALFORMED);
  throws(() => fields([Uint8Array.of(1, 2)]).blob(0, 1), MALFORMED);
  throws(() => fields([Uint8Array.of(1, 2)]).bytes(0, 1), MALFORMED);
  throws(() => fields([Uint8Array.of(1, 2)]).bytes(0, 3), MALFORMED);
  throws(() => fields(['é']).text(0, 1), MALFORMED);
  throws(() => fields([[1, 2]]).list(0, 1), MALFORMED);
});

test('[W13] fields that nobody read are refused', () => {
  const twice = fields([1, 2]);
  twice.uint(0);
  throws(() => twice.done(), MALFORMED);
  throws(() => twice.uint(0), MALFORMED);
  twice.uint(1);
  twice.done();
});
