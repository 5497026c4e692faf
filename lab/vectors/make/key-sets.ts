/** Keys of devices, users and sites (SPEC section K): statements, sets, and what is sealed beside them. */

import { must } from 'copse/internal/base/assert.ts';
import { hex, NO_BYTES } from 'copse/internal/base/bytes.ts';
import { bless } from 'copse/internal/capability/blessing.ts';
import { deviceExchangeKey, openDeviceKey, writeDeviceKey } from 'copse/internal/capability/device-key.ts';
import {
  commitmentOf,
  hashOfPart,
  hashOfParts,
  openKeySet,
  sealSiteLink,
  successionOf,
  writeKeySet,
  type KeySetTerms,
} from 'copse/internal/capability/key-set.ts';
import {
  openUserKey,
  sealUserEnvelope,
  sealUserLink,
  writeUserKey,
} from 'copse/internal/capability/user-key.ts';
import { userKeysOf } from 'copse/internal/client/identity.ts';
import { sealEnvelope } from 'copse/internal/client/site-envelope.ts';
import { sealOwn } from 'copse/internal/client/site-keys.ts';
import { exchangeKeyOf } from 'copse/internal/crypto/agree.ts';
import { device, nameSecret, nextSiteKey, otherUser, site, siteKey, user, userId } from './cast.ts';
import { Draw, fixedEnv, primitives, seedOf, wallMs } from './draw.ts';
import type { Vector, VectorFile } from './file.ts';
import { terms } from './objects.ts';

const draw = new Draw('key sets');
/** The first key of the user of the vectors, and the second, which is random. */
const firstKey = (await userKeysOf(primitives, seedOf('user secret'))).agree;
const secondSecret = seedOf('user key 2');
const secondKey = await exchangeKeyOf(primitives, secondSecret);
const thirdSiteKey = seedOf('site key 3');

export async function keySets(): Promise<VectorFile> {
  const blessing = await bless(primitives, user.seed, terms);
  return {
    path: 'key-sets.json',
    about:
      'Keys of devices, users and sites. `nonce` is the random part of what is sealed under a key; `oneTimeSecret` the X25519 secret of what is sealed by HPKE. An invalid one answers the fault, or `null` where its signature or blessing does not hold.',
    valid: [
      await deviceKeyVector(blessing),
      ...(await userKeyVectors(blessing)),
      await userEnvelope(),
      await siteEnvelope(),
      own(),
      ...(await setVectors()),
    ],
    invalid: await refused(blessing),
  };
}

async function deviceKeyVector(blessing: Uint8Array): Promise<Vector> {
  const { publicKey, secret } = await deviceExchangeKey(primitives, device.seed);
  const bytes = await writeDeviceKey(primitives, device.seed, blessing);
  const value = { device: hex(device.publicKey), user: hex(user.publicKey), publicKey: hex(publicKey) };
  const given = { seed: hex(device.seed), blessing: hex(blessing), secret: hex(secret) };
  return { name: 'the exchange key of a device', form: 'deviceKey', ...given, value, bytes: hex(bytes) };
}

async function userKeyVectors(blessing: Uint8Array): Promise<readonly Vector[]> {
  const nonce = draw.bytes(12);
  const second = { user: user.publicKey, generation: 2, secret: secondSecret };
  const link = sealUserLink(primitives, fixedEnv(nonce), second, firstKey.secret);
  const common = { user: user.publicKey, issuedMs: wallMs };
  const one = { ...common, generation: 1, publicKey: firstKey.publicKey, link: NO_BYTES };
  const two = { ...common, generation: 2, publicKey: secondKey.publicKey, link };
  const byUser = await writeUserKey(primitives, { seed: user.seed }, one);
  const byDevice = await writeUserKey(primitives, { seed: device.seed, blessing }, two);
  const value = ({ generation, publicKey }: typeof one, signer: string | null): Vector['value'] => ({
    user: hex(user.publicKey),
    generation,
    publicKey: hex(publicKey),
    link: generation === 1 ? '' : hex(link),
    issuedMs: wallMs,
    device: signer,
  });
  const secrets = { secret: hex(secondSecret), before: hex(firstKey.secret), nonce: hex(nonce) };
  const form = 'userKey';
  return [
    {
      name: 'a first key, stated by its user',
      form,
      seed: hex(user.seed),
      value: value(one, null) ?? null,
      bytes: hex(byUser),
    },
    {
      name: 'a second key, stated by a device',
      form,
      seed: hex(device.seed),
      blessing: hex(blessing),
      ...secrets,
      value: value(two, hex(device.publicKey)) ?? null,
      bytes: hex(byDevice),
    },
  ];
}

async function userEnvelope(): Promise<Vector> {
  const { publicKey, secret } = await deviceExchangeKey(primitives, device.seed);
  const oneTimeSecret = draw.bytes(32);
  const of = { user: user.publicKey, generation: 2, secret: secondSecret };
  const bytes = must(await sealUserEnvelope(primitives, fixedEnv(oneTimeSecret), of, publicKey), 'a key');
  return {
    name: 'the second key of a user for her device',
    form: 'userEnvelope',
    recipientSecret: hex(secret),
    recipientKey: hex(publicKey),
    oneTimeSecret: hex(oneTimeSecret),
    value: { user: hex(user.publicKey), generation: 2, secret: hex(secondSecret) },
    bytes: hex(bytes),
  };
}

async function siteEnvelope(): Promise<Vector> {
  const oneTimeSecret = draw.bytes(32);
  const to = { site, publicKey: secondKey.publicKey, generation: 2 };
  const secrets = { epoch: 2, key: nextSiteKey, nameSecret };
  const bytes = await sealEnvelope(primitives, fixedEnv(oneTimeSecret), to, secrets);
  return {
    name: 'a site key for the second key of a user',
    form: 'siteEnvelope',
    recipientSecret: hex(secondKey.secret),
    recipientKey: hex(secondKey.publicKey),
    generation: 2,
    site,
    oneTimeSecret: hex(oneTimeSecret),
    value: { epoch: 2, key: hex(nextSiteKey), nameSecret: hex(nameSecret) },
    bytes: hex(bytes),
  };
}

function own(): Vector {
  const nonce = draw.bytes(12);
  const place = { site, epoch: 1, generation: 2, secret: secondSecret };
  const secrets = { epoch: 1, key: siteKey, nameSecret };
  const bytes = sealOwn(primitives, fixedEnv(nonce), place, secrets);
  return {
    name: 'a first site key that a user keeps for herself',
    form: 'own',
    site,
    generation: 2,
    secret: hex(secondSecret),
    nonce: hex(nonce),
    value: { epoch: 1, key: hex(siteKey), nameSecret: hex(nameSecret) },
    bytes: hex(bytes),
  };
}

const envelopes = [
  { user: userId, generation: 1, envelope: draw.bytes(120) },
  { user: '00'.repeat(8), generation: 1, envelope: NO_BYTES },
];
const parts = [hashOfPart(primitives, envelopes), hashOfPart(primitives, [])];

/** A set that links, and the one after it, which cuts. */
async function setVectors(): Promise<readonly Vector[]> {
  const nonce = draw.bytes(12);
  const second = { site, epoch: 2, key: nextSiteKey };
  const link = sealSiteLink(primitives, fixedEnv(nonce), second, siteKey);
  const linked = setTerms({ ...second, before: siteKey, link, previous: null });
  const bytes = await writeKeySet(primitives, device.seed, linked);
  const { id } = must(await openKeySet(primitives, bytes), 'a set');
  const third = { site, epoch: 3, key: thirdSiteKey };
  const cut = setTerms({ ...third, before: nextSiteKey, link: NO_BYTES, previous: id });
  const after = await writeKeySet(primitives, device.seed, cut);
  return [
    vector('a set whose key opens the one before', linked, {
      key: nextSiteKey,
      before: siteKey,
      nonce: hex(nonce),
      bytes,
    }),
    vector('the set after it, which cuts history', cut, {
      key: thirdSiteKey,
      before: nextSiteKey,
      nonce: '',
      bytes: after,
    }),
  ];
}

function setTerms(of: {
  readonly epoch: number;
  readonly key: Uint8Array;
  readonly before: Uint8Array;
  readonly link: Uint8Array;
  readonly previous: string | null;
}): KeySetTerms {
  const { epoch, key, before, link, previous } = of;
  const commitment = commitmentOf(primitives, { site, epoch, key });
  return {
    site,
    epoch,
    link,
    previous,
    commitment,
    issuedMs: wallMs,
    history: link.length > 0,
    policy: link.length > 0 ? 0 : 1,
    envelopes: hashOfParts(primitives, parts),
    succession: successionOf(primitives, { site, epoch: epoch - 1, key: before }, commitment),
  };
}

function vector(
  name: string,
  of: KeySetTerms,
  made: { readonly key: Uint8Array; readonly before: Uint8Array; nonce: string; bytes: Uint8Array },
): Vector {
  return {
    name,
    form: 'keySet',
    seed: hex(device.seed),
    key: hex(made.key),
    before: hex(made.before),
    nonce: made.nonce,
    envelopes: envelopes.map((each) => ({ ...each, envelope: hex(each.envelope) })),
    parts: parts.map(hex),
    value: {
      site,
      epoch: of.epoch,
      history: of.history,
      policy: of.policy,
      previous: of.previous,
      envelopes: hex(of.envelopes),
      commitment: hex(of.commitment),
      link: hex(of.link),
      issuedMs: of.issuedMs,
      succession: hex(of.succession),
    },
    bytes: hex(made.bytes),
  };
}

async function refused(blessing: Uint8Array): Promise<readonly Vector[]> {
  const stolen = await writeDeviceKey(primitives, otherUser.seed, blessing);
  const common = { user: user.publicKey, publicKey: firstKey.publicKey, issuedMs: wallMs, link: NO_BYTES };
  const byOther = await writeUserKey(primitives, { seed: otherUser.seed }, { ...common, generation: 1 });
  const linkless = await writeUserKey(primitives, { seed: user.seed }, { ...common, generation: 2 });
  const late = { ...common, generation: 1, issuedMs: terms.expiresMs + 600_000 };
  const expired = await writeUserKey(primitives, { seed: device.seed, blessing }, late);
  const place = { epoch: 2, key: nextSiteKey, before: siteKey, previous: null };
  const good = setTerms({ ...place, link: new Uint8Array(60) });
  const set = (part: Partial<KeySetTerms>): Promise<Uint8Array> =>
    writeKeySet(primitives, device.seed, { ...good, ...part });
  const spoilt = (await set({})).slice();
  spoilt[spoilt.length - 1] = must(spoilt.at(-1), 'a byte') ^ 1;
  const rows: readonly (readonly [string, string, Uint8Array, string | null])[] = [
    ['an exchange key with the blessing of another device', 'deviceKey', stolen, null],
    ['a user key by somebody else', 'userKey', byOther, null],
    ['a user key by a device whose blessing had ended', 'userKey', expired, null],
    ['a second user key without a link', 'userKey', linkless, 'malformed'],
    ['a set with a link that says that it has none', 'keySet', await set({ history: false }), 'malformed'],
    ['a set without a link that says that it has one', 'keySet', await set({ link: NO_BYTES }), 'malformed'],
    ['a set of the first epoch', 'keySet', await set({ epoch: 1 }), 'malformed'],
    ['a set with another signature', 'keySet', spoilt, null],
  ];
  const open = { deviceKey: openDeviceKey, userKey: openUserKey, keySet: openKeySet } as const;
  for (const [name, form, bytes, fault] of rows) {
    const opened = await open[form as keyof typeof open](primitives, bytes).catch(() => 'malformed');
    if (opened !== fault) throw new Error(`${name} is not refused as stated`);
  }
  return rows.map(([name, form, bytes, fault]) => ({ name, form, bytes: hex(bytes), fault }));
}
