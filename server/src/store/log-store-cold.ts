/** What a log store does with cold chunks: finds them for readers, moves them, reads them all for `verify`. */

import type { Env } from 'copse/internal/base/env.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';

import { blobProblems } from './blobs-verify.ts';
import { ColdMoves, type Cold } from './cold-moves.ts';
import { ColdReads } from './cold-reads.ts';
import type { Chunk, ChunkStore, ColdChunk, Problem } from './chunks.ts';

export interface StoreColdOptions {
  readonly chunks: ChunkStore;
  readonly env: Env;
  readonly primitives: Pick<Primitives, 'sha256'>;
  /** Null when nothing moves; what was moved before is named, and cannot be read. */
  readonly cold: Cold | null;
  readonly epoch: () => number;
}

export class StoreCold {
  readonly #options: StoreColdOptions;
  readonly #reads: ColdReads;
  readonly #moves: ColdMoves | null;

  constructor(options: StoreColdOptions) {
    const { cold, primitives } = options;
    this.#options = options;
    this.#reads = new ColdReads(cold?.blobs ?? null, primitives);
    this.#moves = cold === null ? null : new ColdMoves({ ...options, ...cold });
  }

  /** The chunk that holds a position, as far as it is here; `cold` when it has to be warmed first. */
  chunkAt(number: number, position: number): Chunk | 'cold' | null {
    const chunk = this.#options.chunks.chunkAt(number, position);
    if (chunk === null || !('blob' in chunk)) return chunk;
    return this.#reads.find(chunk) ?? 'cold';
  }

  async warm(number: number, position: number): Promise<void> {
    const { chunks, env } = this.#options;
    const chunk = chunks.chunkAt(number, position);
    if (chunk === null || !('blob' in chunk)) return;
    await this.#reads.warm(chunk).catch((thrown: unknown) => {
      const { code, message } = asFault(thrown);
      env.log('error', 'store.cold-read-failed', { code, message });
      throw thrown;
    });
  }

  /** The cold chunks of a log from a position on, as far as they follow one another. */
  from(number: number, position: number, countMax: number): readonly ColdChunk[] {
    const runs: ColdChunk[] = [];
    for (let at = position; runs.length < countMax;) {
      const chunk = this.#options.chunks.chunkAt(number, at);
      if (chunk === null || !('blob' in chunk)) break;
      runs.push(chunk);
      at = chunk.first + chunk.count;
    }
    return runs;
  }

  async run(): Promise<void> {
    await this.#moves?.run();
  }

  async close(): Promise<void> {
    await this.#moves?.close();
  }

  async *problems(): AsyncGenerator<Problem> {
    const { chunks, cold, primitives } = this.#options;
    yield* chunks.problems();
    if (cold !== null) yield* blobProblems(chunks.cold(), cold.blobs, primitives);
  }

  /** Name, unit and value. */
  figures(): readonly (readonly [string, string, number])[] {
    const moves = this.#moves;
    const read = ['storeColdReadTotal', '', this.#reads.fetchedCount] as const;
    if (moves === null) return [read];
    return [
      read,
      ['storeColdMovedTotal', '', moves.movedCount],
      ['storeColdMovedBytesTotal', 'bytes', moves.movedBytes],
      ['storeColdDeletedTotal', '', moves.deletedCount],
    ];
  }
}
