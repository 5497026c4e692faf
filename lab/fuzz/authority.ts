/**
 * Decoders of the authority: proofs, caveats, codes of recoveries, and the contents of signed objects under
 * signatures that hold, so that what is behind the check of the signature is reached too.
 */

import { compare, utf8 } from 'copse/internal/base/bytes.ts';
import { key } from 'copse/internal/base/ids.ts';
import { attest } from 'copse/internal/capability/attestation.ts';
import { bless, openBlessing } from 'copse/internal/capability/blessing.ts';
import { caveatOf, conditionOf, prefixOf } from 'copse/internal/capability/caveat.ts';
import { openAttestation } from 'copse/internal/capability/attestation.ts';
import { openDeviceKey } from 'copse/internal/capability/device-key.ts';
import { openKeySet } from 'copse/internal/capability/key-set.ts';
import { decodeProof, encodeProof, verifyProof } from 'copse/internal/capability/proof-file.ts';
import { codeText, parseCode } from 'copse/internal/capability/recovery-code.ts';
import { openRevocation, revoke } from 'copse/internal/capability/revocation.ts';
import { openUserKey, writeUserKey } from 'copse/internal/capability/user-key.ts';
import { unpackHanded } from 'copse/internal/client/handed.ts';
import { readRealm, realmLink } from 'copse/internal/client/recovery-links.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { siteIdOf } from 'copse/internal/crypto/hash.ts';
import { signRaw } from 'copse/internal/crypto/sign.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { openLeaf, writeLeaf } from 'copse/internal/transparency/leaf.ts';
import { userLabel } from 'copse/internal/transparency/label.ts';
import { decodeCbor, encodeCbor } from 'copse/internal/wire/cbor.ts';
import type { Chance } from '../sim/chance.ts';
import { domainOf } from '../vectors/make/domains.ts';
import type { Decoder } from './fuzz.ts';

const primitives = nativePrimitives();
const SEED = new Uint8Array(32).fill(1);
const SIGNER = key(await primitives.ed25519PublicKey(SEED));
const SITE = siteIdOf(primitives, SIGNER);
const WALL_MS = 1_800_000_000_000;
const LIMITS = { bytesMax: 8192, depthMax: 8 };
const PROTECTED = Uint8Array.of(0xa1, 0x01, 0x27);
const TAG = 0xd2;

/** A signed object of any content, with a signature that holds. */
async function signed(within: string, payload: Uint8Array): Promise<Uint8Array> {
  const body = encodeCbor(['Signature1', PROTECTED, domainOf(within), payload]);
  const signature = await signRaw(primitives, SEED, body);
  return Uint8Array.of(TAG, ...encodeCbor([PROTECTED, new Map(), payload, signature]));
}

function payloadOf(object: Uint8Array): Uint8Array {
  const parts = decodeCbor(object.subarray(1), LIMITS);
  const payload = Array.isArray(parts) ? parts[2] : null;
  if (!(payload instanceof Uint8Array)) throw new Error('an object has a payload');
  return payload;
}

interface Content {
  readonly name: string;
  readonly within: string;
  readonly sample: (chance: Chance) => Promise<Uint8Array>;
  readonly open: (bytes: Uint8Array) => Promise<unknown>;
}

function contentOf({ name, within, sample, open }: Content): Decoder {
  return {
    name: `content of ${name}`,
    async sample(chance) {
      const payload = payloadOf(await sample(chance));
      // Else nothing behind the signature would ever be reached.
      if ((await open(await signed(within, payload))) === null)
        throw new Error('the signature does not hold');
      return payload;
    },
    decode: async (payload) => open(await signed(within, payload)),
  };
}

function attestation(chance: Chance): Promise<Uint8Array> {
  const env = { ...realEnv(), random: (size: number) => chance.bytes(size) };
  const condition = { kind: 'origin', origin: 'https://app.example' } as const;
  return attest(primitives, env, SEED, {
    subject: SIGNER,
    subjectKind: chance.pick(['user', 'oneTime', 'group']),
    site: SITE,
    resource: '*',
    permissions: 31,
    delegations: 7,
    notBeforeMs: 0,
    expiresMs: chance.pick([0, WALL_MS]),
    quota: 0,
    caveats: chance.often(0.5) ? [caveatOf(condition)] : [],
  });
}

function userKey(chance: Chance): Promise<Uint8Array> {
  const generation = chance.between(1, 3);
  const link = chance.bytes(generation === 1 ? 0 : 60);
  const terms = { user: SIGNER, generation, publicKey: chance.bytes(32), link, issuedMs: WALL_MS };
  return writeUserKey(primitives, { seed: SEED }, terms);
}

function leaf(chance: Chance): Promise<Uint8Array> {
  const links = [
    { label: chance.bytes(32), previous: null, count: 1 },
    { label: userLabel(primitives, SIGNER), previous: 4, count: 2 },
  ];
  const body = { kind: 'withdrawal', user: SIGNER, statement: chance.between(0, 9) } as const;
  return writeLeaf(primitives, SEED, { links, timeMs: WALL_MS, body });
}

function blessing(chance: Chance): Promise<Uint8Array> {
  const terms = {
    device: SIGNER,
    audience: '*',
    scope: 31,
    issuedMs: WALL_MS,
    expiresMs: WALL_MS + 1,
  } as const;
  return bless(primitives, SEED, { ...terms, serial: chance.between(0, 9) });
}

const CONTENTS: readonly Content[] = [
  {
    name: 'an attestation',
    within: 'capability/attestation',
    sample: attestation,
    open: (bytes) => openAttestation(primitives, bytes),
  },
  {
    name: 'a blessing',
    within: 'capability/blessing',
    sample: blessing,
    open: (bytes) => openBlessing(primitives, bytes),
  },
  {
    name: 'a revocation',
    within: 'capability/revocation',
    sample: (chance) =>
      revoke(primitives, SEED, { site: SITE, attestation: 'cd'.repeat(32), issuedMs: chance.between(0, 9) }),
    open: (bytes) => openRevocation(primitives, bytes),
  },
  {
    name: "a user's key",
    within: 'capability/user-key',
    sample: userKey,
    open: (bytes) => openUserKey(primitives, bytes),
  },
  { name: 'a leaf', within: 'log/leaf', sample: leaf, open: (bytes) => openLeaf(primitives, bytes) },
];

/** Signed objects of others in the place of these: every one is refused, none is misread. */
const MISTAKEN: readonly Decoder[] = [
  { name: 'key set', sample: userKey, decode: (bytes) => openKeySet(primitives, bytes) },
  { name: 'key of a device', sample: blessing, decode: (bytes) => openDeviceKey(primitives, bytes) },
];

const asText = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

export const AUTHORITY_DECODERS: readonly Decoder[] = [
  ...CONTENTS.map(contentOf),
  ...MISTAKEN,
  {
    name: 'proof on its own',
    sample: async (chance) => encodeProof({ root: SIGNER, path: [await attestation(chance)] }),
    async decode(bytes) {
      const written = encodeProof(decodeProof(bytes));
      if (compare(written, bytes) !== 0) throw new Error('it is written back to other bytes');
      await verifyProof(primitives, bytes, WALL_MS);
    },
  },
  {
    name: 'condition of a caveat',
    sample(chance) {
      const windows = [{ days: 31, fromMinute: 540, toMinute: 1020 }];
      const { kind, value } = caveatOf(
        chance.pick([
          { kind: 'origin', origin: 'https://app.example' },
          { kind: 'hours', windows },
        ] as const),
      );
      return Uint8Array.of(kind, ...value);
    },
    decode: (bytes) => conditionOf({ kind: bytes[0] ?? 0, value: bytes.subarray(1) }),
  },
  {
    name: 'network',
    sample: (chance) => utf8(chance.pick(['10.0.0.0/8', '2001:db8::/32', '::1/128', '0.0.0.0/0'])),
    decode: (bytes) => prefixOf(asText(bytes)),
  },
  {
    name: 'recovery code',
    sample: (chance) =>
      utf8(codeText({ secret: chance.bytes(16), signer: chance.bytes(16), realms: ['https://one.example'] })),
    decode(bytes) {
      const code = parseCode(asText(bytes));
      if (code !== null && parseCode(codeText(code)) === null) throw new Error('it is not read back');
    },
  },
  {
    name: 'realm of a recovery',
    codes: ['usage'],
    sample: (chance) => utf8(realmLink('https://one.example', SIGNER, chance.bytes(32))),
    decode: (bytes) => readRealm(asText(bytes)),
  },
  {
    name: 'what one device hands to another',
    sample: (chance) => Uint8Array.of(...chance.bytes(32), 3, 65, 100, 97, 1, 2, ...chance.bytes(32)),
    decode: (bytes) => unpackHanded(bytes),
  },
];
