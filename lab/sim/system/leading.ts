/** The logs that one run of an application leads, or wants to (SPEC V1 to V10). */

import type { DeviceId } from 'copse/internal/base/ids.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Lead, Sequencer } from 'copse/internal/client/lead.ts';
import type { Log } from 'copse/internal/client/log.ts';

export interface LeadingOwner {
  /** Undefined before it is open, and when the process is over. */
  logOf(name: string): Log | undefined;
  /** Whether the application leads the log whenever it can. */
  isWanted(name: string): boolean;
  note(text: string): void;
}

export class Leading {
  readonly #owner: LeadingOwner;
  /** Null while the application is about to lead it. */
  readonly #leadByLog = new Map<string, Lead<unknown> | null>();

  constructor(owner: LeadingOwner) {
    this.#owner = owner;
  }

  /** Leads a log whenever it is its turn, as far as it may. */
  async lead(name: string): Promise<void> {
    const log = this.#owner.logOf(name);
    if (log === undefined || this.#leadByLog.has(name)) return;
    this.#leadByLog.set(name, null);
    this.#leadByLog.set(name, await log.lead(() => SEQUENCER));
  }

  async stop(name: string): Promise<void> {
    const lead = this.#leadByLog.get(name);
    if (lead === null || lead === undefined) return;
    await this.#quietly(lead.stop());
    // Another call has waited for the same end.
    if (this.#leadByLog.get(name) !== lead) return;
    this.#leadByLog.delete(name);
    // Somebody may have thought better of it meanwhile.
    if (this.#owner.isWanted(name)) await this.lead(name);
  }

  /** Hands the lead of a log to another device, or opens the log, if it leads it. */
  async stepDown(name: string, to: DeviceId | 'open'): Promise<void> {
    const lead = this.#leadByLog.get(name);
    if (lead?.status.get() !== 'leading') return;
    this.#owner.note(`gives the lead of ${name} to ${to}`);
    await this.#quietly(to === 'open' ? lead.open() : lead.handOver(to));
  }

  async #quietly(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      this.#owner.note(`lead: ${thrown.code} ${thrown.detail}`);
    }
  }

  describe(name: string): string {
    const lead = this.#leadByLog.get(name);
    if (lead === undefined || lead === null) return '';
    return `, ${lead.status.get()} ${lead.trouble.get()?.code ?? ''}`;
  }
}

/** Changes what is not the judge's, refuses some, and says then which one. */
const SEQUENCER: Sequencer<unknown> = {
  apply() {},
  decide(value) {
    const text = textOf(value);
    if (text.endsWith('7')) return { kind: 'change', value: { v: text, pad: '' } };
    return text.endsWith('3') ? { kind: 'refuse', reason: text } : { kind: 'take' };
  },
};

/** The value of the judge in the value of the application. */
export function textOf(value: unknown): string {
  return String(typeof value === 'object' && value !== null && 'v' in value ? value.v : undefined);
}
