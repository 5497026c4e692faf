/** Who knocks, over a doorstep that says the same in new objects each time, as a node does. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRoot } from 'solid-js';
import type { Neighbourhood } from '../sdk-street.ts';
import { createKnocks } from './knocks.ts';

test('[U48, I28] who knocks is read without being seen: only whoever looks has seen it', async () => {
  let toldCount = 0;
  const doorstep = { requests: async () => [] } as unknown as Neighbourhood['doorstep'];
  const told = { knocks: () => void (toldCount += 1) };
  const knocks = createRoot(() => createKnocks({ doorstep }, told));
  assert.equal(knocks.mine(), null);
  await knocks.look();
  await knocks.look();
  assert.deepEqual([knocks.mine(), toldCount], [[], 0]);
  knocks.seen();
  assert.equal(toldCount, 1);
});
