/**
 * Group commit for a store that lives on the thread of its callers: what arrives in one turn of the event
 * loop becomes one transaction, so that a thousand sign-ups cost a handful of fsyncs. A task that throws
 * is undone alone; when the commit itself fails, all its tasks fail and nothing has happened (SPEC J10).
 */

import { Fault } from 'copse/internal/base/fault.ts';
import { writesPendingMax } from 'copse/internal/base/limits.ts';
import type { Database, Statement } from './sqlite.ts';

interface Job {
  readonly task: () => unknown;
  /** What it does is done again when a loss of power has undone it. */
  readonly isRepeatable: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (thrown: unknown) => void;
}

type Outcome =
  | { readonly job: Job; readonly value: unknown }
  | { readonly job: Job; readonly thrown: unknown };

export interface GroupCommitOptions {
  /** Arranges that `flush` runs after what is ready now. */
  readonly schedule: (flush: () => void) => void;
  /** After a commit is durable and before its promises resolve. */
  readonly onCommit: () => void;
}

export class GroupCommit {
  readonly #database: Database;
  readonly #options: GroupCommitOptions;
  readonly #mark: Statement<object>;
  readonly #keep: Statement<object>;
  readonly #undo: Statement<object>;
  #jobs: Job[] = [];
  #closed = false;
  /** Whether a commit waits for the disk. */
  #isDurable = true;

  constructor(database: Database, options: GroupCommitOptions) {
    this.#database = database;
    this.#options = options;
    this.#mark = database.prepare('SAVEPOINT task');
    this.#keep = database.prepare('RELEASE task');
    this.#undo = database.prepare('ROLLBACK TO task');
  }

  /** Runs `task` inside the next commit; resolves with its answer when that is durable. */
  write<T>(task: () => T): Promise<T> {
    return this.#enqueue(task, false);
  }

  /**
   * The same for work that nobody was promised and that the next start goes on with: alone in a commit it does
   * not wait for the disk. Commits keep their order, so what is durable later makes it durable too.
   */
  writeRepeatable<T>(task: () => T): Promise<T> {
    return this.#enqueue(task, true);
  }

  #enqueue<T>(task: () => T, isRepeatable: boolean): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) return reject(new Fault('closed'));
      if (this.#jobs.length >= writesPendingMax) return reject(new Fault('tooMany', 'changes of accounts'));
      if (this.#jobs.length === 0) this.#options.schedule(this.#flush);
      this.#jobs.push({ task, isRepeatable, resolve: resolve as (value: unknown) => void, reject });
    });
  }

  /** Commits what waits; afterwards nothing is taken any more. */
  close(): void {
    this.#flush();
    this.#closed = true;
  }

  readonly #flush = (): void => {
    const jobs = this.#jobs;
    if (jobs.length === 0) return;
    this.#jobs = [];
    let outcomes: readonly Outcome[];
    try {
      this.#waitForDisk(!jobs.every((job) => job.isRepeatable));
      outcomes = this.#database.transaction(() => jobs.map(this.#run));
    } catch (thrown) {
      for (const job of jobs) job.reject(thrown);
      return;
    }
    this.#options.onCommit();
    for (const outcome of outcomes) {
      if ('thrown' in outcome) outcome.job.reject(outcome.thrown);
      else outcome.job.resolve(outcome.value);
    }
  };

  #waitForDisk(isDurable: boolean): void {
    if (this.#isDurable === isDurable) return;
    // Before a commit that is not durable it is noted first: should a statement fail, the next one asks again.
    if (!isDurable) this.#isDurable = false;
    this.#database.execute(`PRAGMA synchronous = ${isDurable ? 'FULL' : 'NORMAL'}`);
    this.#isDurable = isDurable;
  }

  readonly #run = (job: Job): Outcome => {
    this.#mark.run();
    try {
      const value = job.task();
      this.#keep.run();
      return { job, value };
    } catch (thrown) {
      this.#undoTask(thrown);
      return { job, thrown };
    }
  };

  /** A full disk may have ended the whole transaction; then all of it fails for that reason. */
  #undoTask(reason: unknown): void {
    try {
      this.#undo.run();
      this.#keep.run();
    } catch {
      throw reason;
    }
  }
}
