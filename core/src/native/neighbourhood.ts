/** The entry `copse/neighbourhood` in Node, Bun and Deno. */

import type { Copse } from '../client/copse.ts';
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
