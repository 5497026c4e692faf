/**
 * The rows of the chunk file: its schema, the bytes of a chunk and the bytes of a writer's row.
 *
 * A full chunk is compressed when that helps and has a SHA-256, which `verify` and a restore check; every
 * chunk has a CRC-32, which every read and every merge checks: 0.5 µs for 32 KiB instead of 18 µs, which
 * would halve the reads per second. A small chunk will be written again and gets neither.
 */

import { equal, hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { chunkBytesTarget, inFlightCountMax } from 'copse/internal/base/limits.ts';
import { domain, separated } from 'copse/internal/crypto/domain.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { WriterState } from 'copse/internal/log/writer-table.ts';
import { Reader, Writer } from 'copse/internal/wire/buffer.ts';

import type { WriterRow } from './chunks.ts';
import type { Schema } from './migrate.ts';

export const chunkSchema: Schema = {
  name: 'chunks',
  steps: [
    `CREATE TABLE state (
       id INTEGER PRIMARY KEY CHECK (id = 1),
       epoch INTEGER NOT NULL,
       compacted INTEGER NOT NULL,
       compacted_hash BLOB NOT NULL,
       next_number INTEGER NOT NULL
     ) STRICT;
     INSERT INTO state (id, epoch, compacted, compacted_hash, next_number) VALUES (1, 0, 0, zeroblob(32), 1);
     CREATE TABLE log (
       number INTEGER PRIMARY KEY,
       site BLOB NOT NULL,
       log BLOB NOT NULL,
       first INTEGER NOT NULL,
       tail INTEGER NOT NULL,
       bytes INTEGER NOT NULL,
       UNIQUE (site, log)
     ) STRICT;
     CREATE TABLE chunk (
       id INTEGER PRIMARY KEY,
       log INTEGER NOT NULL REFERENCES log (number),
       first INTEGER NOT NULL,
       count INTEGER NOT NULL,
       bytes INTEGER NOT NULL,
       newest_ms INTEGER NOT NULL,
       codec INTEGER NOT NULL,
       crc INTEGER NOT NULL,
       sha256 BLOB,
       data BLOB NOT NULL,
       UNIQUE (log, first)
     ) STRICT;
     CREATE TABLE writer (
       log INTEGER NOT NULL REFERENCES log (number),
       device BLOB NOT NULL,
       state BLOB NOT NULL,
       PRIMARY KEY (log, device)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE retention (
       site BLOB NOT NULL,
       log BLOB NOT NULL,
       age_ms INTEGER,
       bytes INTEGER,
       count INTEGER,
       PRIMARY KEY (site, log)
     ) STRICT, WITHOUT ROWID;`,
    `ALTER TABLE log ADD COLUMN lead_epoch INTEGER NOT NULL DEFAULT 0;
     ALTER TABLE log ADD COLUMN lead_device BLOB;`,
    // The bytes of a row with a blob are there; a full chunk is one with a hash.
    `ALTER TABLE chunk ADD COLUMN blob BLOB;
     CREATE INDEX chunk_blob ON chunk (blob) WHERE blob IS NOT NULL;
     CREATE INDEX chunk_warm ON chunk (log, first, newest_ms, count, bytes)
       WHERE blob IS NULL AND sha256 IS NOT NULL;
     CREATE TABLE blob (
       name BLOB PRIMARY KEY,
       bytes INTEGER NOT NULL,
       since_ms INTEGER NOT NULL,
       leaving INTEGER NOT NULL
     ) STRICT, WITHOUT ROWID;`,
    // 0: no snapshot.
    `ALTER TABLE log ADD COLUMN snapshot_from INTEGER NOT NULL DEFAULT 0;
     ALTER TABLE log ADD COLUMN snapshot_at INTEGER NOT NULL DEFAULT 0;
     ALTER TABLE log ADD COLUMN snapshot_last INTEGER NOT NULL DEFAULT 0;
     ALTER TABLE log ADD COLUMN snapshot_leaders INTEGER NOT NULL DEFAULT 0;
     ALTER TABLE retention ADD COLUMN replaced_ms INTEGER;`,
  ],
};

export const SELECT_STATE = 'SELECT epoch, compacted, compacted_hash, next_number FROM state WHERE id = 1';
export interface ChunkStateRow {
  readonly epoch: number;
  readonly compacted: number;
  readonly compacted_hash: Uint8Array;
  readonly next_number: number;
}

const CHUNK = domain('store/chunk');
/** Blobs are gzip (RFC 1952), which every client can open by itself; zstd is in few browsers. */
export const codecOf = { raw: 0, zstd: 1, gzip: 2 } as const;
const ZSTD_LEVEL = 1;
const GZIP_LEVEL = 6;
/** Less than a sixteenth saved does not pay for decompressing. */
const WORTH = 15 / 16;
const WRITER_ROW_BYTES_MAX = 1 << 20;

export type Sha256 = Pick<Primitives, 'sha256'>;

/** A chunk's bytes as they are stored. */
export interface Packed {
  readonly codec: number;
  /** CRC-32 of `data`. */
  readonly crc: number;
  /** Of the entries, in its domain; null for a small chunk. */
  readonly sha256: Uint8Array | null;
  readonly data: Uint8Array;
}

export function pack(primitives: Sha256, entries: Uint8Array): Packed {
  if (entries.length < chunkBytesTarget) {
    return { codec: codecOf.raw, crc: Bun.hash.crc32(entries), sha256: null, data: entries };
  }
  const sha256 = primitives.sha256(separated(CHUNK, entries));
  const small = Bun.zstdCompressSync(asOwn(entries), { level: ZSTD_LEVEL });
  const worth = small.length <= entries.length * WORTH;
  const data = worth ? small : entries;
  return { codec: worth ? codecOf.zstd : codecOf.raw, crc: Bun.hash.crc32(data), sha256, data };
}

/** A blob and what its row says. */
export interface PackedBlob {
  /** SHA-256 of `data` in hex. */
  readonly name: string;
  readonly codec: number;
  readonly sha256: Uint8Array;
  readonly data: Uint8Array;
}

export function packBlob(primitives: Sha256, entries: Uint8Array): PackedBlob {
  const sha256 = primitives.sha256(separated(CHUNK, entries));
  const small = plain(Bun.gzipSync(asOwn(entries), { level: GZIP_LEVEL }));
  const worth = small.length <= entries.length * WORTH;
  const data = worth ? small : entries;
  // Without a domain: what `sha256sum` prints and a bucket checks; nothing is signed by it.
  const name = hex(primitives.sha256(data));
  return { name, codec: worth ? codecOf.gzip : codecOf.raw, sha256, data };
}

/** The entries of a stored chunk, or null when its checksum does not hold. */
export function unpack(row: Pick<Packed, 'codec' | 'crc' | 'data'>): Uint8Array | null {
  if (Bun.hash.crc32(row.data) !== row.crc) return null;
  switch (row.codec) {
    case codecOf.raw:
      return row.data;
    case codecOf.zstd:
      return decompressed(row.data);
    default:
      throw new Fault('newer', `a chunk has the unknown codec ${row.codec}`);
  }
}

/** Null when the bytes are none that were compressed: the checksum does not cover the codec. */
function decompressed(data: Uint8Array): Uint8Array | null {
  try {
    return plain(Bun.zstdDecompressSync(asOwn(data)));
  } catch {
    return null;
  }
}

/** Whether the entries are the ones that were packed. */
export function holds(primitives: Sha256, entries: Uint8Array, row: Pick<Packed, 'sha256'>): boolean {
  return row.sha256 === null || equal(primitives.sha256(separated(CHUNK, entries)), row.sha256);
}

/** Bun's zstd takes arrays over their own kind of buffer; ours are never shared ones. */
function asOwn(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}

/** A Buffer as a plain array: `slice` of a Buffer does not copy. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * A writer's row: floor | number of epochs | per epoch: epoch, last seq, number of runs and per run the
 * distance of its seq and of its position from the end of the run before, and its count.
 */
export function packWriter(row: Pick<WriterRow, 'floor' | 'states'>): Uint8Array {
  const writer = new Writer(WRITER_ROW_BYTES_MAX);
  writer.uint(row.floor);
  writer.uint(row.states.length);
  for (const state of row.states) {
    writer.uint(state.epoch);
    writer.uint(state.seq);
    packRuns(writer, state);
  }
  return writer.take();
}

/** Of the runs those that a writer may still resend: it has at most `inFlightCountMax` entries in flight. */
function packRuns(writer: Writer, state: WriterState): void {
  const runs = state.dump();
  const oldest = state.seq - inFlightCountMax;
  let from = 0;
  while (from < runs.length && runs[from]! + runs[from + 2]! <= oldest) from += 3;
  writer.uint((runs.length - from) / 3);
  let seqEnd = 0;
  let atEnd = 0;
  for (let i = from; i < runs.length; i += 3) {
    writer.uint(runs[i]! - seqEnd);
    writer.uint(runs[i + 1]! - atEnd);
    writer.uint(runs[i + 2]!);
    seqEnd = runs[i]! + runs[i + 2]!;
    atEnd = runs[i + 1]! + runs[i + 2]!;
  }
}

export function unpackWriter(bytes: Uint8Array): Pick<WriterRow, 'floor' | 'states'> {
  const reader = new Reader(bytes);
  const floor = reader.uint();
  const states: WriterState[] = [];
  for (let left = reader.uint(); left > 0; left--) {
    const epoch = reader.uint();
    const seq = reader.uint();
    states.push(WriterState.load(epoch, seq, unpackRuns(reader)));
  }
  reader.done();
  return { floor, states };
}

function unpackRuns(reader: Reader): number[] {
  const runs: number[] = [];
  let seqEnd = 0;
  let atEnd = 0;
  for (let left = reader.uint(); left > 0; left--) {
    const seq = seqEnd + reader.uint();
    const at = atEnd + reader.uint();
    const count = reader.uint();
    runs.push(seq, at, count);
    seqEnd = seq + count;
    atEnd = at + count;
  }
  return runs;
}
