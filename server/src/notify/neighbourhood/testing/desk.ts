/** What notify and the store of messages answer who follows them, where a test says nothing else. */

import { NO_BYTES } from 'copse/internal/base/bytes.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import type { Published } from '../../news/news.ts';
import type { NeighbourhoodDesk, NeighbourhoodSource } from '../source.ts';

const none = () => [];
const nothing = async (): Promise<void> => {};

/** No messages and no strangers. */
export function sourceWith(
  more: Pick<NeighbourhoodSource, 'env'> & Partial<NeighbourhoodSource>,
): NeighbourhoodSource {
  return {
    store: { epoch: NO_BYTES, head: () => 0, after: none, at: none, get: () => null, current: () => null },
    strangers: { knows: () => false, after: none, last: () => 0 },
    isHidden: () => false,
    primitives: nativePrimitives(),
    soon: (task) => task(),
    answering: async () => [],
    ...more,
  };
}

/** Everybody listens everywhere, and has room. */
export function deskOf(publish: (published: Published) => void): NeighbourhoodDesk {
  return {
    isHeard: () => true,
    hears: () => true,
    logsIn: () => ({ count: 0, isKnown: false }),
    unreadIn: none,
    forgetRead: () => {},
    publish,
    kept: nothing,
    read: nothing,
    note: () => {},
    followed: async () => null,
  };
}
