import { equal, ok, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { realEnv } from '../base/env.ts';
import { workSliceTries } from '../base/limits-work.ts';
import type { WorkDoer, WorkProgress } from '../client/neighbourhood/work.ts';
import { headOf, isWork, WORK_ALGORITHM } from '../crypto/work.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { threadWorker } from './work-thread.ts';

const env = realEnv();
const of = {
  id: new Uint8Array(32).fill(1),
  node: new Uint8Array(32).fill(2),
  recipient: new Uint8Array(32),
};
const expiresMs = 1_700_000_000_000;
const taskOf = (bits: number) => ({ head: headOf(of, { bits, expiresMs }), bits, first: env.random(8) });
const spawn = (): Worker => new Worker(new URL('work-worker.ts', import.meta.url), { type: 'module' });
const never: WorkDoer = () => Promise.reject(new Error('was not to be asked'));

test('[Z59] a worker finds what counts, and says how far it is', async () => {
  const told: WorkProgress[] = [];
  // From here on the 68,074th attempt is the first that counts: four reports.
  const task = { ...taskOf(15), first: new Uint8Array(8).fill(1) };
  const nonce = await threadWorker(spawn, never)(task, { onProgress: (each) => told.push(each) });
  ok(isWork(nativePrimitives(), of, { algorithm: WORK_ALGORITHM, bits: 15, expiresMs, nonce }));
  equal(told.length, Math.floor(68_074 / workSliceTries));
  ok(told.every(({ bits, progress }, at) => bits === 15 && progress > (told[at - 1]?.progress ?? 0)));
});

test('[Z59] it stops when it is asked to, while it works and before', async () => {
  const stop = new AbortController();
  // Nobody finds so much.
  const work = threadWorker(spawn, never)(taskOf(60), {
    signal: stop.signal,
    onProgress: () => stop.abort(),
  });
  await rejects(work, { code: 'closed' });
  await rejects(threadWorker(spawn, never)(taskOf(1), { signal: stop.signal }), { code: 'closed' });
});

test('[Z59] where there is no worker the page works itself', async () => {
  const own: WorkDoer = () => Promise.resolve(new Uint8Array(8).fill(7));
  const refused = (): never => {
    throw new TypeError('the policy of the page');
  };
  for (const each of [refused, () => new Worker(new URL('no-such-file.ts', import.meta.url))])
    equal((await threadWorker(each, own)(taskOf(1), {}))[0], 7);
});
