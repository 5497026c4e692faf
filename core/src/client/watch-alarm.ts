/**
 * The alarm of a watch on a node's log, with its evidence (SPEC M9): it stays until a person has looked into it
 * (SPEC M17). A device without room shows it all the same, and keeps it as soon as there is room: what is noticed
 * beside the log nobody may notice again.
 */

import type { Fault } from '../base/fault.ts';
import type { PastAlarmRow } from './watch-api.ts';
import type { WatchRows } from './watch-rows.ts';

export class WatchAlarm {
  readonly #rows: WatchRows;
  #fault: Fault | null;
  /** The evidence that goes with an alarm that is not kept yet, or not whole. */
  #owed: { readonly evidence: string } | null = null;

  private constructor(rows: WatchRows, fault: Fault | null) {
    this.#rows = rows;
    this.#fault = fault;
  }

  static async open(rows: WatchRows): Promise<WatchAlarm> {
    return new WatchAlarm(rows, await rows.alarm());
  }

  get fault(): Fault | null {
    return this.#fault;
  }

  /** From now on; resolves when it is kept, or refused by the keep. */
  async raise(fault: Fault, evidence: string): Promise<void> {
    this.#fault = fault;
    this.#owed = { evidence };
    await this.settle();
  }

  /** Keeps what the keep has refused before; one alarm and its evidence are all that can be owed. */
  async settle(): Promise<void> {
    const [fault, owed] = [this.#fault, this.#owed];
    if (fault === null || owed === null) return;
    try {
      await this.#rows.putAlarm(fault, owed.evidence);
      if (this.#owed === owed) this.#owed = null;
    } catch {
      // The alarm alone may fit, and says more than nothing at the next start.
      if (this.#owed === owed && owed.evidence !== '') await this.#rows.putAlarm(fault, '').catch(() => {});
    }
  }

  /** The evidence of the alarm that stands, and what was looked into before. */
  async all(): Promise<{ readonly evidence: string; readonly past: readonly PastAlarmRow[] }> {
    const owed = this.#owed?.evidence ?? '';
    const { evidence, past } = await this.#rows.alarms();
    return { evidence: owed === '' ? evidence : owed, past };
  }

  /** Somebody has looked into it. */
  async letGo(fault: Fault, timeMs: number): Promise<void> {
    const { evidence, past } = await this.all();
    await this.#rows.acknowledge(fault, { timeMs, evidence, past });
    this.#fault = null;
    this.#owed = null;
  }
}
