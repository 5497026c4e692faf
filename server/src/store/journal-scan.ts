/** Walking through the records of a journal file, for the journal itself and for whoever verifies it. */

import { Chain, type Sha256 } from './journal-chain.ts';
import {
  recordOf,
  SELECT_RECORDS,
  SELECT_STATE,
  stateOf,
  type RecordRow,
  type StateRow,
} from './journal-rows.ts';
import { BrokenRecord, type JournalRecord } from './journal.ts';
import type { Database } from './sqlite.ts';

/** The records from `from` on; what is appended meanwhile belongs to the next scan. */
export function* scanRecords(database: Database, primitives: Sha256, from: number): Generator<JournalRecord> {
  const state = stateOf(database.prepare<StateRow>(SELECT_STATE));
  const start = Math.max(from, state.first);
  const chain = new Chain(primitives, start, null);
  const rows = database.prepare<RecordRow>(SELECT_RECORDS).iterate(start, state.tail);
  for (const row of rows) yield chain.check(recordOf(row));
  chain.end(state.tail, state.tail_hash);
}

/** What a walk met: a record that holds, or one that does not; then it goes on behind it. */
export async function* everyRecord(
  scan: (from: number) => AsyncIterable<JournalRecord> | Iterable<JournalRecord>,
): AsyncGenerator<JournalRecord | BrokenRecord> {
  for (let from = 1; ;) {
    try {
      for await (const record of scan(from)) {
        from = record.seq + 1;
        yield record;
      }
      return;
    } catch (thrown) {
      if (!(thrown instanceof BrokenRecord)) throw thrown;
      from = thrown.seq + 1;
      yield thrown;
    }
  }
}
