/** Files (SPEC Z40): their chunks, the tree over them, and the address. */

import { hex } from 'copse/internal/base/bytes.ts';
import { fileChunkBytes } from 'copse/internal/base/limits-files.ts';
import {
  chunkCountOf,
  chunkProof,
  chunkRange,
  encodeManifest,
  isChunkOf,
} from 'copse/internal/social/files/address.ts';
import { hashed } from 'copse/internal/social/files/hasher.ts';
import { primitives } from './draw.ts';
import type { Vector, VectorFile } from './file.ts';

/** Chunk n of a file is the byte fill + n, modulo 256, again and again. */
export function chunkFilled(size: number, fill: number, index: number): Uint8Array {
  const { from, to } = chunkRange(size, index);
  return new Uint8Array(to - from).fill((fill + index) % 256);
}

interface Made {
  readonly size: number;
  readonly type: string;
  readonly fill: number;
}

function make({ size, type, fill }: Made) {
  const chunks = Array.from({ length: chunkCountOf(size) }, (_, index) => chunkFilled(size, fill, index));
  const digests = chunks.map((chunk) => primitives.sha256(chunk));
  return { digests, ...hashed(primitives, { size, type, digests }) };
}

function valid(name: string, made: Made): Vector {
  const { digests, manifest, address } = make(made);
  const proofs = digests.map((_, index) => chunkProof(primitives, digests, index).map(hex));
  return {
    name,
    ...made,
    chunks: digests.map(hex),
    root: hex(manifest.root),
    bytes: hex(encodeManifest(manifest)),
    address: hex(address),
    proofs,
  };
}

/** Claims about a chunk that do not hold. */
function invalid(
  name: string,
  claim: { readonly index: number; readonly shown?: number; readonly proof?: number },
): Vector {
  const made = { size: 4 * fileChunkBytes + 9, type: 'video/mp4', fill: 40 };
  const { digests, manifest } = make(made);
  const { index, shown = index, proof: proofOf = index } = claim;
  const proof = chunkProof(primitives, digests, proofOf).slice(name === 'a proof without its end' ? 1 : 0);
  const bytes = chunkFilled(made.size, made.fill, shown);
  if (isChunkOf(primitives, manifest, { index, bytes, proof })) throw new Error(`${name} is true`);
  return { name, ...made, root: hex(manifest.root), index, shown, proof: proof.map(hex) };
}

export function files(): VectorFile {
  return {
    path: 'files.json',
    about:
      'Files whose chunk n is the byte fill + n, modulo 256, again and again: chunks, proofs, manifest and address; and claims about chunks that do not hold.',
    valid: [
      valid('no bytes', { size: 0, type: 'text/plain', fill: 0 }),
      valid('one byte', { size: 1, type: 'application/octet-stream', fill: 7 }),
      valid('one chunk', { size: fileChunkBytes, type: 'image/png', fill: 1 }),
      valid('a chunk and a byte', { size: fileChunkBytes + 1, type: 'image/png', fill: 1 }),
      valid('the same of another type', {
        size: fileChunkBytes + 1,
        type: 'text/plain; charset=utf-8',
        fill: 1,
      }),
      valid('seven chunks, the last one shorter', {
        size: 6 * fileChunkBytes + 12_345,
        type: 'video/webm',
        fill: 250,
      }),
    ],
    invalid: [
      invalid('another chunk', { index: 1, shown: 2 }),
      invalid('the proof of another chunk', { index: 1, proof: 2 }),
      invalid('the last chunk in another place', { index: 3, shown: 4, proof: 4 }),
      invalid('a proof without its end', { index: 2 }),
    ],
  };
}
