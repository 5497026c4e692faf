/** Opens the neighbourhood of a node on a runtime. */

import type { Env } from '../../base/env.ts';
import type { PeerRemote } from '../../api/peer.ts';
import type { Key } from '../../base/ids.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import type { Link } from '../../link/link.ts';
import { plainGrinder, type Grinder } from '../../crypto/work.ts';
import { signKeyOf, userKeysOf, type SignKey } from '../identity.ts';
import { Doorstep } from './doorstep.ts';
import { blessFor, PeerLine } from './line.ts';
import type { Opened } from './moving.ts';
import { Neighbourhood } from './neighbourhood.ts';
import { plainLine, type LineParts, type PlaceLine } from './place-line.ts';
import { Sealing } from './sealed.ts';
import { Watching } from './watch.ts';
import { sliceWorker, type WorkDoer } from './work.ts';

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
  /** What is faster than the primitives for many attempts at a stamp. */
  readonly grinder?: Grinder;
  /** Works for stamps elsewhere than in this thread. */
  readonly work?: WorkDoer;
  /** A line to what this device has of the messages; absent: the node is asked. */
  readonly lineOf?: (parts: LineParts & { readonly user: SignKey }) => PlaceLine;
}

export async function openOn(
  runtime: NeighbourhoodRuntime,
  options: NeighbourhoodOptions,
): Promise<Neighbourhood> {
  return (await placeOn(runtime, options)).place;
}

async function placeOn(
  runtime: NeighbourhoodRuntime,
  { url, node, secret }: NeighbourhoodOptions,
): Promise<Opened> {
  const { env, primitives } = runtime;
  const user = secret === null ? null : (await userKeysOf(primitives, secret)).sign;
  const watching = new Watching(env, primitives);
  const reached = (ends: Pick<LineParts, 'events' | 'onUp' | 'onDown'>): PlaceLine =>
    plainLine(
      new PeerLine({
        env,
        primitives,
        dial: (address) => runtime.dial(address),
        url,
        node,
        greet: async () => {
          const device = await signKeyOf(primitives, env.random(32));
          const blessing =
            user === null ? null : await blessFor({ env, primitives, node }, user, device.publicKey);
          return { device, blessing };
        },
        ...ends,
      }),
    );
  const ends = {
    events: watching.events,
    onUp: (remote: PeerRemote) => watching.up(remote),
    onDown: () => watching.down(),
  };
  const direct = (): PlaceLine => reached(ends);
  const parts: LineParts = { env, primitives, url, node, ...ends, direct };
  const { lineOf } = runtime;
  const line = user === null || lineOf === undefined ? direct() : lineOf({ ...parts, user });
  const sealing = secret === null ? null : new Sealing(primitives, env, secret);
  const work = runtime.work ?? sliceWorker(env, runtime.grinder ?? plainGrinder(primitives));
  const doorstep = new Doorstep({ env, primitives, line, node, user, work });
  const apart = (): PlaceLine => reached(UNHEARD);
  // What another key says goes to the node at once.
  const { lineOf: _, ...plain } = runtime;
  const as = (other: Uint8Array): Promise<Opened> => placeOn(plain, { url, node, secret: other });
  const there = { url, node, apart, as };
  const place = new Neighbourhood({ env, primitives, line, watching, doorstep, user, sealing, there });
  return { place, line };
}

/** Of a line on which nothing is followed. */
const UNHEARD = { events: { messages: () => {}, caughtUp: () => {} }, onUp: () => {}, onDown: () => {} };
