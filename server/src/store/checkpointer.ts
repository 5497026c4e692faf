/**
 * Moves what is committed from the WAL of a file into the file: plain synchronous calls on a connection of
 * its own, run by `checkpoint-worker.ts` so that no commit waits for it. Passive: neither readers nor the
 * writer are held up, and what a commit adds meanwhile is left to the next time.
 */

import type { Clerk } from './desk.ts';
import { openDatabase, type Database, type Statement } from './sqlite.ts';

interface Row {
  readonly busy: number;
  /** Pages in the WAL, and how many of them the file has. */
  readonly log: number;
  readonly checkpointed: number;
}

export interface Checkpointed {
  readonly pages: number;
  readonly left: number;
}

export class Checkpointer implements Clerk {
  readonly #database: Database;
  readonly #checkpoint: Statement<Row>;

  constructor(path: string) {
    this.#database = openDatabase(path, { autoCheckpoint: false });
    this.#checkpoint = this.#database.prepare<Row>('PRAGMA wal_checkpoint(PASSIVE)');
  }

  checkpoint(): Checkpointed {
    const row = this.#checkpoint.get();
    if (row === null || row.log < 0) return { pages: 0, left: 0 };
    return { pages: row.log, left: row.log - row.checkpointed };
  }

  tidy(): void {}

  close(): void {
    this.#database.close();
  }
}
