/** A log as the application sees it: append, read, watch, and what passes without being kept. */

import { Fault } from '../base/fault.ts';
import type { Store } from './store.ts';
import type {
  Appended,
  Conflict,
  LogEntry,
  LogWindow,
  Present,
  ReadOptions,
  Said,
  Status,
  Trouble,
} from './types.ts';

const unbuilt = (): never => {
  throw new Fault('internal', 'not built yet');
};

export class Log<T = unknown> {
  get name(): string {
    return unbuilt();
  }
  get status(): Store<Status> {
    return unbuilt();
  }
  /** Why this log cannot be used, or null. */
  get trouble(): Store<Trouble> {
    return unbuilt();
  }
  /** Entries of this device that have no position yet. */
  get waiting(): Store<number> {
    return unbuilt();
  }
  get presence(): Store<readonly Present[]> {
    return unbuilt();
  }
  /** Resolves when the entry has its position for good; offline it waits, also over restarts (SPEC S2). */
  append(value: T): Promise<Appended>;
  /** Appends only when the entry gets the position `at`; it is not kept over a restart. */
  append(value: T, options: { readonly at: number }): Promise<Appended | Conflict>;
  append(_value: T, _options?: { readonly at: number }): Promise<Appended | Conflict> {
    return unbuilt();
  }
  /** Every entry from a position on, once and in order, then those to come (SPEC L8). */
  entries(_options?: ReadOptions): AsyncIterableIterator<LogEntry<T>> {
    return unbuilt();
  }
  /** The last entries and those still waiting, as one snapshot. */
  view(_options?: { readonly last?: number }): LogWindow<T> {
    return unbuilt();
  }
  /** Tells everybody who has the log open; it is not kept (cursors, typing). */
  say(_value: unknown): void {
    return unbuilt();
  }
  said(_listener: (message: Said) => void): () => void {
    return unbuilt();
  }
  /** What others see beside this device in `presence`. */
  appear(_state: unknown): void {
    return unbuilt();
  }
}
