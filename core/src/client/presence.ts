/** Who has a log open, from the changes that the node tells (SPEC T9); states are sealed for the members. */

import type { DeviceId, LogId, UserId } from '../base/ids.ts';
import { presenceShownMax } from '../base/limits.ts';
import type { Person } from '../api/tail.ts';
import type { SiteKeys } from './site-keys.ts';

export interface PresentPerson {
  readonly who: number;
  readonly user: UserId;
  readonly device: DeviceId;
  /** Empty when it has none, or none that this user can read. */
  readonly state: Uint8Array;
}

const NO_STATE = new Uint8Array(0);

export class PresenceList {
  readonly #keys: SiteKeys;
  readonly #log: LogId;
  readonly #onChange: (people: readonly PresentPerson[]) => void;
  readonly #personByWho = new Map<number, PresentPerson>();

  constructor(keys: SiteKeys, log: LogId, onChange: (people: readonly PresentPerson[]) => void) {
    this.#keys = keys;
    this.#log = log;
    this.#onChange = onChange;
  }

  get people(): readonly PresentPerson[] {
    return [...this.#personByWho.values()];
  }

  change(change: {
    readonly reset: boolean;
    readonly joined: readonly Person[];
    readonly left: readonly number[];
  }): void {
    if (change.reset) this.#personByWho.clear();
    for (const who of change.left) this.#personByWho.delete(who);
    for (const { who, user, device, state } of change.joined) {
      const opened = state.length === 0 ? null : this.#keys.openNote(this.#log, device, state);
      this.#personByWho.set(who, { who, user, device, state: opened ?? NO_STATE });
    }
    this.#onChange(this.people);
  }

  /** Without a connection nobody is known to be there. */
  clear(): void {
    if (this.#personByWho.size === 0) return;
    this.#personByWho.clear();
    this.#onChange([]);
  }
}

const STATE_BYTES_MAX = 512;

/** Those that are shown to an application on this device. */
export function presentRows(people: readonly PresentPerson[], own: DeviceId) {
  return people.slice(0, presenceShownMax).map(({ who, user, device, state }) => ({
    who,
    user,
    device,
    isMe: device === own,
    state: state.subarray(0, STATE_BYTES_MAX),
  }));
}
