/**
 * The rows of writers, kept up to date by compaction: as far as a log's entries are in chunks, its rows
 * say what its writers' last words were (SPEC L2, L9). Only the writers that wrote are loaded and stored.
 */

import { must } from 'copse/internal/base/assert.ts';
import { fromHex } from 'copse/internal/base/bytes.ts';
import type { DeviceId } from 'copse/internal/base/ids.ts';
import { WriterTable } from 'copse/internal/log/writer-table.ts';

import { packWriter, unpackWriter } from './chunks-rows.ts';
import { DeviceIds, eachWriterRun, type Span, type WriterRun } from './entries.ts';
import type { Database, Statement } from './sqlite.ts';

const SELECT_WRITER = 'SELECT state FROM writer WHERE log = ? AND device = ?';
const UPSERT_WRITER =
  'INSERT INTO writer (log, device, state) VALUES (?, ?, ?) ' +
  'ON CONFLICT (log, device) DO UPDATE SET state = excluded.state';

export class WriterRows {
  readonly #select: Statement<{ state: Uint8Array }>;
  readonly #upsert: Statement<unknown>;
  readonly #devices = new DeviceIds();

  constructor(database: Database) {
    this.#select = database.prepare(SELECT_WRITER);
    this.#upsert = database.prepare(UPSERT_WRITER);
  }

  /** Brings a log's rows up to date with entries; answers how many there are. */
  replay(number: number, span: Span): number {
    const table = new WriterTable();
    const known = new Set<DeviceId>();
    const found = eachWriterRun(span, this.#devices, (run) => {
      if (!known.has(run.device)) {
        known.add(run.device);
        this.#load(number, run.device, table);
      }
      replayRun(table, run);
    });
    for (const row of table.all()) this.#upsert.run(number, deviceBytes(row.device), packWriter(row));
    return found;
  }

  #load(number: number, device: DeviceId, table: WriterTable): void {
    const row = this.#select.get(number, deviceBytes(device));
    if (row === null) return;
    const { floor, states } = unpackWriter(row.state);
    table.restore(device, floor, states);
  }
}

/** Replays a run into a table; repeating it changes nothing. */
export function replayRun(table: WriterTable, run: WriterRun): void {
  for (let i = 0; i < run.count; i++) table.replay(run.device, run.epoch, run.seq + i, run.at + i);
}

function deviceBytes(device: DeviceId): Uint8Array {
  return must(fromHex(device), 'a device id is hex');
}
