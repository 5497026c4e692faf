/** Crowds are encrypted in a thread, and whatever becomes of it every message is encrypted, once and to its device. */

import { deepEqual, equal, ok, rejects, throws } from 'node:assert/strict';
import { createECDH, randomBytes } from 'node:crypto';
import { test } from 'node:test';

import ece from 'http_ece';
import { realEnv } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { pushSealBatchMax, pushSealCrowd } from 'copse/internal/base/limits-push.ts';
import { localDesk, type Desk } from '../../server/src/store/desk.ts';
import { Sealer } from '../../server/src/notify/push/sealer.ts';
import { Seals, type OpenSealer } from '../../server/src/notify/push/seals.ts';

/** A device, which can open what was encrypted to it. */
function device() {
  const pair = createECDH('prime256v1');
  const p256dh = new Uint8Array(pair.generateKeys());
  const auth = new Uint8Array(randomBytes(16));
  const open = (body: Uint8Array): string => {
    const opened: Uint8Array = ece.decrypt(Buffer.from(body), {
      version: 'aes128gcm',
      privateKey: pair,
      authSecret: Buffer.from(auth).toString('base64url'),
    });
    return new TextDecoder().decode(opened);
  };
  return { keys: { p256dh, auth }, open };
}

const textOf = (n: number): Uint8Array =>
  new TextEncoder().encode(`text ${n} ${'x'.repeat((n * 37) % 2_000)}`);
const COUNT = 3 * pushSealCrowd;

/** Seals so many and opens each; the sender's key of each is its own. */
async function all(seals: Seals, count = COUNT): Promise<void> {
  const devices = Array.from({ length: count }, device);
  const bodies = await Promise.all(devices.map(async ({ keys }, n) => seals.seal(keys, textOf(n))));
  for (const [n, { open }] of devices.entries())
    equal(open(bodies[n] ?? new Uint8Array()), new TextDecoder().decode(textOf(n)));
  equal(new Set(bodies.map((body) => Buffer.from(body.subarray(21, 86)).toString('hex'))).size, count);
}

const hear = (lines: string[]) => realEnv((_level, event) => void lines.push(event));

test('[I14, I13] a crowd is encrypted by a thread: each to its device, with a key of its own', async () => {
  const lines: string[] = [];
  await using seals = new Seals(hear(lines));
  ok(seals.seal(device().keys, textOf(1)) instanceof Uint8Array, 'a few are encrypted in place');
  equal(seals.hasThread, false);
  for (let waits = 0; !seals.hasThread; waits++) {
    ok(waits < 200, 'the thread begins');
    await all(seals);
    await Bun.sleep(10);
  }
  await all(seals, 3 * pushSealBatchMax + 5);
  ok(seals.seal(device().keys, textOf(1)) instanceof Promise);
  deepEqual(lines, []);
});

test('[I13] where there is no thread everything is encrypted in place, and it is not tried again at once', async () => {
  const lines: string[] = [];
  let tries = 0;
  const open: OpenSealer = () => {
    tries++;
    return Promise.reject(new Fault('closed'));
  };
  await using seals = new Seals(hear(lines), open);
  for (let round = 0; round < 3; round++) await all(seals);
  deepEqual([tries, lines, seals.hasThread], [1, ['push.thread'], false]);
});

test('[I13, I14] what a thread that ends before its time was asked for is encrypted all the same', async () => {
  const lines: string[] = [];
  const left = { calls: 2 };
  const desk = localDesk(new Sealer());
  const dying: Desk<Sealer> = {
    call: (name, values) =>
      left.calls-- > 0
        ? desk.call(name, values)
        : Promise.reject(new Fault('closed', 'the worker has ended')),
    close: () => desk.close(),
  };
  await using seals = new Seals(hear(lines), () => Promise.resolve(dying));
  await all(seals);
  equal(seals.hasThread, true);
  await all(seals, 10 * pushSealBatchMax);
  deepEqual([lines, seals.hasThread], [['push.thread'], false]);
});

test('[I14] a key that is none is the matter of its message alone', async () => {
  const desk = localDesk(new Sealer());
  await using seals = new Seals(realEnv(), () => Promise.resolve(desk));
  const bad = { p256dh: new Uint8Array(65).fill(4), auth: new Uint8Array(16) };
  throws(() => seals.seal(bad, textOf(1)));
  await all(seals);
  const [good, other] = [device(), device()];
  const [first, second, third] = [good.keys, bad, other.keys].map((keys, n) => seals.seal(keys, textOf(n)));
  await rejects(Promise.resolve(second));
  equal(good.open((await first) ?? new Uint8Array()), 'text 0 ');
  ok(other.open((await third) ?? new Uint8Array()).startsWith('text 2 '));
});

test('[I13] the thread ends with its owner, after what it was asked for, and when nothing has come for a while', async () => {
  let closed = 0;
  const open: OpenSealer = () => {
    const desk = localDesk(new Sealer());
    return Promise.resolve({
      call: (name, values) => desk.call(name, values),
      close: () => (closed++, desk.close()),
    });
  };
  const real = realEnv();
  const clock = { ms: 0 };
  const tasks: (() => void)[] = [];
  const env = {
    ...real,
    nowMs: () => clock.ms,
    after: (_delayMs: number, task: () => void) => (tasks.push(task), { cancel: () => {} }),
  };
  const seals = new Seals(env, open);
  await all(seals);
  equal(seals.hasThread, true);
  clock.ms += 30_000;
  tasks.shift()?.();
  equal(seals.hasThread, true);
  clock.ms += 60_000;
  tasks.shift()?.();
  deepEqual([seals.hasThread, closed], [false, 1]);
  await all(seals);
  const last = all(seals);
  await seals[Symbol.asyncDispose]();
  await last;
  equal(closed, 2);
  ok(seals.seal(device().keys, textOf(1)) instanceof Uint8Array);
});
