/**
 * Walking over entries that are laid end to end: by length alone where they were checked before, with
 * header and checksum where they come back from a disk.
 */

import { hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { deviceId, type DeviceId } from 'copse/internal/base/ids.ts';
import { mentionTagBytes } from 'copse/internal/base/limits-mentions.ts';
import { putUint, Reader, uintSize } from 'copse/internal/wire/buffer.ts';
import { EntryCursor, entryFlag, headerBytes, type Checksum, type Entry } from 'copse/internal/wire/entry.ts';

const DEVICE_BYTES = 8;
const CHECKSUM_BYTES = 4;
/** Flags and device. */
const HEAD_BYTES = 1 + DEVICE_BYTES;

/** The runtime's CRC-32: 0.1 µs for 200 bytes, a third of the portable one. */
export const nativeChecksum: Checksum = (bytes, from, to) => Bun.hash.crc32(bytes.subarray(from, to));

/** The bytes that `encodeEntry` makes, for entries that the server writes itself. */
export function encodeNative(entry: Entry): Uint8Array<ArrayBuffer> {
  const header = headerBytes(entry);
  const size = header.length + entry.payload.length + CHECKSUM_BYTES;
  const out = new Uint8Array(uintSize(size) + size);
  const at = putUint(out, 0, size);
  out.set(header, at);
  out.set(entry.payload, at + header.length);
  const end = out.length - CHECKSUM_BYTES;
  new DataView(out.buffer).setUint32(end, nativeChecksum(out, 0, end), true);
  return out;
}

/** Where the entry stands that comes `count` entries after the one at `at`. */
export function skipEntries(bytes: Uint8Array, at: number, count: number): number {
  const reader = new Reader(bytes, at);
  for (let left = count; left > 0; left--) {
    const size = reader.uint();
    if (size > reader.left) throw new Fault('corrupt', 'truncated entry');
    reader.at += size;
  }
  return reader.at;
}

export interface Fit {
  readonly end: number;
  readonly count: number;
}

/** How many of the entries from `at` on fit into the bounds. */
export function fitEntries(bytes: Uint8Array, at: number, bytesMax: number, countMax: number): Fit {
  const reader = new Reader(bytes, at);
  let end = at;
  let count = 0;
  while (count < countMax && reader.left > 0) {
    const size = reader.uint();
    if (size > reader.left) throw new Fault('corrupt', 'truncated entry');
    reader.at += size;
    if (reader.at - at > bytesMax) break;
    end = reader.at;
    count++;
  }
  return { end, count };
}

/** Consecutive entries of one writer with consecutive seqs. */
export interface WriterRun {
  readonly device: DeviceId;
  readonly epoch: number;
  readonly seq: number;
  /** Position of the first. */
  readonly at: number;
  readonly count: number;
}

/** Entries inside a larger array, the first of which has position `at`. */
export interface Span {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly at: number;
}

/** The position behind an entry, whom it mentions, and the device that it names as its writer. */
type OnNews = (length: number, tags: Uint8Array, device: DeviceId) => void;

/**
 * The writers of entries that were checked before, in as few runs as possible, and which of them are news; answers
 * how many entries there are. Reads no further than it must: a restart does this for every entry of the journal.
 */
export function eachWriterRun(
  span: Span,
  devices: DeviceIds,
  onRun: (run: WriterRun) => void,
  onNews: OnNews = () => {},
): number {
  const { bytes } = span;
  const reader = new Reader(bytes, span.start, span.end);
  let run: Mutable<WriterRun> | null = null;
  let position = span.at;
  while (reader.left > 0) {
    const size = reader.uint();
    const end = reader.at + size;
    if (size <= HEAD_BYTES || end > span.end) throw new Fault('corrupt', 'truncated entry');
    const flags = bytes[reader.at]!;
    const device = devices.at(bytes, reader.at + 1);
    reader.at += HEAD_BYTES;
    const epoch = reader.uint();
    const seq = reader.uint();
    if ((flags & entryFlag.news) !== 0) onNews(position + 1, mentionsAt(reader), device);
    reader.at = end;
    if (run !== null && run.device === device && run.epoch === epoch && run.seq + run.count === seq)
      run.count++;
    else {
      if (run !== null) onRun(run);
      run = { device, epoch, seq, at: position, count: 1 };
    }
    position++;
  }
  if (run !== null) onRun(run);
  return position - span.at;
}

/** The tags of an entry that is news; the reader is behind its seq. */
function mentionsAt(reader: Reader): Uint8Array {
  reader.uint();
  reader.uint();
  return reader.raw(reader.byte() * mentionTagBytes);
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const SLOTS = 4096;

/**
 * The text forms of the devices that were met lately. Making one takes 150 ns and comparing two equal
 * ones that are not the same text takes more than finding it here.
 */
export class DeviceIds {
  readonly #words = new Int32Array(2 * SLOTS);
  readonly #ids: (DeviceId | undefined)[] = Array.from({ length: SLOTS });

  /** The device whose 8 bytes begin at `at`. */
  at(bytes: Uint8Array, at: number): DeviceId {
    const high = wordAt(bytes, at);
    const low = wordAt(bytes, at + 4);
    const slot = (high ^ (low >>> 7)) & (SLOTS - 1);
    const known = this.#ids[slot];
    if (known !== undefined && this.#words[2 * slot] === high && this.#words[2 * slot + 1] === low)
      return known;
    const id = deviceId(hex(bytes.subarray(at, at + DEVICE_BYTES)));
    this.#words[2 * slot] = high;
    this.#words[2 * slot + 1] = low;
    this.#ids[slot] = id;
    return id;
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** Checks every entry, checksum and all; answers how many there are. */
export function checkEntries(bytes: Uint8Array): number {
  const cursor = new EntryCursor(bytes, nativeChecksum);
  let count = 0;
  while (cursor.next()) count++;
  return count;
}
