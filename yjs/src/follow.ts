/** A fold that follows its log: entries from the first one on, several at a time. */

import type { Log, LogEntry, Status, Store } from 'copse';
import { Cell } from './cell.ts';
import { applyCountMax } from './limits.ts';
import type { Timers } from './outgoing.ts';

export interface Fold<T> {
  load(state: Uint8Array): void;
  apply(entries: readonly LogEntry<T>[]): void;
  save(): Uint8Array;
}

export interface LogState {
  readonly at: number;
  readonly status: Store<Status>;
  readonly ready: Promise<void>;
  close(): void;
}

const offlineMs = 500;

export async function followLog<T>(log: Log<T>, fold: Fold<T>, timers: Timers): Promise<LogState> {
  const follow = new Follow(log, fold, timers);
  return follow;
}

class Follow<T> implements LogState {
  readonly #log: Log<T>;
  readonly #fold: Fold<T>;
  readonly #timers: Timers;
  readonly #stop = new AbortController();
  readonly #status = new Cell<Status>('connecting');
  #batch: LogEntry<T>[] = [];
  #timer: { cancel(): void } | null = null;
  #resolve: () => void = () => {};
  #reject: (thrown: unknown) => void = () => {};
  at = 0;
  readonly ready = new Promise<void>((resolve, reject) => {
    this.#resolve = resolve;
    this.#reject = reject;
  });

  constructor(log: Log<T>, fold: Fold<T>, timers: Timers) {
    this.#log = log;
    this.#fold = fold;
    this.#timers = timers;
    this.ready.catch(() => {});
    const stops = [log.status.subscribe(() => this.#look()), log.bounds.subscribe(() => this.#look())];
    this.#stop.signal.addEventListener('abort', () => stops.forEach((stop) => stop()));
    queueMicrotask(() => this.#look());
    this.#read().catch((thrown: unknown) => this.#reject(thrown));
  }

  get status(): Store<Status> {
    return this.#status;
  }

  async #read(): Promise<void> {
    for await (const entry of this.#log.entries({ signal: this.#stop.signal })) {
      this.#batch.push(entry);
      if (this.#batch.length >= applyCountMax) this.#apply();
      else this.#timer ??= this.#timers.after(0, () => this.#apply());
    }
  }

  #apply(): void {
    this.#timer?.cancel();
    this.#timer = null;
    const batch = this.#batch;
    this.#batch = [];
    this.at = batch.at(-1)?.at ?? this.at;
    this.#fold.apply(batch);
    this.#look();
  }

  #look(): void {
    const status = this.#log.status.get();
    const isCaughtUp = this.at + 1 >= this.#log.bounds.get().tail;
    this.#status.set(status === 'live' && !isCaughtUp ? 'lagging' : status);
    if (!isCaughtUp || this.#batch.length > 0) return;
    if (status === 'live') this.#resolve();
    // The copy on this device comes a moment after the log was opened.
    else if (status === 'offline') this.#timers.after(offlineMs, () => this.#resolve());
  }

  close(): void {
    this.#timer?.cancel();
    this.#stop.abort();
  }
}
