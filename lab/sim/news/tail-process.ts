/** A tail as a process that can be killed: its log store, and what it tells notify (SPEC I2, I17, I18). */

import { concat, hex } from 'copse/internal/base/bytes.ts';
import { must } from 'copse/internal/base/assert.ts';
import type { LogId, SiteId, UserId } from 'copse/internal/base/ids.ts';
import { EntryCursor } from 'copse/internal/wire/entry.ts';
import { MemoryDisk } from '../../../server/src/store/log-store-memory.ts';
import type { LogStore } from '../../../server/src/store/log-store.ts';
import type { NotifySink } from '../../../server/src/tail/tellers.ts';
import { Life } from '../../../server/src/tail/testing/life.ts';
import type { SimEnv, World } from '../world.ts';
import { primitives } from './notify-process.ts';
import type { Places } from './places.ts';

export interface TailProcessParts {
  readonly world: World;
  readonly notify: NotifySink;
  readonly places: Places;
  readonly syncMs: number;
}

/** Behind an entry, and when it became durable; 0 when nobody heard of it, because the process died. */
export interface Mark {
  readonly at: number;
  readonly sinceMs: number;
}

/** What a log has that is durable. */
export interface DurableNews {
  /** The newest entry that is news. */
  news: Mark;
  /** By tag in hex, the newest entry that mentions her. */
  readonly mentions: Map<string, Mark>;
}

interface Running {
  readonly env: SimEnv;
  readonly life: Life;
}

const SYNC_PAGE = 1 << 20;

export class TailProcess {
  readonly #parts: TailProcessParts;
  readonly #disk: MemoryDisk;
  #running: Running | null = null;
  #lives = 0;
  #isStarting = false;
  /** Who looks; of what process does not matter, they come back. */
  readonly #here = new Set<UserId>();
  /** By log, up to where it was durable when. */
  readonly #durable = new Map<LogId, Mark[]>();

  constructor(parts: TailProcessParts) {
    this.#parts = parts;
    const { world, syncMs } = parts;
    const sync = (): Promise<void> =>
      new Promise((resolve) => void world.at(world.chance.unit() * syncMs, resolve));
    this.#disk = new MemoryDisk({ primitives, sync });
  }

  get #life(): Life | undefined {
    return this.#running?.life;
  }

  get isUp(): boolean {
    return this.#running !== null;
  }

  /** Nothing, when it is up or about to be. */
  async start(): Promise<void> {
    if (this.#isStarting) return;
    this.#isStarting = true;
    const { world, notify } = this.#parts;
    const number = ++this.#lives;
    const env = world.env('tail');
    const store = await this.#disk.open(env);
    if (number !== this.#lives) return;
    const life = new Life(store, {
      env,
      notify,
      number,
      soon: (task) => void env.after(0, task),
      onCommitted: (batch) => {
        for (const { log, first, count } of batch.runs) this.#note(log.log, first + count);
      },
    });
    this.#running = { env, life };
    // What a crash left durable and unsaid is known from here on.
    for (const { site, logs } of this.#parts.places.sites)
      for (const log of logs) this.#note(log, store.find(site, log)?.durable ?? 0);
    for (const user of this.#here) life.tellers.here?.came(user);
  }

  kill(): void {
    this.#running?.env.kill();
    this.#running?.life.end();
    this.#running = null;
    this.#lives++;
    this.#isStarting = false;
    this.#disk.crash(this.#parts.world.chance.often(0.5) ? 'synced' : 'failed');
  }

  write(site: SiteId, log: LogId, news: readonly Uint8Array[] | null): void {
    this.#life?.writeTo(site, log, news === null ? null : concat(...news));
  }

  compact(): void {
    this.#life?.store.compact().catch(() => {});
  }

  isHere(user: UserId): boolean {
    return this.#here.has(user);
  }

  came(user: UserId): void {
    if (this.#here.has(user)) return;
    this.#here.add(user);
    this.#life?.tellers.here?.came(user);
  }

  went(user: UserId): void {
    if (this.#here.delete(user)) this.#life?.tellers.here?.went(user);
  }

  /** Everything that is durable; the answer is up to where, or null when nothing was read. */
  read(user: UserId, site: SiteId, log: LogId): number | null {
    const life = this.#life;
    const state = life?.store.find(site, log);
    if (life === undefined || state === undefined) return null;
    life.tellers.here?.read(user, state, state.durable);
    return state.durable;
  }

  /** What was read before is said again. */
  readTo(
    user: UserId,
    { site, log, at }: { readonly site: SiteId; readonly log: LogId; readonly at: number },
  ): void {
    const state = this.#life?.store.find(site, log);
    if (state !== undefined) this.#life?.tellers.here?.read(user, state, at);
  }

  /** Whether notify has been told everything. */
  get isSettled(): boolean {
    return this.#life?.tellers.herald?.waitingCount === 0;
  }

  #note(log: LogId, at: number): void {
    const marks = this.#durable.get(log) ?? [];
    this.#durable.set(log, marks);
    if (at > (marks.at(-1)?.at ?? 0)) marks.push({ at, sinceMs: this.#parts.world.nowMs });
  }

  durableNews(): ReadonlyMap<LogId, DurableNews> {
    const found = new Map<LogId, DurableNews>();
    const store = must(this.#life, 'the tail is up').store;
    for (const { site, logs } of this.#parts.places.sites)
      for (const log of logs)
        found.set(log, newsIn(store, { site, log, durable: this.#durable.get(log) ?? [] }));
    return found;
  }
}

interface Where {
  readonly site: SiteId;
  readonly log: LogId;
  readonly durable: readonly Mark[];
}

function newsIn(store: LogStore, { site, log, durable }: Where): DurableNews {
  const found: DurableNews = { news: { at: 0, sinceMs: 0 }, mentions: new Map() };
  const state = store.find(site, log);
  if (state === undefined) return found;
  for (let at = state.first; at < state.durable;) {
    const page = store.read(state, at, SYNC_PAGE);
    if (page.kind !== 'page') throw new Error(`${log} at ${at}: ${page.kind}`);
    const cursor = new EntryCursor(page.entries);
    for (; cursor.next(); at++) {
      const { news } = cursor;
      if (news === null) continue;
      const behind = at + 1;
      const sinceMs = durable.find((mark) => mark.at >= behind)?.sinceMs ?? 0;
      found.news = { at: behind, sinceMs };
      for (let i = 0; i < news.length; i += 8)
        found.mentions.set(hex(news.subarray(i, i + 8)), { at: behind, sinceMs });
    }
  }
  return found;
}
