/**
 * SHA-256 of the whole of files that are coming: what comes in order is hashed as it does, and what did not is read
 * again at the end. What was hashed before a restart is too.
 */

import { createHash, type Hash } from 'node:crypto';
import { Cache } from 'copse/internal/base/cache.ts';
import { fileUploadsMax } from 'copse/internal/base/limits-files.ts';

interface Running {
  readonly hash: Hash;
  /** Index of the chunk that comes next. */
  next: number;
}

export class WholeHashes {
  readonly #runningByFile = new Cache<number, Running>(fileUploadsMax);

  /** A chunk of a file has come. */
  add(file: number, at: number, bytes: Uint8Array): void {
    const running = this.#runningByFile.get(file) ?? { hash: createHash('sha256'), next: 0 };
    if (running.next !== at) return;
    running.hash.update(bytes);
    running.next++;
    this.#runningByFile.set(file, running);
  }

  /** Of `count` chunks; those that it has not seen are read. In hex. */
  async end(file: number, count: number, read: (at: number) => Promise<Uint8Array>): Promise<string> {
    const { hash, next } = this.#runningByFile.get(file) ?? { hash: createHash('sha256'), next: 0 };
    this.#runningByFile.delete(file);
    for (let at = next; at < count; at++) hash.update(await read(at));
    return hash.digest('hex');
  }
}
