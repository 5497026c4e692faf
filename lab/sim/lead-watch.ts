/**
 * Whether what a leader writes reaches the disk before the next one leads, or not at all, and whether each leader has a
 * higher epoch than those before, also after a restart (SPEC V2).
 */

import type { DeviceId } from 'copse/internal/base/ids.ts';
import type { Batch, LogState } from 'copse/internal/log/batch.ts';

import type { World } from './world.ts';

/** The last lead of each log that is on a disk. */
export type KeptLeads = Map<string, { readonly epoch: number; readonly device: DeviceId | null }>;

export class LeadWatch {
  /** Who leads by what was handed to the disk. */
  readonly #epochByLog = new Map<LogState, number>();
  readonly #world: World;
  readonly #kept: KeptLeads;

  /** `kept` belongs to the disk: what was durable is told there. */
  constructor(world: World, kept: KeptLeads = new Map()) {
    this.#world = world;
    this.#kept = kept;
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
    for (const { log, epoch, device } of leads) {
      const last = this.#kept.get(`${log.site}/${log.log}`);
      const isNext =
        last === undefined || epoch > last.epoch || (epoch === last.epoch && device === last.device);
      this.#world.check(isNext, 'V2', () => `the lead of epoch ${epoch} came behind that of ${last?.epoch}`);
    }
    const before = leads.map(({ log }) => [log, this.#epochByLog.get(log) ?? 0] as const);
    for (const { log, epoch } of leads) this.#epochByLog.set(log, epoch);
    return () => {
      for (const [log, epoch] of before) this.#epochByLog.set(log, epoch);
    };
  }

  /** The batch is durable. */
  keep({ leads }: Batch<unknown>): void {
    for (const { log, epoch, device } of leads) this.#kept.set(`${log.site}/${log.log}`, { epoch, device });
  }
}
