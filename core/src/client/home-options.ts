/** What a device's home is opened with. */

import type { Env } from '../base/env.ts';
import type { Key } from '../base/ids.ts';
import type { Primitives } from '../crypto/primitives.ts';
import type { Link } from '../link/link.ts';
import type { Connectivity } from './connections.ts';
import type { Keep } from './keep.ts';
import type { PeerSource } from './peer.ts';
import type { Admission } from './sign-in.ts';
import type { OpenOptions } from './types.ts';

export interface HomeOptions {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly keep: Keep;
  readonly url: string;
  readonly secret: Uint8Array | undefined;
  readonly generations?: OpenOptions['generations'];
  readonly nodeKey: Key | undefined;
  readonly admission: Admission;
  readonly connectivity: Connectivity | null;
  /** How long a node that could not be reached is told of the end of the device. */
  readonly farewellMs: number;
  readonly dial: (url: string) => Link;
  /** Asks the node for its key, when nobody knows it. */
  readonly askKey: () => Promise<Key>;
  readonly peers?: PeerSource | undefined;
}
