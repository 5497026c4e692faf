/**
 * Who may upload to a node (SPEC Z42). A request is signed by a user's key and gets her a ticket at one node. Where
 * she has no account, it shows a grant: a user of that node lets her upload so many bytes until a date, on her own
 * account.
 *
 *   grant: 3 node · 4 the user who may upload · 5 bytes · 6 expires · 7 nonce
 *   request: 3 node · 4 time · 5 a grant, or no bytes
 */

import { equal } from '../../base/bytes.ts';
import type { Env } from '../../base/env.ts';
import { Fault } from '../../base/fault.ts';
import { key, type Key } from '../../base/ids.ts';
import { clockSkewMs, signedBytesMax } from '../../base/limits.ts';
import { fileGrantMaxMs } from '../../base/limits-files.ts';
import { openObject, signObject, type ObjectId } from '../../capability/cose.ts';
import { domain } from '../../crypto/domain.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { publicKeyBytes } from '../../crypto/sign.ts';

const GRANT = domain('file/grant');
const REQUEST = domain('file/ticket-request');
const NONCE_BYTES = 16;

export interface UploadTerms {
  readonly node: Key;
  /** Who may upload. */
  readonly user: Key;
  readonly bytes: number;
  readonly expiresMs: number;
}

export interface UploadGrant extends UploadTerms {
  readonly id: ObjectId;
  /** On whose account. */
  readonly issuer: Key;
}

/** By the user of the seed's key. */
export function grantUpload(
  primitives: Primitives,
  env: Env,
  seed: Uint8Array,
  { node, user, bytes, expiresMs }: UploadTerms,
): Promise<Uint8Array> {
  return signObject(primitives, GRANT, seed, [
    [3, node],
    [4, user],
    [5, bytes],
    [6, expiresMs],
    [7, env.random(NONCE_BYTES)],
  ]);
}

/** The grant in `bytes`, whatever it says; `badProof` when its signature does not hold, `malformed` when it is none. */
export async function openGrant(primitives: Primitives, bytes: Uint8Array): Promise<UploadGrant> {
  const object = await openObject(primitives, GRANT, bytes);
  if (object === null) throw new Fault('badProof', 'the signature of a grant');
  const { id, signer, fields } = object;
  const grant = {
    id,
    issuer: signer,
    node: key(fields.bytes(3, publicKeyBytes)),
    user: key(fields.bytes(4, publicKeyBytes)),
    bytes: fields.uint(5),
    expiresMs: fields.uint(6),
  };
  fields.bytes(7, NONCE_BYTES);
  fields.done();
  return grant;
}

/** A request of the seed's key; `grant` where she has no account. */
export function requestTicket(
  primitives: Primitives,
  seed: Uint8Array,
  request: { readonly node: Key; readonly wallMs: number; readonly grant: Uint8Array | null },
): Promise<Uint8Array> {
  return signObject(primitives, REQUEST, seed, [
    [3, request.node],
    [4, request.wallMs],
    [5, request.grant ?? new Uint8Array(0)],
  ]);
}

export interface TicketRequest {
  readonly user: Key;
  readonly grant: UploadGrant | null;
}

/** Whom a request stands for here and now; throws `badProof`, `expired` or `malformed`. */
export async function openTicketRequest(
  primitives: Primitives,
  bytes: Uint8Array,
  here: { readonly node: Key; readonly wallMs: number },
): Promise<TicketRequest> {
  const object = await openObject(primitives, REQUEST, bytes);
  if (object === null) throw new Fault('badProof', 'the signature of a request');
  const { signer, fields } = object;
  const node = fields.bytes(3, publicKeyBytes);
  const timeMs = fields.uint(4);
  const shown = fields.blob(5, signedBytesMax);
  fields.done();
  if (!equal(node, here.node)) throw new Fault('badProof', 'the request is for another node');
  if (Math.abs(here.wallMs - timeMs) > clockSkewMs)
    throw new Fault('expired', 'the request is not of now; check the clock');
  const grant = shown.length === 0 ? null : await openGrant(primitives, shown);
  if (grant !== null) checkGrant(grant, { ...here, user: signer });
  return { user: signer, grant };
}

function checkGrant(
  grant: UploadGrant,
  { node, user, wallMs }: { readonly node: Key; readonly user: Key; readonly wallMs: number },
): void {
  if (!equal(grant.node, node)) throw new Fault('badProof', 'the grant is for another node');
  if (!equal(grant.user, user)) throw new Fault('badProof', 'the grant is for another user');
  if (grant.expiresMs <= wallMs) throw new Fault('expired', 'the grant');
  if (grant.expiresMs > wallMs + fileGrantMaxMs + clockSkewMs)
    throw new Fault('forbidden', 'the grant holds longer than grants may');
}
