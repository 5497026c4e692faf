import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat } from '../../base/bytes.ts';
import { key } from '../../base/ids.ts';
import { formerKeysMax } from '../../base/limits-peer.ts';
import { nativePrimitives } from '../../native/primitives.ts';
import { encodeMoved, formersIn, movedTo } from './moved.ts';

const primitives = nativePrimitives();
const seed = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const keyOf = async (fill: number) => key(await primitives.ed25519PublicKey(seed(fill)));

test('[Z107] a key goes on as another one that has agreed to it, and to none that has not', async () => {
  const [old, next, other] = [await keyOf(1), await keyOf(2), await keyOf(3)];
  const said = await encodeMoved(primitives, old, seed(2));
  assert.deepEqual(await movedTo(primitives, old, said), next);
  assert.equal(await movedTo(primitives, other, said), null, 'of another key');
  assert.equal(await movedTo(primitives, old, concat(other, said.subarray(32))), null, 'to another key');
  for (const at of [0, 31, 32, 95]) {
    const spoilt = said.slice();
    spoilt[at] = (spoilt[at] ?? 0) ^ 1;
    assert.equal(await movedTo(primitives, old, spoilt), null, String(at));
  }
  for (const size of [0, 32, 95]) assert.equal(await movedTo(primitives, old, said.subarray(0, size)), null);
});

test('[Z107] the keys that somebody had are a bounded number, whatever is said', async () => {
  const keys = await Promise.all([1, 2, 3].map(keyOf));
  assert.deepEqual(formersIn(concat(...keys)), keys);
  assert.deepEqual(formersIn(concat(...keys, Uint8Array.of(1, 2))), keys);
  assert.equal(formersIn(new Uint8Array(32 * 100)).length, formerKeysMax);
  assert.deepEqual(formersIn(new Uint8Array(0)), []);
});
