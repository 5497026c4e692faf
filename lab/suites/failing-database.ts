/**
 * A database that fails at a chosen operation: the n-th statement that writes, or the beginning or end of
 * a transaction. The fault is the one of a full disk (SPEC J4, J10).
 */

import { Fault } from 'copse/internal/base/fault.ts';
import type { Database, Statement } from '../../server/src/store/sqlite.ts';

export type FaultMode =
  /** One operation fails, the next ones work: the disk was full for a moment. */
  | 'once'
  /** Nothing works any more until somebody opens it anew. */
  | 'from then on'
  /** As before, but a failing COMMIT has reached the disk all the same. */
  | 'after the commit';

/** Counts operations and says which one fails. One plan may serve several databases. */
export class FaultPlan {
  readonly #failAt: number;
  readonly mode: FaultMode;
  /** Operations so far. */
  count = 0;

  constructor(failAt: number, mode: FaultMode) {
    this.#failAt = failAt;
    this.mode = mode;
  }

  get triggered(): boolean {
    return this.count >= this.#failAt;
  }

  /** Whether the operation that comes now fails. */
  strikes(): boolean {
    this.count++;
    return this.mode === 'once' ? this.count === this.#failAt : this.triggered;
  }

  step(): void {
    if (this.strikes()) throw injected(this.count);
  }
}

function injected(count: number): Fault {
  return new Fault('full', `injected at operation ${count}`);
}

/** `database` under a plan. Closing is left to the owner, so that it can be opened again. */
export function failing(database: Database, plan: FaultPlan): Database {
  return {
    prepare: (sql) => failingStatement(database.prepare(sql), plan),
    execute(sql) {
      plan.step();
      database.execute(sql);
    },
    transaction(task) {
      plan.step();
      database.execute('BEGIN IMMEDIATE');
      try {
        const answer = task();
        const strikes = plan.strikes();
        if (strikes && plan.mode !== 'after the commit') throw injected(plan.count);
        database.execute('COMMIT');
        if (strikes) throw new CommittedAnyway(plan.count);
        return answer;
      } catch (thrown) {
        if (thrown instanceof CommittedAnyway) throw injected(thrown.count);
        database.execute('ROLLBACK');
        throw thrown;
      }
    },
    snapshot: (task) => database.snapshot(task),
    close() {},
    [Symbol.dispose]() {},
  };
}

class CommittedAnyway extends Error {
  readonly count: number;

  constructor(count: number) {
    super('the commit is on the disk, but nobody is told');
    this.count = count;
  }
}

function failingStatement<Row>(statement: Statement<Row>, plan: FaultPlan): Statement<Row> {
  return {
    get: (...values) => statement.get(...values),
    all: (...values) => statement.all(...values),
    iterate: (...values) => statement.iterate(...values),
    run(...values) {
      plan.step();
      return statement.run(...values);
    },
  };
}
