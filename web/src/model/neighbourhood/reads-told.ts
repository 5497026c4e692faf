/**
 * What was read of the neighbourhood, told to the node (SPEC I26): it takes back what other devices show, and the number
 * on the icon is right. Where nothing of this user waits nothing is said: the node need not know what she reads.
 */

import { fromHex } from 'copse/internal/base/bytes.ts';
import { postsSeenMax } from 'copse/internal/base/limits-notify.ts';
import { neighbourhoodOf, threadLog } from 'copse/internal/social/subscriptions/neighbourhood.ts';
import { onCleanup } from 'solid-js';
import { tagOf } from '../../logic/notice-words.ts';
import type { Bell } from '../bell.ts';
import type { UserId } from '../sdk.ts';
import type { Post } from '../sdk-street.ts';
import { clearTray } from '../worker-line.ts';

export interface ReadsTold {
  readonly read: (post: Pick<Post, 'id' | 'thread'>) => void;
  /** And everything that came before these; none: everything. */
  readonly all: (ids: readonly string[]) => void;
  /** Who has knocked. */
  readonly knocks: () => void;
}

/** What is read one after the other is told together. */
const SAY_MS = 700;
const AGAIN_MS = 20_000;

export function createReadsTold(bell: Pick<Bell, 'notifications' | 'isOn'>, user: UserId): ReadsTold {
  let ids = new Set<string>();
  let [isAll, hasKnocks] = [false, false];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const say = async (): Promise<void> => {
    const [now, all, knocks] = [[...ids].slice(-postsSeenMax), isAll, hasKnocks];
    ids = new Set();
    [isAll, hasKnocks] = [false, false];
    try {
      const desk = await bell.notifications();
      if ((await desk.unread()) > 0) await desk.readPosts(now, { all, knocks });
    } catch {
      for (const id of now) ids.add(id);
      isAll ||= all;
      hasKnocks ||= knocks;
      later(AGAIN_MS);
    }
  };
  const later = (delayMs: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void say(), delayMs);
  };
  onCleanup(() => clearTimeout(timer));
  return {
    read({ id, thread }) {
      ids.add(id);
      later(SAY_MS);
      const log = threadLog(fromHex(thread) ?? new Uint8Array(0));
      void clearTray(async () => tagOf({ site: neighbourhoodOf(user), log }));
    },
    knocks() {
      hasKnocks = true;
      later(SAY_MS);
    },
    all(newest) {
      // A device that is not notified has nothing to put right.
      if (!bell.isOn()) return;
      for (const id of newest) ids.add(id);
      isAll = true;
      later(SAY_MS);
    },
  };
}
