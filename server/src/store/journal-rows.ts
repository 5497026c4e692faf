/** The rows of the journal's file: its schema and how a record and the state are read. */

import { Fault } from 'copse/internal/base/fault.ts';

import type { JournalRecord } from './journal.ts';
import type { Schema } from './migrate.ts';
import type { Statement } from './sqlite.ts';

export const journalSchema: Schema = {
  name: 'journal',
  steps: [
    `CREATE TABLE state (
       id INTEGER PRIMARY KEY CHECK (id = 1),
       epoch INTEGER NOT NULL,
       first INTEGER NOT NULL,
       tail INTEGER NOT NULL,
       tail_hash BLOB NOT NULL
     ) STRICT;
     INSERT INTO state (id, epoch, first, tail, tail_hash) VALUES (1, 0, 1, 0, zeroblob(32));
     CREATE TABLE record (
       seq INTEGER PRIMARY KEY,
       epoch INTEGER NOT NULL,
       prev_hash BLOB NOT NULL,
       hash BLOB NOT NULL,
       bytes BLOB NOT NULL
     ) STRICT;
     CREATE TABLE cell (
       key TEXT PRIMARY KEY,
       version INTEGER NOT NULL,
       value BLOB NOT NULL
     ) STRICT, WITHOUT ROWID;`,
  ],
};

export const SELECT_STATE = 'SELECT epoch, first, tail, tail_hash FROM state WHERE id = 1';
export interface StateRow {
  readonly epoch: number;
  readonly first: number;
  readonly tail: number;
  readonly tail_hash: Uint8Array;
}

/** The row `state`; a journal without it is not one. */
export function stateOf(statement: Statement<StateRow>): StateRow {
  const row = statement.get();
  if (row === null) throw new Fault('corrupt', 'The journal has no state.');
  return row;
}

export interface RecordRow {
  readonly seq: number;
  readonly epoch: number;
  readonly prev_hash: Uint8Array;
  readonly hash: Uint8Array;
  readonly bytes: Uint8Array;
}

export const SELECT_RECORD = 'SELECT seq, epoch, prev_hash, hash, bytes FROM record WHERE seq = ?';
export const SELECT_RECORDS =
  'SELECT seq, epoch, prev_hash, hash, bytes FROM record WHERE seq BETWEEN ? AND ? ORDER BY seq';

export function recordOf(row: RecordRow): JournalRecord {
  const { seq, epoch, prev_hash: prevHash, hash, bytes } = row;
  return { seq, epoch, prevHash, hash, bytes };
}
