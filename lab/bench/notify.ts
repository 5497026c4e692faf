/**
 * The notification service as a whole: a site with many listeners, a store on the disk, a push service on loopback
 * in a process of its own. From the publish to the last arrival, with what holds up others meanwhile.
 */

import { createECDH, randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { assert, must } from 'copse/internal/base/assert.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { deviceId, logId, siteId, userId } from 'copse/internal/base/ids.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { NO_DIGEST } from 'copse/internal/social/subscriptions/digest.ts';
import { Notify } from '../../server/src/notify/notify.ts';
import { EndpointPolicy } from '../../server/src/notify/push/endpoint.ts';
import { networkPost } from '../../server/src/notify/push/post.ts';
import { Seals } from '../../server/src/notify/push/seals.ts';
import { newVapidKey, Vapid } from '../../server/src/notify/push/vapid.ts';
import { SqliteNews } from '../../server/src/store/news-sqlite.ts';
import type { SubscriptionRecord } from '../../server/src/store/news.ts';
import { median, spread, type Bench, type BenchOptions, type Figure } from './figure.ts';
import { neighbourhoodFigures } from './notify-neighbourhood.ts';
import { threadMs } from './thread-time.ts';
import { freePort, scratch, start } from './rivals/process.ts';

const nameOf = (n: number): string => n.toString(16).padStart(16, '0');
const site = siteId('5'.repeat(32));
const log = logId('c'.repeat(32));
const PER_COMMIT = 1_000;
const ORIGIN = 'https://copse.example';

/** Who listens, as auth would have said it, straight into the store. */
async function fill(store: SqliteNews, count: number, origin: string): Promise<void> {
  const p256dh = new Uint8Array(createECDH('prime256v1').generateKeys());
  const auth = new Uint8Array(randomBytes(16));
  const listener = { audience: '*', level: 'all', override: null, tags: new Uint8Array(0) } as const;
  for (let from = 0; from < count; from += PER_COMMIT) {
    const subscriptions = Array.from({ length: PER_COMMIT }, (_, i): SubscriptionRecord => {
      const device = deviceId(nameOf(from + i + count));
      const endpoint = { url: `${origin}/wpush/v2/${from + i}`, p256dh, auth };
      return {
        user: userId(nameOf(from + i)),
        version: 1,
        hash: NO_DIGEST,
        digest: NO_DIGEST,
        difference: { listeners: [{ device, site, listener }], endpoints: [[device, endpoint]] },
      };
    });
    await store.commit({ subscriptions });
  }
}

/** The longest time for which a timer of a millisecond was late, and what of it this thread has worked. */
class Lag {
  worstMs = 0;
  busiestMs = 0;
  readonly #timer: ReturnType<typeof setInterval>;
  #lastMs = performance.now();
  #lastThreadMs = threadMs();

  constructor() {
    this.#timer = setInterval(() => this.#look(), 1);
  }

  /** The timer that was due in the last piece of work counts too. */
  stop(): void {
    clearInterval(this.#timer);
    this.#look();
  }

  #look(): void {
    const [nowMs, spentMs] = [performance.now(), threadMs()];
    this.worstMs = Math.max(this.worstMs, nowMs - this.#lastMs - 1);
    this.busiestMs = Math.max(this.busiestMs, spentMs - this.#lastThreadMs);
    this.#lastMs = nowMs;
    this.#lastThreadMs = spentMs;
  }
}

const figureOf = (notify: Notify, name: string): number =>
  Number(
    must(
      notify.figures().find((each) => each.name === name),
      name,
    ).value,
  );

function plain(name: string, unit: string, values: readonly number[]): Figure {
  return {
    name,
    unit,
    value: median(values),
    spread: spread(values),
    cpuPerOp: null,
    rivals: {},
    rssMb: null,
  };
}

async function run(options: BenchOptions): Promise<readonly Figure[]> {
  const count = Number(process.env['NOTIFY_LISTENERS'] ?? (options.quick ? 5_000 : 50_000));
  const port = freePort();
  const command = [process.execPath, join(import.meta.dirname, 'push-receiver.ts'), `${port}`];
  const folder = scratch();
  await using receiver = await start(command, port, folder);
  const origin = `http://127.0.0.1:${must(receiver.port, 'a port')}`;
  const store = SqliteNews.open({ path: join(folder, 'notify.sqlite') });
  await fill(store, count, origin);
  const env = realEnv();
  const loading = new Lag();
  const beganMs = performance.now();
  await using notify = Notify.open({
    store,
    env,
    primitives: nativePrimitives(),
    vapid: new Vapid({ privateKey: newVapidKey(), subject: 'mailto:a@b.example' }),
    policy: new EndpointPolicy({ hosts: [], trusted: [origin] }),
    post: networkPost(env),
    seals: new Seals(env),
    soon: (task) => void setImmediate(task),
    words: { origin: () => ORIGIN, secret: randomBytes(32) },
  });
  const openMs = performance.now() - beganMs;
  await notify.loaded;
  const loadMs = performance.now() - beganMs;
  loading.stop();
  // After a start the shards have a moment to say who is here.
  await Bun.sleep(5_500);
  const publishNs = await publishing(notify);
  const lag = new Lag();
  const cpuBefore = process.cpuUsage();
  const threadBefore = threadMs();
  const publishedMs = performance.now();
  await notify.publish({ logs: [{ site, log, length: 1_000_000_000, mentions: [], by: null }] });
  while (figureOf(notify, 'notifySentTotal') < count) await Bun.sleep(5);
  const tookMs = performance.now() - publishedMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  const spentMs = threadMs() - threadBefore;
  lag.stop();
  options.note(
    `${count.toLocaleString('en')} listeners, commits of up to ${figureOf(notify, 'notifyCommit').toFixed(1)} ms`,
  );
  assert(figureOf(notify, 'notifyDeadTotal') === 0, 'all of them arrive');
  const rate = plain('told through the whole service', '/s', [(count * 1000) / tookMs]);
  return [
    { ...rate, cpuPerOp: (user + system) / count },
    plain('a log in a publish of 512', 'ns', [publishNs]),
    plain('of the first thread, for each', 'µs', [(spentMs * 1000) / count]),
    plain('longest time that others waited', 'ms', [lag.worstMs]),
    plain('longest time that the first thread worked in one piece', 'ms', [lag.busiestMs]),
    plain('until it takes calls', 'ms', [openMs]),
    plain('until all is loaded, for each listener', 'µs', [(loadMs * 1000) / count]),
    plain('longest time that others waited while it loaded', 'ms', [loading.worstMs]),
    plain('longest time that the first thread worked in one piece then', 'ms', [loading.busiestMs]),
    ...(await neighbourhoodFigures(folder, options.quick ? 1_000 : 5_000)),
  ];
}

/** Publishes that are known already and ones that are news where nobody listens, in calls as a tail makes them. */
async function publishing(notify: Notify): Promise<number> {
  const sites = Array.from({ length: 512 }, (_, n) => siteId(nameOf(n).padStart(32, '6')));
  const logs = sites.map((each) => ({ site: each, log, length: 1, mentions: [], by: null }));
  const rounds = 2_000;
  const beganMs = performance.now();
  const answers = Array.from({ length: rounds }, () => notify.publish({ logs }));
  const tookMs = performance.now() - beganMs;
  await Promise.all(answers);
  return (tookMs * 1e6) / (rounds * logs.length);
}

export const notifyBench: Bench = { name: 'notify', run };
