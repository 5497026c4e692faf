/**
 * The address of a file (SPEC Z40): a file is chunks of 1 MiB, the last one shorter; over the SHA-256 of its chunks
 * stands a Merkle tree after RFC 6962 in a domain of its own, and over its root, its size and its content type
 * the address. Who has the address checks a manifest, who has that one checks every chunk before she uses it.
 *
 *   root     = tree over SHA-256(chunk 0), SHA-256(chunk 1), … ; nodes in the domain file/tree
 *   manifest = { 1: size, 2: content type, 3: root } in deterministic CBOR
 *   address  = SHA-256 of the manifest in the domain file/address
 */

import { assert } from '../../base/assert.ts';
import { equal } from '../../base/bytes.ts';
import { Fault } from '../../base/fault.ts';
import {
  fileBytesMax,
  fileChunkBytes,
  fileManifestBytesMax,
  fileTypeBytesMax,
} from '../../base/limits-files.ts';
import { domain, separated } from '../../crypto/domain.ts';
import {
  emptyRoot,
  hashBytes,
  inclusionRanges,
  isIncluded,
  leafHash,
  nodeHash,
  type Range,
  type Sha256,
} from '../../crypto/merkle.ts';
import { decodeCbor, encodeCbor } from '../../wire/cbor.ts';
import { Fields } from '../../wire/fields.ts';
import { isContentType } from './content-type.ts';

const TREE = domain('file/tree');
const ADDRESS = domain('file/address');
const MANIFEST_DEPTH = 1;

export interface Manifest {
  readonly size: number;
  /** In its normal form (`content-type.ts`). */
  readonly type: string;
  readonly root: Uint8Array;
}

export function encodeManifest({ size, type, root }: Manifest): Uint8Array {
  assert(size <= fileBytesMax && isContentType(type) && root.length === hashBytes, 'a manifest is in bounds');
  return encodeCbor(
    new Map<number, number | string | Uint8Array>([
      [1, size],
      [2, type],
      [3, root],
    ]),
  );
}

/** Throws `malformed` or `tooLarge` when it is none. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const limits = { bytesMax: fileManifestBytesMax, depthMax: MANIFEST_DEPTH };
  const fields = new Fields('a manifest', decodeCbor(bytes, limits));
  const manifest = {
    size: fields.uint(1, fileBytesMax),
    type: fields.text(2, fileTypeBytesMax),
    root: fields.bytes(3, hashBytes),
  };
  fields.done();
  if (!isContentType(manifest.type)) throw new Fault('malformed', 'a manifest names a content type');
  return manifest;
}

/** 32 bytes. */
export function addressOf(primitives: Sha256, manifest: Manifest): Uint8Array {
  return primitives.sha256(separated(ADDRESS, encodeManifest(manifest)));
}

/** Of how many chunks a file of this size consists; an empty one of none. */
export function chunkCountOf(size: number): number {
  return Math.ceil(size / fileChunkBytes);
}

/** The bytes of a file that a chunk is. */
export function chunkRange(size: number, index: number): Range {
  assert(index >= 0 && index < chunkCountOf(size), 'a chunk is in its file');
  const from = index * fileChunkBytes;
  return { from, to: Math.min(size, from + fileChunkBytes) };
}

/** The root of the tree over the SHA-256 of the chunks. */
export function treeRoot(primitives: Sha256, digests: readonly Uint8Array[]): Uint8Array {
  return rangeHash(inTree(primitives), digests, { from: 0, to: digests.length });
}

/** What shows to whoever has the manifest alone that a chunk is in its place. */
export function chunkProof(
  primitives: Sha256,
  digests: readonly Uint8Array[],
  index: number,
): readonly Uint8Array[] {
  const tree = inTree(primitives);
  return inclusionRanges(index, digests.length).map((range) => rangeHash(tree, digests, range));
}

/** A chunk as it came from somewhere. */
export interface ClaimedChunk {
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** Whether it is the one that the manifest means, in its size and its place. */
export function isChunkOf(primitives: Sha256, manifest: Manifest, claimed: ClaimedChunk): boolean {
  const { size, root } = manifest;
  const { index, bytes, proof } = claimed;
  const count = chunkCountOf(size);
  if (!Number.isSafeInteger(index) || index < 0 || index >= count) return false;
  const { from, to } = chunkRange(size, index);
  if (bytes.length !== to - from) return false;
  const tree = inTree(primitives);
  const leaf = leafHash(tree, primitives.sha256(bytes));
  return isIncluded(tree, { index, size: count, leaf, root, proof });
}

/** Whether these are the hashes of all chunks of the file. */
export function areDigestsOf(
  primitives: Sha256,
  { size, root }: Manifest,
  digests: readonly Uint8Array[],
): boolean {
  if (digests.length !== chunkCountOf(size)) return false;
  return digests.every((digest) => digest.length === hashBytes) && equal(treeRoot(primitives, digests), root);
}

/** The tree of files: every leaf and node of it is hashed in its domain (SPEC C2). */
function inTree(primitives: Sha256): Sha256 {
  return { sha256: (data) => primitives.sha256(separated(TREE, data)) };
}

function rangeHash(tree: Sha256, digests: readonly Uint8Array[], { from, to }: Range): Uint8Array {
  // Level by level: what has no neighbour goes up as it is, which is the tree of RFC 6962.
  let level = digests.slice(from, to).map((digest) => leafHash(tree, digest));
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let at = 0; at < level.length; at += 2) {
      const [left, right] = level.slice(at, at + 2);
      if (left !== undefined) above.push(right === undefined ? left : nodeHash(tree, left, right));
    }
    level = above;
  }
  return level[0] ?? emptyRoot(tree);
}
