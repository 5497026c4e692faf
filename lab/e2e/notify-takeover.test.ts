/**
 * Notifications where auth with notify and the tails are processes of their own (SPEC I2, I5, I12, I18): whichever
 * of them is killed, who is away is told, and who is here is not.
 */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { MemoryKeep, openCopse, type Copse } from 'copse';
import { must } from 'copse/internal/base/assert.ts';
import { utf8 } from 'copse/internal/base/bytes.ts';
import { decodeNotice } from 'copse/internal/social/notice.ts';
import type { Subscription } from '../../server/src/notify/push/subscription.ts';
import { postgresMissing, startCluster } from '../suites/postgres-cluster.ts';
import { PushService } from '../suites/push-service.ts';
import { scratch } from './support/garden.ts';
import { startHouse } from './support/house.ts';

const missing = postgresMissing();
// Not in a hook, which has five seconds whatever it says.
const cluster = missing === null ? await startCluster() : null;
/** Fifteen seconds on a quiet machine. */
const options = { skip: missing ?? false, timeout: 180_000 };
const PATIENCE_MS = 30_000;
const QUIET_MS = 1_500;

after(() => cluster?.[Symbol.asyncDispose]());

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`it did not come: ${what}`);
    await pause(20);
  }
}

async function guest(ada: Copse, url: string, { endpoint, p256dh, auth }: Subscription): Promise<Copse> {
  const link = await must(ada.sites.get()[0], 'a garden').invite();
  const copse = await openCopse(url, { name: 'Ben', keep: new MemoryKeep() });
  await copse.join(link);
  await (await copse.notifications()).subscribe({ endpoint, keys: { p256dh, auth } });
  return copse;
}

test(
  '[I2, I5, I12, I18] whichever process is killed, who is away is told, and who is here is not',
  options,
  async () => {
    await using folder = await scratch();
    await using service = new PushService();
    const database = await must(cluster, 'the cluster runs').database();
    const trusted = ['--push-trusted', service.origin];
    await using house = await startHouse(folder.path, database, ['oak', 'elm'], trusted);
    await house.owner();
    await using ada = await openCopse(house.auth.setup, { name: 'Ada', keep: new MemoryKeep() });
    const chat = (await ada.found({ title: 'Garden', logs: ['chat'] })).log('chat');
    const device = service.subscribe();
    await using ben = await guest(ada, house.auth.url, device);
    const bens = must(ben.sites.get()[0], 'the garden').log('chat');
    const attention = await ben.attention();
    const kinds = (): readonly (string | undefined)[] =>
      service.textsOf(device).map((text) => decodeNotice(utf8(text))?.kind);
    const newsCount = (): number => kinds().filter((kind) => kind === 'news').length;
    const here = async (): Promise<boolean> => {
      const text = await (await fetch(`${house.auth.url}/metrics`)).text().catch(() => '');
      return /^copse_notify_here 1$/mu.test(text);
    };

    await chat.append('one', { news: true });
    await until(() => newsCount() === 1, 'the first news');
    attention.read(bens, 1);
    attention.look(true);
    await until(here, 'he is here');
    // The tail is killed while he is here: the next one says so, too.
    await (await house.owner()).kill();
    await chat.append('two', { news: true });
    await until(async () => (await here()) && ben.status.get() === 'live', 'he is here again');
    await pause(QUIET_MS);
    equal(newsCount(), 1);
    attention.read(bens, 2);
    attention.look(false);
    await until(async () => !(await here()), 'he has gone');
    await pause(6_000);
    equal(newsCount(), 1);
    for (const tail of house.tails) if (tail.name !== (await house.owner()).name) await tail.start();
    // Notify is killed; what is written meanwhile is told when it is back, although the tail that knows of it is gone.
    await house.auth.kill();
    await chat.append('three', { news: true });
    await (await house.owner()).kill();
    await house.auth.restart();
    await until(() => newsCount() > 1, 'what was written while notify was away');
    await pause(QUIET_MS);
    ok(newsCount() <= 3, 'at most twice');
    deepEqual(service.complaints, []);
  },
);
