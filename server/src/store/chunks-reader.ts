/** The reading half of the chunk file: answers at once, through a connection that only reads. */

import { assert, must } from 'copse/internal/base/assert.ts';
import { fromHex, hex } from 'copse/internal/base/bytes.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { deviceId, logId, siteId, type LogId, type SiteId } from 'copse/internal/base/ids.ts';
import { chunkCacheMax } from 'copse/internal/base/limits.ts';

import type { SnapshotPlace } from 'copse/internal/log/batch.ts';

import { unpack, unpackWriter } from './chunks-rows.ts';
import type { Chunk, ColdChunk, ColdRow, LogRow, WriterRow } from './chunks.ts';
import { giveBack } from './give-back.ts';
import type { Database, Statement } from './sqlite.ts';

interface StoredLog {
  readonly number: number;
  readonly site: Uint8Array;
  readonly log: Uint8Array;
  readonly first: number;
  readonly tail: number;
  readonly lead_epoch: number;
  readonly lead_device: Uint8Array | null;
  readonly snapshot_from: number;
  readonly snapshot_at: number;
  readonly snapshot_last: number;
  readonly snapshot_leaders: number;
}

interface StoredChunk {
  readonly first: number;
  readonly count: number;
  readonly bytes: number;
  readonly codec: number;
  readonly crc: number;
  readonly data: Uint8Array;
  readonly sha256: Uint8Array | null;
  readonly blob: Uint8Array | null;
}

type ColdFields = Pick<StoredChunk, 'first' | 'count' | 'bytes' | 'codec' | 'sha256' | 'blob'>;

interface StoredCold extends ColdFields {
  readonly id: number;
  readonly number: number;
}

const LOG_FIELDS =
  'number, site, log, first, tail, lead_epoch, lead_device, ' +
  'snapshot_from, snapshot_at, snapshot_last, snapshot_leaders';
const SELECT_LOG_BY_NAME = `SELECT ${LOG_FIELDS} FROM log WHERE site = ? AND log = ?`;
const SELECT_LOG = `SELECT ${LOG_FIELDS} FROM log WHERE number = ?`;
const SELECT_WRITERS = 'SELECT device, state FROM writer WHERE log = ?';
const SELECT_CHUNK =
  'SELECT first, count, bytes, codec, crc, sha256, data, blob FROM chunk WHERE log = ? AND first <= ? ' +
  'ORDER BY first DESC LIMIT 1';
const SELECT_COLD =
  'SELECT id, log AS number, first, count, bytes, codec, sha256, blob FROM chunk ' +
  'WHERE blob IS NOT NULL AND id > ? ORDER BY id LIMIT 1';
const SELECT_BLOB = 'SELECT bytes FROM blob WHERE name = ?';

export class ChunkReader {
  readonly #byName: Statement<StoredLog>;
  readonly #byNumber: Statement<StoredLog>;
  readonly #writers: Statement<{ device: Uint8Array; state: Uint8Array }>;
  readonly #chunk: Statement<StoredChunk>;
  readonly #cold: Statement<StoredCold>;
  readonly #blob: Statement<{ bytes: number }>;
  /** By log, the first position of the chunk that was read last. */
  readonly #met = new Cache<number, number>(chunkCacheMax);
  /** The chunk of a log that was read twice in a row: what is asked for in small pages, or by many at once. */
  readonly #recent = new Cache<number, Chunk>(chunkCacheMax);

  constructor(database: Database) {
    this.#byName = database.prepare(SELECT_LOG_BY_NAME);
    this.#byNumber = database.prepare(SELECT_LOG);
    this.#writers = database.prepare(SELECT_WRITERS);
    this.#chunk = database.prepare(SELECT_CHUNK);
    this.#cold = database.prepare(SELECT_COLD);
    this.#blob = database.prepare(SELECT_BLOB);
  }

  find(site: SiteId, log: LogId): LogRow | null {
    return logOf(this.#byName.get(idBytes(site), idBytes(log)));
  }

  logOf(number: number): LogRow | null {
    return logOf(this.#byNumber.get(number));
  }

  writersOf(number: number): WriterRow[] {
    return this.#writers
      .all(number)
      .map((row) => ({ device: deviceId(hex(row.device)), ...unpackWriter(row.state) }));
  }

  *cold(): Generator<ColdRow> {
    for (let row = this.#cold.get(0); row !== null; row = this.#cold.get(row.id)) {
      yield { number: row.number, ...this.#coldOf(row) };
    }
  }

  #coldOf(row: ColdFields): ColdChunk {
    const { first, count, bytes: size, codec } = row;
    const name = must(row.blob, 'a cold chunk has a blob');
    const stored = must(this.#blob.get(name), 'a blob that is named is noted').bytes;
    const sha256 = must(row.sha256, 'a full chunk has a hash');
    return { first, count, size, stored, codec, sha256, blob: hex(name) };
  }

  chunkAt(number: number, position: number): Chunk | ColdChunk | null {
    const recent = this.#recent.get(number);
    if (recent !== undefined && position >= recent.first && position < recent.first + recent.count)
      return recent;
    const row = this.#chunk.get(number, position);
    if (row === null || position >= row.first + row.count) return null;
    if (row.blob !== null) return this.#coldOf(row);
    const bytes = unpack(row);
    if (bytes === null || bytes.length !== row.bytes) {
      throw new Fault('corrupt', `The chunk of log ${number} at position ${row.first} was altered.`);
    }
    assert(position >= row.first, 'the chunk begins at or before the position');
    if (bytes !== row.data) giveBack(row.data);
    const { first, count } = row;
    if (this.#met.get(number) !== first) {
      this.#met.set(number, first);
      return { first, count, bytes, lent: true };
    }
    const chunk = { first, count, bytes };
    this.#recent.set(number, chunk);
    return chunk;
  }
}

function logOf(row: StoredLog | null): LogRow | null {
  if (row === null) return null;
  const { number, first, tail, lead_epoch: epoch } = row;
  const device = row.lead_device === null ? null : deviceId(hex(row.lead_device));
  const lead = epoch === 0 ? null : { epoch, device };
  const snapshot = snapshotOf(row);
  return { number, site: siteId(hex(row.site)), log: logId(hex(row.log)), first, tail, lead, snapshot };
}

function snapshotOf(row: StoredLog): SnapshotPlace | null {
  const { snapshot_from: from, snapshot_at: at, snapshot_last: last, snapshot_leaders: leaders } = row;
  return from === 0 ? null : { from, at, last, isLeaders: leaders === 1 };
}

function idBytes(id: SiteId | LogId): Uint8Array {
  return must(fromHex(id), 'an id is hex');
}
