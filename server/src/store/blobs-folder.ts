/**
 * Blobs as files: `ab/abcd…` under a directory, written beside and moved into place when they are on the disk,
 * so that a file of that name is whole (SPEC B2).
 */

import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { assert } from 'copse/internal/base/assert.ts';

import { isBlobName, type BlobStore } from './blobs.ts';

export class FolderBlobs implements BlobStore {
  readonly place: string;
  /** By name, what is being written. */
  readonly #putting = new Map<string, Promise<void>>();

  constructor(directory: string) {
    this.place = directory;
  }

  /** Where a blob is, or would be. */
  pathOf(name: string): string {
    assert(isBlobName(name), 'a blob is named by its hash');
    return join(this.place, name.slice(0, 2), name);
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    const known = this.#putting.get(name);
    if (known !== undefined) return known;
    const putting = this.#put(this.pathOf(name), bytes).finally(() => this.#putting.delete(name));
    this.#putting.set(name, putting);
    return putting;
  }

  /** What was cut off here before is written over. */
  async #put(path: string, bytes: Uint8Array): Promise<void> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(partOf(path), 'w', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partOf(path), path);
    // The directory's list of names, and the list in which the directory is itself.
    for (const directory of [dirname(path), this.place]) await syncDirectory(directory);
  }

  async get(name: string): Promise<Uint8Array | null> {
    try {
      const bytes = await readFile(this.pathOf(name));
      return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    } catch (thrown) {
      if (isAbsent(thrown)) return null;
      throw thrown;
    }
  }

  async delete(name: string): Promise<void> {
    const path = this.pathOf(name);
    for (const each of [partOf(path), path]) await rm(each, { force: true });
  }

  address(): null {
    return null;
  }
}

/** A blob on its way; in no backup. */
const partOf = (path: string): string => `${path}.part`;

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function isAbsent(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
}
