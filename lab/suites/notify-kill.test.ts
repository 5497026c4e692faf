/**
 * The notification service as a real process, killed without warning while it sweeps and while messages are on
 * their way: nobody misses a notification, and one comes twice at most (SPEC I12).
 */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { must } from 'copse/internal/base/assert.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { decodeNotice } from 'copse/internal/social/notice.ts';
import { newVapidKey } from '../../server/src/notify/push/vapid.ts';
import type { Subscription } from '../../server/src/notify/push/subscription.ts';
import { logAt } from './notify-stage.ts';
import { PushService } from './push-service.ts';

const CHILD = fileURLToPath(new URL('./notify-kill-child.ts', import.meta.url));
const DEVICES = 150;
const key = hex(newVapidKey());

class Child {
  readonly #process: ChildProcess;
  readonly #lines: Interface;
  #answers: (() => void)[] = [];

  constructor(path: string, origin: string) {
    this.#process = spawn(process.execPath, [CHILD, path, origin, key], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#lines = createInterface({ input: must(this.#process.stdout, 'its output') });
    this.#lines.on('line', () => this.#answers.shift()?.());
  }

  say(line: string): Promise<void> {
    this.#process.stdin?.write(`${line}\n`);
    return new Promise((resolve) => this.#answers.push(resolve));
  }

  kill(): Promise<void> {
    return new Promise((resolve) => {
      this.#process.on('close', (_, signal) => {
        equal(signal, 'SIGKILL');
        resolve();
      });
      this.#process.kill('SIGKILL');
    });
  }
}

async function until(holds: () => boolean, what: () => string): Promise<void> {
  for (let waits = 0; waits < 2_000; waits++) {
    if (holds()) return;
    await Bun.sleep(5);
  }
  ok(false, what());
}

/** How often each device was told of a log. */
function timesTold(service: PushService, phones: readonly Subscription[], log: number): readonly number[] {
  const toldOf = new Map<string, number>();
  for (const { device, text } of service.arrivals) {
    const isOf = decodeNotice(text)?.places.some((place) => place.log === logAt(log)) === true;
    if (isOf) toldOf.set(device, (toldOf.get(device) ?? 0) + 1);
  }
  return phones.map(({ endpoint }) => toldOf.get(endpoint.split('/').at(-1) ?? '') ?? 0);
}

test(
  '[I12, I2] kill -9 in a sweep and in a delivery: each device is told, and at most once more',
  { timeout: 120_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'copse-notify-kill-'));
    await using service = new PushService();
    const phones = Array.from({ length: DEVICES }, () => service.subscribe());
    let child = new Child(join(folder, 'notify.sqlite'), service.origin);
    for (const [n, { endpoint, p256dh, auth }] of phones.entries())
      await child.say(`listen ${n} ${endpoint} ${hex(p256dh)} ${hex(auth)}`);
    let twice = 0;
    // Killed after so many arrivals: before the sweep, when it begins, in the middle of the messages, at their end.
    for (const [round, after] of [0, 1, DEVICES / 3, DEVICES / 2, DEVICES - 1, DEVICES].entries()) {
      const log = round + 1;
      const told = () => timesTold(service, phones, log);
      const arrivals = () => told().filter((count) => count > 0).length;
      const words = () => `round ${round}: ${told().join('')}`;
      await child.say(`publish ${log}`);
      await until(() => arrivals() >= after, words);
      // Long enough to be written, where all have been told.
      if (after === DEVICES) await Bun.sleep(300);
      await child.kill();
      child = new Child(join(folder, 'notify.sqlite'), service.origin);
      // What the tail has, it says again.
      await child.say(`publish ${log}`);
      await until(() => arrivals() === DEVICES, words);
      await Bun.sleep(400);
      const most = after === DEVICES ? 1 : 2;
      ok(
        told().every((count) => count <= most),
        words(),
      );
      twice += told().filter((count) => count === 2).length;
      for (let n = 0; n < DEVICES; n++) await child.say(`read ${n} ${log}`);
    }
    ok(twice > 0, 'it was killed while messages were on their way');
    deepEqual(service.complaints, []);
    await child.kill();
    rmSync(folder, { recursive: true });
  },
);
