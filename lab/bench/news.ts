/**
 * The state of notifications: what a publish costs, what the sweeps of a site with a million listeners cost
 * and how long the longest slice holds up others, and what a listener takes, beside maps of objects that are
 * looked through as a whole (SPEC I13). Three in ten users are here.
 */

import { realEnv } from 'copse/internal/base/env.ts';
import { deviceId, logId, siteId, userId } from 'copse/internal/base/ids.ts';
import { News } from '../../server/src/notify/news/news.ts';
import type { Bench, BenchOptions, Figure } from './figure.ts';
import { median, spread } from './figure.ts';
import { threadMs } from './thread-time.ts';

const PUBLISHES = 2_000_000;
const SITES = 100;
const LOGS = 100;
const HERE = 0.3;
const nameOf = (n: number): string => n.toString(16).padStart(16, '0');
const logOf = (n: number): ReturnType<typeof logId> => logId(n.toString(16).padStart(32, '0'));

/** What one would write first. */
class Plain {
  readonly sites = new Map<
    string,
    {
      logs: Map<string, number>;
      isDirty: boolean;
      listeners: Map<string, { user: string; read: number; isOutstanding: boolean }>;
    }
  >();
  readonly here = new Set<string>();

  site(name: string): NonNullable<ReturnType<typeof this.sites.get>> {
    const known = this.sites.get(name) ?? { logs: new Map(), isDirty: false, listeners: new Map() };
    this.sites.set(name, known);
    return known;
  }

  publish(site: string, log: string, length: number): void {
    const known = this.site(site);
    if (length <= (known.logs.get(log) ?? 0)) return;
    known.logs.set(log, length);
    known.isDirty = true;
  }

  sweep(): string[] {
    const due: string[] = [];
    for (const site of this.sites.values()) {
      if (!site.isDirty) continue;
      site.isDirty = false;
      for (const [device, listener] of site.listeners) {
        if (listener.isOutstanding || this.here.has(listener.user)) continue;
        listener.isOutstanding = true;
        due.push(device);
      }
    }
    return due;
  }
}

function open(): News {
  return new News({
    env: realEnv(),
    quietUntil: () => null,
    hasQuietHours: () => false,
    onClear: () => {},
    onDue: () => {},
  });
}

const timeMs = (work: () => void): number => {
  const beganMs = performance.now();
  work();
  return performance.now() - beganMs;
};

function plain(name: string, unit: string, values: readonly number[], rivals: Figure['rivals']): Figure {
  return { name, unit, value: median(values), spread: spread(values), cpuPerOp: null, rivals, rssMb: null };
}

/** Nanoseconds of each of several runs. */
function publishNs(runs: number, publish: (site: number, log: number, length: number) => void): number[] {
  return Array.from({ length: runs }, (_, run) => {
    const ms = timeMs(() => {
      for (let n = 0; n < PUBLISHES; n++) publish((n * 7) % SITES, (n * 13) % LOGS, run * PUBLISHES + n + 1);
    });
    return (ms * 1e6) / PUBLISHES;
  });
}

function publishes(options: BenchOptions): Figure {
  const runs = options.quick ? 3 : 7;
  const sites = Array.from({ length: SITES }, (_, n) => siteId(nameOf(n) + nameOf(n)));
  const logs = Array.from({ length: LOGS }, (_, n) => logOf(n));
  const news = open();
  // Where nobody listens nothing is kept, which is faster still.
  for (const [n, site] of sites.entries()) news.join(userId(nameOf(n)), deviceId(nameOf(n)), site, ['*']);
  const ours = publishNs(runs, (site, log, length) =>
    news.publish({ site: sites[site]!, log: logs[log]!, length, mentions: [] }),
  );
  const maps = new Plain();
  const theirs = publishNs(runs, (site, log, length) => maps.publish(sites[site]!, logs[log]!, length));
  return plain('publish', 'ns', ours, { 'maps of objects': median(theirs) });
}

interface Sweeping {
  /** Each slice of one sweep, in milliseconds. */
  readonly clock: readonly number[];
  /** Of the processor, all of them. */
  readonly spentMs: number;
}

function slices(news: News): Sweeping {
  const clock: number[] = [];
  const spentBefore = threadMs();
  for (;;) {
    const beganMs = performance.now();
    const isDone = news.tick();
    clock.push(performance.now() - beganMs);
    if (isDone) return { clock, spentMs: threadMs() - spentBefore };
  }
}

/** Microseconds of each notice that is due. */
function noticeUs(news: News): number {
  let notices = 0;
  const ms = timeMs(() => {
    for (let notice = news.take(); notice !== null; notice = news.take()) notices++;
  });
  return (ms * 1000) / notices;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** What a process that has been running for a while has done before: its code is compiled. */
function warmUp(): void {
  const news = open();
  const site = siteId(nameOf(3) + nameOf(4));
  for (let n = 0; n < 50_000; n++) news.join(userId(nameOf(n)), deviceId(nameOf(n + 50_000)), site, ['*']);
  news.publish({ site, log: logOf(1), length: 1, mentions: [] });
  slices(news);
}

function sweeps(options: BenchOptions): readonly Figure[] {
  warmUp();
  const count = options.quick ? 200_000 : 1_000_000;
  const site = siteId(nameOf(1) + nameOf(2));
  const news = open();
  const maps = new Plain();
  const before = process.memoryUsage.rss();
  const joinMs = timeMs(() => {
    for (let n = 0; n < count; n++) news.join(userId(nameOf(n)), deviceId(nameOf(n + count)), site, ['*']);
  });
  options.note(`${count.toLocaleString('en')} joins: ${((joinMs * 1000) / count).toFixed(2)} µs each`);
  options.note(
    `with names, users and devices ${((process.memoryUsage.rss() - before) / count).toFixed(0)} bytes`,
  );
  const rssBefore = process.memoryUsage.rss();
  for (let n = 0; n < count; n++) {
    const listener = { user: nameOf(n), read: 0, isOutstanding: false };
    maps.site(site).listeners.set(nameOf(n + count), listener);
  }
  const mapBytes = (process.memoryUsage.rss() - rssBefore) / count;
  for (let n = 0; n < count * HERE; n++) {
    news.mute(userId(nameOf(n)));
    maps.here.add(nameOf(n));
  }
  const rounds = Array.from({ length: 6 }, (_, round) => {
    news.publish({ site, log: logOf(1), length: round + 1, mentions: [] });
    maps.publish(site, logOf(1), round + 1);
    const ours = slices(news);
    return { ours, theirs: timeMs(() => void maps.sweep()) };
  });
  const [first, ...later] = rounds;
  const { ours, theirs } = first!;
  const laterMs = later.map((round) => sum(round.ours.clock));
  const million = `${count.toLocaleString('en')} listeners`;
  return [
    {
      ...plain(`first sweep, ${million}`, 'ms', [sum(ours.clock)], { 'maps of objects': theirs }),
      cpuPerOp: (ours.spentMs * 1000) / count,
    },
    plain('processor time of it', 'ms', [ours.spentMs], {}),
    plain('usual slice of it', 'ms', ours.clock, { 'maps of objects': theirs }),
    plain('longest slice of it', 'ms', [Math.max(...ours.clock)], { 'maps of objects': theirs }),
    plain('later sweeps', 'ms', laterMs, { 'maps of objects': median(later.map((round) => round.theirs)) }),
    plain('making a notice', 'µs', [noticeUs(news)], {}),
    plain('a listener', 'bytes', [news.bytes.listeners / news.listenerCount], {
      'maps of objects': mapBytes,
    }),
    plain(
      'a listener with its user, device and deadlines',
      'bytes',
      [news.bytes.all / news.listenerCount],
      {},
    ),
  ];
}

export const newsBench: Bench = {
  name: 'news',
  run: async (options) => [publishes(options), ...sweeps(options)],
};
