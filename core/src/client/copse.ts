/** A device's connection to one node: who it is, its sites, its profile (SPEC S1). */

import { Fault } from '../base/fault.ts';
import type { DeviceId, Key, SiteId, UserId } from '../base/ids.ts';
import type { Site } from './site.ts';
import type { Store } from './store.ts';
import type {
  DeviceRow,
  Figure,
  FoundOptions,
  InvitationView,
  Profile,
  ProfileAnswer,
  Status,
  Trouble,
} from './types.ts';

const unbuilt = (): never => {
  throw new Fault('internal', 'not built yet');
};

export class Copse implements AsyncDisposable {
  get user(): UserId {
    return unbuilt();
  }
  get device(): DeviceId {
    return unbuilt();
  }
  get admin(): boolean {
    return unbuilt();
  }
  get node(): { readonly url: string; readonly key: Key } {
    return unbuilt();
  }
  get status(): Store<Status> {
    return unbuilt();
  }
  /** Why it is offline for good (revoked, another node key, too old), or null. */
  get trouble(): Store<Trouble> {
    return unbuilt();
  }
  get sites(): Store<readonly Site[]> {
    return unbuilt();
  }
  get profile(): Store<Profile> {
    return unbuilt();
  }
  /** Counts the changes of the list of devices: ask for it again when this changes. */
  get devicesChanged(): Store<number> {
    return unbuilt();
  }
  /** The user's secret, for showing her phrase; null where this device does not hold it. */
  secret(): Promise<Uint8Array | null> {
    return unbuilt();
  }
  found(_options: FoundOptions): Promise<Site> {
    return unbuilt();
  }
  /** What an invitation link offers. */
  peek(_link: string): Promise<InvitationView> {
    return unbuilt();
  }
  join(_link: string): Promise<Site> {
    return unbuilt();
  }
  site(_id: SiteId): Site | undefined {
    return unbuilt();
  }
  updateProfile(_changes: Partial<Profile>): Promise<ProfileAnswer> {
    return unbuilt();
  }
  devices(): Promise<readonly DeviceRow[]> {
    return unbuilt();
  }
  renameDevice(_device: DeviceId, _name: string): Promise<void> {
    return unbuilt();
  }
  revokeDevice(_device: DeviceId): Promise<void> {
    return unbuilt();
  }
  /** Live figures of the node, for its admin. */
  figures(): Promise<readonly Figure[]> {
    return unbuilt();
  }
  /** Ends this device's session at the node and forgets its keys here. */
  logout(): Promise<void> {
    return unbuilt();
  }
  close(): Promise<void> {
    return unbuilt();
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
