/**
 * A log as its connections see it: who holds a lease, who is attached, and how far it has been published.
 * Attached connections subscribe to one topic of the network, so that a commit costs one message
 * whatever the number of its readers (decision 0007).
 */

import type { LogState } from 'copse/internal/log/batch.ts';
import { presenceShownMax } from 'copse/internal/base/limits.ts';
import type { Lease } from './lease.ts';
import type { Site } from './rights.ts';

/**
 * Changes of presence that wait for the next push. A lease may stand in a list more than once or have
 * left since: its `untold` says whether it still counts. Sets would be 700 bytes per change.
 */
export interface PresenceChange {
  /** Joined, or of another state. */
  readonly joined: Lease[];
  /** Connections that left. */
  readonly left: number[];
  /** Attached since the last push: they get the whole list. */
  readonly newcomers: Lease[];
}

/** Bits of `Lease.untold`. */
export const untold = { joined: 1, newcomer: 2 } as const;

export class Topic {
  readonly log: LogState;
  readonly site: Site;
  /** Name of the network's topic. */
  readonly name: string;
  /** Leases, attached or not; a topic without one is forgotten. */
  leases = 0;
  /** Position behind the last entry that was published. */
  next: number;
  /** Bytes published since the send buffers of its readers were last looked at. */
  uncheckedBytes = 0;
  /** Those before `presenceShownMax` are the ones that presence lists. */
  readonly attached: Lease[] = [];
  change: PresenceChange | null = null;

  constructor(log: LogState, site: Site) {
    this.log = log;
    this.site = site;
    this.name = log.number.toString(36);
    this.next = log.durable;
  }

  /** The number of the log; the same for all connections, so that all get the same bytes. */
  get channel(): number {
    return this.log.number;
  }

  attach(lease: Lease): void {
    if (lease.attachedAt >= 0) return;
    lease.attachedAt = this.attached.length;
    this.attached.push(lease);
    lease.session.line.transport.subscribe(this.name);
    this.stateChanged(lease);
    lease.untold |= untold.newcomer;
    this.#changed().newcomers.push(lease);
  }

  detach(lease: Lease): void {
    const at = lease.attachedAt;
    if (at < 0) return;
    lease.session.line.transport.unsubscribe(this.name);
    lease.attachedAt = -1;
    const last = this.attached.pop();
    const change = this.#changed();
    if (last !== undefined && last !== lease) {
      // The last one takes the free place, and thereby may become one of those that are listed.
      const isPromoted = at < presenceShownMax && last.attachedAt >= presenceShownMax;
      last.attachedAt = at;
      this.attached[at] = last;
      if (isPromoted) this.stateChanged(last);
    }
    if (at < presenceShownMax) change.left.push(lease.session.who);
    lease.untold = 0;
  }

  /** The state of an attached lease is another. */
  stateChanged(lease: Lease): void {
    if (lease.attachedAt < 0 || lease.attachedAt >= presenceShownMax) return;
    if ((lease.untold & untold.joined) !== 0) return;
    lease.untold |= untold.joined;
    this.#changed().joined.push(lease);
  }

  #changed(): PresenceChange {
    this.change ??= { joined: [], left: [], newcomers: [] };
    return this.change;
  }
}
