/**
 * The lock of a data directory: one process at a time (SPEC J7). The lock itself is the one that SQLite
 * takes on the file `lock`: the kernel gives it back when the process ends, however it ends. Who holds it
 * stands beside it in `lock.pid`; to read the locked file itself would give up the lock of this process
 * (fcntl(2), "advisory record locking").
 */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Fault } from 'copse/internal/base/fault.ts';

import { openDatabase, type Database } from './sqlite.ts';

/** Holds the lock until it is disposed of, or the process ends. Keep it: what nobody holds is collected. */
export interface DirectoryLock extends Disposable {
  readonly directory: string;
}

/** Takes the lock of a directory, which is made when it does not exist; throws `locked` with its holder. */
export function lockDirectory(directory: string): DirectoryLock {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const holderPath = join(directory, 'lock.pid');
  const database = exclusive(join(directory, 'lock'));
  if (database === null) throw new Fault('locked', `Process ${holderOf(holderPath)} is using ${directory}.`);
  writeFileSync(holderPath, `${process.pid}\n`);
  return {
    directory,
    [Symbol.dispose]() {
      // First the name, then the lock: who comes next writes its own.
      rmSync(holderPath, { force: true });
      database.close();
    },
  };
}

/** A database in a transaction that keeps everybody else out, or null when somebody else has it. */
function exclusive(path: string): Database | null {
  let database: Database | null = null;
  try {
    database = openDatabase(path, { journal: 'none', busyMs: 0 });
    database.execute('BEGIN EXCLUSIVE');
    return database;
  } catch (thrown) {
    database?.close();
    if (thrown instanceof Fault && thrown.code === 'locked') return null;
    throw thrown;
  }
}

function holderOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return 'of unknown number';
  }
}
