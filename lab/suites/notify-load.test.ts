/** A start with much to load: the service is there at once, and what is said meanwhile counts when it is loaded. */

import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { must } from 'copse/internal/base/assert.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { NO_DIGEST } from 'copse/internal/social/subscriptions/digest.ts';
import { decodeNotice } from 'copse/internal/social/notice.ts';
import { newVapidKey } from '../../server/src/notify/push/vapid.ts';
import { SqliteNews } from '../../server/src/store/news-sqlite.ts';
import type { NewsPage, NewsStore, SubscriptionRecord } from '../../server/src/store/news.ts';
import { deviceAt, logAt, NotifyStage, siteAt, userAt } from './notify-stage.ts';
import { PushService } from './push-service.ts';

/** The store of a process before, which is read no further than it is let. */
class Gate {
  readonly store: NewsStore;
  readonly open: () => void;

  constructor(store: NewsStore) {
    let open = (): void => {};
    const opened = new Promise<void>((resolve) => (open = resolve));
    this.open = open;
    async function* load(): AsyncGenerator<NewsPage> {
      for await (const page of store.load()) {
        if (page.kind === 'listeners') await opened;
        yield page;
      }
    }
    this.store = {
      epoch: store.epoch,
      commit: (batch) => store.commit(batch),
      note: (batch) => store.note(batch),
      load,
      stored: (user) => store.stored(user),
      endpoint: (user, device) => store.endpoint(user, device),
      told: (user, countMax) => store.told(user, countMax),
      letters: (after, countMax) => store.letters(after, countMax),
      followed: () => store.followed(),
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    };
  }
}

async function atGate(): Promise<{
  gate: Gate;
  stage: NotifyStage;
  phone: Awaited<ReturnType<NotifyStage['device']>>;
}> {
  const folder = mkdtempSync(join(tmpdir(), 'copse-notify-load-'));
  const path = join(folder, 'notify.sqlite');
  const before = await NotifyStage.open({ path });
  const phone = await before.device(userAt(1), deviceAt(1), [1]);
  await before.device(userAt(2), deviceAt(2), [1]);
  await before.notify.publish({
    logs: [{ site: siteAt(1), log: logAt(1), length: 1, mentions: [], by: null }],
  });
  await before.arrived(phone, 1);
  await Bun.sleep(50);
  const gate = new Gate(SqliteNews.open({ path }));
  const stage = await before.restarted({ store: gate.store });
  rmSync(folder, { recursive: true });
  return { gate, stage, phone };
}

test('[I12, I2, I4, I10] what is said while it loads counts once when it is loaded', async () => {
  const { gate, stage: opened, phone } = await atGate();
  await using stage = opened;
  const answered: string[] = [];
  const note = (what: string) => (): void => void answered.push(what);
  const { notify } = stage;
  const publish = notify.publish({
    logs: [{ site: siteAt(1), log: logAt(1), length: 5, mentions: [], by: null }],
  });
  const all = [
    stage.presence({ muted: [userAt(2)] }).then(note('presence')),
    stage.read(userAt(1), 1, 1, 1).then(note('read')),
    publish.then(note('publish')),
    notify.told({ user: userAt(1) }).then(note('told')),
  ];
  await Bun.sleep(100);
  deepEqual(answered, []);
  equal(stage.figure('notifyLoading'), '1');
  equal(stage.noticesOf(phone).length, 1);
  gate.open();
  await Promise.all(all);
  equal(answered.length, 4);
  // She has read the first one, and hears of the next, once; who is here does not.
  await stage.arrived(phone, 2);
  equal(stage.figure('notifyLoading'), '0');
  equal(stage.service.arrivals.length, 3);
});

test('[I12] a service that ends while it loads answers nobody, and loses nothing', async () => {
  const { gate, stage } = await atGate();
  const publish = stage.notify.publish({
    logs: [{ site: siteAt(1), log: logAt(1), length: 5, mentions: [], by: null }],
  });
  const refused = rejects(publish, { code: 'draining' });
  const over = stage[Symbol.asyncDispose]();
  gate.open();
  await over;
  await refused;
  ok(!stage.lines.some((line) => line.startsWith('error')), stage.lines.join('\n'));
});

const CHILD = fileURLToPath(new URL('./notify-kill-child.ts', import.meta.url));
const PHONES = 40;
const QUIET = 30_000;
const PER_COMMIT = 1_000;

/** Listeners in a site in which nothing happens. */
async function fill(path: string): Promise<void> {
  await using store = SqliteNews.open({ path });
  const listener = { audience: '*', level: 'all', override: null, tags: new Uint8Array(0) } as const;
  for (let from = 0; from < QUIET; from += PER_COMMIT) {
    const subscriptions = Array.from({ length: PER_COMMIT }, (_, i): SubscriptionRecord => {
      const n = 1_000 + from + i;
      const listeners = [{ device: deviceAt(n), site: siteAt(2), listener }];
      const known = { version: 1, hash: NO_DIGEST, digest: NO_DIGEST };
      return { user: userAt(n), ...known, difference: { listeners, endpoints: [] } };
    });
    await store.commit({ subscriptions });
  }
}

class Child {
  readonly #process: ChildProcess;
  readonly #answers: ((line: string) => void)[] = [];

  constructor(path: string, origin: string, key: string) {
    const stdio = ['pipe', 'pipe', 'inherit'] as const;
    this.#process = spawn(process.execPath, [CHILD, path, origin, key], { stdio: [...stdio] });
    const lines = createInterface({ input: must(this.#process.stdout, 'its output') });
    lines.on('line', (line) => this.#answers.shift()?.(line));
  }

  /** The answer says whether it is loading. */
  say(line: string): Promise<string> {
    this.#process.stdin?.write(`${line}\n`);
    return new Promise((resolve) => this.#answers.push(resolve));
  }

  kill(): Promise<void> {
    return new Promise((resolve) => {
      this.#process.on('close', () => resolve());
      this.#process.kill('SIGKILL');
    });
  }
}

test(
  '[I12, I2] kill -9 while it loads: what was published before, meanwhile and after is told, and once more at most',
  { timeout: 120_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'copse-notify-load-'));
    const path = join(folder, 'notify.sqlite');
    await using service = new PushService();
    const phones = Array.from({ length: PHONES }, () => service.subscribe());
    await fill(path);
    const key = hex(newVapidKey());
    let child = new Child(path, service.origin, key);
    for (const [n, { endpoint, p256dh, auth }] of phones.entries())
      await child.say(`listen ${n} ${endpoint} ${hex(p256dh)} ${hex(auth)}`);
    /** How often each of them was told of a log. */
    const told = (log: number): readonly number[] =>
      phones.map(
        ({ endpoint }) =>
          service.arrivals.filter(
            ({ device, text }) =>
              endpoint.endsWith(`/${device}`) &&
              decodeNotice(text)?.places.some((place) => place.log === logAt(log)) === true,
          ).length,
      );
    let inside = 0;
    for (const log of [1, 2, 3]) {
      await child.say(`publish ${log}`);
      await child.kill();
      // Twice in the middle of the load, at two places.
      for (const waitMs of [0, 60]) {
        child = new Child(path, service.origin, key);
        await child.say(`publish ${log}`);
        await Bun.sleep(waitMs);
        if ((await child.say(`publish ${log}`)) === 'loading') inside++;
        await child.kill();
      }
      child = new Child(path, service.origin, key);
      await child.say(`publish ${log}`);
      for (let waits = 0; told(log).some((count) => count === 0); waits++) {
        ok(waits < 4_000, `log ${log}: ${told(log).join('')}`);
        await Bun.sleep(5);
      }
      await Bun.sleep(300);
      ok(
        told(log).every((count) => count <= 2),
        `log ${log}: ${told(log).join('')}`,
      );
      for (let n = 0; n < PHONES; n++) await child.say(`read ${n} ${log}`);
    }
    ok(inside > 0, 'it was killed while it was loading');
    deepEqual(service.complaints, []);
    await child.kill();
    rmSync(folder, { recursive: true });
  },
);
