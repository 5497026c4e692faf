/**
 * A proof on its own: what somebody holds, in a form that is kept, sent and verified offline (SPEC R1).
 *
 *     proof = deterministic CBOR: [ 1, root key (32 bytes), [ attestation, … ] ]
 */

import { Fault } from '../base/fault.ts';
import { key, type Key } from '../base/ids.ts';
import { proofBytesMax, proofDepthMax } from '../base/limits.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { publicKeyBytes } from '../crypto/sign.ts';
import { decodeCbor, encodeCbor } from '../wire/cbor.ts';
import { Fields } from '../wire/fields.ts';
import { verifyChain, type ChainAnswer } from './chain.ts';

export interface ProofFile {
  readonly root: Key;
  readonly path: readonly Uint8Array[];
}

const VERSION = 1;

export function encodeProof({ root, path }: ProofFile): Uint8Array {
  return encodeCbor([VERSION, root, [...path]]);
}

/** What is in the file; `malformed` when it is no proof. */
export function decodeProof(bytes: Uint8Array): ProofFile {
  const fields = new Fields('a proof', decodeCbor(bytes, { bytesMax: proofBytesMax, depthMax: 3 }));
  if (fields.uint(0) !== VERSION) throw new Fault('malformed', 'a proof of another version');
  const root = key(fields.bytes(1, publicKeyBytes));
  const path = fields.list(2, proofDepthMax).map((value) => {
    if (value instanceof Uint8Array) return value;
    throw new Fault('malformed', 'a proof: an attestation is a byte string');
  });
  fields.done();
  return { root, path };
}

/** What a proof proves at a date, without asking anybody: of revocations it knows nothing. */
export async function verifyProof(
  primitives: Primitives,
  bytes: Uint8Array,
  atMs: number,
): Promise<ChainAnswer & { readonly root: Key }> {
  const { root, path } = decodeProof(bytes);
  return { ...(await verifyChain(primitives, { path, root, atMs })), root };
}
