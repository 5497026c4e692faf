/** Decoders of entries, journal records, CBOR, signed objects, tokens, handshake flights and envelopes. */

import { compare, concat } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { deviceId, key, logId, siteId, userId } from 'copse/internal/base/ids.ts';
import { cborDepthMax, signedBytesMax } from 'copse/internal/base/limits.ts';
import { attest, openAttestation } from 'copse/internal/capability/attestation.ts';
import { bless, checkBlessing, openBlessing } from 'copse/internal/capability/blessing.ts';
import { verifyChain } from 'copse/internal/capability/chain.ts';
import { openRevocation, revoke } from 'copse/internal/capability/revocation.ts';
import { openEnvelope, sealEnvelope } from 'copse/internal/client/site-envelope.ts';
import { labelShape, SiteKeys } from 'copse/internal/client/site-keys.ts';
import { exchangeKeyOf } from 'copse/internal/crypto/agree.ts';
import { keyedMac, siteIdOf } from 'copse/internal/crypto/hash.ts';
import { check, keyNumberOf, mint } from 'copse/internal/crypto/token.ts';
import {
  eachSection,
  putDeclare,
  putEntries,
  putLease,
  putSeal,
  putTrim,
} from 'copse/internal/log/record.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { Channel } from 'copse/internal/social/channel.ts';
import {
  decodeLoginAnswer,
  decodeLoginRequest,
  decodeLoginResult,
  decodeProof,
  encodeLoginAnswer,
  encodeLoginRequest,
  encodeLoginResult,
  encodeProof,
} from 'copse/internal/social/handshake.ts';
import { Writer } from 'copse/internal/wire/buffer.ts';
import { decodeCbor, encodeCbor, type Cbor } from 'copse/internal/wire/cbor.ts';
import { encodeEntry, EntryCursor } from 'copse/internal/wire/entry.ts';
import { Chance } from '../sim/chance.ts';
import { clientOf, newParties, serverOf } from '../suites/handshake-parties.ts';
import type { Decoder } from './fuzz.ts';
import { shapeDecoder } from './messages.ts';

const primitives = nativePrimitives();
const WALL_MS = 1_800_000_000_000;

function same(a: Uint8Array, b: Uint8Array): void {
  if (compare(a, b) !== 0) throw new Error('it is written back to other bytes');
}

function entry(chance: Chance): Uint8Array {
  return encodeEntry({
    sealed: chance.often(0.5),
    device: chance.bytes(8),
    epoch: chance.pick([1, 127, 128, 2 ** 32 - 1]),
    seq: chance.pick([1, 300, 2 ** 50]),
    keyEpoch: chance.between(0, 200),
    timeMs: WALL_MS,
    payload: chance.bytes(chance.between(0, 60)),
  });
}

const entries: Decoder = {
  name: 'entries',
  sample: (chance) => concat(...Array.from({ length: chance.between(1, 4) }, () => entry(chance))),
  decode(bytes) {
    const cursor = new EntryCursor(bytes);
    while (cursor.next()) same(encodeEntry(cursor.entry()), bytes.subarray(cursor.start, cursor.end));
  },
};

const records: Decoder = {
  name: 'journal record',
  codes: ['newer'],
  sample(chance) {
    const writer = new Writer();
    putDeclare(writer, 7, siteId('51'.repeat(16)), logId('ab'.repeat(16)));
    putEntries(writer, { number: 7, first: 1, count: 2 }, [entry(chance), entry(chance)]);
    putSeal(writer, chance.between(1, 1000), chance.bytes(chance.between(0, 64)));
    putTrim(writer, 7, 2);
    const device = chance.often(0.5) ? null : deviceId('ab'.repeat(8));
    putLease(writer, { number: 7, epoch: chance.between(1, 300), device });
    return writer.take();
  },
  decode: (bytes) => eachSection(bytes, () => {}),
};

function cborValue(chance: Chance, depth: number): Cbor {
  const kinds: (() => Cbor)[] = [
    () => chance.pick([0, 23, 24, 255, 256, 65_536, 2 ** 32, 2 ** 53 - 1, -1, -25, -(2 ** 40)]),
    () => chance.bytes(chance.between(0, 30)),
    () => chance.pick(['', 'a', 'é🌳', 'x'.repeat(30)]),
    () => chance.pick([true, false, null]),
  ];
  if (depth > 0) {
    kinds.push(
      () => Array.from({ length: chance.between(0, 4) }, () => cborValue(chance, depth - 1)),
      () =>
        new Map(
          Array.from({ length: chance.between(0, 4) }, (_, i) => [i * 13 - 7, cborValue(chance, depth - 1)]),
        ),
    );
  }
  return chance.pick(kinds)();
}

const CBOR_LIMITS = { bytesMax: signedBytesMax, depthMax: cborDepthMax };
const cbor: Decoder = {
  name: 'cbor',
  sample: (chance) => encodeCbor(cborValue(chance, 3)),
  decode: (bytes) => same(encodeCbor(decodeCbor(bytes, CBOR_LIMITS)), bytes),
};

// Signed objects

const seedOf = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const publicOf = async (n: number): Promise<ReturnType<typeof key>> =>
  key(await primitives.ed25519PublicKey(seedOf(n)));
const ROOT = 1;
const SITE = siteIdOf(primitives, await publicOf(ROOT));

async function attestation(chance: Chance, issuer = ROOT, subject = 2): Promise<Uint8Array> {
  const env = { ...realEnv(), random: (size: number) => chance.bytes(size) };
  return attest(primitives, env, seedOf(issuer), {
    subject: await publicOf(subject),
    subjectKind: 'user',
    site: SITE,
    resource: '*',
    permissions: 31,
    delegations: issuer === ROOT ? 7 : 6,
    notBeforeMs: 0,
    expiresMs: 0,
    quota: 0,
    ...(chance.often(0.2) ? { caveats: [{ kind: 1, value: chance.bytes(4) }] } : {}),
  });
}

async function blessing(chance: Chance): Promise<Uint8Array> {
  return bless(primitives, seedOf(4), {
    device: await publicOf(5),
    audience: chance.often(0.5) ? '*' : await publicOf(6),
    scope: 31,
    issuedMs: WALL_MS,
    expiresMs: WALL_MS + 1000,
    serial: chance.between(0, 2 ** 31),
  });
}

const objects: readonly Decoder[] = [
  {
    name: 'attestation',
    sample: (chance) => attestation(chance),
    decode: (bytes) => openAttestation(primitives, bytes),
  },
  { name: 'blessing', sample: blessing, decode: (bytes) => openBlessing(primitives, bytes) },
  {
    name: 'blessing in use',
    sample: blessing,
    decode: async (bytes) =>
      checkBlessing(primitives, bytes, {
        device: await publicOf(5),
        node: await publicOf(6),
        wallMs: WALL_MS,
      }),
  },
  {
    name: 'revocation',
    sample: (chance) =>
      revoke(primitives, seedOf(3), {
        site: SITE,
        attestation: 'cd'.repeat(32),
        issuedMs: chance.between(0, 9),
      }),
    decode: (bytes) => openRevocation(primitives, bytes),
  },
  {
    name: 'chain of attestations',
    sample: (chance) => attestation(chance, 2, 3),
    async decode(bytes) {
      const first = await attestation(new Chance(1));
      await verifyChain(primitives, { path: [first, bytes], root: await publicOf(ROOT), atMs: WALL_MS });
    },
  },
];

// Tokens

const NONE = '00'.repeat(8);
const TOKEN_KEY = { number: 3, mac: keyedMac(primitives, seedOf(9)) };
const token: Decoder = {
  name: 'token',
  sample: (chance) =>
    mint(TOKEN_KEY, {
      keyNumber: 3,
      permissions: 1,
      expiresAtMs: WALL_MS,
      user: userId('ab'.repeat(8)),
      device: deviceId('cd'.repeat(8)),
      site: NONE,
      log: NONE,
      deviceEpoch: chance.between(0, 1000),
      siteEpoch: 0,
      capability: NONE,
      id: NONE,
    }),
  decode(bytes) {
    keyNumberOf(bytes);
    check(bytes, TOKEN_KEY, WALL_MS);
  },
};

// The handshake

const flights: readonly Decoder[] = [
  {
    name: 'login request',
    sample: (chance) =>
      encodeLoginRequest({
        suite: 1,
        oneTimeKey: chance.bytes(32),
        target: chance.bytes(32),
        cookie: chance.bytes(16),
      }),
    decode: (bytes) => same(encodeLoginRequest(decodeLoginRequest(bytes)), bytes),
  },
  {
    name: 'login answer',
    sample: (chance) =>
      encodeLoginAnswer(
        chance.pick([
          { kind: 'refused', fault: 'tooMany' },
          { kind: 'cookie', cookie: chance.bytes(16) },
          { kind: 'challenge', oneTimeKey: chance.bytes(32), sealed: chance.bytes(100) },
        ]),
      ),
    decode: (bytes) => same(encodeLoginAnswer(decodeLoginAnswer(bytes)), bytes),
  },
  {
    name: 'proof of identity',
    sample: (chance) =>
      encodeProof({
        publicKey: chance.bytes(32),
        signature: chance.bytes(64),
        mac: chance.bytes(32),
        extra: chance.bytes(chance.between(0, 50)),
      }),
    decode: (bytes) => same(encodeProof(decodeProof(bytes)), bytes),
  },
  {
    name: 'login result',
    sample: (chance) =>
      encodeLoginResult(
        chance.pick([
          { kind: 'ok', info: chance.bytes(20) },
          { kind: 'refused', fault: 'expired', detail: 'why' },
        ]),
      ),
    decode: (bytes) => decodeLoginResult(bytes),
  },
];

const PARTIES = await newParties('fuzz');
const handshakes: readonly Decoder[] = [
  {
    name: 'node in the handshake, first flight',
    sample: () => clientOf(PARTIES).begin(),
    decode: (bytes) => serverOf(PARTIES).receive(bytes, 1),
  },
  {
    name: 'node in the handshake, second flight',
    sample: (chance) => chance.bytes(120),
    async decode(bytes) {
      const server = serverOf(PARTIES);
      await server.receive(await clientOf(PARTIES).begin(), 1);
      await server.receive(bytes, 2);
    },
  },
  {
    name: 'device in the handshake',
    async sample() {
      const step = await serverOf(PARTIES).receive(await clientOf(PARTIES).begin(), 1);
      if (step.kind !== 'send') throw new Error('the node answers');
      return step.flight;
    },
    async decode(bytes) {
      const client = clientOf(PARTIES);
      await client.begin();
      await client.receive(bytes, 1);
    },
  },
  {
    name: 'sealed channel',
    codes: ['badProof', 'closed'],
    sample() {
      const secrets = { send: seedOf(1), receive: seedOf(2) };
      return new Channel(primitives, { send: secrets.receive, receive: secrets.send }).seal(seedOf(3));
    },
    decode: (bytes) => new Channel(primitives, { send: seedOf(1), receive: seedOf(2) }).open(bytes),
  },
];

// What members of a site share

const AGREE = await exchangeKeyOf(primitives, seedOf(8));
const sites: readonly Decoder[] = [
  {
    name: 'envelope',
    sample: () =>
      sealEnvelope(
        primitives,
        realEnv(),
        { site: SITE, publicKey: AGREE.publicKey },
        { epoch: 1, key: seedOf(1), nameSecret: seedOf(2) },
      ),
    decode: (bytes) =>
      openEnvelope(
        primitives,
        { site: SITE, publicKey: AGREE.publicKey, secret: AGREE.secret, epoch: 1 },
        bytes,
      ),
  },
  shapeDecoder('content of a label', labelShape),
  {
    name: 'sealed entry',
    sample: (chance) =>
      siteKeys().sealEntry(LOG, { device: DEVICE, epoch: 1, seq: 1, timeMs: 5 }, chance.bytes(20)),
    decode(bytes) {
      const cursor = new EntryCursor(bytes);
      while (cursor.next()) siteKeys().openEntry(LOG, cursor);
    },
  },
];

const LOG = logId('ab'.repeat(16));
const DEVICE = deviceId('cd'.repeat(8));

function siteKeys(): SiteKeys {
  return new SiteKeys(primitives, realEnv(), SITE, { epoch: 1, key: seedOf(1), nameSecret: seedOf(2) });
}

export const OBJECT_DECODERS: readonly Decoder[] = [
  entries,
  records,
  cbor,
  ...objects,
  token,
  ...flights,
  ...handshakes,
  ...sites,
];
