/** Signed objects (SPEC C9): one of each kind and form, and bytes that are none or whose signature does not hold. */

import { must } from 'copse/internal/base/assert.ts';
import { concat, fromHex, hex } from 'copse/internal/base/bytes.ts';
import { logId } from 'copse/internal/base/ids.ts';
import { attest, type Grant } from 'copse/internal/capability/attestation.ts';
import { bless, type BlessingTerms } from 'copse/internal/capability/blessing.ts';
import { objectId } from 'copse/internal/capability/cose.ts';
import { revoke } from 'copse/internal/capability/revocation.ts';
import { signRaw } from 'copse/internal/crypto/sign.ts';
import { decodeCbor, encodeCbor, type Cbor, type CborMap } from 'copse/internal/wire/cbor.ts';
import type { Identity } from 'copse/internal/social/handshake-keys.ts';
import { domainOf } from './domains.ts';
import { jsonOf } from '../cbor-json.ts';
import { device, node, oneTime, site, siteRoot, user } from './cast.ts';
import { Draw, fixedEnv, primitives, wallMs } from './draw.ts';
import type { Vector, VectorFile } from './file.ts';

const HOUR_MS = 3_600_000;
const draw = new Draw('objects');
const LIMITS = { bytesMax: 4096, depthMax: 4 };

export type ObjectKind = 'attestation' | 'blessing' | 'revocation';

export const rootGrant: Grant = {
  subject: user.publicKey,
  subjectKind: 'user',
  site,
  resource: '*',
  permissions: 31,
  delegations: 7,
  notBeforeMs: wallMs,
  expiresMs: 0,
  quota: 0,
};

export const terms: BlessingTerms = {
  device: device.publicKey,
  audience: node.publicKey,
  scope: 31,
  issuedMs: wallMs,
  expiresMs: wallMs + 24 * HOUR_MS,
  serial: wallMs,
};

export function attestation(by: Identity, grant: Grant): Promise<Uint8Array> {
  return attest(primitives, fixedEnv(draw.bytes(16)), by.seed, grant);
}

export async function objects(): Promise<VectorFile> {
  const root = await attestation(siteRoot, rootGrant);
  const invited = await attestation(user, {
    ...rootGrant,
    subject: oneTime.publicKey,
    subjectKind: 'oneTime',
    permissions: 3,
    delegations: 1,
    expiresMs: wallMs + 720 * HOUR_MS,
    quota: 5,
  });
  const oneLog = await attestation(user, {
    ...rootGrant,
    resource: logId(hex(draw.bytes(16))),
    delegations: 0,
  });
  const caveats = [{ kind: 255, value: draw.bytes(64) }];
  const withCaveat = await attestation(user, { ...rootGrant, delegations: 0, caveats });
  const revocation = await revoke(primitives, siteRoot.seed, {
    site,
    attestation: objectId(primitives, invited),
    issuedMs: wallMs,
  });
  return {
    path: 'objects.json',
    about:
      'Signed objects. `payload` is their content as in cbor.json, `id` the SHA-256 that names them. A fault of `badProof` means: well-formed, but the signature does not hold.',
    valid: [
      vector('attestation', 'attestation by the root key of a site', siteRoot, root),
      vector('attestation', 'attestation to a one-time key', user, invited),
      vector('attestation', 'attestation for one log', user, oneLog),
      vector('attestation', 'attestation with a caveat', user, withCaveat),
      vector('blessing', 'blessing for one node', user, await bless(primitives, user.seed, terms)),
      vector(
        'blessing',
        'blessing for every node',
        user,
        await bless(primitives, user.seed, { ...terms, audience: '*', scope: 0, serial: 0 }),
      ),
      vector('revocation', 'revocation', siteRoot, revocation),
    ],
    invalid: [...(await spoilt(root)), ...(await wrongFields(root))],
  };
}

function vector(kind: ObjectKind, name: string, by: Identity, bytes: Uint8Array): Vector {
  const { payload } = partsOf(bytes);
  return {
    name,
    kind,
    seed: hex(by.seed),
    signer: hex(by.publicKey),
    payload: jsonOf(decodeCbor(payload, LIMITS)),
    id: objectId(primitives, bytes),
    bytes: hex(bytes),
  };
}

function partsOf(bytes: Uint8Array): { readonly payload: Uint8Array; readonly signature: Uint8Array } {
  const parts = decodeCbor(bytes.subarray(1), LIMITS);
  if (!Array.isArray(parts)) throw new Error('an object is an array');
  const [, , payload, signature]: readonly Cbor[] = parts;
  if (!(payload instanceof Uint8Array) || !(signature instanceof Uint8Array))
    throw new Error('not an object');
  return { payload, signature };
}

const TAG = Uint8Array.of(0xd2);
const PROTECTED = must(fromHex('a10127'), 'hex');

/** An object of these parts, right or wrong. */
function objectOf(
  payload: Uint8Array,
  signature: Uint8Array,
  header: { readonly protected?: Uint8Array; readonly unprotected?: CborMap; readonly tag?: Uint8Array } = {},
): Uint8Array {
  const parts = [header.protected ?? PROTECTED, header.unprotected ?? new Map(), payload, signature];
  return concat(header.tag ?? TAG, encodeCbor(parts));
}

async function spoilt(good: Uint8Array): Promise<readonly Vector[]> {
  const { payload, signature } = partsOf(good);
  const wrong = (name: string, bytes: Uint8Array, fault = 'malformed'): Vector => ({
    name,
    kind: 'attestation',
    bytes: hex(bytes),
    fault,
  });
  const flipped = signature.slice();
  flipped[40] = (flipped[40] ?? 0) ^ 1;
  const otherPayload = payload.slice();
  otherPayload[otherPayload.length - 1] = (otherPayload.at(-1) ?? 0) ^ 1;
  const asBlessing = await sign(siteRoot, payload, 'capability/blessing');
  return [
    wrong('a flipped bit of the signature', objectOf(payload, flipped), 'badProof'),
    wrong('a flipped bit of the payload', objectOf(otherPayload, signature), 'badProof'),
    wrong('signed in the domain of blessings', objectOf(payload, asBlessing), 'badProof'),
    wrong(
      'signed by another key',
      objectOf(payload, await sign(user, payload, 'capability/attestation')),
      'badProof',
    ),
    wrong('without the tag', good.subarray(1)),
    wrong('with another tag', objectOf(payload, signature, { tag: Uint8Array.of(0xd1) })),
    wrong('with an empty protected header', objectOf(payload, signature, { protected: new Uint8Array(0) })),
    wrong('with an unprotected header', objectOf(payload, signature, { unprotected: new Map([[4, 1]]) })),
    wrong('with a signature of 63 bytes', objectOf(payload, signature.subarray(1))),
    wrong('without its last byte', good.subarray(0, -1)),
    wrong('with a byte too many', concat(good, Uint8Array.of(0))),
    wrong('no bytes', new Uint8Array(0)),
    wrong('longer than allowed', objectOf(new Uint8Array(4096), signature), 'tooLarge'),
  ];
}

function sign(by: Identity, payload: Uint8Array, domain: string): Promise<Uint8Array> {
  return signRaw(primitives, by.seed, encodeCbor(['Signature1', PROTECTED, domainOf(domain), payload]));
}

/** Payloads that are signed as they should be and say what an attestation cannot. */
function wrongFields(good: Uint8Array): Promise<readonly Vector[]> {
  const changes: readonly (readonly [name: string, field: number, value: Cbor | null])[] = [
    ['version 2', 1, 2],
    ['a signer of 31 bytes', 2, new Uint8Array(31)],
    ['a fourth kind of subject', 4, 3],
    ['a site of 15 bytes', 5, new Uint8Array(15)],
    ['a resource that is no log', 6, 'chat'],
    ['no permission', 7, 0],
    ['a permission that is not known', 7, 32],
    ['too many re-delegations', 8, 8],
    ['a negative date', 9, -1],
    ['an end before the beginning', 10, 1],
    ['caveats that are no list', 12, 0],
    ['a caveat of another form', 12, [[1]]],
    ['a nonce of 15 bytes', 13, new Uint8Array(15)],
    ['a field that is not known', 14, 0],
  ];
  const missing = [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13];
  const change = async (name: string, edit: (fields: CborMap) => void): Promise<Vector> => {
    const fields = decodeCbor(partsOf(good).payload, LIMITS);
    if (!(fields instanceof Map)) throw new Error('a payload is a map');
    edit(fields);
    const payload = encodeCbor(fields);
    const bytes = objectOf(payload, await sign(siteRoot, payload, 'capability/attestation'));
    return { name, kind: 'attestation', bytes: hex(bytes), fault: 'malformed' };
  };
  return Promise.all([
    ...changes.map(([name, field, value]) => change(name, (fields) => fields.set(field, value))),
    ...missing.map((field) => change(`without field ${field}`, (fields) => fields.delete(field))),
  ]);
}
