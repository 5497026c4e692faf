/** Posts as they come, behind a page of those that are there (SPEC Z62). */

import { hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { peerPageRowsMax } from 'copse/internal/base/limits-peer.ts';
import type { Interest } from 'copse/internal/api/peer.ts';
import type { Neighbourhood } from 'copse/internal/client/neighbourhood/neighbourhood.ts';
import type { Post } from 'copse/internal/client/neighbourhood/types.ts';
import type { Context } from '../context.ts';
import { show, showOne, type Shown } from './post-show.ts';

export interface LiveFlags {
  readonly follow?: boolean;
  /** Of those that come. */
  readonly count?: string;
}

export interface Live extends Omit<Shown, 'page'> {
  readonly interests: readonly Interest[];
  readonly page: () => Promise<Shown['page']>;
}

/** A page, and with `--follow` what comes: until so many have come, or whoever reads ends the command. */
export async function showLive(
  context: Context,
  place: Neighbourhood,
  { interests, page, ...shown }: Live,
  flags: LiveFlags,
): Promise<void> {
  const countMax = countOf(flags);
  if (flags.follow !== true) return show(context, place, { ...shown, page: await page() });
  const arriving = new Arriving();
  // What comes while the page is fetched is in one of the two, or in both.
  using watch = place.watch(interests, (heard) => {
    if (heard.kind === 'post') arriving.add(heard.post);
    if (heard.kind === 'gap') context.output.log('Something may have been missed: look at the page again.');
  });
  await watch.ready;
  const begun = await page();
  await show(context, place, { ...shown, page: begun });
  const known = new Set(begun.posts.map(({ id }) => id));
  for (let count = 0; count < countMax;) {
    const post = await arriving.next();
    if (known.has(post.id) || shown.hidden.has(hex(post.from))) continue;
    await showOne(context, place, post);
    count++;
  }
}

function countOf({ follow, count }: LiveFlags): number {
  if (count === undefined) return Number.POSITIVE_INFINITY;
  if (follow !== true || !/^[1-9]\d{0,8}$/.test(count))
    throw new Fault('usage', '`--count` says after how many new posts `--follow` ends.');
  return Number(count);
}

/** What has come and is not shown yet: the newest page of it, when a terminal is that slow. */
class Arriving {
  readonly #posts: Post[] = [];
  #wake = (): void => {};

  add(post: Post): void {
    this.#posts.push(post);
    if (this.#posts.length > peerPageRowsMax) this.#posts.shift();
    this.#wake();
  }

  async next(): Promise<Post> {
    for (;;) {
      const post = this.#posts.shift();
      if (post !== undefined) return post;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
