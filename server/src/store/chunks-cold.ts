/**
 * The cold half of the chunk file: which chunks leave it for the blob store, and which blobs nothing names any
 * more (SPEC B1, B2, B3). Every step is a transaction; what happens to blobs in between is the caller's.
 *
 * A blob is noted before it is uploaded and forgotten after it was deleted, so the store never holds one that
 * no row knows of. A run of full chunks becomes one row that names its blob only when the blob was read back.
 */

import { must } from 'copse/internal/base/assert.ts';
import { concat, fromHex, hex } from 'copse/internal/base/bytes.ts';
import { blobBytesTarget, blobDropMax } from 'copse/internal/base/limits-cold.ts';

import { holds, packBlob, unpack, type Sha256 } from './chunks-rows.ts';
import type { Database, Statement } from './sqlite.ts';

/** What is looked for. */
export interface Frost {
  /** Chunks whose newest entry came before this. */
  readonly beforeMs: number;
  /** What waits since before this moves also when it does not fill a blob. */
  readonly smallBeforeMs: number;
  readonly nowMs: number;
  /** Logs up to this number were looked at. */
  readonly after: number;
}

/** A run of full chunks that is ready to leave. */
export interface Frozen {
  readonly number: number;
  readonly first: number;
  readonly count: number;
  readonly name: string;
  readonly codec: number;
  /** Of the entries, in the domain of chunks. */
  readonly sha256: Uint8Array;
  /** The blob. */
  readonly data: Uint8Array;
}

/** The next log with something to move; `frozen` is null when it cannot leave now. */
export interface Freezing {
  readonly number: number;
  readonly frozen: Frozen | null;
}

interface WarmRow {
  readonly first: number;
  readonly count: number;
  readonly bytes: number;
  readonly codec: number;
  readonly crc: number;
  readonly sha256: Uint8Array;
  readonly data: Uint8Array;
}

interface SumRow {
  readonly count: number | null;
  readonly bytes: number | null;
  readonly newest_ms: number | null;
}

/**
 * Of the index `chunk_warm` alone, log by log. The last chunk of a log stays: what is asked of the end of a log
 * is answered at once, and live entries follow it.
 */
const SELECT_RIPE =
  'SELECT log AS number, min(first) AS first FROM chunk INDEXED BY chunk_warm ' +
  'WHERE blob IS NULL AND sha256 IS NOT NULL AND log > ? AND newest_ms < ? ' +
  'AND first + count < (SELECT tail FROM log WHERE number = chunk.log) ' +
  'GROUP BY log HAVING sum(bytes) >= ? OR min(newest_ms) < ? ORDER BY log LIMIT 1';
const SELECT_WARM =
  'SELECT first, count, bytes, codec, crc, sha256, data FROM chunk ' +
  'WHERE log = ? AND first = ? AND blob IS NULL AND sha256 IS NOT NULL AND newest_ms < ? ' +
  'AND first + count < (SELECT tail FROM log WHERE number = chunk.log)';
const SELECT_BLOB = 'SELECT leaving FROM blob WHERE name = ?';
const UPSERT_BLOB =
  'INSERT INTO blob (name, bytes, since_ms, leaving) VALUES (?, ?, ?, 0) ' +
  'ON CONFLICT (name) DO UPDATE SET since_ms = excluded.since_ms';
const SELECT_SUM =
  'SELECT sum(count) AS count, sum(bytes) AS bytes, max(newest_ms) AS newest_ms FROM chunk ' +
  'WHERE log = ? AND first >= ? AND first < ? AND blob IS NULL AND sha256 IS NOT NULL';
const DELETE_RUN = 'DELETE FROM chunk WHERE log = ? AND first >= ? AND first < ?';
/** The checksum of a blob is its name. */
const INSERT_COLD =
  'INSERT INTO chunk (log, first, count, bytes, newest_ms, codec, crc, sha256, data, blob) ' +
  "VALUES (?, ?, ?, ?, ?, ?, 0, ?, x'', ?)";
const SELECT_STRAYS =
  'SELECT name FROM blob WHERE since_ms < ? ' +
  'AND NOT EXISTS (SELECT 1 FROM chunk WHERE chunk.blob = blob.name) LIMIT ?';
const UPDATE_LEAVING = 'UPDATE blob SET leaving = 1 WHERE name = ?';
const DELETE_BLOB = 'DELETE FROM blob WHERE name = ? AND leaving = 1';

export class Freezer {
  readonly #primitives: Sha256;
  readonly #ripe: Statement<{ number: number; first: number }>;
  readonly #warm: Statement<WarmRow>;
  readonly #blob: Statement<{ leaving: number }>;
  readonly #upsertBlob: Statement<unknown>;
  readonly #sum: Statement<SumRow>;
  readonly #deleteRun: Statement<unknown>;
  readonly #insertCold: Statement<unknown>;
  readonly #strays: Statement<{ name: Uint8Array }>;
  readonly #updateLeaving: Statement<unknown>;
  readonly #deleteBlob: Statement<unknown>;

  constructor(database: Database, primitives: Sha256) {
    this.#primitives = primitives;
    this.#ripe = database.prepare(SELECT_RIPE);
    this.#warm = database.prepare(SELECT_WARM);
    this.#blob = database.prepare(SELECT_BLOB);
    this.#upsertBlob = database.prepare(UPSERT_BLOB);
    this.#sum = database.prepare(SELECT_SUM);
    this.#deleteRun = database.prepare(DELETE_RUN);
    this.#insertCold = database.prepare(INSERT_COLD);
    this.#strays = database.prepare(SELECT_STRAYS);
    this.#updateLeaving = database.prepare(UPDATE_LEAVING);
    this.#deleteBlob = database.prepare(DELETE_BLOB);
  }

  /** The next run, made into a blob that is noted from now on. */
  freeze({ after, beforeMs, smallBeforeMs, nowMs }: Frost): Freezing | null {
    const ripe = this.#ripe.get(after, beforeMs, blobBytesTarget, smallBeforeMs);
    if (ripe === null) return null;
    const { number, first } = ripe;
    const parts: Uint8Array[] = [];
    let [count, bytes] = [0, 0];
    while (bytes < blobBytesTarget) {
      const row = this.#warm.get(number, first + count, beforeMs);
      const part = row === null ? null : unpack(row);
      // What is broken stays where it is, for `verify` to name, and with it what is younger in its log.
      if (row === null || part === null || !holds(this.#primitives, part, row)) break;
      parts.push(part);
      count += row.count;
      bytes += row.bytes;
    }
    if (count === 0) return { number, frozen: null };
    const packed = packBlob(this.#primitives, concat(...parts));
    // The same bytes are being deleted: the next look notes them anew.
    if (this.#blob.get(nameBytes(packed.name))?.leaving === 1) return { number, frozen: null };
    this.#upsertBlob.run(nameBytes(packed.name), packed.data.length, nowMs);
    return { number, frozen: { number, first, count, ...packed } };
  }

  /** The blob was read back: its row takes the place of the chunks. False when they are not all there any more. */
  settle({ number, first, count, name, codec, sha256 }: Omit<Frozen, 'data'>): boolean {
    const end = first + count;
    const sum = this.#sum.get(number, first, end);
    const isKept = this.#blob.get(nameBytes(name))?.leaving === 0;
    if (!isKept || sum === null || sum.count !== count) return false;
    this.#deleteRun.run(number, first, end);
    const { bytes, newest_ms: newestMs } = sum;
    this.#insertCold.run(number, first, count, bytes, newestMs, codec, sha256, nameBytes(name));
    return true;
  }

  /** Blobs that nothing has named since then: from now on nothing will, and they may be deleted. */
  strays(sinceMs: number): string[] {
    const names = this.#strays.all(sinceMs, blobDropMax).map(({ name }) => name);
    for (const name of names) this.#updateLeaving.run(name);
    return names.map((name) => hex(name));
  }

  /** They were deleted. */
  forget(names: readonly string[]): void {
    for (const name of names) this.#deleteBlob.run(nameBytes(name));
  }
}

function nameBytes(name: string): Uint8Array {
  return must(fromHex(name), 'a blob is named in hex');
}
