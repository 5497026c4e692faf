/**
 * Users of whom notify has not been told everything, in memory so that it is told of what has changed alone.
 * Bounded: of one who is forgotten it is told everything (SPEC I11).
 */

import type { DeviceId, UserId } from 'copse/internal/base/ids.ts';
import { noticeListenersKeptMax, noticeUsersKeptMax } from 'copse/internal/base/limits-notify.ts';
import type { SubscriptionSender } from 'copse/internal/social/subscriptions/sender.ts';

export interface NoticeKept {
  readonly user: UserId;
  readonly sender: SubscriptionSender;
  /** Of each device when it gave its address. */
  readonly epochs: Map<DeviceId, number>;
  /** Whose epoch is not written. */
  epochMoved: DeviceId | null;
  /** Whether the rows say that notify holds the same. */
  isSettled: boolean;
  /** Whether something was changed that is not written. */
  isDirty: boolean;
}

export class NoticeCache {
  readonly #keptByUser = new Map<UserId, NoticeKept>();
  readonly #countByUser = new Map<UserId, number>();
  #count = 0;

  get(user: UserId): NoticeKept | null {
    return this.#keptByUser.get(user) ?? null;
  }

  delete(user: UserId): void {
    this.#count -= this.#countByUser.get(user) ?? 0;
    this.#countByUser.delete(user);
    this.#keptByUser.delete(user);
  }

  keep(kept: NoticeKept): void {
    const { user, sender } = kept;
    this.delete(user);
    const { listenerCount } = sender.held;
    this.#keptByUser.set(user, kept);
    this.#countByUser.set(user, listenerCount);
    this.#count += listenerCount;
    for (const oldest of this.#keptByUser.keys()) {
      if (oldest === user) return;
      if (this.#keptByUser.size <= noticeUsersKeptMax && this.#count <= noticeListenersKeptMax) return;
      this.delete(oldest);
    }
  }
}
