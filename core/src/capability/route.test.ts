/** Proofs through groups, and the attacks on rights: each is refused, and said to be what it is. */

import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { folderPattern, key, logId, type Key, type SiteId } from '../base/ids.ts';
import { realEnv } from '../base/env.ts';
import { siteIdOf } from '../crypto/hash.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { attest, type Grant } from './attestation.ts';
import { caveatOf } from './caveat.ts';
import { verifyChain, type ChainRefusal } from './chain.ts';
import { objectId } from './cose.ts';

const primitives = nativePrimitives();
const env = realEnv();
const NOW = 1_800_000_000_000;
const LOG = logId('5a'.repeat(16));
const FOLDER = folderPattern(`${'5a'.repeat(8)}*`);

type Name = 'root' | 'ada' | 'bea' | 'cleo' | 'dora' | 'friends' | 'family' | 'other';
const NAMES: readonly Name[] = ['root', 'ada', 'bea', 'cleo', 'dora', 'friends', 'family', 'other'];

const seedOf = (name: Name): Uint8Array => new Uint8Array(32).fill(NAMES.indexOf(name) + 1);
const keyOf = async (name: Name): Promise<Key> => key(await primitives.ed25519PublicKey(seedOf(name)));
const spaceOf = async (name: Name): Promise<SiteId> => siteIdOf(primitives, await keyOf(name));

async function link(
  by: Name,
  to: Name,
  part: Partial<Grant> & { readonly in?: Name } = {},
): Promise<Uint8Array> {
  const { in: space = 'root', ...grant } = part;
  return attest(primitives, env, seedOf(by), {
    subject: await keyOf(to),
    subjectKind: to === 'friends' || to === 'family' ? 'group' : 'user',
    site: await spaceOf(space),
    resource: '*',
    permissions: 31,
    delegations: 5,
    notBeforeMs: 0,
    expiresMs: 0,
    quota: 0,
    ...grant,
  });
}

async function verify(path: readonly Uint8Array[], revoked: (id: string) => boolean = () => false) {
  return verifyChain(primitives, { path, root: await keyOf('root'), atMs: NOW, revoked });
}

async function refused(path: readonly Uint8Array[], reason: ChainRefusal, at: number): Promise<void> {
  deepEqual(await verify(path), { kind: 'refused', reason, at });
}

/** root → Ada → friends, with Bea in it. */
async function throughFriends(part: Partial<Grant> = {}, inside: Partial<Grant> = {}): Promise<Uint8Array[]> {
  return [
    await link('root', 'ada'),
    await link('ada', 'friends', { delegations: 3, permissions: 3, ...part }),
    await link('friends', 'bea', { in: 'friends', delegations: 2, permissions: 1, ...inside }),
  ];
}

test('[R1] a holder hands on a part of what she holds: folder, log, dates, quota, caveats', async () => {
  const caveats = [caveatOf({ kind: 'origin', origin: 'https://app.example' })];
  const answer = await verify([
    await link('root', 'ada', { quota: 9 }),
    await link('ada', 'bea', { resource: FOLDER, delegations: 3, quota: 5, caveats }),
    await link('bea', 'cleo', {
      resource: LOG,
      delegations: 0,
      quota: 5,
      expiresMs: NOW + 5,
      permissions: 3,
    }),
  ]);
  equal(answer.kind, 'ok');
  if (answer.kind !== 'ok') return;
  const { permissions, resource, expiresMs, quota } = answer.rights;
  deepEqual([permissions, resource, expiresMs, quota], [3, LOG, NOW + 5, 5]);
  deepEqual(answer.caveats, caveats, 'those above count below');
});

test('[R3] who is in a group holds what it holds, while all of it holds', async () => {
  const answer = await verify(await throughFriends({ expiresMs: NOW + 9 }, { expiresMs: NOW + 5 }));
  equal(answer.kind, 'ok');
  if (answer.kind !== 'ok') return;
  deepEqual([answer.rights.permissions, answer.rights.expiresMs], [3, NOW + 5]);
  deepEqual(answer.subject, await keyOf('bea'));
  const path = await throughFriends();
  for (const at of path.keys()) {
    const struck = objectId(primitives, path[at] ?? new Uint8Array(0));
    const revoked = await verify(path, (id) => id === struck);
    deepEqual(revoked, { kind: 'refused', reason: 'revoked', at });
  }
});

test('[R3] who is in a group hands on in the site what the group holds, and in the group by its leave', async () => {
  const path = await throughFriends();
  const on = await link('bea', 'cleo', { permissions: 1, delegations: 2 });
  const answer = await verify([...path, on]);
  equal(answer.kind === 'ok' && answer.rights.permissions, 1);
  await refused([...path, await link('bea', 'cleo', { permissions: 5, delegations: 2 })], 'tooWide', 3);
  await refused([...path, await link('bea', 'cleo', { permissions: 1, delegations: 3 })], 'tooWide', 3);
  const adding = await link('bea', 'cleo', { in: 'friends', permissions: 1, delegations: 1 });
  await refused([...path, adding], 'tooWide', 3);
  const trusted = await throughFriends({}, { permissions: 9 });
  equal((await verify([...trusted, adding])).kind, 'ok');
  const inside = await link('cleo', 'dora', { permissions: 3, delegations: 0 });
  equal((await verify([...trusted, adding, inside])).kind, 'ok');
});

test('[R3] a group in a group is passed through, one that is in itself is refused', async () => {
  const path = await throughFriends({}, {});
  const nested = [...path.slice(0, 2), await link('friends', 'family', { in: 'friends', permissions: 1 })];
  const inFamily = await link('family', 'cleo', { in: 'family', permissions: 1 });
  equal((await verify([...nested, inFamily])).kind, 'ok');
  const loop = await link('family', 'friends', { in: 'family', permissions: 1 });
  await refused([...nested, loop], 'cycle', 3);
  await refused([...path.slice(0, 2), await link('friends', 'friends', { in: 'friends' })], 'cycle', 2);
  await refused([await link('root', 'ada'), await link('ada', 'ada', { delegations: 1 })], 'cycle', 1);
});

test('[R3] a membership without reading gives nothing, and a group does not speak for itself', async () => {
  await refused(await throughFriends({}, { permissions: 8 }), 'tooWide', 2);
  const path = await throughFriends();
  await refused(
    [...path.slice(0, 2), await link('friends', 'bea', { permissions: 1, delegations: 1 })],
    'otherSite',
    2,
  );
  await refused(
    [...path.slice(0, 2), await link('bea', 'cleo', { permissions: 1, delegations: 1 })],
    'wrongIssuer',
    2,
  );
});

test('[R1] attacks: a widened permission, resource, date, quota or depth is refused', async () => {
  const held = { permissions: 3, resource: FOLDER, delegations: 1, expiresMs: NOW + 9, quota: 2 };
  const path = [await link('root', 'ada', held)];
  const given = { ...held, delegations: 0 };
  const wider: readonly Partial<Grant>[] = [
    { permissions: 7 },
    { resource: '*' },
    { resource: folderPattern(`${'5b'.repeat(8)}*`) },
    { resource: logId('5b'.repeat(16)) },
    { expiresMs: NOW + 10 },
    { expiresMs: 0 },
    { quota: 3 },
    { quota: 0 },
    { delegations: 1 },
  ];
  equal((await verify([...path, await link('ada', 'bea', given)])).kind, 'ok');
  equal((await verify([...path, await link('ada', 'bea', { ...given, resource: LOG })])).kind, 'ok');
  for (const part of wider) {
    await refused([...path, await link('ada', 'bea', { ...given, ...part })], 'tooWide', 1);
  }
});

test('[R1] attacks: a proof spliced from two paths, of another namespace, or with its middle revoked', async () => {
  const wide = [await link('root', 'ada'), await link('ada', 'bea', { delegations: 3 })];
  const narrow = [
    await link('root', 'cleo', { permissions: 1 }),
    await link('cleo', 'bea', { permissions: 1, delegations: 1 }),
  ];
  const [first] = wide;
  const [, second] = narrow;
  await refused(
    [first, second].filter((each) => each !== undefined),
    'wrongIssuer',
    1,
  );
  const byBea = await link('bea', 'dora', { permissions: 3, delegations: 0 });
  equal((await verify([...wide, byBea])).kind, 'ok');
  await refused([...narrow, byBea], 'tooWide', 2);
  await refused(
    [await link('root', 'ada'), await link('ada', 'bea', { in: 'other', delegations: 1 })],
    'otherSite',
    1,
  );
  await refused([await link('other', 'ada', { in: 'other' })], 'wrongIssuer', 0);
  const middle = objectId(primitives, wide[1] ?? new Uint8Array(0));
  deepEqual(await verify([...wide, byBea], (id) => id === middle), {
    kind: 'refused',
    reason: 'revoked',
    at: 1,
  });
});

test('[R6] attacks: a caveat that nobody knows is not ignored, wherever it is', async () => {
  const caveats = [{ kind: 77, value: Uint8Array.of(1) }];
  await refused([await link('root', 'ada', { caveats })], 'unknownCaveat', 0);
  await refused([...(await throughFriends({}, { caveats }))], 'unknownCaveat', 2);
});
