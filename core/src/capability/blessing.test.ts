/** Blessings: for this device, at this node, now, by this user, or refused with its own reason. */

import { deepEqual, equal, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError, must } from '../base/assert.ts';
import { key, type Key } from '../base/ids.ts';
import { blessingMsMax, clockSkewMs } from '../base/limits.ts';
import { domain } from '../crypto/domain.ts';
import { nativePrimitives } from '../native/primitives.ts';
import type { Cbor } from '../wire/cbor.ts';
import {
  bless,
  checkBlessing,
  openBlessing,
  type BlessingAnswer,
  type BlessingRefusal,
  type BlessingTerms,
  type BlessingUse,
} from './blessing.ts';
import { signObject } from './cose.ts';

const primitives = nativePrimitives();
const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;
const seed = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const keyOf = async (n: number): Promise<Key> => key(await primitives.ed25519PublicKey(seed(n)));
const [USER, DEVICE, NODE, OTHER] = [1, 2, 3, 4] as const;

const TERMS: BlessingTerms = {
  device: await keyOf(DEVICE),
  audience: await keyOf(NODE),
  scope: 3,
  issuedMs: NOW,
  expiresMs: NOW + HOUR,
  serial: 9,
};

async function check(bytes: Uint8Array, part: Partial<BlessingUse> = {}): Promise<BlessingAnswer> {
  return checkBlessing(primitives, bytes, {
    device: await keyOf(DEVICE),
    node: await keyOf(NODE),
    wallMs: NOW,
    ...part,
  });
}

async function refused(answer: Promise<BlessingAnswer>, reason: BlessingRefusal): Promise<void> {
  deepEqual(await answer, { kind: 'refused', reason });
}

/** A blessing signed as it stands, also when `bless` would not. */
function signedAnyhow(
  part: Partial<BlessingTerms>,
  more: readonly (readonly [number, Cbor])[] = [],
): Promise<Uint8Array> {
  const terms = { ...TERMS, ...part };
  const audience = terms.audience === '*' ? new Uint8Array(0) : terms.audience;
  return signObject(primitives, domain('capability/blessing'), seed(USER), [
    [3, terms.device],
    [4, audience],
    [5, terms.scope],
    [6, terms.issuedMs],
    [7, terms.expiresMs],
    [8, terms.serial],
    ...more,
  ]);
}

test('[H5] a blessing names user, device, audience, scope, times and serial', async () => {
  const bytes = await bless(primitives, seed(USER), TERMS);
  const { id, user, ...terms } = must(await openBlessing(primitives, bytes), 'opens');
  deepEqual(user, await keyOf(USER));
  deepEqual(terms, TERMS);
  equal(id.length, 64);
  const answer = await check(bytes);
  equal(answer.kind, 'ok');
  deepEqual(bytes, await signedAnyhow({}));
});

test('[H5] a blessing for every node holds at any, one for a node only there', async () => {
  const everywhere = await bless(primitives, seed(USER), { ...TERMS, audience: '*' });
  equal((await check(everywhere)).kind, 'ok');
  equal((await check(everywhere, { node: await keyOf(OTHER) })).kind, 'ok');
  await refused(
    check(await bless(primitives, seed(USER), TERMS), { node: await keyOf(OTHER) }),
    'otherAudience',
  );
});

test('[H5] a blessing of another device is refused', async () => {
  await refused(
    check(await bless(primitives, seed(USER), TERMS), { device: await keyOf(OTHER) }),
    'otherDevice',
  );
});

test('[H5] a blessing holds from its issue to its end, give or take the skew of clocks', async () => {
  const bytes = await bless(primitives, seed(USER), TERMS);
  await refused(check(bytes, { wallMs: NOW - clockSkewMs - 1 }), 'early');
  equal((await check(bytes, { wallMs: NOW - clockSkewMs })).kind, 'ok');
  equal((await check(bytes, { wallMs: NOW + HOUR + clockSkewMs - 1 })).kind, 'ok');
  await refused(check(bytes, { wallMs: NOW + HOUR + clockSkewMs }), 'expired');
});

test('[H5] a blessing of more than a day, of no time or of negative time is neither made nor accepted', async () => {
  for (const lifeMs of [blessingMsMax + 1, 0, -1]) {
    const part = { expiresMs: NOW + lifeMs };
    await rejects(async () => bless(primitives, seed(USER), { ...TERMS, ...part }), AssertionError);
    await refused(check(await signedAnyhow(part)), 'badTimes');
  }
  equal((await check(await signedAnyhow({ expiresMs: NOW + blessingMsMax }))).kind, 'ok');
});

test('[H5] an object that is no blessing is refused: another domain, fields missing, foreign or out of bounds', async () => {
  await refused(check(new Uint8Array(0)), 'malformed');
  await refused(check(await signedAnyhow({}, [[9, 0]])), 'malformed');
  await refused(check(await signedAnyhow({ scope: 32 })), 'malformed');
  await refused(check(await signedAnyhow({ audience: key(new Uint8Array(31)) })), 'malformed');
  await refused(check(await signedAnyhow({ device: key(new Uint8Array(33)) })), 'malformed');
  await refused(check(await signedAnyhow({}, [[8, -1]])), 'malformed');
  const foreign = await signObject(primitives, domain('capability/attestation'), seed(USER), [[3, 0]]);
  await refused(check(foreign), 'badSignature');
});

test('[H5] a blessing with any byte changed is refused', async () => {
  const bytes = await bless(primitives, seed(USER), TERMS);
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice();
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
    const answer = await check(changed);
    equal(
      answer.kind === 'refused' && ['malformed', 'badSignature'].includes(answer.reason),
      true,
      `byte ${at}`,
    );
  }
});
