/**
 * A document as an application has it (SPEC V15, V18): what stands in the log, and on top of it what this device has
 * changed and the log does not hold yet, anew whenever others come in between. It reads until it is closed.
 */

import type { Fault } from '../base/fault.ts';
import { documentOutcomesMax } from '../base/limits-documents.ts';
import { deferred, type Deferred } from '../client/deferred.ts';
import type { Decision, Lead } from '../client/lead.ts';
import type { Log } from '../client/log.ts';
import { LazyCell, type Store } from '../client/store.ts';
import type { Appended, LogEntry, PendingEntry } from '../client/types.ts';
import { Ahead } from './ahead.ts';
import { DocumentSequencer, type Document } from './document.ts';
import { plain } from './json-value.ts';

export interface SharedView<V> {
  /** With what this device has changed and waits for its place. */
  readonly value: V;
  /** As the log has it. */
  readonly confirmed: V;
  /** Changes of this device that have no place yet. */
  readonly waiting: number;
  /** The position up to which the log has been read. */
  readonly at: number;
  /** False when entries it is made of are not kept any more, or do not open here. */
  readonly isWhole: boolean;
}

/** What became of a change. */
export type ChangeOutcome =
  | { readonly kind: 'ok'; readonly at: number }
  /** A part of it counts: this one. */
  | { readonly kind: 'changed'; readonly at: number; readonly changedTo: unknown }
  | { readonly kind: 'refused'; readonly reason: string };

export interface Shared<V, C> extends Store<SharedView<V>>, Disposable {
  /**
   * Changes the document here at once, and answers what became of it when it has its place; offline it waits, also
   * over restarts. Rejects when the log cannot be written at all.
   */
  change(change: C): Promise<ChangeOutcome>;
  /** Offers to lead the log: then this device takes and refuses changes when it is its turn. */
  lead(): Promise<Lead<unknown>>;
  /** Resolves when everything has been read that stood in the log. Needs the node. */
  ready(): Promise<void>;
  /** Reads no more. Changes that wait for their place keep waiting for it. */
  close(): void;
}

interface Parts<V> {
  readonly log: Log;
  /** A document before the first value. */
  readonly make: () => Document<V>;
}

interface Waiter {
  readonly at: number;
  readonly decided: Deferred<Decision<unknown>>;
}

const TAKEN: Decision<unknown> = { kind: 'take' };

export class SharedDocument<V, C> implements Shared<V, C> {
  readonly #parts: Parts<V>;
  readonly #view: LazyCell<SharedView<V>>;
  readonly #closing = new AbortController();
  readonly #stops: readonly (() => void)[];
  readonly #ahead: Ahead<V>;
  #document: Document<V>;
  /** The position that is read next. */
  #next = 1;
  #isWhole = true;
  /** Own changes that have their place and have not been read there: they still count as ahead. */
  #landing: readonly { readonly at: number; readonly entry: PendingEntry }[] = [];
  /** What the rule said of own changes lately, other than taking them. */
  readonly #decisions = new Map<number, Decision<unknown>>();
  #waiters: readonly Waiter[] = [];
  #readies: readonly Deferred<void>[] = [];

  constructor(parts: Parts<V>) {
    const { log, make } = parts;
    this.#parts = parts;
    this.#document = make();
    this.#ahead = new Ahead(log.device);
    this.#view = new LazyCell(() => this.#make());
    const touch = (): void => this.#touch();
    const landings = {
      landing: (entry: PendingEntry, at: number) => this.#lands(entry, at),
      refreshNames() {},
    };
    log.windows.add(landings);
    this.#stops = [
      () => void log.windows.delete(landings),
      ...[log.pending, log.status, log.bounds, log.trouble].map((store) => store.subscribe(touch)),
    ];
    void this.#follow();
  }

  get(): SharedView<V> {
    return this.#view.get();
  }

  subscribe(listener: () => void): () => void {
    return this.#view.subscribe(listener);
  }

  #touch(): void {
    this.#view.touch();
    const { status, bounds, line } = this.#parts.log;
    if (line.isEnded) this.#end(new Error(CLOSED));
    if (status.get() !== 'live' || this.#next < bounds.get().tail) return;
    const readies = this.#readies;
    this.#readies = [];
    for (const ready of readies) ready.resolve();
  }

  #make(): SharedView<V> {
    const document = this.#document;
    const pending = [...this.#landing.map(({ entry }) => entry), ...this.#parts.log.pending.get()];
    const confirmed = document.view();
    const value = pending.length === 0 ? confirmed : this.#ahead.of(document, this.#next, pending).view();
    return { value, confirmed, waiting: pending.length, at: this.#next - 1, isWhole: this.#isWhole };
  }

  // Reading

  async #follow(): Promise<void> {
    const { log } = this.#parts;
    const { signal } = this.#closing;
    try {
      const fold = await log.fold({
        load: (state) => this.#load(state),
        apply: (entries) => this.#apply(entries),
        // What lacks entries is nothing that others could begin with.
        save: () => (this.#isWhole ? this.#document.save() : null),
      });
      signal.addEventListener('abort', () => void fold.close());
      if (signal.aborted) return void fold.close();
      fold.position.subscribe(() => this.#moved(fold.position.get()));
      fold.trouble.subscribe(() => this.#troubled(fold.trouble.get()));
      this.#moved(fold.position.get());
    } catch (thrown) {
      this.#end(thrown);
    }
  }

  #load(state: Uint8Array | null): void {
    const document = this.#parts.make();
    if (state !== null) document.load(state);
    this.#document = document;
    this.#decisions.clear();
    this.#isWhole = true;
  }

  #apply(entries: readonly LogEntry[]): void {
    for (const { at, device, value, broken, mine } of entries) {
      if (broken === 'trimmed' || broken === 'noKey') this.#isWhole = false;
      if (value !== undefined) this.#decided(at, this.#document.take(value, { device }), mine);
    }
    this.#touch();
  }

  /** Everything before this position has been read. */
  #moved(next: number): void {
    this.#next = next;
    const isPast = (each: { readonly at: number }): boolean => each.at < next;
    if (this.#landing.some(isPast)) this.#landing = this.#landing.filter((each) => !isPast(each));
    const done = this.#waiters.filter(isPast);
    if (done.length > 0) this.#waiters = this.#waiters.filter((each) => !isPast(each));
    for (const waiter of done) waiter.decided.resolve(this.#decisionAt(waiter.at));
    this.#touch();
  }

  /** A snapshot that does not hold is passed over; with anything else nothing more is read. */
  #troubled(fault: Fault | null): void {
    if (fault !== null && fault.code !== 'corrupt') this.#end(fault);
  }

  #decided(at: number, decision: Decision<unknown>, mine: boolean): void {
    if (!mine || decision.kind === 'take') return;
    this.#decisions.set(at, decision);
    const [oldest] = this.#decisions.keys();
    if (this.#decisions.size > documentOutcomesMax && oldest !== undefined) this.#decisions.delete(oldest);
  }

  #decisionAt(at: number): Decision<unknown> {
    return this.#decisions.get(at) ?? TAKEN;
  }

  /** An own change has its place; it is ahead until it is read there. */
  #lands(entry: PendingEntry, at: number): void {
    if (at < this.#next) return;
    this.#landing = [...this.#landing, { at, entry }];
    this.#touch();
  }

  // Changing

  async change(change: C): Promise<ChangeOutcome> {
    const { log } = this.#parts;
    let appended: Appended;
    try {
      appended = await log.append(plain(change));
    } catch (thrown) {
      const reason = refusalIn(thrown);
      if (reason === null) throw thrown;
      return { kind: 'refused', reason };
    }
    const { at } = appended;
    const decision = await this.#whenRead(at);
    if (decision.kind === 'refuse') return { kind: 'refused', reason: decision.reason };
    if (appended.changedTo !== undefined) return { kind: 'changed', at, changedTo: appended.changedTo };
    if (decision.kind === 'change') return { kind: 'changed', at, changedTo: decision.value };
    return { kind: 'ok', at };
  }

  #whenRead(at: number): Promise<Decision<unknown>> {
    if (at < this.#next) return Promise.resolve(this.#decisionAt(at));
    const decided = deferred<Decision<unknown>>();
    if (this.#closing.signal.aborted) decided.reject(new Error(CLOSED));
    else this.#waiters = [...this.#waiters, { at, decided }];
    return decided.promise;
  }

  lead(): Promise<Lead<unknown>> {
    const { log, make } = this.#parts;
    return log.lead(() => new DocumentSequencer(make()));
  }

  ready(): Promise<void> {
    const ready = deferred<void>();
    if (this.#closing.signal.aborted) ready.reject(new Error(CLOSED));
    else this.#readies = [...this.#readies, ready];
    this.#touch();
    return ready.promise;
  }

  close(): void {
    this.#end(new Error(CLOSED));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #end(thrown: unknown): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    for (const stop of this.#stops) stop();
    const left = [...this.#waiters.map(({ decided }) => decided), ...this.#readies];
    [this.#waiters, this.#readies] = [[], []];
    for (const each of left) each.reject(thrown);
  }
}

const CLOSED = 'The document was closed before it was known what became of this.';

/** The reason when the leader has refused; faults of another build of the package are other classes. */
function refusalIn(thrown: unknown): string | null {
  if (!(thrown instanceof Error) || !('code' in thrown) || thrown.code !== 'refused') return null;
  return 'detail' in thrown && typeof thrown.detail === 'string' ? thrown.detail : '';
}
