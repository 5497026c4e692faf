/** Takes the bytes of a file as they come, in pieces of any size, and answers its chunks and its address (SPEC Z40). */

import { assert } from '../../base/assert.ts';
import { fileChunkBytes } from '../../base/limits-files.ts';
import type { Sha256 } from '../../crypto/merkle.ts';
import { addressOf, treeRoot, type Manifest } from './address.ts';

export interface Hashed {
  readonly manifest: Manifest;
  readonly address: Uint8Array;
}

/** Cuts pieces into chunks; holds one of them at most. */
export class Chunker {
  #held = new Uint8Array(fileChunkBytes);
  #size = 0;

  /** With what was left of a file that began elsewhere. */
  constructor(tail: Uint8Array = new Uint8Array(0)) {
    assert(tail.length < fileChunkBytes, 'what is left is no chunk');
    this.#held.set(tail);
    this.#size = tail.length;
  }

  /** What has come and is no whole chunk yet. */
  get tail(): Uint8Array {
    return this.#held.subarray(0, this.#size);
  }

  /** The chunks that `piece` completes; each belongs to whoever gets it. */
  push(piece: Uint8Array): readonly Uint8Array[] {
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < piece.length;) {
      const part = piece.subarray(at, at + fileChunkBytes - this.#size);
      this.#held.set(part, this.#size);
      this.#size += part.length;
      at += part.length;
      if (this.#size < fileChunkBytes) break;
      chunks.push(this.#held);
      this.#held = new Uint8Array(fileChunkBytes);
      this.#size = 0;
    }
    return chunks;
  }

  /** The last chunk, or none; nothing is held afterwards. */
  end(): Uint8Array | null {
    if (this.#size === 0) return null;
    const chunk = this.#held.slice(0, this.#size);
    this.#size = 0;
    return chunk;
  }
}

/** The address of a file from the hashes of its chunks. */
export function hashed(
  primitives: Sha256,
  file: { readonly size: number; readonly type: string; readonly digests: readonly Uint8Array[] },
): Hashed {
  const { size, type, digests } = file;
  const manifest = { size, type, root: treeRoot(primitives, digests) };
  return { manifest, address: addressOf(primitives, manifest) };
}
