/**
 * A fold over a log (SPEC Q3 to Q6): what an application makes of its entries, in order. It opens with what this
 * device has kept, or with the newest snapshot, and hears every entry behind that; now and then what it has become
 * is kept here, and stands in the log as a snapshot for others.
 */

import { pause } from '../base/env.ts';
import { hex, NO_BYTES } from '../base/bytes.ts';
import { asFault, Fault } from '../base/fault.ts';
import type { DeviceId } from '../base/ids.ts';
import { pageBytesMax } from '../base/limits.ts';
import { snapshotWorthBytes, stateKeepBytes, stateKeepMs } from '../base/limits-snapshot.ts';
import type { Timer } from '../base/env.ts';
import { linkBytes } from '../log/chain.ts';
import type { Of } from '../wire/shape.ts';
import { deferred } from './deferred.ts';
import { FoldLine } from './fold-line.ts';
import { SnapshotMaker } from './fold-maker.ts';
import type { HomeRemote } from './home-api.ts';
import type { homeItemShape } from './home-shapes.ts';
import { entryOf, gapEntry } from './log-entries.ts';
import type { Log } from './log.ts';
import { isSame, markBytes, partOf, type Part, type SavedState } from './snapshot-parts.ts';
import { Cell, type Store } from './store.ts';
import type { LogEntry } from './types.ts';

/** What an application makes of a log. All three are called one after the other, never within one another. */
export interface Fold<T = unknown> {
  /**
   * Begins with what `save` has answered, here or on another device of the site, in the place of all that was
   * applied; null: with nothing. It may come again. Throw when it is none: then it begins with nothing.
   */
  load(state: Uint8Array | null): void;
  /** Entries in order, each once. Those that are refused, broken or no longer kept are among them, without a value. */
  apply(entries: readonly LogEntry<T>[]): void;
  /** Everything that was loaded and applied, and nothing else; null: not now. */
  save(): Uint8Array | null;
}

export interface FoldOptions {
  /** Whether this device makes snapshots for all; it does, when it may write. */
  readonly snapshots?: boolean;
  /** A snapshot is worth it after so many bytes of entries, at least; 64 KiB unless said otherwise. */
  readonly worthBytes?: number;
}

type HomeItem = Of<typeof homeItemShape>;

/** Pause before a home that is there is asked again. */
const AGAIN_MS = 1_000;
/** A snapshot that is this many entries ahead is quicker than they are. */
const AHEAD_MIN = 2_048;
/** Entries that a snapshot may be behind when it is made. */
const NEAR_COUNT = 256;
/** Snapshots that may pass by at once; what is not seen whole is made again. */
const PASSING_MAX = 64;
/** What an entry costs beside its value. */
const ENTRY_BYTES = 64;
const NO_LINK = new Uint8Array(linkBytes);

export class LogFold<T> {
  readonly #log: Log<T>;
  readonly #fold: Fold<T>;
  readonly #position = new Cell(1);
  readonly #trouble = new Cell<Fault | null>(null);
  readonly #ready = deferred<void>();
  readonly #line: FoldLine<T>;
  readonly #maker: SnapshotMaker | null;
  /** Position of the next entry; null: nothing was loaded yet. */
  #next: number | null = null;
  /** Over everything before it; null: unknown. */
  #link: Uint8Array | null = NO_LINK;
  /** Snapshots whose parts pass by, by their device: the first part, and how many have come. */
  readonly #passing = new Map<DeviceId, { readonly first: Part; count: number }>();
  #reader: { readonly home: HomeRemote; readonly number: number } | null = null;
  #bytesUnkept = 0;
  /** Some state of the log is kept on this device. */
  #isKept = false;
  #keepTimer: Timer | null = null;
  /** The mark of the snapshot that has passed by last, and holds. */
  #passed = '';
  /** Counts states: what was saved of another one is not what this one has become. */
  #generation = 0;
  #isClosed = false;
  #isBroken = false;
  /** It has heard entries that others may read and this device cannot: what it is, is not what they make of it. */
  #isPartial = false;
  /** Ends what it listens to. */
  readonly #stops: readonly (() => void)[];

  constructor(log: Log<T>, fold: Fold<T>, { snapshots = true, worthBytes }: FoldOptions) {
    this.#log = log;
    this.#fold = fold;
    this.#line = new FoldLine(log);
    this.#ready.promise.catch(() => {});
    this.#maker = snapshots
      ? new SnapshotMaker({
          env: log.line.env,
          publish: (saved) => this.publish(saved),
          worthBytes: worthBytes ?? snapshotWorthBytes,
          save: () => this.saved(),
          isCurrent: () => this.#isNear,
          onFailed: (fault) => this.#failed('fold.noSnapshot', fault),
        })
      : null;
    this.#stops = [log.status, log.bounds].map((store) => store.subscribe(() => this.#look()));
    void this.#run();
  }

  /** Resolves when there is something to show: what is kept here, or all that the log holds. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Position of the next entry that it will hear. */
  get position(): Store<number> {
    return this.#position;
  }

  /** Why it does not go on, or a snapshot that does not hold; null when all is well. */
  get trouble(): Store<Fault | null> {
    return this.#trouble;
  }

  /** Keeps what it has become, and hears nothing more. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#keepTimer?.cancel();
    this.#maker?.stop();
    for (const stop of this.#stops) stop();
    this.#closeReader();
    if (this.#bytesUnkept > 0 && !this.#isBroken) await this.#keep();
    this.#ready.reject(new Fault('closed'));
  }

  /** There may be nothing more to hear, or nothing at all. */
  #look(): void {
    if (this.#isCurrent) this.#ready.resolve();
  }

  get #isOver(): boolean {
    return this.#isClosed || this.#isBroken || this.#log.line.isEnded;
  }

  /** Whether it has heard everything that the node has. */
  get #isCurrent(): boolean {
    return this.#log.status.get() === 'live' && this.#next === this.#log.bounds.get().tail;
  }

  /** In a log that is written all the time it is never there for long. */
  get #isNear(): boolean {
    const isUp = this.#log.status.get() === 'live' || this.#log.status.get() === 'lagging';
    return isUp && (this.#next ?? 0) >= this.#log.bounds.get().tail - NEAR_COUNT;
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      let home: HomeRemote | null = null;
      try {
        home = await this.#log.home();
        await this.#follow(home);
      } catch (thrown) {
        const fault = asFault(thrown);
        if (this.#isOver) return;
        if (fault.retry === 'never') return this.#end(fault);
        if (home === null || home === this.#log.line.now) await pause(this.#log.line.env, AGAIN_MS);
      } finally {
        this.#closeReader();
      }
    }
  }

  /** It hears nothing more; what it has become is nobody's to keep: the application has lost its way, or its right. */
  #end(fault: Fault): void {
    this.#isBroken = true;
    this.#keepTimer?.cancel();
    this.#maker?.stop();
    this.#trouble.set(fault);
    this.#ready.reject(fault);
  }

  /** What it has become could not be kept or published: only of its size the application can do something. */
  #failed(event: string, fault: Fault): void {
    this.#log.line.env.log('info', event, { fault: fault.code });
    if (fault.code === 'tooLarge') this.#trouble.set(fault);
  }

  async #follow(home: HomeRemote): Promise<void> {
    if (this.#next === null) {
      const kept = await this.#line.kept();
      if (kept !== null && this.#load(kept)) {
        this.#isKept = true;
        this.#ready.resolve();
      }
    }
    if (this.#next === null) await this.#beginFromSnapshot();
    else void this.#lookAhead(this.#next).catch(() => {});
    await this.#read(home);
  }

  /** Begins with the newest snapshot, or with the first entry when there is none that can be used. */
  async #beginFromSnapshot(): Promise<void> {
    const found = await this.#line.newest();
    if (found === null || !this.#load(found)) return this.#restart(1, NO_LINK);
    this.#maker?.made(found.state.length);
    this.#unkept(found.state.length);
  }

  /** A newer snapshot may be quicker than the entries in between. */
  async #lookAhead(from: number): Promise<void> {
    const place = await this.#line.newestPlace();
    if (place === null || place.from < from + AHEAD_MIN) return;
    const found = await this.#line.read(place);
    if (found === null || this.#isOver || (this.#next ?? 0) >= found.from) return;
    if (!this.#load(found)) this.#restart(1, NO_LINK);
    this.#closeReader();
  }

  /** False when it is none: then the fold has to begin with nothing. One that was closed meanwhile takes nothing. */
  #load({ from, link, state }: SavedState): boolean {
    if (this.#isOver) return false;
    try {
      this.#fold.load(state);
    } catch (thrown) {
      this.#log.line.env.log('warn', 'fold.load', { fault: asFault(thrown).code });
      return false;
    }
    this.#isPartial = false;
    this.#at(from, link);
    return true;
  }

  #restart(next: number, link: Uint8Array | null): void {
    if (this.#isOver) return;
    this.#fold.load(null);
    this.#isPartial = false;
    this.#at(next, link);
  }

  #at(next: number, link: Uint8Array | null): void {
    this.#generation++;
    this.#next = next;
    this.#link = link;
    this.#passing.clear();
    this.#position.set(next);
  }

  async #read(home: HomeRemote): Promise<void> {
    while (!this.#isOver && home === this.#log.line.now) {
      const from = this.#next ?? 1;
      const { reader } = await home.openReader({ log: this.#log.number, from, last: null, link: this.#link });
      this.#reader = { home, number: reader };
      // A log that was followed before changes nothing of its state by one reader more.
      this.#look();
      while (this.#reader?.number === reader && !this.#isOver) {
        const answer = await home.next({ reader, bytesMax: pageBytesMax });
        if (this.#reader?.number !== reader) break;
        if (answer.kind === 'over') throw new Fault('closed');
        if (answer.kind === 'gap') await this.#gap(answer);
        if (answer.kind === 'items') await this.#take(answer.items, answer.link);
        this.#look();
      }
      this.#closeReader();
    }
  }

  /** Entries are no longer kept: a snapshot stands for them, or nothing does. */
  async #gap({ from, to }: { readonly from: number; readonly to: number }): Promise<void> {
    const found = await this.#line.newest();
    const isThere = found !== null && found.from >= to;
    if (this.#isOver) return;
    if (isThere && this.#load(found)) return this.#closeReader();
    if (isThere || from === 1) this.#restart(to, null);
    else this.#at(to, null);
    this.#apply([gapEntry(from, this.#log.device)]);
  }

  async #take(items: readonly HomeItem[], link: Uint8Array | null): Promise<void> {
    const [first] = items;
    if (first === undefined || this.#isOver) return;
    if (first.at !== this.#next) {
      // The node was set back, and has forgotten what this fold has heard (SPEC Q5).
      this.#log.line.env.log('warn', 'fold.setBack', { at: first.at });
      this.#next = null;
      // Snapshots of those who have not noticed yet may stand there.
      if (this.#log.bounds.get().first === 1) this.#restart(1, NO_LINK);
      else await this.#beginFromSnapshot();
      return this.#closeReader();
    }
    const next = first.at + items.length;
    this.#next = next;
    this.#link = link?.slice() ?? null;
    const entries = items.filter((item) => !item.isPart).map((item) => entryOf(this.#log, item));
    this.#apply(entries);
    for (const item of items) if (item.isPart) this.#part(item);
    this.#position.set(next);
    this.#grown(items);
  }

  /** An application that throws has lost its way: it hears nothing more. */
  #apply(entries: readonly LogEntry<T>[]): void {
    if (entries.length === 0 || this.#isOver) return;
    this.#isPartial ||= entries.some(({ broken }) => broken === 'noKey' || broken === 'value');
    try {
      this.#fold.apply(entries);
    } catch (thrown) {
      this.#end(new Fault('internal', 'The application could not apply entries.', { cause: thrown }));
    }
  }

  #grown(items: readonly HomeItem[]): void {
    const values = items.filter((item) => !item.isPart);
    const bytes = values.reduce((sum, { value }) => sum + value.length + ENTRY_BYTES, 0);
    this.#unkept(bytes);
    this.#maker?.grown(bytes, values.at(-1)?.device === this.#log.device);
  }

  /** A part passes by. Whole snapshots are not opened: what they say is here already. */
  #part({ value, broken, device }: HomeItem): void {
    if (broken === 'chain') {
      if (device === this.#log.device) this.#generation++;
      const who = this.#log.ownerOf(device)?.name ?? device;
      const detail = `A snapshot by ${who} stands for other entries than those that this device has read.`;
      this.#trouble.set(new Fault('corrupt', detail));
      return;
    }
    const part = broken === null ? partOf(value.slice()) : null;
    if (part === null) return;
    let passing = this.#passing.get(device);
    if (part.index === 0) {
      if (this.#passing.size >= PASSING_MAX) this.#passing.clear();
      passing = { first: { ...part, data: NO_BYTES }, count: 0 };
      this.#passing.set(device, passing);
    }
    if (passing === undefined || !isSame(passing.first, part) || part.index !== passing.count) return;
    passing.count++;
    if (passing.count < part.count) return;
    this.#passing.delete(device);
    this.#passed = hex(part.mark);
    this.#maker?.made(part.size);
  }

  /** What it is now, for others or for this device; null when that is not known or not wanted now. */
  saved(): SavedState | null {
    if (this.#next === null || this.#next === 1 || this.#link === null || this.#isPartial) return null;
    const state = this.#fold.save();
    return state === null ? null : { from: this.#next, link: this.#link, state };
  }

  /**
   * Puts what was saved into the log for others; false when it is not the newest there. The node is told only when
   * this fold has read the parts back and they hold: it may have been set back meanwhile.
   */
  async publish(saved: SavedState): Promise<boolean> {
    const generation = this.#generation;
    const isStill = (): boolean => generation === this.#generation && !this.#isOver;
    const mark = this.#log.line.env.random(markBytes);
    const span = await this.#line.append(saved, mark);
    const seen = deferred<void>();
    const look = (): void => {
      if (this.#passed === hex(mark) || !isStill()) seen.resolve();
    };
    const stop = this.#position.subscribe(look);
    look();
    await seen.promise;
    stop();
    if (!isStill()) throw new Fault('stale', 'The log is another one by now.');
    return this.#line.note(saved.from, span);
  }

  /** So much more is not kept yet; of a log of which nothing is, a word is worth it. */
  #unkept(bytes: number): void {
    this.#bytesUnkept += bytes;
    if (this.#isKept && this.#bytesUnkept < stateKeepBytes) return;
    this.#keepTimer ??= this.#log.line.env.after(stateKeepMs, () => {
      this.#keepTimer = null;
      void this.#keep();
    });
  }

  async #keep(): Promise<void> {
    try {
      const saved = this.saved();
      if (saved === null) return;
      this.#bytesUnkept = 0;
      await this.#line.keep(saved);
      this.#isKept = true;
    } catch (thrown) {
      // A keep without room has none for what the node has anyway.
      this.#failed('fold.keep', asFault(thrown));
    }
  }

  #closeReader(): void {
    const reader = this.#reader;
    this.#reader = null;
    reader?.home.closeReader({ reader: reader.number });
  }
}
