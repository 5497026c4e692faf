/**
 * The feed that tails follow (SPEC A14): changes in the order of their commits, heartbeats between them,
 * and the token keys of the shard. What it keeps is what can still matter: a change is forgotten when no
 * token made before it can be alive, and a device or grant that changed again is kept once.
 */

import type { AuthInternalEvents, Change, ShardTokenKey } from 'copse/internal/api/auth.ts';
import type { Env, Timer } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { changeKeptMs, changesKeptMax, changesPerPageMax, feedBeatMs } from 'copse/internal/base/limits.ts';
import type { ChangeRecord, Changes } from '../store/accounts.ts';

export interface Page {
  readonly seq: number;
  readonly more: boolean;
  readonly reset: boolean;
  readonly changes: readonly Change[];
}

export interface FeedOptions {
  readonly changes: Changes;
  readonly env: Env;
  /** The day of the token keys, and the keys that a shard needs on it. */
  readonly today: () => number;
  readonly keysOf: (shard: number) => readonly ShardTokenKey[];
  /** Changes that are kept; `changesKeptMax` unless said otherwise. */
  readonly keptMax?: number;
}

interface Follower {
  readonly events: AuthInternalEvents;
  readonly shard: number;
  /** The day whose keys it has. */
  day: number;
}

export class Feed implements AsyncDisposable {
  readonly #options: FeedOptions;
  /** By what changed, in the order of their numbers. */
  readonly #kept = new Map<string, ChangeRecord>();
  readonly #followers = new Map<AuthInternalEvents, Follower>();
  #floor = 0;
  #seq = 0;
  #beat: Timer | null = null;
  #housekeeping: Timer | null = null;
  #forgetting: Promise<void> = Promise.resolve();

  private constructor(options: FeedOptions) {
    this.#options = options;
  }

  static async open(options: FeedOptions): Promise<Feed> {
    const feed = new Feed(options);
    options.changes.listen((record) => feed.#take(record));
    const { floor, records } = await options.changes.kept();
    feed.#floor = floor;
    feed.#seq = floor;
    for (const record of records) feed.#keep(record);
    feed.#housekeep();
    return feed;
  }

  /** The last change. */
  get seq(): number {
    return this.#seq;
  }

  get followers(): number {
    return this.#followers.size;
  }

  /** Throws `full` when no more changes can be kept, before one is made. */
  requireRoom(): void {
    const { keptMax = changesKeptMax } = this.#options;
    if (this.#kept.size >= keptMax) throw new Fault('full', 'changes that tails must still hear of');
  }

  /** The changes after `from`; when they are all, pushes follow from `seq` in the same step. */
  follow(events: AuthInternalEvents, shard: number, from: number): Page {
    const { today } = this.#options;
    const reset = from < this.#floor || from > this.#seq;
    const changes: Change[] = [];
    let seq = reset ? this.#floor : from;
    let more = false;
    for (const record of this.#kept.values()) {
      if (record.seq <= seq) continue;
      more = changes.length === changesPerPageMax;
      if (more) break;
      changes.push(record.change);
      seq = record.seq;
    }
    if (more) return { seq, more, reset, changes };
    this.#followers.set(events, { events, shard, day: today() });
    this.#beat ??= this.#options.env.after(feedBeatMs, this.#onBeat);
    return { seq: this.#seq, more, reset, changes };
  }

  unfollow(events: AuthInternalEvents): void {
    this.#followers.delete(events);
    if (this.#followers.size > 0) return;
    this.#beat?.cancel();
    this.#beat = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#beat?.cancel();
    this.#housekeeping?.cancel();
    this.#followers.clear();
    await this.#forgetting;
  }

  #take(record: ChangeRecord): void {
    this.#keep(record);
    const { seq, change } = record;
    for (const { events } of this.#followers.values()) events.change({ seq, change });
  }

  #keep(record: ChangeRecord): void {
    const name = nameOf(record.change);
    this.#kept.delete(name);
    this.#kept.set(name, record);
    this.#seq = record.seq;
  }

  readonly #onBeat = (): void => {
    const { env, today, keysOf } = this.#options;
    const day = today();
    for (const follower of this.#followers.values()) {
      if (follower.day !== day) {
        follower.day = day;
        follower.events.keys({ keys: keysOf(follower.shard) });
      }
      follower.events.beat({ seq: this.#seq });
    }
    this.#beat = env.after(feedBeatMs, this.#onBeat);
  };

  /** Forgets what cannot matter any more, now and every hour. */
  #housekeep(): void {
    const { env, changes } = this.#options;
    const beforeMs = env.wallMs() - changeKeptMs;
    for (const [name, record] of this.#kept) {
      if (record.atMs >= beforeMs) break;
      this.#kept.delete(name);
      this.#floor = record.seq;
    }
    this.#forgetting = changes.forget(beforeMs).catch((thrown: unknown) => {
      env.log('warn', 'auth.forget', { cause: String(thrown) });
    });
    this.#housekeeping = env.after(HOUR_MS, () => this.#housekeep());
  }
}

const HOUR_MS = 3_600_000;

/** What a change is about: a later one about the same replaces it. */
function nameOf(change: Change): string {
  switch (change.kind) {
    case 'device':
      return `device ${change.device}`;
    case 'user':
      return `user ${change.user}`;
    case 'grant':
      return `grant ${change.user} ${change.site}`;
    case 'site':
      return `site ${change.site}`;
    case 'fallen':
      return `fallen ${change.attestation}`;
    case 'widened':
      return `widened ${change.user} ${change.site}`;
    case 'origins':
      return `origins ${change.site}`;
  }
}
