/** What notify asks of those who keep the messages of the neighbourhood, and of itself. */

import type { Key, LogId, SiteId, UserId } from 'copse/internal/base/ids.ts';
import type { Env } from 'copse/internal/base/env.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import type { PeerStore } from 'copse/internal/social/store/store.ts';
import type { StrangerStore } from 'copse/internal/social/strangers/store.ts';
import type { FollowedRecord } from '../../store/news.ts';
import type { Published } from '../news/news.ts';
import type { UserRead } from '../news/presence.ts';

export interface NeighbourhoodSource {
  readonly store: Pick<PeerStore, 'epoch' | 'head' | 'after' | 'get' | 'at' | 'current'>;
  readonly strangers: Pick<StrangerStore, 'knows' | 'after' | 'last'>;
  /** Of whom nothing is shown. */
  readonly isHidden: (author: Key) => boolean;
  readonly primitives: Primitives;
  readonly env: Env;
  readonly soon: (task: () => void) => void;
  /** Who answers those who knock at the node itself. */
  readonly answering: (to: Key) => Promise<readonly UserId[]>;
}

/** What of notify is used. */
export interface NeighbourhoodDesk {
  /** Whether anybody listens anywhere, and there. */
  readonly isHeard: () => boolean;
  hears(site: SiteId): boolean;
  logsIn(site: SiteId, log: LogId): { readonly count: number; readonly isKnown: boolean };
  unreadIn(user: UserId, site: SiteId): readonly { readonly name: LogId; readonly length: number }[];
  forgetRead(user: UserId, site: SiteId): void;
  publish(published: Published): void;
  /** What was published is in the store. */
  kept(): Promise<void>;
  read(reads: readonly UserRead[]): Promise<unknown>;
  /** Up to where everything is in the store. */
  note(followed: FollowedRecord): void;
  followed(): Promise<FollowedRecord | null>;
}
