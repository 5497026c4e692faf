/** The entry `copse/neighbourhood` in Node, Bun and Deno. */

import type { Copse } from '../client/copse.ts';
import { openNoticePosts, type NoticePost } from '../client/notice-posts.ts';
import type { Notifications } from '../client/notifications.ts';
import type { Neighbourhood } from '../client/neighbourhood/neighbourhood.ts';
import { openOn, type NeighbourhoodOptions } from '../client/neighbourhood/open.ts';
import { nativeRuntime } from './runtime.ts';

export * from '../client/neighbourhood/index.ts';

/** The neighbourhood of a node, for whoever has signed in there; posts are signed in this program. */
export async function neighbourhoodOf(copse: Pick<Copse, 'node' | 'secret'>): Promise<Neighbourhood> {
  const { url, key: node } = copse.node;
  return openNeighbourhood({ url, node, secret: await copse.secret() });
}

/** The same for who holds the key, or none. */
export function openNeighbourhood(options: NeighbourhoodOptions): Promise<Neighbourhood> {
  return openOn(nativeRuntime(), options);
}

/** The posts that notifications of the neighbourhood are about, by the lengths that they name; null where there is none. */
export async function noticePosts(
  notifications: Pick<Notifications, 'postRows'>,
  lengths: readonly number[],
): Promise<readonly (NoticePost | null)[]> {
  return openNoticePosts(nativeRuntime().primitives, await notifications.postRows(lengths));
}
