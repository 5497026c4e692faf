/** A lease: what one connection may do with one log. Its handle is the permission (SPEC T2). */

import type { Handle, StandingId } from 'copse/internal/base/ids.ts';
import { NO_BYTES } from 'copse/internal/base/bytes.ts';
import { permission } from 'copse/internal/api/model.ts';
import type { LedLog } from './led-log.ts';
import type { Access } from './rights.ts';
import type { TailSession } from './session.ts';
import type { Topic } from './topic.ts';

const NO_STANDS: readonly StandingId[] = [];

export class Lease {
  readonly session: TailSession;
  readonly handle: Handle;
  readonly topic: Topic;
  permissions = 0;
  /** The change that `permissions` already contain. */
  accessSeq = 0;
  /** Attestations that they stand on. */
  stands: readonly StandingId[] = NO_STANDS;
  /** Monotonic time at which they end. */
  untilMs = Number.POSITIVE_INFINITY;
  /** Whether it was asked for writing. */
  forWriting = false;
  /** Number of the fault that ended it, or 0. */
  endedBy = 0;
  /** Its place among the attached leases of the log, or -1. */
  attachedAt = -1;
  /** What the next push of presence tells of it, see `untold`. */
  untold = 0;
  /** What the application shows of this connection. */
  state: Uint8Array = NO_BYTES;
  /** The led log that it follows or leads. */
  led: LedLog | null = null;
  /** Acknowledgements of the commit that is being told, as epoch, seq, count, at; flat. */
  acks: number[] | null = null;

  constructor(session: TailSession, handle: Handle, topic: Topic) {
    this.session = session;
    this.handle = handle;
    this.topic = topic;
  }

  /** Takes what auth said last; `permitted` is that part of it which this device has here. */
  standOn(access: Access, permitted: { readonly permissions: number; readonly untilMs: number }): void {
    this.permissions = permitted.permissions;
    this.accessSeq = access.seq;
    this.stands = access.stands;
    this.untilMs = permitted.untilMs;
  }

  get mayWrite(): boolean {
    return this.forWriting && (this.permissions & permission.write) !== 0;
  }

  get mayRead(): boolean {
    return (this.permissions & permission.read) !== 0;
  }
}
