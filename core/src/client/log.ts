/**
 * A log as the application sees it: append, read, watch, and what passes without being kept. Everything
 * that is open here is opened again when the home moves to another tab (SPEC S5).
 */

import { assert } from '../base/assert.ts';
import { hex } from '../base/bytes.ts';
import { asFault, Fault } from '../base/fault.ts';
import type { DeviceId, SiteId, UserId } from '../base/ids.ts';
import { pageBytesMax, valueBytesMax, viewCountMax, viewCountUsual } from '../base/limits.ts';
import { decodeOr, json } from './codec.ts';
import { deferred, type Deferred } from './deferred.ts';
import type { FaceLine } from './face.ts';
import type { HomeEvents, HomeRemote } from './home-api.ts';
import { entryOf, gapEntry, readEntries } from './log-entries.ts';
import type { Lead, Sequencer } from './lead.ts';
import type { Fold, FoldOptions, LogFold } from './log-fold.ts';
import type { SnapshotRow } from './log-snapshots.ts';
import { LazyWindow } from './log-window-lazy.ts';
import type { Landing } from './log-window.ts';
import { newsOf } from './news-of.ts';
import { Cell, LazyCell, type Store } from './store.ts';
import { faultOf } from './fault-number.ts';
import type {
  Appended,
  Codec,
  Conflict,
  LogEntry,
  LogPage,
  LogWindow,
  PageOptions,
  PendingEntry,
  Present,
  AppendOptions,
  ReadOptions,
  Said,
  Status,
  Trouble,
} from './types.ts';

type Push<Name extends keyof HomeEvents> = Parameters<HomeEvents[Name]>[0];

/** What a log needs of the device's other objects. */
export interface LogOwner {
  readonly line: FaceLine;
  readonly site: SiteId;
  readonly device: DeviceId;
  /** What the site's row allows. */
  readonly permissions: number;
  /** A number that no other open log has. */
  readonly number: number;
  /** Whose device it is and what she is called; null while it is not known. */
  ownerOf(device: DeviceId): { readonly user: UserId; readonly name: string } | null;
}

interface Unsettled {
  readonly value: Uint8Array;
  readonly at: number | null;
  readonly timeMs: number;
  /** Whom it mentions; null: it is no news. */
  readonly news: readonly UserId[] | null;
  readonly result: Deferred<Appended | Conflict>;
}

const APPEND_ID_BYTES = 8;

export class Log<T = unknown> {
  readonly name: string;
  readonly codec: Codec<T>;
  /** @internal What shows entries of this log. */
  readonly windows = new Set<Landing<T>>();
  readonly #owner: LogOwner;
  readonly #status = new Cell<Status>('connecting');
  readonly #trouble = new Cell<Trouble>(null);
  readonly #permissions: Cell<number>;
  readonly #pendingById = new Map<string, PendingEntry<T>>();
  readonly #pending = new LazyCell<readonly PendingEntry<T>[]>(() => [...this.#pendingById.values()]);
  readonly #waiting = new Cell(0);
  readonly #bounds = new Cell(
    { first: 1, tail: 1 },
    { equal: (a, b) => a.first === b.first && a.tail === b.tail },
  );
  readonly #presence: Cell<readonly Present[]>;
  readonly #unsettledById = new Map<string, Unsettled>();
  readonly #listeners = new Set<(message: Said) => void>();
  /** Subscribers of presence and listeners of `said`. */
  #watcherCount = 0;
  #appearance: Uint8Array | null = null;
  #lead: Lead<T> | null = null;
  /** Resolves when the log is open in the present home. */
  #opened: Deferred<HomeRemote> = pendingHome();

  constructor(owner: LogOwner, name: string, codec: Codec<T>) {
    this.#owner = owner;
    this.name = name;
    this.codec = codec;
    this.#permissions = new Cell(owner.permissions);
    this.#presence = new Cell<readonly Present[]>([], { wake: () => this.#watch() });
  }

  get status(): Store<Status> {
    return this.#status;
  }

  /** Why this log cannot be used, or null. */
  get trouble(): Store<Trouble> {
    return this.#trouble;
  }

  /** What may be done here now, as in the site's `permissions`: a right may end while the others stay. */
  get permissions(): Store<number> {
    return this.#permissions;
  }

  /** Entries of this device that have no position yet. */
  get waiting(): Store<number> {
    return this.#waiting;
  }

  get presence(): Store<readonly Present[]> {
    return this.#presence;
  }

  /** The same entries as in `waiting`, one by one. */
  get pending(): Store<readonly PendingEntry<T>[]> {
    return this.#pending;
  }

  /** First kept position and the one that the next entry will get. */
  get bounds(): Store<{ readonly first: number; readonly tail: number }> {
    return this.#bounds;
  }

  /**
   * Resolves when the entry has its position for good; offline it waits, also over restarts (SPEC S2). With `at`
   * it is appended only when it gets that position, and not kept over a restart.
   */
  append(value: T, options: AppendOptions & { readonly at: number }): Promise<Appended | Conflict>;
  append(value: T, options?: AppendOptions): Promise<Appended>;
  async append(
    value: T,
    options: AppendOptions & { readonly at?: number } = {},
  ): Promise<Appended | Conflict> {
    const { line } = this.#owner;
    if (line.isEnded) throw new Fault('closed');
    const bytes = this.codec.encode(value);
    if (bytes.length > valueBytesMax) {
      throw new Fault('tooLarge', `${bytes.length} bytes, of at most ${valueBytesMax}.`);
    }
    const id = hex(line.env.random(APPEND_ID_BYTES));
    const timeMs = Math.floor(line.env.wallMs());
    const news = newsOf(options);
    const unsettled: Unsettled = { value: bytes, at: options.at ?? null, timeMs, news, result: deferred() };
    this.#unsettledById.set(id, unsettled);
    const home = line.now;
    if (home !== null) this.#send(home, id, unsettled);
    return unsettled.result.promise;
  }

  #send(home: HomeRemote, id: string, { at, timeMs, value, news }: Unsettled): void {
    home.append({ log: this.#owner.number, id, at, timeMs, value, news });
  }

  /** Every entry from a position on, once and in order, then those to come (SPEC L8). */
  entries(options: ReadOptions = {}): AsyncIterableIterator<LogEntry<T>> {
    return readEntries(this, options);
  }

  /** Entries as they are now and where the log begins and ends, without following it. Needs the node. */
  async read(options: PageOptions = {}): Promise<LogPage<T>> {
    const { readPage } = await import('./log-page.ts');
    return readPage(this, options);
  }

  /** The last entries and those still waiting, as one snapshot. */
  view(options: { readonly last?: number } = {}): LogWindow<T> {
    const count = Math.min(options.last ?? viewCountUsual, viewCountMax);
    assert(count > 0, 'a window shows at least one entry');
    return new LazyWindow(this, async () => {
      const { LogWindowStore: Made } = await import('./log-window.ts');
      return new Made(this, count);
    });
  }

  /** Tells everybody who has the log open; it is not kept (cursors, typing). */
  say(value: unknown): void {
    this.#owner.line.now?.say({ log: this.#owner.number, value: json.encode(value) });
  }

  said(listener: (message: Said) => void): () => void {
    const own = (message: Said): void => listener(message);
    this.#listeners.add(own);
    const stop = this.#watch();
    return () => {
      if (this.#listeners.delete(own)) stop();
    };
  }

  /** What others see beside this device in `presence`. */
  appear(state: unknown): void {
    this.#appearance = json.encode(state);
    this.#owner.line.now?.appear({ log: this.#owner.number, state: this.#appearance });
  }

  #watch(): () => void {
    if (this.#watcherCount++ === 0) this.#sendWatch(true);
    return () => {
      if (--this.#watcherCount > 0) return;
      this.#sendWatch(false);
      this.#presence.set([]);
    };
  }

  #sendWatch(isWanted: boolean): void {
    this.#owner.line.now?.watch({ log: this.#owner.number, isWanted });
  }

  /** Opens the log in a home: the first one, or the one to which it has moved (SPEC S5). */
  open(home: HomeRemote): void {
    const { number, site } = this.#owner;
    home.openLog({ site, name: this.name, log: number }).then(
      () => this.#opened.resolve(home),
      (thrown: unknown) => this.#failed(asFault(thrown)),
    );
    for (const [id, unsettled] of this.#unsettledById) this.#send(home, id, unsettled);
    if (this.#watcherCount > 0) this.#sendWatch(true);
    this.#lead?.moved();
    if (this.#appearance !== null) home.appear({ log: number, state: this.#appearance });
  }

  /** There is no home for the moment. */
  alone(): void {
    this.#opened = pendingHome();
    this.#status.set('connecting');
    this.#pendingById.clear();
    this.#pending.touch();
    this.#presence.set([]);
    this.#waiting.set(this.#unsettledById.size);
  }

  /** The application has closed the device: nothing more will happen here. */
  end(fault: Fault): void {
    this.#failed(fault);
    this.#status.set('offline');
    for (const { result } of this.#unsettledById.values()) {
      result.promise.catch(() => {});
      result.reject(fault);
    }
    this.#unsettledById.clear();
  }

  #failed(fault: Fault): void {
    this.#trouble.set(fault);
    this.#opened.reject(fault);
  }

  /** The home in which this log is open. */
  home(): Promise<HomeRemote> {
    return this.#opened.promise;
  }

  /** The next entries of a reader; `null` when there are none for the moment. */
  async next(home: HomeRemote, reader: number): Promise<readonly LogEntry<T>[] | null> {
    const answer = await home.next({ reader, bytesMax: pageBytesMax });
    switch (answer.kind) {
      case 'items':
        return answer.items.map((item) => entryOf(this, item));
      case 'gap':
        return [gapEntry(answer.from, this.#owner.device)];
      case 'idle':
        return null;
      case 'over':
        throw new Fault('closed');
    }
  }

  get number(): number {
    return this.#owner.number;
  }

  get site(): SiteId {
    return this.#owner.site;
  }

  get line(): FaceLine {
    return this.#owner.line;
  }

  get device(): DeviceId {
    return this.#owner.device;
  }

  ownerOf(device: DeviceId): { readonly user: UserId; readonly name: string } | null {
    return this.#owner.ownerOf(device);
  }

  onState({ status, trouble, permissions, first, tail }: Push<'log'>): void {
    this.#status.set(status);
    this.#permissions.set(permissions);
    if (trouble === null || this.#trouble.get()?.code !== faultOf(trouble.fault).code) {
      this.#trouble.set(trouble === null ? null : new Fault(faultOf(trouble.fault).code, trouble.detail));
    }
    this.#bounds.set({ first, tail });
  }

  onWaiting({ id, timeMs, value }: Push<'waiting'>): void {
    this.#pendingById.set(id, { id, timeMs, value: decodeOr(this.codec, value)?.value });
    this.#pendingChanged();
  }

  onSettled({ id, outcome }: Push<'settled'>): void {
    const pending = this.#pendingById.get(id);
    if ('at' in outcome && pending !== undefined) {
      for (const window of this.windows) window.landing(pending, outcome.at);
    }
    this.#pendingById.delete(id);
    this.#pendingChanged();
    const unsettled = this.#unsettledById.get(id);
    if (unsettled === undefined) return;
    this.#unsettledById.delete(id);
    if (outcome.kind === 'failed') {
      unsettled.result.reject(new Fault(faultOf(outcome.fault).code, outcome.detail));
    } else if (outcome.kind === 'changed') {
      const { at, durability } = outcome;
      const changedTo: unknown = decodeOr(this.codec, outcome.value)?.value;
      unsettled.result.resolve({ kind: 'ok', at, durability, changedTo });
    } else {
      unsettled.result.resolve(outcome);
    }
  }

  /** A word of the home about leading this log. */
  onLead({ word }: Push<'lead'>): void {
    this.#lead?.hear(word);
  }

  /**
   * Leads the log whenever it is this device's turn, until it is stopped: `sequencer` decides what becomes of
   * what others append (SPEC V10).
   */
  async lead(sequencer: () => Sequencer<T>): Promise<Lead<T>> {
    const { Lead: Leading } = await import('./lead.ts');
    this.#lead = new Leading(this, sequencer, this.#lead);
    return this.#lead;
  }

  /** Makes something of the entries, from the newest snapshot or from what this device has kept (SPEC Q3 to Q6). */
  async fold(fold: Fold<T>, options: FoldOptions = {}): Promise<LogFold<T>> {
    const { LogFold: Folding } = await import('./log-fold.ts');
    return new Folding(this, fold, options);
  }

  /** The snapshots that stand in the log, each against the chain of its entries. Reads all of it; needs the node. */
  async snapshots(): Promise<readonly SnapshotRow[]> {
    const { snapshotsIn } = await import('./log-snapshots.ts');
    return snapshotsIn(this);
  }

  #pendingChanged(): void {
    this.#pending.touch();
    this.#waiting.set(this.#pendingById.size);
  }

  onSaid({ who, device, value }: Push<'said'>): void {
    const user = this.ownerOf(device)?.user ?? null;
    const message = { who, user, device, value: decodeOr(json, value)?.value };
    const listeners = [...this.#listeners];
    for (const listener of listeners) listener(message);
  }

  onPresent({ people }: Push<'present'>): void {
    this.#presence.set(
      people.map(({ who, user, device, isMe, state }) => ({
        who,
        user,
        device,
        name: this.ownerOf(device)?.name ?? '',
        state: state.length === 0 ? undefined : decodeOr(json, state)?.value,
        mine: isMe,
      })),
    );
  }

  /** Names have become known. */
  onPeople(): void {
    for (const window of this.windows) window.refreshNames();
    this.#presence.set(
      this.#presence.get().map((each) => ({ ...each, name: this.ownerOf(each.device)?.name ?? each.name })),
    );
  }
}

function pendingHome(): Deferred<HomeRemote> {
  const opened = deferred<HomeRemote>();
  opened.promise.catch(() => {});
  return opened;
}
