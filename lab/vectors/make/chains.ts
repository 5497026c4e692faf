/** Chains of attestations and what they prove (SPEC A9), revocations that strike them, and uses of blessings (SPEC H5). */

import { must } from 'copse/internal/base/assert.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { siteId, type Key } from 'copse/internal/base/ids.ts';
import { clockSkewMs } from 'copse/internal/base/limits.ts';
import type { Grant } from 'copse/internal/capability/attestation.ts';
import { bless, type BlessingTerms } from 'copse/internal/capability/blessing.ts';
import { objectId } from 'copse/internal/capability/cose.ts';
import { identityOf, type Identity } from 'copse/internal/social/handshake-keys.ts';
import { device, node, oneTime, otherUser, siteRoot, user } from './cast.ts';
import { primitives, seedOf, wallMs } from './draw.ts';
import type { Vector, VectorFile } from './file.ts';
import { attestation, rootGrant, terms } from './objects.ts';

const HOUR_MS = 3_600_000;

/** The widest grant of the nth attestation of a path. */
function grant(n: number, to: Key, part: Partial<Grant> = {}): Grant {
  const base = { ...rootGrant, subject: to, delegations: 7 - n, expiresMs: n === 0 ? 0 : wallMs + HOUR_MS };
  return { ...base, ...part };
}

const root = await attestation(siteRoot, grant(0, user.publicKey));
const narrow = { permissions: 3, delegations: 1 };
const invited = await attestation(
  user,
  grant(1, oneTime.publicKey, { ...narrow, subjectKind: 'oneTime', quota: 5 }),
);
const joined = await attestation(
  oneTime,
  grant(2, otherUser.publicKey, { permissions: 3, delegations: 0, quota: 5 }),
);

/** A path of eight attestations, as deep as any may be, and one deeper. */
async function deepPath(depth: number): Promise<readonly Uint8Array[]> {
  const people: readonly Identity[] = [
    siteRoot,
    ...(await Promise.all(
      Array.from({ length: depth }, (_, n) => identityOf(primitives, seedOf(`person ${n}`))),
    )),
  ];
  const made = Array.from({ length: depth }, (_, n) => {
    const by = must(people[n], 'an issuer');
    const to = must(people[n + 1], 'a subject');
    return attestation(by, grant(n, to.publicKey, { delegations: Math.max(0, 7 - n) }));
  });
  return Promise.all(made);
}

type Path = readonly Uint8Array[];

export async function chains(): Promise<VectorFile> {
  const proves = (name: string, path: Path, part: Readonly<Record<string, string | number>>): Vector => ({
    name,
    root: hex(siteRoot.publicKey),
    atMs: wallMs,
    path: path.map(hex),
    ...part,
  });
  const rights = { resource: '*', quota: 0 };
  return {
    path: 'chains.json',
    about:
      'Proofs of rights: the attestations from the root key of a site downwards, and what the last one proves at `atMs`, or the place at which the path breaks and why. `revoked` lists ids of attestations that no longer count.',
    valid: [
      proves('the founder', [root], {
        ...rights,
        permissions: 31,
        delegations: 7,
        subject: hex(user.publicKey),
        subjectKind: 'user',
      }),
      proves('an invitation', [root, invited], {
        ...rights,
        ...narrow,
        quota: 5,
        subject: hex(oneTime.publicKey),
        subjectKind: 'oneTime',
      }),
      proves('a member by invitation', [root, invited, joined], {
        ...rights,
        permissions: 3,
        delegations: 0,
        quota: 5,
        subject: hex(otherUser.publicKey),
        subjectKind: 'user',
      }),
      proves('the deepest path', await deepPath(8), {
        ...rights,
        permissions: 31,
        delegations: 0,
        subject: hex((await identityOf(primitives, seedOf('person 7'))).publicKey),
        subjectKind: 'user',
      }),
    ],
    invalid: await broken(),
  };
}

function breaks(name: string, reason: string, at: number, path: Path, part: Partial<Vector> = {}): Vector {
  return { name, root: hex(siteRoot.publicKey), atMs: wallMs, path: path.map(hex), ...part, reason, at };
}

/** The founder's attestation and one below it. */
async function second(part: Partial<Grant>): Promise<Path> {
  return [root, await attestation(user, grant(1, otherUser.publicKey, part))];
}

async function broken(): Promise<readonly Vector[]> {
  const otherSite = { site: siteId('ff'.repeat(16)) };
  const flipped = root.slice();
  flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
  const late = wallMs + HOUR_MS + clockSkewMs;
  return [
    breaks('no attestation', 'empty', 0, []),
    breaks('one too many', 'tooDeep', 8, await deepPath(9)),
    breaks('bytes that are none', 'malformed', 0, [root.subarray(1)]),
    breaks('a signature that does not hold', 'badSignature', 0, [flipped]),
    breaks('the first is not by the root key', 'wrongIssuer', 0, [invited]),
    breaks('the second is not by the first subject', 'wrongIssuer', 1, [root, joined]),
    breaks('another site', 'otherSite', 1, await second(otherSite)),
    ...(await tooWide()),
    breaks(
      'a caveat',
      'unknownCaveat',
      1,
      await second({ caveats: [{ kind: 1, value: new Uint8Array(1) }] }),
    ),
    breaks('too early', 'early', 0, [root], { atMs: wallMs - clockSkewMs - 1 }),
    breaks('too late', 'expired', 1, [root, invited], { atMs: late }),
    breaks('revoked', 'revoked', 1, [root, invited, joined], { revoked: [objectId(primitives, invited)] }),
    breaks('revoked at the root', 'revoked', 0, [root, invited, joined], {
      revoked: [objectId(primitives, root)],
    }),
  ];
}

/** More than the issuer held, in each dimension. */
async function tooWide(): Promise<readonly Vector[]> {
  const pastOneTime = await attestation(
    oneTime,
    grant(2, otherUser.publicKey, { permissions: 3, delegations: 0, quota: 5, subjectKind: 'oneTime' }),
  );
  return [
    breaks('more permissions', 'tooWide', 2, [
      ...(await second({ permissions: 3 })),
      await attestation(otherUser, grant(2, device.publicKey, { permissions: 7 })),
    ]),
    breaks('as many re-delegations as its issuer', 'tooWide', 1, await second({ delegations: 7 })),
    breaks('no re-delegation left', 'tooWide', 2, [
      ...(await second({ delegations: 0 })),
      await attestation(otherUser, grant(2, device.publicKey, { delegations: 0 })),
    ]),
    breaks('begins before its issuer', 'tooWide', 1, await second({ notBeforeMs: wallMs - 1 })),
    breaks('ends after its issuer', 'tooWide', 2, [
      ...(await second({})),
      await attestation(otherUser, grant(2, device.publicKey, { expiresMs: 0 })),
    ]),
    breaks('a larger quota', 'tooWide', 2, [
      root,
      invited,
      await attestation(oneTime, grant(2, otherUser.publicKey, { permissions: 3, delegations: 0, quota: 6 })),
    ]),
    breaks('a one-time key hands on to a one-time key', 'tooWide', 2, [root, invited, pastOneTime]),
  ];
}

export async function blessings(): Promise<VectorFile> {
  const made = (part: Partial<BlessingTerms>): Promise<Uint8Array> =>
    bless(primitives, user.seed, { ...terms, ...part });
  const use = (name: string, bytes: Uint8Array, part: Partial<Vector> = {}): Vector => ({
    name,
    bytes: hex(bytes),
    device: hex(device.publicKey),
    node: hex(node.publicKey),
    atMs: wallMs,
    ...part,
  });
  const good = await made({});
  const flipped = good.slice();
  flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
  const end = terms.expiresMs + clockSkewMs;
  const other = hex(otherUser.publicKey);
  const stranger = (await identityOf(primitives, seedOf('stranger'))).publicKey;
  return {
    path: 'blessings.json',
    about: 'Whether a blessing lets a device act for its user at a node at `atMs`, or why not.',
    valid: [
      use('at its node', good, { user: hex(user.publicKey), scope: 31 }),
      use('for every node', await made({ audience: '*' }), {
        user: hex(user.publicKey),
        scope: 31,
        node: other,
      }),
      use('with a narrower scope', await made({ scope: 1 }), { user: hex(user.publicKey), scope: 1 }),
      use('the earliest moment', good, {
        user: hex(user.publicKey),
        scope: 31,
        atMs: terms.issuedMs - clockSkewMs,
      }),
      use('the last moment', good, { user: hex(user.publicKey), scope: 31, atMs: end - 1 }),
    ],
    invalid: [
      use('for another device', await made({ device: stranger }), { reason: 'otherDevice' }),
      use('for another node', good, { node: other, reason: 'otherAudience' }),
      use('too early', good, { atMs: terms.issuedMs - clockSkewMs - 1, reason: 'early' }),
      use('too late', good, { atMs: end, reason: 'expired' }),
      use('a signature that does not hold', flipped, { reason: 'badSignature' }),
      use('an attestation', root, { reason: 'badSignature' }),
      use('bytes that are none', good.subarray(1), { reason: 'malformed' }),
    ],
  };
}
