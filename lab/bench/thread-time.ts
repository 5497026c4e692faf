/**
 * Processor time of this thread alone, as Linux counts it: what others of the process wait for, whatever else the
 * machine does meanwhile. Elsewhere it is unknown.
 */

import { existsSync, readFileSync } from 'node:fs';

const COUNTER = '/proc/thread-self/schedstat';

/** Milliseconds since the thread began; NaN where nobody counts. */
export function threadMs(): number {
  return existsSync(COUNTER) ? Number(readFileSync(COUNTER, 'utf8').split(' ')[0]) / 1e6 : NaN;
}

/** Adds up what each of several things takes. */
export class ThreadTime {
  readonly #msByName = new Map<string, number>();

  async in<T>(name: string, work: () => Promise<T>): Promise<T> {
    const beganMs = threadMs();
    const done = await work();
    this.#msByName.set(name, (this.#msByName.get(name) ?? 0) + threadMs() - beganMs);
    return done;
  }

  usOf(name: string, count: number): string {
    return (((this.#msByName.get(name) ?? NaN) * 1000) / count).toFixed(1);
  }
}
