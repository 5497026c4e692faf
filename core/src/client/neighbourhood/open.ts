/** Opens the neighbourhood of a node on a runtime. */

import type { Env } from '../../base/env.ts';
import type { Key } from '../../base/ids.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import type { Link } from '../../link/link.ts';
import { userKeysOf } from '../identity.ts';
import { PeerLine } from './line.ts';
import { Neighbourhood } from './neighbourhood.ts';
import { Watching } from './watch.ts';

export interface NeighbourhoodOptions {
  /** Origin of the node. */
  readonly url: string;
  /** The key that is expected there. */
  readonly node: Key;
  /** Of the user, as `copse.secret()` answers it; null: a stranger. It stays in this program. */
  readonly secret: Uint8Array | null;
}

export interface NeighbourhoodRuntime {
  readonly env: Env;
  readonly primitives: Primitives;
  dial(url: string): Link;
}

export async function openOn(
  runtime: NeighbourhoodRuntime,
  { url, node, secret }: NeighbourhoodOptions,
): Promise<Neighbourhood> {
  const { env, primitives } = runtime;
  const user = secret === null ? null : (await userKeysOf(primitives, secret)).sign;
  const watching = new Watching(env, primitives);
  const line = new PeerLine({
    env,
    primitives,
    dial: (address) => runtime.dial(address),
    url,
    node,
    user,
    events: watching.events,
    onUp: (remote) => watching.up(remote),
    onDown: () => watching.down(),
  });
  return new Neighbourhood({ env, primitives, line, watching, user });
}
