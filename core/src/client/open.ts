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
import { openAuth } from './auth-session.ts';
import type { Connectivity } from './connections.ts';
import { Copse } from './copse.ts';
import type { EmailProvider } from './email.ts';
import type { EmailEntry, EntryOptions } from './email-entry.ts';
import { FaceLine } from './face.ts';
import { homeApi } from './home-api.ts';
import { Home, type HomeOptions } from './home.ts';
import { identityIn, signKeyOf } from './identity.ts';
import { parseLink } from './links.ts';
import type { Keep } from './keep.ts';
import type { RecoveryTools } from './recovery-realms.ts';
import type { Asking } from './pair-asking.ts';
import type { InvitationView, OpenOptions } from './types.ts';

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
  openKeep(url: string): Promise<Keep>;
  /** The node's key as the node itself tells it, for the first contact. */
  askKey(url: string): Promise<Key>;
}

/** One program with one home. */
export const unshared: Sharing = {
  async join(line, openHome) {
    const home = await openHome();
    line.use((events) => direct(homeApi, home.session(events, false), line.env));
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
    keep: options.keep ?? (await runtime.openKeep(url)),
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
  };
}

/** Signs in with e-mail on a device that has no user yet. */
export async function enterWith(
  runtime: Runtime,
  address: string,
  options: EntryOptions & OpenOptions,
): Promise<EmailEntry> {
  const { EmailEntry: Entry } = await import('./email-entry.ts');
  const { url, node } = readAddress(address);
  const keep = options.keep ?? (await runtime.openKeep(url));
  const { provider, ...rest } = options;
  try {
    const parts = {
      tools: recoveryTools(runtime, options),
      url,
      node: options.nodeKey ?? node,
      keep,
      open: (handed: OpenOptions) => openWith(runtime, address, { ...rest, ...handed }),
    };
    return await Entry.begin(parts, { provider, deviceName: options.deviceName ?? runtime.deviceName });
  } finally {
    // Whoever opens the account takes it again.
    if (options.keep === undefined) await keep[Symbol.asyncDispose]();
  }
}

/** The e-mail providers of a node, for who has no account on it. */
export async function providersWith(
  runtime: Runtime,
  address: string,
  options: Pick<OpenOptions, 'env' | 'primitives' | 'dialer' | 'nodeKey'>,
): Promise<readonly EmailProvider[]> {
  const { providersOf } = await import('./email-entry.ts');
  const { url, node } = readAddress(address);
  return providersOf(recoveryTools(runtime, options), url, options.nodeKey ?? node);
}

/** A new device asks to be let in by another one of its user. */
export async function pairWith(
  runtime: Runtime,
  address: string,
  options: Pick<OpenOptions, 'env' | 'primitives' | 'dialer' | 'nodeKey' | 'deviceName'>,
): Promise<Asking> {
  const { askToPair } = await import('./pair-asking.ts');
  const { url, node } = readAddress(address);
  const nodeKey = options.nodeKey ?? node;
  const deviceName = options.deviceName ?? runtime.deviceName;
  return askToPair(recoveryTools(runtime, options), { url, nodeKey, deviceName });
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

/** What an invitation link offers, for who has no account yet. */
export async function peekWith(
  runtime: Runtime,
  text: string,
  options: Pick<OpenOptions, 'env' | 'primitives' | 'dialer'>,
): Promise<InvitationView> {
  const link = parseLink(text);
  if (link === null || link.kind !== 'join') throw new Fault('malformed', 'This is no invitation link.');
  const env = options.env ?? runtime.env;
  const primitives = options.primitives ?? runtime.primitives;
  const dial = options.dialer ?? ((target) => runtime.dial(target));
  // A key for this one look: a stranger leaves no trace.
  const device = await signKeyOf(primitives, env.random(32));
  const session = await openAuth({
    env,
    primitives,
    link: dial(`${link.origin.replace(/^http/, 'ws')}/auth`),
    node: link.node,
    device,
    blessing: null,
    events: { changed: () => {}, ended: () => {} },
  });
  try {
    const parts = { env, primitives, node: link.node, auth: session.remote, device: device.publicKey };
    const { lookAt } = await import('./site-acts.ts');
    return await lookAt(parts, link.seed);
  } finally {
    session.close();
  }
}
