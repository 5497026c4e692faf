/** Members for the benchmark of keys: each with her own keys, attestations and statement, put into the store. */

import { must } from 'copse/internal/base/assert.ts';
import { utf8 } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { key, type SiteId, type UserId } from 'copse/internal/base/ids.ts';
import { attest, openAttestation } from 'copse/internal/capability/attestation.ts';
import { writeUserKey } from 'copse/internal/capability/user-key.ts';
import { signKeyOf, userKeysOf, type SignKey } from 'copse/internal/client/identity.ts';
import { deviceIdOf } from 'copse/internal/crypto/hash.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { SqliteAccounts } from '../../server/src/store/accounts-sqlite.ts';
import type { StoredGrant } from '../../server/src/store/accounts-sites.ts';

const primitives = nativePrimitives();
const env = realEnv();
const TOGETHER = 256;
const MANY = 1_000_000;
const EMPTY = new Uint8Array(0);

export interface Planting {
  readonly path: string;
  readonly site: SiteId;
  readonly founder: { readonly user: UserId; readonly sign: SignKey };
  readonly count: number;
}

/** So many people sign up, are invited by the founder, join, and state a key; the node does not run. */
export async function plantMembers({ path, site, founder, count }: Planting): Promise<void> {
  await using accounts = SqliteAccounts.open({ path });
  const held = must(await accounts.sites.membership(site, founder.user), 'the founder is a member');
  const [bytes] = await accounts.sites.path(held.attestation);
  const above = await storedOf(must(bytes, 'the first grant'), null);
  const one = async (n: number): Promise<void> => {
    const atMs = Date.now();
    const user = await userKeysOf(primitives, primitives.sha256(utf8(`member ${n}`)));
    const device = await signKeyOf(primitives, primitives.sha256(utf8(`device ${n}`)));
    const oneTime = await signKeyOf(primitives, primitives.sha256(utf8(`invitation ${n}`)));
    const common = { site, resource: '*', permissions: 3, notBeforeMs: 0, expiresMs: 0, quota: 0 } as const;
    const invited = await storedOf(
      await attest(primitives, env, founder.sign.seed, {
        ...common,
        subject: oneTime.publicKey,
        subjectKind: 'oneTime',
        delegations: 2,
      }),
      above,
    );
    const granted = await storedOf(
      await attest(primitives, env, oneTime.seed, {
        ...common,
        subject: user.sign.publicKey,
        subjectKind: 'user',
        delegations: 1,
      }),
      invited,
    );
    await accounts.people.signUp({
      user: user.id,
      key: user.sign.publicKey,
      profile: { name: `Member ${n}`, about: '', locale: '' },
      device: {
        device: deviceIdOf(primitives, device.publicKey),
        key: device.publicKey,
        user: user.id,
        name: 'device',
        atMs,
        blessedMs: atMs + 3_600_000,
      },
      by: { kind: 'open' },
      devicesMax: 10,
    });
    const envelope = new Uint8Array(128);
    const invite = { site, by: founder.user, granted: invited, envelope, expiresMs: atMs + 3_600_000, atMs };
    await accounts.sites.invite({ ...invite, openMax: MANY });
    const joining = { site, user: user.id, key: oneTime.publicKey, granted, envelope, atMs };
    await accounts.sites.join({ ...joining, membersMax: MANY, sitesMax: 10 });
    const terms = { user: user.sign.publicKey, generation: 1, publicKey: user.agree.publicKey, link: EMPTY };
    const statement = await writeUserKey(
      primitives,
      { seed: user.sign.seed },
      { ...terms, issuedMs: Math.floor(atMs) },
    );
    await accounts.keys.publishUserKey({ user: user.id, from: 0, statement, envelopes: [], atMs });
  };
  for (let n = 0; n < count; n += TOGETHER)
    await Promise.all(Array.from({ length: Math.min(TOGETHER, count - n) }, (_, i) => one(n + i)));
}

async function storedOf(bytes: Uint8Array, above: StoredGrant | null): Promise<StoredGrant> {
  const grant = must(await openAttestation(primitives, bytes), 'a grant that holds');
  return {
    grant: { ...grant, subject: key(grant.subject) },
    bytes,
    above: above === null ? null : above.grant.id,
  };
}
