/**
 * Opens a device on a node. What differs between runtimes (storage, sockets, the agreement of tabs) comes
 * in as a `Runtime`; everything else is here.
 */

import type { Env } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import type { DeviceId, Key, UserId } from '../base/ids.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { direct } from '../link/direct.ts';
import type { Link } from '../link/link.ts';
import type { Connectivity } from './connections.ts';
import { Copse } from './copse.ts';
import { FaceLine } from './face.ts';
import type { homeApi } from './home-api.ts';
import { homeCalls } from './home-calls.ts';
import { Home } from './home.ts';
import type { HomeOptions } from './home-options.ts';
import { identityIn } from './identity.ts';
import { parseLink } from './link-parts.ts';
import type { PeerSource } from './peer.ts';
import type { Keep } from './keep.ts';
import type { RecoveryTools } from './recovery-realms.ts';
import type { OpenOptions } from './types.ts';

/** How the device's home is shared by several faces. */
export interface Sharing {
  /** Calls `line.use` whenever there is a home, here or in another tab; `openHome` opens it here. */
  join(line: FaceLine, openHome: () => Promise<Home>): Promise<Shared>;
}

export interface Shared {
  /** Rejects when the home cannot be opened here. */
  leave(): Promise<void>;
}

export interface Runtime {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly connectivity: Connectivity | null;
  readonly sharing: Sharing;
  /**
   * How long a node that could not be reached is told of a device that has signed out, while the program
   * goes on. None where a program ends by having nothing more to do.
   */
  readonly farewellMs?: number;
  /** Name of this device when the application gives none. */
  readonly deviceName: string;
  dial(url: string): Link;
  /** How devices reach each other without the node; absent where they cannot. */
  readonly peers?: PeerSource;
  openKeep(url: string, unlock?: OpenOptions['unlock']): Promise<Keep>;
  /** The node's key as the node itself tells it, for the first contact. */
  askKey(url: string): Promise<Key>;
}

/** One program with one home. */
export const unshared: Sharing = {
  async join(line, openHome) {
    const home = await openHome();
    line.use((events) => direct<typeof homeApi>(homeCalls, home.session(events, false), line.env));
    return { leave: () => home.close() };
  },
};

interface Address {
  readonly url: string;
  readonly node: Key | undefined;
  readonly setup: Uint8Array | undefined;
  readonly invitation: Uint8Array | undefined;
}

/** An address is the node's origin, or a link of that node. */
export function readAddress(text: string): Address {
  const link = parseLink(text);
  if (link !== null) {
    const { origin: url, node, seed, kind } = link;
    return {
      url,
      node,
      setup: kind === 'setup' ? seed : undefined,
      invitation: kind === 'join' ? seed : undefined,
    };
  }
  const match = /^(https?:\/\/[^/#?\s]+)/.exec(text.trim());
  const url = match?.[1];
  if (url === undefined) throw new Fault('malformed', 'A node has an address like https://example.org.');
  return { url, node: undefined, setup: undefined, invitation: undefined };
}

export async function openWith(runtime: Runtime, address: string, options: OpenOptions): Promise<Copse> {
  const env = options.env ?? runtime.env;
  const line = new FaceLine(env);
  const openHome = async (): Promise<Home> => Home.open(await homeOptions(runtime, address, options));
  let shared: Shared | null = null;
  const copse = new Copse(line, async () => shared?.leave(), recoveryTools(runtime, options));
  try {
    shared = await runtime.sharing.join(line, openHome);
    return await copse.begin();
  } catch (thrown) {
    await copse.close();
    throw thrown;
  }
}

/** How realms are reached: as this device reaches its node. */
export function recoveryTools(
  runtime: Runtime,
  options: Pick<OpenOptions, 'env' | 'primitives' | 'dialer'>,
): RecoveryTools {
  return {
    env: options.env ?? runtime.env,
    primitives: options.primitives ?? runtime.primitives,
    dial: options.dialer ?? ((url) => runtime.dial(url)),
    askKey: (url) => runtime.askKey(url),
  };
}

async function homeOptions(runtime: Runtime, address: string, options: OpenOptions): Promise<HomeOptions> {
  const { url, node, setup, invitation } = readAddress(address);
  return {
    env: options.env ?? runtime.env,
    primitives: options.primitives ?? runtime.primitives,
    keep: options.keep ?? (await runtime.openKeep(url, options.unlock)),
    url,
    secret: options.secret,
    generations: options.generations,
    nodeKey: options.nodeKey ?? node,
    admission: {
      name: options.name ?? '',
      deviceName: options.deviceName ?? runtime.deviceName,
      setup: options.setup ?? setup ?? null,
      invitation: options.invitation ?? invitation ?? null,
    },
    connectivity: runtime.connectivity,
    farewellMs: runtime.farewellMs ?? 0,
    dial: options.dialer ?? ((target) => runtime.dial(target)),
    askKey: () => runtime.askKey(url),
    peers: options.peers ?? runtime.peers,
  };
}

/** Whose account this device has, without opening anything. */
export async function accountWith(
  runtime: Runtime,
  address: string,
  keep?: Keep,
): Promise<{ readonly user: UserId; readonly device: DeviceId } | null> {
  if (keep !== undefined) return identityIn(runtime.primitives, keep);
  const own = await runtime.openKeep(readAddress(address).url);
  try {
    return await identityIn(runtime.primitives, own);
  } finally {
    // Not `await using`, whose helper would be another page of code in every browser.
    await own[Symbol.asyncDispose]();
  }
}
