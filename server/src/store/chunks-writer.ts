/**
 * The writing half of the chunk file: plain synchronous calls on one database, run by `chunks-worker.ts`
 * or in place. Every call is one transaction that first checks who the owner is (SPEC J10, J11).
 *
 * Compaction puts what a slice of the journal holds of a log behind the small chunks at the log's end, and
 * joins them when there are several of its own size or when they make a full one: a log has a dozen small
 * chunks at most, and an entry is written again about as often as a number has digits in base four.
 */

import { concat, fromHex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { DeviceId, LogId, SiteId } from 'copse/internal/base/ids.ts';
import { must } from 'copse/internal/base/assert.ts';
import { chunkBytesTarget } from 'copse/internal/base/limits.ts';

import { Freezer, type Freezing, type Frost, type Frozen } from './chunks-cold.ts';
import { pack, SELECT_STATE, unpack, type ChunkStateRow, type Sha256 } from './chunks-rows.ts';
import { gather, type LogSlice } from './chunks-slice.ts';
import { WriterRows } from './chunks-writer-rows.ts';
import { Retainer } from './chunks-retainer.ts';
import type { Claim, RecordSource, Retention, Slice, Sweep, Swept } from './chunks.ts';
import type { Clerk } from './desk.ts';
import { fitEntries } from './entries.ts';
import type { JournalRecord } from './journal.ts';
import type { Database, Statement } from './sqlite.ts';

interface ChunkRow {
  readonly id: number;
  readonly first: number;
  readonly count: number;
  readonly codec: number;
  readonly crc: number;
  readonly data: Uint8Array;
}

interface SmallRow {
  readonly id: number;
  readonly bytes: number;
}

/** Entries of one log on their way into chunks. */
interface Stretch {
  readonly first: number;
  readonly count: number;
  readonly bytes: Uint8Array;
}

const UPDATE_EPOCH = 'UPDATE state SET epoch = ? WHERE id = 1';
const UPDATE_COMPACTED = 'UPDATE state SET compacted = ?, compacted_hash = ?, next_number = ? WHERE id = 1';
const INSERT_LOG =
  'INSERT INTO log (number, site, log, first, tail, bytes) VALUES (?, ?, ?, 1, 1, 0) ' +
  'ON CONFLICT (number) DO NOTHING';
const SELECT_LOG = 'SELECT tail FROM log WHERE number = ?';
const UPDATE_LOG = 'UPDATE log SET tail = ?, bytes = bytes + ? WHERE number = ?';
const UPDATE_LEAD = 'UPDATE log SET lead_epoch = ?, lead_device = ? WHERE number = ?';
/** A slice may hold an older one than the row does: two makers, of which the later was faster. */
const UPDATE_SNAPSHOT =
  'UPDATE log SET snapshot_from = ?, snapshot_at = ?, snapshot_last = ?, snapshot_leaders = ? ' +
  'WHERE number = ? AND snapshot_from < ?';
const SELECT_END = 'SELECT id, bytes FROM chunk WHERE log = ? ORDER BY first DESC LIMIT 16';
const SELECT_CHUNK = 'SELECT id, first, count, codec, crc, data FROM chunk WHERE id = ?';
const DELETE_CHUNK = 'DELETE FROM chunk WHERE id = ?';
const INSERT_CHUNK =
  'INSERT INTO chunk (log, first, count, bytes, newest_ms, codec, crc, sha256, data) ' +
  'VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)';

/** Chunks within this factor are of one size, and this many of one size become one. */
const CLASS = 4;

/** As long as the journal's; readers of cold chunks look through it. */
const WAL_BYTES_MAX = 64 << 20;
/** What a call adds to the WAL besides the chunks. */
const CALL_OVERHEAD_BYTES = 8 * 8192;

export class ChunkWriter implements Clerk {
  readonly #database: Database;
  readonly #source: RecordSource & Partial<Disposable>;
  readonly #primitives: Sha256;
  readonly #writers: WriterRows;
  readonly #retainer: Retainer;
  readonly #freezer: Freezer;
  readonly #state: Statement<ChunkStateRow>;
  readonly #updateEpoch: Statement<unknown>;
  readonly #updateCompacted: Statement<unknown>;
  readonly #insertLog: Statement<unknown>;
  readonly #log: Statement<{ tail: number }>;
  readonly #updateLog: Statement<unknown>;
  readonly #updateLead: Statement<unknown>;
  readonly #updateSnapshot: Statement<unknown>;
  readonly #end: Statement<SmallRow>;
  readonly #chunk: Statement<ChunkRow>;
  readonly #deleteChunk: Statement<unknown>;
  readonly #insertChunk: Statement<unknown>;
  #walBytes = 0;

  constructor(database: Database, source: RecordSource & Partial<Disposable>, primitives: Sha256) {
    this.#database = database;
    this.#source = source;
    this.#primitives = primitives;
    this.#writers = new WriterRows(database);
    this.#retainer = new Retainer(database);
    this.#freezer = new Freezer(database, primitives);
    this.#state = database.prepare(SELECT_STATE);
    this.#updateEpoch = database.prepare(UPDATE_EPOCH);
    this.#updateCompacted = database.prepare(UPDATE_COMPACTED);
    this.#insertLog = database.prepare(INSERT_LOG);
    this.#log = database.prepare(SELECT_LOG);
    this.#updateLog = database.prepare(UPDATE_LOG);
    this.#updateLead = database.prepare(UPDATE_LEAD);
    this.#updateSnapshot = database.prepare(UPDATE_SNAPSHOT);
    this.#end = database.prepare(SELECT_END);
    this.#chunk = database.prepare(SELECT_CHUNK);
    this.#deleteChunk = database.prepare(DELETE_CHUNK);
    this.#insertChunk = database.prepare(INSERT_CHUNK);
  }

  claim(epoch: number): Claim {
    return this.#database.transaction(() => {
      const state = this.#read();
      if (state.epoch > epoch) throw fenced(state.epoch);
      this.#updateEpoch.run(epoch);
      const { compacted, compacted_hash: compactedHash, next_number: nextNumber } = state;
      return { compacted, compactedHash, nextNumber };
    });
  }

  /** `fed`: the records themselves, from a journal that this thread cannot read. */
  compact(epoch: number, slice: Slice, fed?: readonly JournalRecord[]): number {
    return this.#owned(epoch, (state) => {
      if (slice.upTo <= state.compacted) return state.compacted;
      const after = { seq: state.compacted, hash: state.compacted_hash };
      const { byNumber, last } = gather(
        this.#primitives,
        fed === undefined ? this.#source : sourceOf(fed),
        after,
        slice,
      );
      let nextNumber = state.next_number;
      for (const [number, log] of byNumber) {
        this.#putLog(number, log, slice.nowMs);
        nextNumber = Math.max(nextNumber, number + 1);
      }
      this.#updateCompacted.run(last.seq, last.hash, nextNumber);
      return last.seq;
    });
  }

  retain(site: SiteId, log: LogId | null, retention: Retention | null): void {
    this.#database.transaction(() => this.#retainer.set(site, log, retention));
  }

  sweep(epoch: number, sweep: Sweep): Swept {
    return this.#owned(epoch, () => this.#retainer.sweep(sweep));
  }

  freeze(epoch: number, frost: Frost): Freezing | null {
    return this.#owned(epoch, () => this.#freezer.freeze(frost));
  }

  settle(epoch: number, frozen: Omit<Frozen, 'data'>): boolean {
    return this.#owned(epoch, () => this.#freezer.settle(frozen));
  }

  strays(epoch: number, sinceMs: number): string[] {
    return this.#owned(epoch, () => this.#freezer.strays(sinceMs));
  }

  forget(epoch: number, names: readonly string[]): void {
    this.#owned(epoch, () => this.#freezer.forget(names));
  }

  tidy(idle: boolean): void {
    if (this.#walBytes < (idle ? 1 : WAL_BYTES_MAX)) return;
    this.#walBytes = 0;
    this.#database.execute('PRAGMA wal_checkpoint(PASSIVE)');
  }

  close(): void {
    this.#source[Symbol.dispose]?.();
    this.#database.close();
  }

  #owned<T>(epoch: number, task: (state: ChunkStateRow) => T): T {
    this.#walBytes += CALL_OVERHEAD_BYTES;
    return this.#database.transaction(() => {
      const state = this.#read();
      if (state.epoch !== epoch) throw fenced(state.epoch);
      return task(state);
    });
  }

  #read(): ChunkStateRow {
    const row = this.#state.get();
    if (row === null) throw new Fault('corrupt', 'The chunk file has no state.');
    return row;
  }

  #putLog(number: number, slice: LogSlice, nowMs: number): void {
    if (slice.declared !== null) {
      const { site, log } = slice.declared;
      this.#insertLog.run(number, idBytes(site), idBytes(log));
    }
    const row = this.#log.get(number);
    if (row === null) throw new Fault('corrupt', `Log ${number} was never declared.`);
    if (slice.lead !== null) {
      const { epoch, device } = slice.lead;
      this.#updateLead.run(epoch, device === null ? null : idBytes(device), number);
    }
    if (slice.count > 0) this.#putEntries(number, slice, row.tail, nowMs);
    if (slice.snapshot === null) return;
    const { from, at, last, isLeaders } = slice.snapshot;
    this.#updateSnapshot.run(from, at, last, isLeaders ? 1 : 0, number, from);
  }

  #putEntries(number: number, slice: LogSlice, tail: number, nowMs: number): void {
    if (slice.first !== tail) {
      throw new Fault('corrupt', `Log ${number} continues at ${slice.first} in the journal, not at ${tail}.`);
    }
    const bytes = laidOut(slice);
    const found = this.#writers.replay(number, { bytes, start: 0, end: bytes.length, at: tail });
    if (found !== slice.count) {
      throw new Fault('corrupt', `Log ${number} has ${found} entries at ${tail}, not ${slice.count}.`);
    }
    this.#putStretch(number, this.#joined(number, { first: tail, count: slice.count, bytes }), nowMs);
    this.#updateLog.run(tail + slice.count, slice.bytes, number);
  }

  /** The stretch together with the small chunks before it that it is joined with, which are taken away. */
  #joined(number: number, added: Stretch): Stretch {
    const before: Stretch[] = [];
    for (const { id } of joinable(this.#end.all(number), added.bytes.length)) {
      const row = must(this.#chunk.get(id), 'the chunk was just found');
      const bytes = unpack(row);
      // A broken chunk stays as it is, for `verify` to name; what is new does not depend on it.
      if (bytes === null) break;
      this.#deleteChunk.run(id);
      before.unshift({ first: row.first, count: row.count, bytes });
    }
    const [oldest = added] = before;
    const { first, count } = added;
    const bytes = concat(...before.map((stretch) => stretch.bytes), added.bytes);
    return { first: oldest.first, count: first + count - oldest.first, bytes };
  }

  #putStretch(number: number, stretch: Stretch, nowMs: number): void {
    let at = 0;
    let { first } = stretch;
    while (at < stretch.bytes.length) {
      const { end, count } = cut(stretch.bytes, at);
      const entries = stretch.bytes.subarray(at, end);
      const { codec, crc, sha256, data } = pack(this.#primitives, entries);
      this.#insertChunk.run(number, first, count, entries.length, nowMs, codec, crc, sha256, data);
      this.#walBytes += data.length;
      first += count;
      at = end;
    }
  }
}

function sourceOf(records: readonly JournalRecord[]): RecordSource {
  const first = records[0]?.seq ?? 0;
  return { read: (seq) => records[seq - first] ?? null };
}

/**
 * Of the chunks at the end of a log, newest first, those that `bytes` more are joined with: the small ones
 * of its size class and below, when there are as many as `CLASS`, or when together they are full.
 */
export function joinable(end: readonly SmallRow[], bytes: number): readonly SmallRow[] {
  let total = bytes;
  let joined = 0;
  for (const [i, chunk] of end.entries()) {
    if (chunk.bytes >= chunkBytesTarget) break;
    // What is joined grows, and may reach the size of the next chunk.
    if (chunk.bytes > CLASS * total) break;
    total += chunk.bytes;
    if (total >= CLASS * bytes || total >= chunkBytesTarget) joined = i + 1;
  }
  return end.slice(0, joined);
}

/** The next chunk of a stretch: at least one entry, about `chunkBytesTarget`. */
function cut(bytes: Uint8Array, at: number): { readonly end: number; readonly count: number } {
  const fit = fitEntries(bytes, at, chunkBytesTarget, Infinity);
  if (fit.end === bytes.length) return fit;
  // The entry that crosses the target still belongs to the chunk, which thereby counts as full.
  const { end } = fitEntries(bytes, fit.end, Infinity, 1);
  return { end, count: fit.count + 1 };
}

/** The parts of a slice, end to end; there may be more of them than a call takes arguments. */
function laidOut(slice: LogSlice): Uint8Array {
  const bytes = new Uint8Array(slice.bytes);
  let at = 0;
  for (const part of slice.parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function idBytes(id: SiteId | LogId | DeviceId): Uint8Array {
  return must(fromHex(id), 'an id is hex');
}

function fenced(epoch: number): Fault {
  return new Fault('moved', `The shard has an owner of epoch ${epoch}.`);
}
