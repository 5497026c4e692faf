/** Founding a site: the root key, its first grant, its first keys and label (SPEC A8, A12). */

import type { Env } from '../base/env.ts';
import type { Key, SiteId } from '../base/ids.ts';
import type { AuthBasics } from '../api/auth-basics.ts';
import { permissionsAll } from '../api/model.ts';
import { attest } from '../capability/attestation.ts';
import { delegationsMax } from '../capability/policy.ts';
import { siteIdOf } from '../crypto/hash.ts';
import type { Primitives } from '../crypto/primitives.ts';
import type { Directory } from './directory.ts';
import { signKeyOf, type Identity } from './identity.ts';
import type { Keep } from './keep.ts';
import { newSiteSecrets, sealOwn, SiteKeys, type Label, type SiteSecrets } from './site-keys.ts';

/** What acts on sites are made of. */
export interface ActParts {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly identity: Identity;
  readonly directory: Directory;
  readonly keep: Keep;
  readonly node: Key;
  readonly auth: AuthBasics;
}

const ROOT = 'root/';

/** What every grant made here has in common: all logs, from now on, for good. */
export const GRANT = { resource: '*', notBeforeMs: 0, expiresMs: 0, quota: 0 } as const;

/** Founds a site and answers its id. */
export async function found(parts: ActParts, label: Label): Promise<SiteId> {
  const { env, primitives, identity, keep, auth, directory } = parts;
  const root = await signKeyOf(primitives, env.random(32));
  const site = siteIdOf(primitives, root.publicKey);
  const secrets = newSiteSecrets(env);
  const keys = new SiteKeys(primitives, env, site, secrets);
  const attestation = await attest(primitives, env, root.seed, {
    ...GRANT,
    site,
    subject: identity.user.sign.publicKey,
    subjectKind: 'user',
    permissions: permissionsAll,
    delegations: delegationsMax,
  });
  // Only the root key can take the first grant back.
  await keep.write([{ name: ROOT + site, value: root.seed, secret: true }]);
  await auth.foundSite({
    root: root.publicKey,
    attestation,
    label: keys.sealLabel(label),
    envelope: sealToSelf(parts, site, secrets),
  });
  await directory.refreshSite(auth, site);
  return site;
}

/** The secrets of a site in an envelope for this user. */
export function sealToSelf(
  { primitives, env, identity }: Pick<ActParts, 'primitives' | 'env' | 'identity'>,
  site: SiteId,
  secrets: SiteSecrets,
): Uint8Array {
  const { generation, key } = identity.ring.newest;
  return sealOwn(primitives, env, { site, epoch: secrets.epoch, generation, secret: key.secret }, secrets);
}
