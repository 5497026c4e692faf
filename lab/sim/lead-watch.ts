/** Whether what a leader writes reaches the disk before the next one leads, or not at all (SPEC V2). */

import type { Batch, LogState } from 'copse/internal/log/batch.ts';

import type { World } from './world.ts';

export class LeadWatch {
  /** Who leads by what was handed to the disk. */
  readonly #epochByLog = new Map<LogState, number>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** A batch goes to the disk, in the order of its taking; the answered function takes it back when that fails. */
  commit({ runs, settled, leads }: Batch<unknown>): () => void {
    for (const { log, first } of runs) {
      const now = this.#epochByLog.get(log) ?? 0;
      const placed = settled.filter((each) => each.log === log && each.placed === 'led' && each.at >= first);
      for (const { epoch, at } of placed) {
        const what = (): string => `the leader of epoch ${epoch} placed ${at} when that of ${now} led`;
        this.#world.check(epoch >= now, 'V2', what);
      }
    }
    const before = leads.map(({ log }) => [log, this.#epochByLog.get(log) ?? 0] as const);
    for (const { log, epoch } of leads) this.#epochByLog.set(log, epoch);
    return () => {
      for (const [log, epoch] of before) this.#epochByLog.set(log, epoch);
    };
  }
}
