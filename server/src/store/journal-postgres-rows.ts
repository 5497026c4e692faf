/** The tables of journals in PostgreSQL: their schema, statements, and how a row is read. */

import { Fault } from 'copse/internal/base/fault.ts';

import type { JournalRecord } from './journal.ts';
import type { PgConnection, PgQuery, PgRow } from './postgres.ts';

/**
 * Append-only: step n leads from version n to n + 1. Several shards share the tables. What is written is
 * sealed already, so nothing is gained by compressing it; the row that every commit changes has room to be
 * changed in place.
 */
const STEPS: readonly string[] = [
  `CREATE TABLE copse_shard (
     shard integer PRIMARY KEY,
     epoch bigint NOT NULL,
     first bigint NOT NULL,
     tail bigint NOT NULL,
     tail_hash bytea NOT NULL
   ) WITH (fillfactor = 10);
   CREATE TABLE copse_record (
     shard integer NOT NULL,
     seq bigint NOT NULL,
     epoch bigint NOT NULL,
     prev_hash bytea NOT NULL,
     hash bytea NOT NULL,
     bytes bytea NOT NULL,
     PRIMARY KEY (shard, seq)
   );
   ALTER TABLE copse_record ALTER COLUMN bytes SET STORAGE EXTERNAL;
   CREATE TABLE copse_cell (
     shard integer NOT NULL,
     key text NOT NULL,
     version bigint NOT NULL,
     value bytea NOT NULL,
     PRIMARY KEY (shard, key)
   ) WITH (fillfactor = 10);`,
];

const CREATE_VERSION = 'CREATE TABLE IF NOT EXISTS copse_version (version integer NOT NULL)';
/** Any number that is ours alone: who creates tables at once waits for one another. */
const LOCK = 'SELECT pg_advisory_xact_lock(4031742716420001)';
const SELECT_VERSION = 'SELECT version FROM copse_version';
const INSERT_VERSION = 'INSERT INTO copse_version (version) VALUES (0)';
const UPDATE_VERSION = 'UPDATE copse_version SET version = $1';
const INSERT_SHARD =
  'INSERT INTO copse_shard (shard, epoch, first, tail, tail_hash) VALUES ($1, 0, 1, 0, $2) ' +
  'ON CONFLICT (shard) DO NOTHING';
/** Like a transaction that writes the row and the record, in one statement: one way to the server and back. */
export const APPEND =
  'WITH moved AS (UPDATE copse_shard SET epoch = $2, tail = $3, tail_hash = $5 ' +
  'WHERE shard = $1 AND epoch = $2 AND tail = $7 AND tail_hash = $4 RETURNING tail) ' +
  'INSERT INTO copse_record (shard, seq, epoch, prev_hash, hash, bytes) ' +
  'SELECT $1, $3, $2, $4, $5, $6 FROM moved RETURNING seq';
export const UPDATE_SHARD = 'UPDATE copse_shard SET epoch = $2, tail = $3, tail_hash = $4 WHERE shard = $1';
export const INSERT_RECORD =
  'INSERT INTO copse_record (shard, seq, epoch, prev_hash, hash, bytes) VALUES ($1, $2, $3, $4, $5, $6)';
export const SELECT_SHARD = 'SELECT epoch, first, tail, tail_hash FROM copse_shard WHERE shard = $1';
export const LOCK_SHARD = `${SELECT_SHARD} FOR UPDATE`;
export const SELECT_RECORD =
  'SELECT seq, epoch, prev_hash, hash, bytes FROM copse_record WHERE shard = $1 AND seq = $2';
export const SELECT_RECORDS =
  'SELECT seq, epoch, prev_hash, hash, bytes FROM copse_record ' +
  'WHERE shard = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq LIMIT $4';
export const UPDATE_FIRST = 'UPDATE copse_shard SET first = $2 WHERE shard = $1 AND first < $2';
export const DELETE_RECORDS = 'DELETE FROM copse_record WHERE shard = $1 AND seq < $2';
export const SELECT_CELL = 'SELECT version, value FROM copse_cell WHERE shard = $1 AND key = $2';
export const INSERT_CELL =
  'INSERT INTO copse_cell (shard, key, version, value) VALUES ($1, $2, 1, $3) ' +
  'ON CONFLICT (shard, key) DO NOTHING RETURNING version';
export const UPDATE_CELL =
  'UPDATE copse_cell SET version = version + 1, value = $4 ' +
  'WHERE shard = $1 AND key = $2 AND version = $3 RETURNING version';

export interface ShardState {
  readonly epoch: number;
  readonly first: number;
  readonly tail: number;
  readonly tailHash: Uint8Array;
}

/** Makes the tables, or brings them to this version; `newer` when they are beyond it. */
export async function migratePostgres(
  postgres: PgConnection,
  shard: number,
  genesis: Uint8Array,
): Promise<void> {
  await postgres.transaction(async (tables) => {
    await tables.query(LOCK);
    await tables.query(CREATE_VERSION);
    const [row] = await tables.query(SELECT_VERSION);
    if (row === undefined) await tables.query(INSERT_VERSION);
    const version = row === undefined ? 0 : numberOf(row, 'version');
    if (version > STEPS.length) {
      throw new Fault('newer', `journal: version ${version}, this program knows ${STEPS.length}.`);
    }
    for (const step of STEPS.slice(version)) {
      for (const statement of step.split(';')) if (statement.trim() !== '') await tables.query(statement);
    }
    if (version < STEPS.length) await tables.query(UPDATE_VERSION, [STEPS.length]);
    await tables.query(INSERT_SHARD, [shard, genesis]);
  });
}

/** The row of a shard; a journal without it is not one. */
export async function shardState(query: PgQuery, shard: number, text = SELECT_SHARD): Promise<ShardState> {
  const [row] = await query.query(text, [shard]);
  if (row === undefined) throw new Fault('corrupt', 'The journal has no state.');
  return {
    epoch: numberOf(row, 'epoch'),
    first: numberOf(row, 'first'),
    tail: numberOf(row, 'tail'),
    tailHash: bytesOf(row, 'tail_hash'),
  };
}

export function recordOfPg(row: PgRow): JournalRecord {
  return {
    seq: numberOf(row, 'seq'),
    epoch: numberOf(row, 'epoch'),
    prevHash: bytesOf(row, 'prev_hash'),
    hash: bytesOf(row, 'hash'),
    bytes: bytesOf(row, 'bytes'),
  };
}

export function numberOf(row: PgRow, column: string): number {
  const value = Number(row[column]);
  if (!Number.isSafeInteger(value)) throw new Fault('corrupt', `The column ${column} is not a number.`);
  return value;
}

/** A copy of its own: what the driver answers is a view of a larger buffer. */
export function bytesOf(row: PgRow, column: string): Uint8Array<ArrayBuffer> {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw new Fault('corrupt', `The column ${column} is not bytes.`);
  return new Uint8Array(value);
}
