/** What passes on a log without being kept: ephemeral messages, and who has it open (SPEC T9). */

import { Fault } from '../base/fault.ts';
import type { DeviceId, Handle, LogId } from '../base/ids.ts';
import { ephemeralBytesMax } from '../base/limits.ts';
import { PresenceList, type PresentPerson } from './presence.ts';
import type { SiteKeys } from './site-keys.ts';
import type { LeaseEvents, TailSession } from './tail-session.ts';

interface PassingLease {
  readonly session: TailSession;
  readonly handle: Handle;
}

export interface PassingOwner {
  readonly keys: SiteKeys;
  readonly log: LogId;
  readonly device: DeviceId;
  readonly lease: () => PassingLease | null;
  onSaid(who: number, device: DeviceId, value: Uint8Array): void;
  onPresent(people: readonly PresentPerson[]): void;
}

export class LogPassing {
  readonly #owner: PassingOwner;
  readonly presence: PresenceList;
  #appearance: Uint8Array | null = null;

  constructor(owner: PassingOwner) {
    this.#owner = owner;
    this.presence = new PresenceList(owner.keys, owner.log, (people) => owner.onPresent(people));
  }

  /** Whether this device shows itself. */
  get isWanted(): boolean {
    return this.#appearance !== null;
  }

  say(value: Uint8Array): void {
    const lease = this.#owner.lease();
    if (lease === null) return;
    const payload = this.#sealed(value);
    if (payload.length > ephemeralBytesMax) throw new Fault('tooLarge', 'an ephemeral message');
    lease.session.remote.say({ handle: lease.handle, payload });
  }

  appear(state: Uint8Array): void {
    this.#appearance = state;
    this.opened();
  }

  /** The log is leased: what others see is told again. */
  opened(): void {
    const lease = this.#owner.lease();
    if (lease === null || this.#appearance === null) return;
    lease.session.remote.appear({ handle: lease.handle, state: this.#sealed(this.#appearance) });
  }

  #sealed(value: Uint8Array): Uint8Array {
    const { keys, log, device } = this.#owner;
    return keys.sealNote(log, device, value);
  }

  readonly events: Pick<LeaseEvents, 'onSaid' | 'onPresent'> = {
    onSaid: (who, device, payload) => {
      const value = this.#owner.keys.openNote(this.#owner.log, device, payload);
      if (value !== null) this.#owner.onSaid(who, device, value);
    },
    onPresent: (change) => this.presence.change(change),
  };
}
