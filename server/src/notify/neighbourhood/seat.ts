/** The neighbourhood at notify: who follows its messages, and what devices ask of it (SPEC I24 to I28). */

import type { NotifyInternal } from 'copse/internal/api/notify.ts';
import type { UserRead } from '../news/presence.ts';
import type { News } from '../news/news.ts';
import type { FollowedRecord, NewsStore } from '../../store/news.ts';
import { Following } from './following.ts';
import { markSeen, postsAt, type ReadingParts } from './reading.ts';
import type { NeighbourhoodDesk, NeighbourhoodSource } from './source.ts';

export interface NeighbourhoodSeatOptions {
  readonly news: News;
  readonly store: Pick<NewsStore, 'followed'>;
  /** All that was published is in the store. */
  readonly kept: () => Promise<void>;
  readonly read: (reads: readonly UserRead[]) => Promise<unknown>;
  /** There is something to sweep, or to write. */
  readonly changed: () => void;
}

type Request<N extends 'posts' | 'seen'> = Parameters<NotifyInternal[N]>[0];
type Posts = Awaited<ReturnType<NotifyInternal['posts']>>;

export class NeighbourhoodSeat {
  readonly #desk: NeighbourhoodDesk;
  #parts: ReadingParts | null = null;
  /** Where following has come to, while that is not written. */
  #followed: FollowedRecord | null = null;

  constructor({ news, store, kept, read, changed }: NeighbourhoodSeatOptions) {
    this.#desk = {
      isHeard: () => news.listenerCount > 0,
      hears: (site) => news.hears(site),
      logsIn: (site, log) => news.logsIn(site, log),
      unreadIn: (user, site) => news.unreadIn(user, site),
      forgetRead: (user, site) => news.forgetRead(user, site),
      publish: (published) => {
        news.publish(published);
        changed();
      },
      kept,
      read,
      note: (followed) => {
        this.#followed = followed;
        changed();
      },
      followed: () => store.followed(),
    };
  }

  /** How often somebody was told of a message since the start. */
  get told(): number {
    return this.#parts?.following.told ?? 0;
  }

  follow(source: NeighbourhoodSource, loaded: Promise<void>): Following {
    const following = new Following(source, this.#desk);
    this.#parts = { source, desk: this.#desk, following };
    following.begin(loaded);
    return following;
  }

  async posts({ user, lengths }: Request<'posts'>): Promise<Posts> {
    const parts = this.#parts;
    await parts?.following.begun;
    return { rows: parts === null ? lengths.map(() => null) : postsAt(parts, user, lengths) };
  }

  async seen({ user, what }: Request<'seen'>): Promise<void> {
    const parts = this.#parts;
    await parts?.following.begun;
    if (parts !== null) await markSeen(parts, user, what);
  }

  /** What is to be written. */
  take(): FollowedRecord | null {
    const followed = this.#followed;
    this.#followed = null;
    return followed;
  }
}
