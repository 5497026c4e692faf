/** A site as the application sees it. */

import { Fault } from '../base/fault.ts';
import type { SiteId } from '../base/ids.ts';
import type { Log } from './log.ts';
import type { Store } from './store.ts';
import type { InvitationRow, InviteOptions, LogOptions, Member } from './types.ts';

const unbuilt = (): never => {
  throw new Fault('internal', 'not built yet');
};

export class Site {
  get id(): SiteId {
    return unbuilt();
  }
  get title(): Store<string> {
    return unbuilt();
  }
  /** Names of the logs that the site lists, in the order in which they were added. */
  get logs(): Store<readonly string[]> {
    return unbuilt();
  }
  /** Bit set: read 1, write 2, lead 4, invite 8, admin 16. */
  get permissions(): Store<number> {
    return unbuilt();
  }
  get memberCount(): Store<number> {
    return unbuilt();
  }
  rename(_title: string): Promise<void> {
    return unbuilt();
  }
  addLog(_name: string): Promise<void> {
    return unbuilt();
  }
  /** A log of the site, listed or not: the same object for the same name. */
  log(name: string): Log;
  log<T>(name: string, options: LogOptions<T>): Log<T>;
  log(_name: string): Log {
    return unbuilt();
  }
  /** A link that makes one person a member. */
  invite(_options?: InviteOptions): Promise<string> {
    return unbuilt();
  }
  invitations(): Promise<readonly InvitationRow[]> {
    return unbuilt();
  }
  withdraw(_key: Uint8Array): Promise<void> {
    return unbuilt();
  }
  members(): Promise<readonly Member[]> {
    return unbuilt();
  }
  leave(): Promise<void> {
    return unbuilt();
  }
}
