/** Files of a backup: their hashes and their way to the disk. */

import { closeSync, fsyncSync, openSync, readSync } from 'node:fs';

const BLOCK_BYTES = 1 << 20;

/**
 * SHA-256 of a file in hex, as `sha256sum` prints it, so that an operator can check a backup without
 * copse. The runtime's hasher is called directly: the seam of the primitives has no form for files
 * larger than memory, and this one protects nothing but against decay.
 */
export function fileHash(path: string): string {
  const hasher = new Bun.CryptoHasher('sha256');
  const block = new Uint8Array(BLOCK_BYTES);
  const file = openSync(path, 'r');
  try {
    for (;;) {
      const size = readSync(file, block);
      if (size === 0) return hasher.digest('hex');
      hasher.update(block.subarray(0, size));
    }
  } finally {
    closeSync(file);
  }
}

/** Waits until a file, or a directory's list of names, is on the disk. */
export function syncPath(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
