/**
 * Coming in by a link to an account (SPEC Z12, Z19): what it is, before anything is made, and its taking up. The
 * key of the link signs the account over to the key of whoever comes, which is kept before that.
 */

import { equal } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import type { Key } from '../base/ids.ts';
import { accountsApi, type AccountRow, type AccountsRemote } from '../api/accounts.ts';
import { prove } from '../capability/possession.ts';
import { lookingAt, signReplace } from '../social/accounts/operation.ts';
import { parseAccountLink, type AccountLink } from './account-links.ts';
import { openAuth } from './auth-session.ts';
import type { Copse } from './copse.ts';
import { SECRET, secretBytes, signKeyOf, userKeysOf, type SignKey } from './identity.ts';
import { openWith, type Runtime } from './open.ts';
import type { RecoveryTools } from './recovery-realms.ts';
import type { OpenOptions } from './types.ts';

/** What a link is. */
export interface AccountOffer {
  /** `taken`: somebody has come by it. */
  readonly state: 'open' | 'taken' | 'over' | 'removed';
  /** That who invited has given. */
  readonly name: string;
  /** Who invited; empty: the node. */
  readonly by: string;
  /** How many people she may let in herself. */
  readonly quota: number;
  readonly expiresMs: number;
  readonly removal: AccountRow['removal'];
}

type LookOptions = Pick<OpenOptions, 'env' | 'primitives' | 'dialer'>;

const RANDOM_BYTES = 16;

export async function lookAtAccountWith(
  runtime: Runtime,
  text: string,
  options: LookOptions,
): Promise<AccountOffer> {
  const link = parseAccountLink(text);
  return asStranger(runtime, link, options, async (remote, device) => {
    const { account, by } = await look(runtime, link, { remote, device, options });
    const { name, quota, expiresMs, removal } = account;
    return { state: stateOf(account), name, by, quota, expiresMs, removal };
  });
}

const STATES: Readonly<Record<AccountRow['state'], AccountOffer['state']>> = {
  link: 'open',
  there: 'taken',
  over: 'over',
  removed: 'removed',
  gone: 'removed',
};

function stateOf({ state }: AccountRow): AccountOffer['state'] {
  return STATES[state];
}

/** Takes the account up with new keys, or those that this device has, and opens it. */
export async function takeUpAccountWith(
  runtime: Runtime,
  text: string,
  options: OpenOptions,
): Promise<Copse> {
  const link = parseAccountLink(text);
  const { primitives = runtime.primitives, env = runtime.env } = options;
  const secret = await keptSecret(runtime, link, options);
  const user = await userKeysOf(primitives, secret);
  const name = await asStranger(runtime, link, options, async (remote, device) => {
    const signing = { node: link.node, random: env.random(RANDOM_BYTES), atMs: Math.floor(env.wallMs()) };
    const seeds = { old: link.seed, next: user.sign.seed };
    try {
      return (await remote.replace({ operation: await signReplace(primitives, seeds, signing) })).name;
    } catch (thrown) {
      // An answer that was lost: it is hers already.
      const { account } = await look(runtime, link, { remote, device, options });
      if (equal(account.key, user.sign.publicKey)) return account.name;
      throw thrown;
    }
  });
  return openWith(runtime, link.origin, { name, ...options, secret, nodeKey: link.node });
}

/** The user's secret on this device, which is made and kept before anything is signed over to it. */
async function keptSecret(
  runtime: Runtime,
  { origin }: AccountLink,
  options: OpenOptions,
): Promise<Uint8Array> {
  const { env = runtime.env } = options;
  const keep = options.keep ?? (await runtime.openKeep(origin, options.unlock));
  try {
    const kept = await keep.get(SECRET);
    const { secret } = options;
    if (kept !== null && secret !== undefined && !equal(kept, secret))
      throw new Fault('taken', 'Another user is signed in on this device.');
    const value = kept ?? secret ?? env.random(secretBytes);
    if (kept === null) await keep.write([{ name: SECRET, value, secret: true }], 'strict');
    return value.slice();
  } finally {
    // Whoever opens the account takes it again.
    if (options.keep === undefined) await keep[Symbol.asyncDispose]();
  }
}

async function look(
  runtime: Pick<Runtime, 'primitives'>,
  { node, seed }: AccountLink,
  how: { readonly remote: AccountsRemote; readonly device: Key; readonly options: LookOptions },
): ReturnType<AccountsRemote['look']> {
  const { primitives = runtime.primitives } = how.options;
  const proof = await prove(primitives, seed, lookingAt({ node, device: how.device }));
  return how.remote.look({ key: (await signKeyOf(primitives, seed)).publicKey, proof });
}

/** What has become of the account of a user who is told no more, which she asks by her key alone. */
export async function fateOf(
  { env, primitives, dial }: RecoveryTools,
  link: AccountLink,
): Promise<AccountRow['removal']> {
  const runtime = { env, primitives, dial };
  return asStranger(runtime, link, {}, async (remote, device) => {
    const { account } = await look(runtime, link, { remote, device, options: {} });
    return account.removal;
  });
}

type Dialing = Pick<Runtime, 'env' | 'primitives' | 'dial'>;

/** A session on a key for this one purpose: a stranger leaves no trace. */
async function asStranger<T>(
  runtime: Dialing,
  { origin, node }: AccountLink,
  options: LookOptions,
  task: (remote: AccountsRemote, device: Key) => Promise<T>,
): Promise<T> {
  const { env = runtime.env, primitives = runtime.primitives } = options;
  const dial = options.dialer ?? ((target: string) => runtime.dial(target));
  const device: SignKey = await signKeyOf(primitives, env.random(32));
  const session = await openAuth({
    env,
    primitives,
    link: dial(`${origin.replace(/^http/, 'ws')}/auth`),
    node,
    device,
    blessing: null,
    events: { changed: () => {}, ended: () => {} },
  });
  try {
    return await task(session.facet(accountsApi, {}), device.publicKey);
  } finally {
    session.close();
  }
}
