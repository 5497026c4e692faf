/** Group commit: alone undone, together lost, and nothing half done whichever operation fails. */

import { deepEqual, equal, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from 'copse/internal/base/fault.ts';
import { writesPendingMax } from 'copse/internal/base/limits.ts';
import { GroupCommit } from './group-commit.ts';
import { openDatabase, type Database, type Statement } from './sqlite.ts';

interface Bench {
  readonly commits: GroupCommit;
  readonly add: Statement<object>;
  readonly flush: () => void;
  readonly stored: () => readonly string[];
  readonly committed: () => number;
}

function benchOn(database: Database): Bench {
  database.execute('CREATE TABLE word (text TEXT PRIMARY KEY) STRICT');
  let waiting: (() => void) | null = null;
  let committed = 0;
  const commits = new GroupCommit(database, {
    schedule: (flush) => {
      waiting = flush;
    },
    onCommit: () => committed++,
  });
  const all = database.prepare<{ text: string }>('SELECT text FROM word ORDER BY text');
  return {
    commits,
    add: database.prepare('INSERT INTO word (text) VALUES (?)'),
    flush: () => waiting?.(),
    stored: () => all.all().map((row) => row.text),
    committed: () => committed,
  };
}

/** The outcomes of promises, by what they answered or why they were refused. */
async function outcomes(promises: readonly Promise<unknown>[]): Promise<readonly string[]> {
  const settled = await Promise.allSettled(promises);
  return settled.map((one) => (one.status === 'fulfilled' ? String(one.value) : codeOf(one.reason)));
}

function codeOf(reason: unknown): string {
  return reason instanceof Fault ? reason.code : 'mistake';
}

test('[A16] writes of one turn are one commit, and a task that throws is undone alone', async () => {
  using database = openDatabase(':memory:');
  const { commits, add, flush, stored, committed } = benchOn(database);
  const pairs = [
    ['a', 'ant'],
    ['b', 'bee'],
    ['ape', 'a'],
    ['c', 'cow'],
  ] as const;
  const writes = pairs.map(([first, second]) =>
    commits.write(() => {
      add.run(first);
      add.run(second);
      return first;
    }),
  );
  deepEqual(stored(), []);
  flush();
  deepEqual(await outcomes(writes), ['a', 'b', 'mistake', 'c']);
  deepEqual(stored(), ['a', 'ant', 'b', 'bee', 'c', 'cow']);
  equal(committed(), 1);
});

test('[J10] whichever operation fails, what was acknowledged is stored and what was not is not', async () => {
  for (let nth = 1; nth <= 14; nth++) {
    using database = openDatabase(':memory:');
    const failing = failingAt(database);
    const { commits, add, flush, stored } = benchOn(failing.database);
    const first = commits.write(() => add.run('first'));
    flush();
    await first;
    failing.arm(nth);
    const writes = ['a', 'b'].map((text) => commits.write(() => add.run(text)));
    flush();
    const answers = await outcomes(writes);
    failing.disarm();
    const acknowledged = ['a', 'b'].filter((_, n) => answers[n] === '1');
    deepEqual(stored(), [...acknowledged, 'first'], `operation ${nth}`);
    for (const answer of answers)
      equal(answer === '1' || answer === 'full', true, `operation ${nth}: ${answer}`);
    const last = commits.write(() => add.run('last'));
    flush();
    equal(await last, 1, `room has returned after operation ${nth}`);
  }
});

test('[A16] only what is done again after a loss of power does not wait for the disk, and only alone', async () => {
  using database = openDatabase(':memory:');
  const failing = failingAt(database);
  const { commits, flush } = benchOn(failing.database);
  const level = database.prepare<{ synchronous: number }>('PRAGMA synchronous');
  const waits = (): boolean => level.get()?.synchronous === 2;
  const durable = commits.write(waits);
  flush();
  equal(await durable, true, 'from the beginning');
  const alone = [commits.writeRepeatable(waits), commits.writeRepeatable(waits)];
  flush();
  deepEqual(await Promise.all(alone), [false, false]);
  const together = [commits.writeRepeatable(waits), commits.write(waits)];
  flush();
  deepEqual(await Promise.all(together), [true, true]);
  for (const isFirst of [true, false]) {
    failing.arm(isFirst ? 1 : 99);
    const repeatable = commits.writeRepeatable(waits);
    flush();
    deepEqual(await outcomes([repeatable]), [isFirst ? 'full' : 'false']);
    failing.arm(1);
    const refused = commits.write(waits);
    flush();
    deepEqual(await outcomes([refused]), ['full'], 'what cannot be made durable is not done');
    failing.disarm();
    const again = commits.write(waits);
    flush();
    equal(await again, true, 'the level is asked for until it is reached');
  }
});

test('[G2] writes that wait are bounded, and a closed store takes none', async () => {
  using database = openDatabase(':memory:');
  const { commits, flush } = benchOn(database);
  const writes = Array.from({ length: writesPendingMax }, () => commits.write(() => null));
  await rejects(
    commits.write(() => null),
    { code: 'tooMany' },
  );
  flush();
  await Promise.all(writes);
  commits.close();
  await rejects(
    commits.write(() => null),
    { code: 'closed' },
  );
});

/** A database whose nth writing operation from `arm` on finds the disk full. */
function failingAt(database: Database): { database: Database; arm(nth: number): void; disarm(): void } {
  let left = Infinity;
  const step = (sql: string): void => {
    if (sql.startsWith('ROLLBACK') || sql.startsWith('RELEASE')) return;
    left--;
    if (left === 0) throw new Fault('full', 'a test');
  };
  return {
    arm: (nth) => {
      left = nth;
    },
    disarm: () => {
      left = Infinity;
    },
    database: {
      prepare<Row>(sql: string): Statement<Row> {
        const statement = database.prepare<Row>(sql);
        return {
          get: (...values) => statement.get(...values),
          all: (...values) => statement.all(...values),
          iterate: (...values) => statement.iterate(...values),
          run: (...values) => {
            step(sql);
            return statement.run(...values);
          },
        };
      },
      execute: (sql) => {
        step(sql);
        database.execute(sql);
      },
      transaction: (task) =>
        database.transaction(() => {
          step('BEGIN');
          const answer = task();
          step('COMMIT');
          return answer;
        }),
      snapshot: (task) => database.snapshot(task),
      close: () => database.close(),
      [Symbol.dispose]: () => database.close(),
    },
  };
}
