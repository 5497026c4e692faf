import assert from 'node:assert/strict';
import { test } from 'node:test';

import { realEnv } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import { InTurn, patiently } from './site-sealer.ts';

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

test('[K3, G2] a node that has had too many calls is asked again, and nothing else is', async () => {
  const waits: number[] = [];
  const env = { ...realEnv(), after: (ms: number, task: () => void) => soon(waits, ms, task) };
  let asked = 0;
  const answer = await patiently(env, async () => {
    if (++asked < 4) throw new Fault('tooMany', 'calls of this session');
    return 'page';
  });
  assert.deepEqual([answer, asked, waits.length], ['page', 4, 3]);
  asked = 0;
  const refused = (code: 'tooMany' | 'forbidden') =>
    patiently(env, async () => {
      asked++;
      throw new Fault(code);
    });
  await assert.rejects(refused('forbidden'));
  assert.equal(asked, 1);
  await assert.rejects(refused('tooMany'));
  assert.equal(asked, 21);
  assert.ok(waits.reduce((sum, ms) => sum + ms, 0) < 30_000, 'not longer than a lease lasts');
});

function soon(waits: number[], ms: number, task: () => void) {
  waits.push(ms);
  queueMicrotask(task);
  return { cancel: () => {} };
}
