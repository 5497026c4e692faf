import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ShardMap } from './shard-map.ts';

test('[A18] of two tails that say they serve a shard the one with the higher epoch counts', () => {
  let told = 0;
  const map = new ShardMap([{ shard: 0, url: '' }], () => told++);
  assert.deepEqual(map.answer, { epoch: 1, shards: [{ shard: 0, url: '' }] });
  map.own({ shard: 0, epoch: 1, url: 'ws://oak/tail' });
  map.own({ shard: 0, epoch: 3, url: 'ws://elm/tail' });
  // It was stopped in its tracks, and says late what was true before.
  map.own({ shard: 0, epoch: 2, url: 'ws://oak/tail' });
  assert.deepEqual(map.answer, { epoch: 3, shards: [{ shard: 0, url: 'ws://elm/tail' }] });
  assert.equal(told, 2);
});

test('[A18] who says again what is known tells nobody, and a shard that is none is refused', () => {
  let told = 0;
  const map = new ShardMap([{ shard: 0, url: '' }], () => told++);
  for (let i = 0; i < 3; i++) map.own({ shard: 0, epoch: 2, url: 'ws://oak/tail' });
  assert.equal(told, 1);
  assert.throws(() => map.own({ shard: 1, epoch: 9, url: 'ws://oak/tail' }), { code: 'unknown' });
  assert.ok(!map.has(1));
});
