/**
 * A window on a log as the application holds it: what it reads with is loaded when it is made
 * (`log-window.ts`), and until then it shows what waits and how the log is.
 */

import { asFault } from '../base/fault.ts';
import type { Log } from './log.ts';
import type { LogWindowStore } from './log-window.ts';
import { Cell } from './store.ts';
import type { LogView, LogWindow } from './types.ts';

export class LazyWindow<T> implements LogWindow<T> {
  readonly #log: Log<T>;
  readonly #make: () => Promise<LogWindowStore<T>>;
  readonly #cell: Cell<LogView<T>>;
  #made: Promise<LogWindowStore<T>> | null = null;

  constructor(log: Log<T>, make: () => Promise<LogWindowStore<T>>) {
    this.#log = log;
    this.#make = make;
    const { first, tail } = log.bounds.get();
    const view = { entries: [], waiting: log.pending.get(), status: log.status.get(), first, tail };
    this.#cell = new Cell<LogView<T>>(view, { wake: () => this.#follow() });
    this.#window().catch(() => {});
  }

  get(): LogView<T> {
    return this.#cell.get();
  }

  subscribe(listener: () => void): () => void {
    return this.#cell.subscribe(listener);
  }

  async older(count?: number): Promise<void> {
    await (await this.#window()).older(count);
  }

  #window(): Promise<LogWindowStore<T>> {
    this.#made ??= this.#make().catch((thrown: unknown) => {
      // Whoever subscribes next tries again.
      this.#made = null;
      throw thrown;
    });
    return this.#made;
  }

  #follow(): () => void {
    let stop: (() => void) | null = null;
    let isOver = false;
    const start = async (): Promise<void> => {
      const window = await this.#window();
      if (isOver) return;
      const show = (): void => this.#cell.set(window.get());
      stop = window.subscribe(show);
      show();
    };
    start().catch((thrown: unknown) => {
      this.#log.line.env.log('warn', 'window.load', { fault: asFault(thrown).code });
    });
    return () => {
      isOver = true;
      stop?.();
    };
  }
}
