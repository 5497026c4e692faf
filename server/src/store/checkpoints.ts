/**
 * When the WAL of a file is checkpointed, for an owner who commits on the thread of its callers: by a worker
 * beside it, because a checkpoint in a commit held everybody up for up to 90 ms. The worker starts when so
 * much has been written that it is worth one; a small node never has it.
 *
 * A WAL begins anew only when all of it is in the file at the moment of a commit, which a writer without a
 * pause never leaves time for: above `BEGIN_ANEW_PAGES` the owner moves the few pages that came last itself.
 */

import { statSync } from 'node:fs';
import { realEnv, type Timer } from 'copse/internal/base/env.ts';
import type { Checkpointed, Checkpointer } from './checkpointer.ts';
import { workerDesk, type Desk } from './desk.ts';
import type { Database } from './sqlite.ts';

/** The worker is worth its start. */
const WORTH_BYTES = 4 << 20;
/** A commit looks at the size of the WAL so often, as long as there is no worker. */
const LOOK_EVERY = 8;
/** Pages that many commits change are moved once; a WAL that is read through stays short enough. */
const PAUSE_MS = 500;
/** 128 MiB, which only writing without a pause reaches; the owner waits for the disk a few milliseconds then. */
const BEGIN_ANEW_PAGES = 32_768;
/** When there is no worker, and never before it had its chance: what commits checkpoint by themselves. */
export const CHECKPOINT_PAGES = 2 * BEGIN_ANEW_PAGES;
const WITHOUT_WORKER_PAGES = 1_000;

export class Checkpoints {
  readonly #database: Database;
  readonly #path: string;
  readonly #env = realEnv();
  #desk: Promise<Desk<Checkpointer>> | null = null;
  #commits = 0;
  #isDirty = false;
  #working: Promise<void> | null = null;
  #pause: Timer | null = null;
  #isOver = false;

  constructor(database: Database, path: string) {
    this.#database = database;
    this.#path = path;
    this.#isOver = path === ':memory:';
  }

  /** After every commit. */
  committed(): void {
    this.#isDirty = true;
    if (this.#isOver || this.#working !== null || this.#pause !== null) return;
    if (this.#desk === null && (this.#commits++ % LOOK_EVERY !== 0 || !this.#isWorth())) return;
    this.#work();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#pause?.cancel();
    await this.#working;
    await (await this.#desk?.catch(() => null))?.close();
  }

  #isWorth(): boolean {
    return (statSync(`${this.#path}-wal`, { throwIfNoEntry: false })?.size ?? 0) >= WORTH_BYTES;
  }

  #work(): void {
    this.#working = this.#checkpoint()
      .catch(() => this.#fail())
      .finally(() => {
        this.#working = null;
      });
  }

  async #checkpoint(): Promise<void> {
    this.#isDirty = false;
    this.#desk ??= workerDesk<Checkpointer>(
      new Worker(new URL('./checkpoint-worker.ts', import.meta.url).href),
      this.#path,
    );
    const desk = await this.#desk;
    let done: Checkpointed = await desk.call('checkpoint', []);
    if (done.pages >= BEGIN_ANEW_PAGES) {
      done = await desk.call('checkpoint', []);
      // The few that were committed while the worker was at it.
      if (!this.#isOver) this.#database.execute('PRAGMA wal_checkpoint(PASSIVE)');
    }
    if (this.#isOver) return;
    this.#pause = this.#env.after(PAUSE_MS, () => {
      this.#pause = null;
      if (this.#isDirty) this.#work();
    });
  }

  /** Nothing is lost without a worker: commits checkpoint as they do elsewhere. */
  #fail(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#database.execute(`PRAGMA wal_autocheckpoint = ${WITHOUT_WORKER_PAGES}`);
  }
}
