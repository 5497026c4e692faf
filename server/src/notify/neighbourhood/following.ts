/**
 * Follows the messages of the neighbourhood as they arrive at the node, and says to notify whom they concern
 * (SPEC I24 to I26). The position up to which that was done is kept by notify and moves only when what was said is in
 * its store; a start goes on from there, so that what a crash took is said again. Lengths of the logs are
 * positions of the store of messages: what is said twice changes nothing.
 */

import { equal, hex } from 'copse/internal/base/bytes.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import type { Timer } from 'copse/internal/base/env.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import type { LogId, UserId } from 'copse/internal/base/ids.ts';
import {
  authorNewsBurst,
  authorNewsMetersMax,
  authorNewsPerSecond,
  neighbourLookRows,
  neighbourNewsAgeMs,
  neighbourNoteMs,
  neighbourThreadsKept,
  neighbourThreadsMax,
} from 'copse/internal/base/limits-notify.ts';
import { Meter } from 'copse/internal/base/meter.ts';
import { userIdOf } from 'copse/internal/crypto/hash.ts';
import { readMessage } from 'copse/internal/social/message/message.ts';
import type { Message } from 'copse/internal/social/message/terms.ts';
import type { Stored } from 'copse/internal/social/peer/ingest.ts';
import {
  authorLog,
  mentionOfHer,
  neighbourhoodOf,
  otherThreads,
} from 'copse/internal/social/subscriptions/neighbourhood.ts';
import type { FollowedRecord } from '../../store/news.ts';
import { concernsOf, logOf, type Concern, type Find } from './concerns.ts';
import { Knocks } from './knocks.ts';
import type { NeighbourhoodDesk, NeighbourhoodSource } from './source.ts';

export class Following implements Disposable {
  readonly knocks: Knocks;
  readonly find: Find;
  readonly #source: NeighbourhoodSource;
  readonly #desk: NeighbourhoodDesk;
  /** Of an author and whom she writes to. */
  readonly #meters = new Cache<string, Meter>(authorNewsMetersMax);
  #base = 0;
  /** Everything up to here was looked at, and what there was to say up to there is in the store of notify. */
  #seq = 0;
  #kept = 0;
  #keeping = 0;
  #noting: Timer | null = null;
  #begun: Promise<void> = Promise.resolve();
  #hasBegun = false;
  #isOver = false;
  #told = 0;

  constructor(source: NeighbourhoodSource, desk: NeighbourhoodDesk) {
    this.#source = source;
    this.#desk = desk;
    const { store, primitives } = source;
    this.find = (id) => {
      const row = store.get(id);
      return row === null ? null : readMessage(primitives, row.bytes);
    };
    this.knocks = new Knocks(source, desk, { base: () => this.#base, moved: () => this.#note() });
  }

  /** What is added to a position, so that it is a length. */
  get base(): number {
    return this.#base;
  }

  /** What there was to say up to this position is in the store of notify. */
  get kept(): number {
    return this.#kept;
  }

  /** How often somebody was concerned since the start. */
  get told(): number {
    return this.#told;
  }

  /** Goes on where the last process has ended, when notify has loaded what it keeps. */
  begin(loaded: Promise<void>): void {
    this.#begun = loaded.then(() => this.#begin());
    this.#begun.catch((thrown: unknown) => {
      const { env } = this.#source;
      if (!this.#isOver) env.log('error', 'notify.follow', { fault: asFault(thrown).code });
    });
  }

  /** What came while nobody followed was looked at. */
  get begun(): Promise<void> {
    return this.#begun;
  }

  async #begin(): Promise<void> {
    const { store, strangers, primitives, soon } = this.#source;
    const known = await this.#desk.followed();
    const here = startOf(known, { epoch: store.epoch, seq: store.head(), knock: strangers.last() });
    this.#base = here.base;
    this.#seq = here.seq;
    this.#kept = here.seq;
    this.knocks.begin(here.knock);
    if (known?.base !== here.base) this.#note();
    while (!this.#isOver) {
      const rows = store.after(this.#seq, neighbourLookRows);
      if (rows.length === 0) break;
      this.#take(rows.map(({ seq, bytes }) => ({ seq, message: readMessage(primitives, bytes) })));
      await new Promise<void>(soon);
    }
    this.#hasBegun = !this.#isOver;
    this.knocks.look();
  }

  /** Messages that are durable from now on. Before it has begun they are found by the start. */
  stored(batch: readonly Stored[]): void {
    if (!this.#hasBegun || this.#isOver) return;
    try {
      this.#take(batch);
    } catch (thrown) {
      // Whoever brought them has been answered: what cannot be looked at must not end with her connection.
      this.#source.env.log('error', 'notify.follow', { fault: asFault(thrown).code });
    }
  }

  /** Notify ends after this, and writes what it was told. */
  [Symbol.dispose](): void {
    if (this.#hasBegun && this.#keeping === 0) this.#kept = this.#seq;
    if (this.#hasBegun) this.#note();
    this.#isOver = true;
    this.#noting?.cancel();
    this.knocks[Symbol.dispose]();
  }

  #take(batch: readonly Stored[]): void {
    const isHeard = this.#desk.isHeard();
    const before = this.#told;
    for (const { seq, message } of batch) {
      if (seq <= this.#seq) continue;
      this.#seq = seq;
      if (isHeard) this.#tell(seq, message);
    }
    if (this.#told > before) this.#keep(this.#seq);
    else this.#noting ??= this.#source.env.after(neighbourNoteMs, () => this.#keep(this.#seq));
  }

  #tell(seq: number, message: Message): void {
    const { env, strangers, isHidden } = this.#source;
    if (message.timeMs < env.wallMs() - neighbourNewsAgeMs || isHidden(message.from)) return;
    for (const concern of concernsOf(message, this.find)) {
      const user = userIdOf(this.#source.primitives, concern.to);
      if (!this.#desk.hears(neighbourhoodOf(user))) continue;
      // What she has let in herself she has read.
      if (concern.isMention && strangers.knows(concern.to, message.id)) continue;
      this.#publish(user, { seq, message, concern });
    }
  }

  #publish(user: UserId, { seq, message, concern }: Said): void {
    const site = neighbourhoodOf(user);
    const isTooMuch = this.#meter(message, user).take(this.#source.env.nowMs()) > 0;
    const log = isTooMuch ? authorLog(message.from) : this.#room(user, logOf(message, this.find));
    const mentions = concern.isMention && !isTooMuch ? [mentionOfHer] : [];
    this.#desk.publish({ site, log, length: seq + 1 + this.#base, mentions });
    this.#told += 1;
  }

  /** The log of the thread, or that of all for which there is no room. */
  #room(user: UserId, log: LogId): LogId {
    const site = neighbourhoodOf(user);
    const { count, isKnown } = this.#desk.logsIn(site, log);
    if (isKnown || count < neighbourThreadsKept) return log;
    this.#desk.forgetRead(user, site);
    return this.#desk.logsIn(site, log).count < neighbourThreadsMax ? log : otherThreads;
  }

  #meter({ from }: Message, user: UserId): Meter {
    const name = hex(from) + user;
    let meter = this.#meters.get(name);
    if (meter === undefined) {
      meter = new Meter(authorNewsPerSecond, authorNewsBurst);
      this.#meters.set(name, meter);
    }
    return meter;
  }

  #keep(seq: number): void {
    this.#noting?.cancel();
    this.#noting = null;
    // The next start says again what is not kept.
    this.#keepUpTo(seq).catch((thrown: unknown) =>
      this.#source.env.log('debug', 'notify.follow', { fault: asFault(thrown).code }),
    );
  }

  async #keepUpTo(seq: number): Promise<void> {
    this.#keeping += 1;
    try {
      await this.#desk.kept();
      this.#kept = Math.max(this.#kept, seq);
      this.#note();
    } finally {
      this.#keeping -= 1;
    }
  }

  #note(): void {
    const { epoch } = this.#source.store;
    this.#desk.note({ epoch, seq: this.#kept, knock: this.knocks.kept, base: this.#base });
  }
}

interface Said {
  readonly seq: number;
  readonly message: Message;
  readonly concern: Concern;
}

/**
 * Where a start goes on. A store that nothing was followed of yet is followed from now on, and so is another one, or an
 * older state of the same: its positions stand above all that were.
 */
function startOf(known: FollowedRecord | null, here: Omit<FollowedRecord, 'base'>): FollowedRecord {
  if (known === null) return { ...here, base: 0 };
  const goesOn = equal(known.epoch, here.epoch) && known.seq <= here.seq && known.knock <= here.knock;
  if (goesOn) return known;
  const base = known.base + Math.max(known.seq, known.knock) + 1;
  return { ...here, base };
}
