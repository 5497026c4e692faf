/**
 * A window on the end of a log as one snapshot: the last entries, those of this device that still wait,
 * and how up to date it is. It reads while somebody is subscribed; its size is bounded.
 */

import { asFault } from '../base/fault.ts';
import { viewCountMax } from '../base/limits.ts';
import type { Log } from './log.ts';
import { readBatches } from './log-entries.ts';
import { Cell } from './store.ts';
import type { LogEntry, LogView, LogWindow, PendingEntry } from './types.ts';

/** What shows the entries of a log and those of this device that are still to come. */
export interface Landing<T> {
  /** An own entry has its position; it is shown as waiting until it comes along. */
  landing(entry: PendingEntry<T>, at: number): void;
  /** Names have become known. */
  refreshNames(): void;
}

export class LogWindowStore<T> implements LogWindow<T>, Landing<T> {
  readonly #log: Log<T>;
  readonly #cell: Cell<LogView<T>>;
  #count: number;
  #entries: readonly LogEntry<T>[] = [];
  /** What was read to take their place, as long as it is less: nothing that is shown goes away for a moment. */
  #coming: readonly LogEntry<T>[] | null = null;
  /** Own entries that have their position but are not in `#entries` yet: shown as waiting until they are. */
  #landing: readonly { readonly at: number; readonly entry: PendingEntry<T> }[] = [];
  /** Position after the last entry that was read. */
  #next: number | null = null;
  #reading: AbortController | null = null;

  constructor(log: Log<T>, count: number) {
    this.#log = log;
    this.#count = count;
    this.#cell = new Cell(this.#view(), {
      wake: () => {
        log.windows.add(this);
        const stop = this.#start();
        return () => {
          log.windows.delete(this);
          stop();
        };
      },
    });
  }

  get(): LogView<T> {
    return this.#cell.get();
  }

  subscribe(listener: () => void): () => void {
    return this.#cell.subscribe(listener);
  }

  #start(): () => void {
    const reading = new AbortController();
    this.#reading = reading;
    void this.#read(reading.signal);
    const { status, pending, bounds } = this.#log;
    const stops = [status, pending, bounds].map((store) => store.subscribe(() => this.#refresh()));
    this.#refresh();
    return () => {
      reading.abort();
      for (const stop of stops) stop();
    };
  }

  async #read(signal: AbortSignal): Promise<void> {
    const beginning =
      this.#next === null ? { from: null, last: this.#count } : { from: this.#next, last: null };
    try {
      for await (const batch of readBatches(this.#log, beginning, signal)) {
        if (signal.aborted) return;
        this.#coming = [...before(this.#coming ?? this.#entries, batch), ...batch].slice(-this.#count);
        this.#next = (batch.at(-1)?.at ?? 0) + 1;
        this.#refresh();
      }
    } catch (thrown) {
      // The log says in `trouble` why it cannot be read.
      this.#log.line.env.log('info', 'window.ended', { fault: asFault(thrown).code });
    }
  }

  async older(count: number = this.#count): Promise<void> {
    const first = this.#entries[0]?.at;
    const from = Math.max(this.#log.bounds.get().first, (first ?? 1) - count);
    if (first === undefined || from >= first || this.#coming !== null) return;
    this.#count = Math.min(viewCountMax, this.#count + (first - from));
    const reading = new AbortController();
    this.#reading?.signal.addEventListener('abort', () => reading.abort(), { once: true });
    const found: LogEntry<T>[] = [];
    for await (const batch of readBatches(this.#log, { from, last: null }, reading.signal)) {
      found.push(...batch.filter((entry) => entry.at < first));
      if ((batch.at(-1)?.at ?? 0) >= first - 1) reading.abort();
    }
    if (this.#entries[0]?.at !== first || this.#coming !== null) return;
    this.#entries = [...found, ...this.#entries].slice(-this.#count);
    this.#refresh();
  }

  landing(entry: PendingEntry<T>, at: number): void {
    const isShown = this.#entries.some((shown) => shown.at === at && shown.mine);
    if (!isShown) this.#landing = [...this.#landing, { at, entry }];
  }

  refreshNames(): void {
    this.#entries = this.#named(this.#entries);
    this.#coming = this.#coming && this.#named(this.#coming);
    this.#refresh();
  }

  #named(entries: readonly LogEntry<T>[]): readonly LogEntry<T>[] {
    return entries.map((entry) => {
      const owner = this.#log.ownerOf(entry.device);
      if (owner === null || (owner.user === entry.user && owner.name === entry.name)) return entry;
      return { ...entry, user: owner.user, name: owner.name };
    });
  }

  #refresh(): void {
    const coming = this.#coming;
    if (coming !== null && mayReplace(this.#entries, coming, this.#log.bounds.get())) {
      this.#entries = coming;
      this.#coming = null;
    }
    const next = this.#coming === null ? this.#next : null;
    if (next !== null) this.#landing = this.#landing.filter(({ at }) => at >= next);
    this.#cell.set(this.#view());
  }

  #view(): LogView<T> {
    const { first, tail } = this.#log.bounds.get();
    const pending = this.#log.pending.get();
    const waiting =
      this.#landing.length === 0 ? pending : [...this.#landing.map(({ entry }) => entry), ...pending];
    return {
      entries: this.#entries,
      waiting,
      status: this.#log.status.get(),
      first,
      tail: Math.max(tail, this.#next ?? 1),
    };
  }
}

/**
 * What stays of the entries when a batch comes. The log may go on earlier or later than a copy said: then
 * the batch begins anew.
 */
function before<T>(entries: readonly LogEntry<T>[], batch: readonly LogEntry<T>[]): readonly LogEntry<T>[] {
  const at = batch[0]?.at ?? 1;
  const kept = entries.filter((entry) => entry.at < at);
  const last = kept.at(-1);
  return last === undefined || last.at + 1 === at || last.broken === 'trimmed' ? kept : [];
}

/** Whether what was read is as much as is shown, or all that there is. */
function mayReplace<T>(
  shown: readonly LogEntry<T>[],
  coming: readonly LogEntry<T>[],
  bounds: { readonly first: number; readonly tail: number },
): boolean {
  const [was, last] = [shown.at(-1), coming.at(-1)];
  if (was === undefined || last === undefined) return true;
  const next = last.broken === 'trimmed' ? Math.max(bounds.first, last.at + 1) : last.at + 1;
  return next >= bounds.tail || (coming.length >= shown.length && last.at >= was.at);
}
