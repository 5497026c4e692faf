/** Grants: how the users of a node let friends make it one of their realms (SPEC P8). */

import { recoveryGrantMs } from '../base/limits.ts';
import { signKeyOf } from './identity.ts';
import { realmLink } from './recovery-links.ts';
import type { ResetSide } from './recovery-reset.ts';

/** Shorter than a node allows, because the clocks of both differ. */
const GRANT_MS = recoveryGrantMs / 2;

export async function makeGrant({ tools, remote, node }: ResetSide, url: string): Promise<string> {
  const { env, primitives } = tools;
  const oneTime = await signKeyOf(primitives, env.random(32));
  await remote.grant({ key: oneTime.publicKey, expiresMs: Math.floor(env.wallMs()) + GRANT_MS });
  return realmLink(url, node, oneTime.seed);
}

export function listGrants({ remote }: ResetSide) {
  return remote.grants({});
}
