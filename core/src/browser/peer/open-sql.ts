/**
 * Where the messages of a browser lie (SPEC Z50): in the origin's private file system, which one worker at a time
 * has, or in memory where there is none, as in a private window. The files are those of SQLite's pool of synchronous
 * handles: no headers of the page are needed for it, and a commit is on the disk when it returns.
 */

import type { OpfsSAHPoolDatabase, SAHPoolUtil, Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import { pause, type Env } from '../../base/env.ts';
import { Fault } from '../../base/fault.ts';
import { PEER_STEPS } from '../../social/store/schema.ts';
import { WasmSql } from './wasm-sql.ts';

export interface OpenSql {
  readonly sqlite: Sqlite3Static;
  readonly env: Env;
  /** Of the pool; one per user. */
  readonly name: string;
  /** Where the browser lends no files, nothing is opened: `forbidden`. */
  readonly mustKeep?: boolean;
}

export interface OpenedSql {
  readonly database: WasmSql;
  /** Whether it is there after the browser has been closed. */
  readonly isKept: boolean;
  /** Nothing was here: for the first time, or because the browser has cleared it. */
  readonly isNew: boolean;
}

/** The database, its handles and its journal, with one to spare. */
const POOL_FILES = 4;
const FILE = '/messages.sqlite';
/** A tab that was closed gives its handles back within moments. */
const HELD_MS = 5_000;
const AGAIN_MS = 100;
const PRAGMAS = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA page_size = 4096;
  PRAGMA cache_size = -32768;
  PRAGMA temp_store = MEMORY;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA wal_autocheckpoint = 2000;
`;

/** Opens what is there, or something new in its place; `locked` when another worker has it and keeps it. */
export async function openSql(options: OpenSql): Promise<OpenedSql> {
  const { sqlite } = options;
  const pool = await openPool(options);
  if (pool === null && options.mustKeep === true)
    throw new Fault('forbidden', 'This browser lends this page no files.');
  if (pool === null) return opened(new WasmSql(sqlite, new sqlite.oo1.DB(':memory:')), false);
  try {
    return opened(new WasmSql(sqlite, made(pool)), true);
  } catch (thrown) {
    // What is kept here others have too, but for what waits to be sent: nothing is gained by refusing to start.
    if (!(thrown instanceof Fault) || thrown.code !== 'corrupt') throw thrown;
    await pool.wipeFiles();
    return opened(new WasmSql(sqlite, made(pool)), true);
  }
}

function made(pool: SAHPoolUtil): OpfsSAHPoolDatabase {
  return new pool.OpfsSAHPoolDb(FILE);
}

function opened(database: WasmSql, isKept: boolean): OpenedSql {
  try {
    return { database, isKept, isNew: prepareSql(database) === 0 };
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

/** Brings the tables to the newest version; answers in which they were. */
export function prepareSql(database: WasmSql): number {
  database.execute(PRAGMAS);
  const row = database.prepare<{ readonly user_version: number }>('PRAGMA user_version').get();
  const first = row?.user_version ?? 0;
  if (first > PEER_STEPS.length)
    throw new Fault('newer', 'The messages are of a newer version of this program.');
  for (const [version, step] of PEER_STEPS.entries()) {
    if (version < first) continue;
    database.transaction(() => {
      database.execute(step);
      database.execute(`PRAGMA user_version = ${version + 1}`);
    });
  }
  return first;
}

/** Null where the browser lends no files. */
async function openPool({ sqlite, env, name }: OpenSql): Promise<SAHPoolUtil | null> {
  const endMs = env.nowMs() + HELD_MS;
  const options = {
    name,
    directory: `/${name}`,
    initialCapacity: POOL_FILES,
    // What another worker still holds must not be thrown away.
    preserveOnInitFailure: true,
    forceReinitIfPreviouslyFailed: true,
  };
  for (;;) {
    try {
      return await sqlite.installOpfsSAHPoolVfs(options);
    } catch (thrown) {
      if (!isHeld(thrown)) {
        env.log('warn', 'peer.files', { why: String(thrown) });
        return null;
      }
      if (env.nowMs() > endMs)
        throw new Fault('locked', 'Another tab has the messages open.', { cause: thrown });
      await pause(env, AGAIN_MS);
    }
  }
}

function isHeld(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === 'NoModificationAllowedError';
}
