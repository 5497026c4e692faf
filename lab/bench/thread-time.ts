/**
 * Processor time of this thread alone: what others of the process wait for, whatever else the machine does meanwhile.
 * Linux counts it when its clock ticks, which is every 4 ms: sums are right, single moments are not.
 */

/** Milliseconds since the thread began. */
export function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
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
    return (((this.#msByName.get(name) ?? 0) * 1000) / count).toFixed(1);
  }
}
