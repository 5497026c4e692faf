import assert from 'node:assert/strict';
import { test } from 'node:test';

import { InTurn } from './site-sealer.ts';

test('[K3] parts go one after the other, the next is made while one is on its way', async () => {
  const begun: number[] = [];
  const over: (() => void)[] = [];
  const turn = new InTurn<number>((part) => {
    begun.push(part);
    return new Promise((resolve) => over.push(resolve));
  });
  await turn.add(1);
  const second = turn.add(2);
  await Promise.resolve();
  assert.deepEqual(begun, [1], 'the second waits for the first');
  over[0]?.();
  await second;
  assert.deepEqual(begun, [1, 2]);
  over[1]?.();
  await turn.end();
});

test('[K3] after a part that failed none is sent, and whoever waits hears of it', async () => {
  const begun: number[] = [];
  const turn = new InTurn<number>(async (part) => {
    begun.push(part);
    throw new Error('gone');
  });
  await turn.add(1);
  await assert.rejects(turn.add(2), /gone/);
  await assert.rejects(turn.end(), /gone/);
  assert.deepEqual(begun, [1]);
});
