/** The golden vectors of what is signed, sealed and agreed (SPEC W7): every stated key and byte follows again. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { deviceId, key, logId, siteId, userId } from 'copse/internal/base/ids.ts';
import { openAttestation } from 'copse/internal/capability/attestation.ts';
import { checkBlessing, openBlessing } from 'copse/internal/capability/blessing.ts';
import { verifyChain } from 'copse/internal/capability/chain.ts';
import { objectId } from 'copse/internal/capability/cose.ts';
import {
  admitting,
  connecting,
  isProven,
  looking,
  prove,
  refreshing,
  type Statement,
} from 'copse/internal/capability/possession.ts';
import { openRevocation } from 'copse/internal/capability/revocation.ts';
import { userKeysOf } from 'copse/internal/client/identity.ts';
import { inviteKeys } from 'copse/internal/client/invite.ts';
import { linkText } from 'copse/internal/client/links.ts';
import { parseLink } from 'copse/internal/client/link-parts.ts';
import { openEnvelope, sealEnvelope } from 'copse/internal/client/site-envelope.ts';
import { SiteKeys } from 'copse/internal/client/site-keys.ts';
import { entryKey } from 'copse/internal/crypto/aead.ts';
import { deviceIdOf, keyedMac, siteIdOf, userIdOf } from 'copse/internal/crypto/hash.ts';
import { check, fromTokenText, mint, shardKey, type TokenClaims } from 'copse/internal/crypto/token.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { Channel } from 'copse/internal/social/channel.ts';
import { decodeCbor, encodeCbor } from 'copse/internal/wire/cbor.ts';
import { EntryCursor } from 'copse/internal/wire/entry.ts';
import { explainPhrase, phraseOf } from 'copse/phrase';
import { cborOf, jsonOf } from './cbor-json.ts';
import { fixedEnv } from './make/draw.ts';
import { faultOfLater, read, unhex } from './read.ts';

const primitives = nativePrimitives();
const OPENERS = { attestation: openAttestation, blessing: openBlessing, revocation: openRevocation } as const;

interface ObjectVector {
  readonly kind: keyof typeof OPENERS;
  readonly bytes: string;
}

test('[W7, C9] signed objects say what is stated under the stated id, and others are refused', async () => {
  const { valid, invalid } = read<
    ObjectVector & {
      readonly seed: string;
      readonly signer: string;
      readonly payload: unknown;
      readonly id: string;
    },
    ObjectVector & { readonly fault: string }
  >('objects.json');
  for (const { name, kind, bytes, seed, signer, payload, id } of valid) {
    const object = unhex(bytes);
    const opened = await OPENERS[kind](primitives, object);
    assert.equal(opened?.id, id, name);
    assert.equal(objectId(primitives, object), id, name);
    assert.equal(hex(await primitives.ed25519PublicKey(unhex(seed))), signer, name);
    assert.deepEqual(jsonOf(payloadOf(object)), payload, name);
    assert.equal(hex(encodeCbor(cborOf(payload))), hex(payloadBytes(object)), name);
  }
  for (const { name, kind, bytes, fault } of invalid) {
    assert.equal(await faultOfLater(() => OPENERS[kind](primitives, unhex(bytes))), fault, name);
  }
});

function payloadBytes(object: Uint8Array): Uint8Array {
  const parts = decodeCbor(object.subarray(1), { bytesMax: 4096, depthMax: 2 });
  assert.ok(Array.isArray(parts) && parts[2] instanceof Uint8Array, 'an object has a payload');
  return parts[2];
}

function payloadOf(object: Uint8Array) {
  return decodeCbor(payloadBytes(object), { bytesMax: 4096, depthMax: 4 });
}

interface ChainVector {
  readonly root: string;
  readonly atMs: number;
  readonly path: readonly string[];
  readonly revoked?: readonly string[];
}

interface Proven {
  readonly permissions: number;
  readonly resource: string;
  readonly delegations: number;
  readonly quota: number;
  readonly subject: string;
  readonly subjectKind: string;
}

test('[W7, A9] chains prove what is stated, and broken ones break where and why it is stated', async () => {
  const { valid, invalid } = read<
    ChainVector & Proven,
    ChainVector & { readonly reason: string; readonly at: number }
  >('chains.json');
  const verify = ({ root, atMs, path, revoked = [] }: ChainVector) =>
    verifyChain(primitives, {
      path: path.map(unhex),
      root: key(unhex(root)),
      atMs,
      revoked: (id) => revoked.includes(id),
    });
  for (const vector of valid) {
    const answer = await verify(vector);
    assert.ok(answer.kind === 'ok', vector.name);
    const { permissions, resource, delegations, quota } = answer.rights;
    const found = { permissions, resource, delegations, quota, subject: hex(answer.subject) };
    const { subjectKind } = answer;
    const stated = { ...vector, ...found, subjectKind };
    assert.deepEqual(stated, vector, vector.name);
  }
  for (const vector of invalid) {
    const { reason, at, name } = vector;
    assert.deepEqual(await verify(vector), { kind: 'refused', reason, at }, name);
  }
});

interface BlessingUse {
  readonly bytes: string;
  readonly device: string;
  readonly node: string;
  readonly atMs: number;
}

test('[W7, H5] blessings count where and when it is stated', async () => {
  const { valid, invalid } = read<
    BlessingUse & { readonly user: string; readonly scope: number },
    BlessingUse & { readonly reason: string }
  >('blessings.json');
  const use = ({ bytes, device, node, atMs }: BlessingUse) =>
    checkBlessing(primitives, unhex(bytes), {
      device: key(unhex(device)),
      node: key(unhex(node)),
      wallMs: atMs,
    });
  for (const vector of valid) {
    const answer = await use(vector);
    assert.ok(answer.kind === 'ok', vector.name);
    assert.equal(hex(answer.blessing.user), vector.user, vector.name);
    assert.equal(answer.blessing.scope, vector.scope, vector.name);
  }
  for (const vector of invalid) {
    assert.deepEqual(await use(vector), { kind: 'refused', reason: vector.reason }, vector.name);
  }
});

interface TokenVector {
  readonly key: string;
  readonly bytes: string;
}

interface ClaimsJson extends Omit<TokenClaims, 'user' | 'device'> {
  readonly user: string;
  readonly device: string;
}

test('[W7, C6] tokens have their bytes and their keys, and others are refused', () => {
  const { valid, invalid } = read<
    TokenVector & {
      readonly rootKey: string;
      readonly shardId: string;
      readonly claims: ClaimsJson;
      readonly text: string;
    },
    TokenVector & { readonly keyNumber: number; readonly atMs: number; readonly refusal: string }
  >('tokens.json');
  for (const { name, rootKey, shardId, key: stated, claims, bytes, text } of valid) {
    const made = shardKey(primitives, unhex(rootKey), shardId, claims.keyNumber);
    assert.equal(hex(made), stated, name);
    const by = { number: claims.keyNumber, mac: keyedMac(primitives, made) };
    const typed = { ...claims, user: userId(claims.user), device: deviceId(claims.device) };
    assert.equal(hex(mint(by, typed)), bytes, name);
    assert.deepEqual(fromTokenText(text), unhex(bytes), name);
    const checked = check(unhex(bytes), by, claims.expiresAtMs - 1);
    assert.ok(checked.kind === 'ok', name);
    const { token } = checked;
    const found = Object.keys(claims).map((field) => [field, Reflect.get(token, field)]);
    assert.deepEqual(Object.fromEntries(found), claims, name);
  }
  for (const { name, key: stated, keyNumber, atMs, bytes, refusal } of invalid) {
    const by = { number: keyNumber, mac: keyedMac(primitives, unhex(stated)) };
    assert.equal(check(unhex(bytes), by, atMs).kind, refusal, name);
  }
});

const ID_OF = { user: userIdOf, device: deviceIdOf, site: siteIdOf } as const;

type IdentityVector =
  | {
      readonly kind: 'secret';
      readonly secret: string;
      readonly phrase: string;
      readonly signSeed: string;
      readonly signKey: string;
      readonly agreeSecret: string;
      readonly agreeKey: string;
      readonly id: string;
    }
  | { readonly kind: keyof typeof ID_OF; readonly key: string; readonly id: string };

test('[W7, C7, A3] secrets make the stated phrases, keys and ids', async () => {
  const { valid, invalid } = read<IdentityVector, { readonly phrase: string; readonly refusal: string }>(
    'identities.json',
  );
  for (const vector of valid) {
    if (vector.kind !== 'secret') {
      assert.equal(ID_OF[vector.kind](primitives, unhex(vector.key)), vector.id, vector.name);
      continue;
    }
    const secret = unhex(vector.secret);
    assert.equal(phraseOf(secret), vector.phrase);
    assert.deepEqual(explainPhrase(vector.phrase), { kind: 'ok', secret });
    const { sign, agree, id } = await userKeysOf(primitives, secret);
    const found = [sign.seed, sign.publicKey, agree.secret, agree.publicKey].map(hex);
    const stated = [vector.signSeed, vector.signKey, vector.agreeSecret, vector.agreeKey];
    assert.deepEqual([...found, id], [...stated, vector.id], vector.name);
  }
  for (const { name, phrase, refusal } of invalid) assert.equal(explainPhrase(phrase).kind, refusal, name);
});

interface EnvelopeVector {
  readonly recipientSecret: string;
  readonly recipientKey: string;
  readonly site: string;
  readonly bytes: string;
}

test('[W7, A12, C4] envelopes open to the stated secrets and for nobody else', async () => {
  const { valid, invalid } = read<
    EnvelopeVector & {
      readonly oneTimeSecret: string;
      readonly value: { readonly epoch: number; readonly key: string; readonly nameSecret: string };
    },
    EnvelopeVector & { readonly epoch: number }
  >('envelopes.json');
  const own = (vector: EnvelopeVector, epoch: number) => ({
    site: siteId(vector.site),
    epoch,
    secret: unhex(vector.recipientSecret),
    publicKey: unhex(vector.recipientKey),
  });
  for (const vector of valid) {
    const { epoch, key: siteKey, nameSecret } = vector.value;
    const secrets = { epoch, key: unhex(siteKey), nameSecret: unhex(nameSecret) };
    const as = own(vector, epoch);
    assert.deepEqual(await openEnvelope(primitives, as, unhex(vector.bytes)), secrets, vector.name);
    const made = await sealEnvelope(primitives, fixedEnv(unhex(vector.oneTimeSecret)), as, secrets);
    assert.equal(hex(made), vector.bytes, vector.name);
  }
  for (const vector of invalid) {
    assert.equal(
      await openEnvelope(primitives, own(vector, vector.epoch), unhex(vector.bytes)),
      null,
      vector.name,
    );
  }
});

type LabelVector =
  | { readonly kind: 'logId'; readonly nameSecret: string; readonly text: string; readonly id: string }
  | {
      readonly kind: 'label';
      readonly site: string;
      readonly siteKey: string;
      readonly nonce: string;
      readonly value: { readonly title: string; readonly logs: readonly string[] };
      readonly bytes: string;
    };

test('[W7, S6] labels open to the stated titles, and logs have the stated ids', () => {
  const { valid, invalid } = read<
    LabelVector,
    { readonly site: string; readonly siteKey: string; readonly bytes: string }
  >('labels.json');
  const zeros = new Uint8Array(32);
  for (const vector of valid) {
    if (vector.kind === 'logId') {
      const secrets = { epoch: 1, key: zeros, nameSecret: unhex(vector.nameSecret) };
      const keys = new SiteKeys(primitives, fixedEnv(), siteId('00'.repeat(16)), secrets);
      assert.equal(keys.logId(vector.text), vector.id, vector.name);
      continue;
    }
    const secrets = { epoch: 1, key: unhex(vector.siteKey), nameSecret: zeros };
    const keys = new SiteKeys(primitives, fixedEnv(unhex(vector.nonce)), siteId(vector.site), secrets);
    assert.deepEqual(keys.openLabel(unhex(vector.bytes)), vector.value, vector.name);
    assert.equal(hex(keys.sealLabel(vector.value)), vector.bytes, vector.name);
  }
  for (const { name, site, siteKey, bytes } of invalid) {
    const secrets = { epoch: 1, key: unhex(siteKey), nameSecret: zeros };
    const keys = new SiteKeys(primitives, fixedEnv(), siteId(site), secrets);
    assert.equal(keys.openLabel(unhex(bytes)), null, name);
  }
});

interface NoteVector {
  readonly site: string;
  readonly siteKey: string;
  readonly log: string;
  readonly device: string;
  readonly bytes: string;
}

test('[W7, T9, S6] notes open to the stated bytes where and by whom they were said', () => {
  const { valid, invalid } = read<
    NoteVector & { readonly nonce: string; readonly plaintext: string },
    NoteVector
  >('notes.json');
  const keysOf = (vector: NoteVector, ...nonce: readonly Uint8Array[]) => {
    const secrets = { epoch: 1, key: unhex(vector.siteKey), nameSecret: new Uint8Array(32) };
    return new SiteKeys(primitives, fixedEnv(...nonce), siteId(vector.site), secrets);
  };
  for (const vector of valid) {
    const keys = keysOf(vector, unhex(vector.nonce));
    const [log, device] = [logId(vector.log), deviceId(vector.device)];
    assert.equal(hex(keys.sealNote(log, device, unhex(vector.plaintext))), vector.bytes, vector.name);
    assert.deepEqual(keys.openNote(log, device, unhex(vector.bytes)), unhex(vector.plaintext), vector.name);
  }
  for (const vector of invalid) {
    const opened = keysOf(vector).openNote(logId(vector.log), deviceId(vector.device), unhex(vector.bytes));
    assert.equal(opened, null, vector.name);
  }
});

interface LinkVector {
  readonly text: string;
  readonly kind: 'join' | 'setup';
  readonly origin: string;
  readonly node: string;
  readonly seed: string;
  readonly signKey: string;
  readonly agreeSecret: string;
  readonly agreeKey: string;
}

test('[W7] links say the stated keys, and other texts are none', async () => {
  const { valid, invalid } = read<LinkVector, { readonly text: string }>('links.json');
  for (const { name, text, kind, origin, node, seed, signKey, agreeSecret, agreeKey } of valid) {
    const link = { kind, origin, node: key(unhex(node)), seed: unhex(seed) };
    assert.deepEqual(parseLink(text), link, name);
    assert.equal(linkText(link), text, name);
    const { sign, agree } = await inviteKeys(primitives, link.seed);
    const found = [sign.publicKey, agree.secret, agree.publicKey].map(hex);
    assert.deepEqual(found, [signKey, agreeSecret, agreeKey], name);
  }
  for (const { name, text } of invalid) assert.equal(parseLink(text), null, name);
});

interface SealedJson {
  readonly siteKey: string;
  readonly site: string;
  readonly log: string;
  readonly entryKey: string;
  readonly nonce: string;
  readonly plaintext: string;
}

test('[W7, S6, C5] sealed entries open to the stated values in their place and nowhere else', () => {
  const { valid, invalid } = read<
    { readonly bytes: string; readonly sealed?: SealedJson },
    {
      readonly bytes: string;
      readonly keyEpoch: number;
      readonly siteKey: string;
      readonly site: string;
      readonly log: string;
      readonly opens?: string;
    }
  >('entries.json');
  const keysOf = (site: string, epoch: number, siteKey: string, nonce: readonly Uint8Array[]) => {
    const secrets = { epoch, key: unhex(siteKey), nameSecret: new Uint8Array(32) };
    return new SiteKeys(primitives, fixedEnv(...nonce), siteId(site), secrets);
  };
  for (const { name, bytes, sealed } of valid) {
    if (sealed === undefined) continue;
    const cursor = new EntryCursor(unhex(bytes));
    assert.ok(cursor.next());
    const keys = keysOf(sealed.site, cursor.keyEpoch, sealed.siteKey, [unhex(sealed.nonce)]);
    assert.deepEqual(keys.openEntry(logId(sealed.log), cursor), unhex(sealed.plaintext), name);
    const made = entryKey(primitives, unhex(sealed.siteKey), siteId(sealed.site), cursor.device());
    assert.equal(hex(made), sealed.entryKey, name);
    const writer = { device: cursor.device(), epoch: cursor.epoch, seq: cursor.seq, timeMs: cursor.timeMs };
    assert.equal(hex(keys.sealEntry(logId(sealed.log), writer, unhex(sealed.plaintext))), bytes, name);
  }
  for (const { name, bytes, keyEpoch, siteKey, site, log, opens } of invalid) {
    if (opens === undefined) continue;
    const cursor = new EntryCursor(unhex(bytes));
    assert.ok(cursor.next());
    assert.equal(keysOf(site, keyEpoch, siteKey, []).openEntry(logId(log), cursor), opens, name);
  }
});

interface ProofVector {
  readonly kind: 'connect' | 'refresh' | 'look' | 'admit';
  readonly key: string;
  readonly domain: string;
  readonly parts: Readonly<Record<string, string>>;
  readonly message: string;
  readonly bytes: string;
}

function statementOf({ kind, parts }: ProofVector): Statement {
  const part = (name: string): Uint8Array => unhex(parts[name] ?? '');
  switch (kind) {
    case 'connect':
      return connecting({ nonce: part('nonce'), node: key(part('node')), token: part('token') });
    case 'refresh':
      return refreshing({ token: part('token'), guid: part('guid') });
    case 'look':
      return looking({ node: key(part('node')), device: key(part('device')) });
    case 'admit':
      return admitting({ user: key(part('user')), node: key(part('node')) });
  }
}

test('[W7, A4, C1] proofs of possession hold as stated, and no other does', async () => {
  const { valid, invalid } = read<ProofVector & { readonly seed: string }, ProofVector>('proofs.json');
  for (const vector of valid) {
    const claim = statementOf(vector);
    assert.equal(claim.within.label, vector.domain, vector.name);
    assert.equal(hex(claim.message), vector.message, vector.name);
    assert.equal(hex(await prove(primitives, unhex(vector.seed), claim)), vector.bytes, vector.name);
    assert.ok(await isProven(primitives, unhex(vector.key), claim, unhex(vector.bytes)), vector.name);
  }
  for (const vector of invalid) {
    const holds = await isProven(primitives, unhex(vector.key), statementOf(vector), unhex(vector.bytes));
    assert.equal(holds, false, vector.name);
  }
});

interface ChannelVector {
  readonly secret: string;
  readonly framesPerKey: number;
}

function channelOf({ secret, framesPerKey }: ChannelVector): Channel {
  return new Channel(primitives, { send: unhex(secret), receive: unhex(secret), framesPerKey });
}

test('[W7, H3] frames of the channel have their bytes, and others end it', () => {
  const { valid, invalid } = read<
    ChannelVector & { readonly frames: readonly { readonly plaintext: string; readonly sealed: string }[] },
    ChannelVector & { readonly before: readonly string[]; readonly bytes: string; readonly fault: string }
  >('channel.json');
  for (const vector of valid) {
    const channel = channelOf(vector);
    for (const { plaintext, sealed } of vector.frames) {
      assert.equal(hex(channel.seal(unhex(plaintext))), sealed, vector.name);
      assert.equal(hex(channel.open(unhex(sealed))), plaintext, vector.name);
    }
  }
  for (const vector of invalid) {
    const channel = channelOf(vector);
    for (const sealed of vector.before) channel.open(unhex(sealed));
    assert.throws(
      () => channel.open(unhex(vector.bytes)),
      (thrown) => thrown instanceof Fault && thrown.code === vector.fault,
      vector.name,
    );
  }
});
