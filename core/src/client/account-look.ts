/**
 * What a link to an account is, or what has become of a user's, asked by whoever has the key and as nobody else
 * (SPEC Z12, Z18).
 */

import type { Key } from '../base/ids.ts';
import { accountsApi, type AccountRow, type AccountsRemote } from '../api/accounts.ts';
import { prove } from '../capability/possession.ts';
import { lookingAt } from '../social/accounts/operation.ts';
import { parseAccountLink, type AccountLink } from './account-links.ts';
import { openAuth } from './auth-session.ts';
import { signKeyOf } from './identity.ts';
import type { RecoveryTools } from './recovery-realms.ts';

/** How the node is reached. */
export type Tools = Pick<RecoveryTools, 'env' | 'primitives' | 'dial'>;

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

export async function lookAtAccount(tools: Tools, text: string): Promise<AccountOffer> {
  const link = parseAccountLink(text);
  return asStranger(tools, link, async (remote, device) => {
    const { account, by } = await look(tools, link, { remote, device });
    const { name, quota, expiresMs, removal } = account;
    return { state: STATES[account.state], name, by, quota, expiresMs, removal };
  });
}

const STATES: Readonly<Record<AccountRow['state'], AccountOffer['state']>> = {
  link: 'open',
  there: 'taken',
  over: 'over',
  removed: 'removed',
  gone: 'removed',
};

/** What has become of the account of a user who is told no more, which she asks by her key alone. */
export async function fateOf(tools: Tools, link: AccountLink): Promise<AccountRow['removal']> {
  return asStranger(tools, link, async (remote, device) => {
    const { account } = await look(tools, link, { remote, device });
    return account.removal;
  });
}

export async function look(
  { primitives }: Tools,
  { node, seed }: AccountLink,
  how: { readonly remote: AccountsRemote; readonly device: Key },
): ReturnType<AccountsRemote['look']> {
  const proof = await prove(primitives, seed, lookingAt({ node, device: how.device }));
  return how.remote.look({ key: (await signKeyOf(primitives, seed)).publicKey, proof });
}

/** A session on a key for this one purpose: a stranger leaves no trace. */
export async function asStranger<T>(
  { env, primitives, dial }: Tools,
  { origin, node }: AccountLink,
  task: (remote: AccountsRemote, device: Key) => Promise<T>,
): Promise<T> {
  const device = await signKeyOf(primitives, env.random(32));
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
