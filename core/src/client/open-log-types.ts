/** What an open log needs of its device, and whom it tells. */

import type { Env } from '../base/env.ts';
import type { Fault } from '../base/fault.ts';
import type { DeviceId, SiteId } from '../base/ids.ts';
import type { AppendRequest } from './backlog.ts';
import type { LazyCopies } from './copies-lazy.ts';
import type { Identity } from './identity.ts';
import type { Outcome } from './log-outcome.ts';
import type { PeerSource } from './peer.ts';
import type { PresentPerson } from './presence.ts';
import type { Queue } from './queue.ts';

export interface OpenLogOwner {
  readonly env: Env;
  readonly identity: Identity;
  readonly queue: Queue;
  /** Copies of logs in the keep, where there are some. */
  readonly copies?: LazyCopies;
  /** How to reach the leader of a led log directly. */
  readonly peers?: PeerSource | undefined;
  renewKeys(site: SiteId, keyEpoch: number): Promise<void>;
  /** The log is served at another address. */
  onMoved?(): void;
  /** The node shows a log that is another one than before (SPEC L12). */
  readonly onAlarm?: (fault: Fault) => void;
  /** Something changed that a status is made of. */
  onState(): void;
}

/** What a face hears of a log that it has opened. */
export interface LogListener {
  onState(): void;
  onWaiting(request: AppendRequest): void;
  onSettled(id: string, outcome: Outcome): void;
  onSaid(who: number, device: DeviceId, value: Uint8Array): void;
  onPresent(people: readonly PresentPerson[]): void;
}
