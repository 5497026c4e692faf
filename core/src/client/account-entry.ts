/**
 * Coming in by a link to an account (SPEC Z12, Z19): the key of the link signs the account over to the key of
 * whoever comes, which is kept before that.
 */

import { equal } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { signReplace } from '../social/accounts/operation.ts';
import { parseAccountLink, type AccountLink } from './account-links.ts';
import { asStranger, look, lookAtAccount, type AccountOffer } from './account-look.ts';
import type { Copse } from './copse.ts';
import { SECRET, secretBytes, userKeysOf } from './identity.ts';
import { openWith, recoveryTools, type Runtime } from './open.ts';
import type { OpenOptions } from './types.ts';

const RANDOM_BYTES = 16;

/** What a link is, before anything is made. */
export function lookAtAccountWith(
  runtime: Runtime,
  text: string,
  options: Pick<OpenOptions, 'env' | 'primitives' | 'dialer'>,
): Promise<AccountOffer> {
  return lookAtAccount(recoveryTools(runtime, options), text);
}

/** Takes the account up with new keys, or those that this device has, and opens it. */
export async function takeUpAccountWith(
  runtime: Runtime,
  text: string,
  options: OpenOptions,
): Promise<Copse> {
  const link = parseAccountLink(text);
  const tools = recoveryTools(runtime, options);
  const { env, primitives } = tools;
  const secret = await keptSecret(runtime, link, options);
  const user = await userKeysOf(primitives, secret);
  const name = await asStranger(tools, link, async (remote, device) => {
    const signing = { node: link.node, random: env.random(RANDOM_BYTES), atMs: Math.floor(env.wallMs()) };
    const seeds = { old: link.seed, next: user.sign.seed };
    try {
      return (await remote.replace({ operation: await signReplace(primitives, seeds, signing) })).name;
    } catch (thrown) {
      // An answer that was lost: it is hers already.
      const { account } = await look(tools, link, { remote, device });
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
