/** All led logs of a shard: made when somebody follows or leads one, forgotten when nobody does. */

import { leadTtlMs } from 'copse/internal/base/limits-led.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Env } from 'copse/internal/base/env.ts';
import type { Batch, Lead, LeadRecord, LogState } from 'copse/internal/log/batch.ts';
import { LedLog } from './led-log.ts';

export interface LeadsOptions {
  readonly env: Env;
  readonly record: (log: LogState, lead: Lead) => void;
  readonly flush: () => void;
}

export class Leads {
  readonly #options: LeadsOptions;
  readonly #byNumber = new Map<number, LedLog>();
  readonly #startedMs: number;
  handedCount = 0;
  signalCount = 0;

  constructor(options: LeadsOptions) {
    this.#options = options;
    this.#startedMs = options.env.nowMs();
  }

  get size(): number {
    return this.#byNumber.size;
  }

  get leaderCount(): number {
    let count = 0;
    for (const led of this.#byNumber.values()) if (led.leader !== null) count++;
    return count;
  }

  find(log: LogState): LedLog | undefined {
    return this.#byNumber.get(log.number);
  }

  of(log: LogState): LedLog {
    const known = this.#byNumber.get(log.number);
    if (known !== undefined) return known;
    const { env, record, flush } = this.#options;
    // A lead of before the start may still be believed in; of a later one its end was seen.
    const isFresh = env.nowMs() < this.#startedMs + leadTtlMs;
    const last = isFresh ? (log.lead?.device ?? null) : null;
    const led = new LedLog({
      env,
      log,
      last,
      startMs: this.#startedMs,
      record: (lead) => record(log, lead),
      flush,
    });
    this.#byNumber.set(log.number, led);
    return led;
  }

  committed(batch: Batch<unknown>): void {
    for (const lead of batch.leads) this.#byNumber.get(lead.log.number)?.recorded(lead);
  }

  failed(leads: readonly LeadRecord[]): void {
    for (const lead of leads) this.#byNumber.get(lead.log.number)?.notRecorded(lead);
  }

  /** A leader that has not been heard of for too long leads no more: its connection is dead (SPEC V6). */
  sweep(tick: number, sweepMs: number): void {
    for (const [number, led] of this.#byNumber) {
      const line = led.leader?.session.line;
      if (line !== undefined && (tick - line.heardTick) * sweepMs > leadTtlMs)
        line.end(new Fault('deadline'));
      if (led.isIdle) this.#byNumber.delete(number);
    }
  }

  close(): void {
    for (const led of this.#byNumber.values()) led.close();
  }
}
