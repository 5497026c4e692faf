/** What of the neighbourhood is on the device of the fake node's user, and what waits there. */

import { Fault } from 'copse/internal/base/fault.ts';
import { Cell } from 'copse/internal/client/store.ts';
import type { Outgoing, PlaceStorage, Post } from '../model/sdk-street.ts';

export class FakeDevice {
  readonly storage: Cell<PlaceStorage> = new Cell<PlaceStorage>({ kind: 'none', why: null });
  readonly outgoing = new Cell<readonly Outgoing[]>([]);

  async again(id: string): Promise<void> {
    this.outgoing.set(
      this.outgoing.get().map((each) => (each.id === id ? { ...each, refusal: null } : each)),
    );
  }

  async arrived(posts: readonly Pick<Post, 'cursor'>[]): Promise<readonly number[]> {
    return posts.map(({ cursor }) => cursor.seq);
  }

  /** Where the messages are: on this device, with the node at hand (`up`) or `away`, or there alone (`none`). */
  keep(how: string): void {
    this.storage.set(how === 'none' ? { kind: 'none', why: null } : { kind: 'kept', isUp: how === 'up' });
  }

  /** A post waits, or did not go out. */
  protected hold({ id, timeMs }: Post, code: string): void {
    this.outgoing.set([{ id, timeMs, refusal: code === 'full' ? new Fault('full') : null }]);
  }

  protected leave(id: string): void {
    this.outgoing.set(this.outgoing.get().filter((each) => each.id !== id));
  }
}
