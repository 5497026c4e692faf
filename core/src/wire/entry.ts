/**
 * The entry: encoded once by its writer, the same bytes on the wire, in the journal, in the chunk and in
 * the browser (SPEC W12).
 *
 *     entry = length (varint, bytes after it)
 *           | flags (1: sealed 1, changed 2, refused 4, part of a snapshot 8, news 16) | device id (8) | writer epoch (varint) | seq (varint) | key epoch (varint)
 *           | time (varint, ms since 1970, the writer's claim)
 *           | of news: count (1) | tags of those whom it mentions (8 each)
 *           | payload (what is left) | crc32 (4, little-endian, of all that precedes it)
 *
 * Positions are not in the entry: they belong to the sequence around it.
 */

import { hex } from '../base/bytes.ts';
import { crc32 } from '../base/crc32.ts';
import { Fault } from '../base/fault.ts';
import { deviceId, type DeviceId } from '../base/ids.ts';
import { entryBytesMax, payloadBytesMax } from '../base/limits.ts';
import { mentionsPerEntryMax, mentionTagBytes } from '../base/limits-mentions.ts';
import { putUint, Reader, uintSize } from './buffer.ts';

/** Bits of the flags byte; the others are zero. */
export const entryFlag = { sealed: 1, changed: 2, refused: 4, part: 8, news: 16 } as const;
const RULED = entryFlag.changed | entryFlag.refused;
const FLAGS_KNOWN = 31;

/**
 * What the leader of a log made of an entry that was handed to it, when it did not place it as it was: the
 * payload is another, or the reason why it was refused (SPEC V10).
 */
export type Ruling = 'changed' | 'refused';

const DEVICE_BYTES = 8;
const CRC_BYTES = 4;
/** Writer epochs and key epochs are 32-bit numbers. */
export const epochMax = 0xffff_ffff;
const BODY_BYTES_MIN = 1 + DEVICE_BYTES + 4 + CRC_BYTES;

export interface EntryHeader {
  readonly sealed: boolean;
  readonly ruling?: Ruling;
  /** A part of a snapshot, and no value (SPEC Q1). */
  readonly isPart?: boolean;
  /** People are to hear of it: the tags of those whom it mentions, one after the other, or none (SPEC I1). */
  readonly news?: Uint8Array;
  /** 8 bytes. */
  readonly device: Uint8Array;
  readonly epoch: number;
  readonly seq: number;
  readonly keyEpoch: number;
  readonly timeMs: number;
}

export interface Entry extends EntryHeader {
  /** A view into the bytes it was read from. */
  readonly payload: Uint8Array;
}

export type Checksum = (bytes: Uint8Array, from: number, to: number) => number;

/** The header's bytes from flags to time: what the AEAD of a sealed payload is bound to. */
export function headerBytes(header: EntryHeader): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(2 + DEVICE_BYTES + 4 * 8 + mentionsPerEntryMax * mentionTagBytes);
  return out.slice(0, putHeader(out, 0, header));
}

function putHeader(out: Uint8Array, start: number, header: EntryHeader): number {
  let at = start;
  const ruling = header.ruling === undefined ? 0 : entryFlag[header.ruling];
  const part = header.isPart === true ? entryFlag.part : 0;
  const { news } = header;
  out[at++] =
    (header.sealed ? entryFlag.sealed : 0) | ruling | part | (news === undefined ? 0 : entryFlag.news);
  out.set(header.device, at);
  at += DEVICE_BYTES;
  at = putUint(out, at, header.epoch);
  at = putUint(out, at, header.seq);
  at = putUint(out, at, header.keyEpoch);
  at = putUint(out, at, header.timeMs);
  if (news === undefined) return at;
  out[at++] = news.length / mentionTagBytes;
  out.set(news, at);
  return at + news.length;
}

/** The one encoding of an entry. Throws `tooLarge` for a payload above its limit. */
export function encodeEntry(entry: Entry): Uint8Array<ArrayBuffer> {
  if (entry.payload.length > payloadBytesMax) {
    throw new Fault(
      'tooLarge',
      `a payload has at most ${payloadBytesMax} bytes, not ${entry.payload.length}`,
    );
  }
  const body =
    1 +
    DEVICE_BYTES +
    uintSize(entry.epoch) +
    uintSize(entry.seq) +
    uintSize(entry.keyEpoch) +
    uintSize(entry.timeMs) +
    (entry.news === undefined ? 0 : 1 + entry.news.length) +
    entry.payload.length +
    CRC_BYTES;
  const out = new Uint8Array(uintSize(body) + body);
  let at = putHeader(out, putUint(out, 0, body), entry);
  out.set(entry.payload, at);
  at += entry.payload.length;
  putUint32(out, at, crc32(out, 0, at));
  return out;
}

function putUint32(out: Uint8Array, at: number, value: number): void {
  out[at] = value & 255;
  out[at + 1] = (value >>> 8) & 255;
  out[at + 2] = (value >>> 16) & 255;
  out[at + 3] = value >>> 24;
}

function uint32At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/**
 * Walks entries laid end to end. One cursor serves a whole page without an object per entry: `next`
 * moves to the following entry, checks its form and checksum, and fills the public fields.
 */
export class EntryCursor {
  readonly #reader: Reader;
  readonly #checksum: Checksum;
  #limit: number;
  /** The device that was asked for last. */
  #device: { readonly high: number; readonly low: number; readonly id: DeviceId } | null = null;
  /** The current entry occupies `bytes[start, end)`. */
  start = 0;
  end = 0;
  sealed = false;
  ruling: Ruling | null = null;
  isPart = false;
  isNews = false;
  deviceAt = 0;
  epoch = 0;
  seq = 0;
  keyEpoch = 0;
  timeMs = 0;
  /** Of news, tags of those whom it mentions stand from here to the payload. */
  mentionsAt = 0;
  payloadAt = 0;
  payloadEnd = 0;

  constructor(bytes: Uint8Array, checksum: Checksum = crc32) {
    this.#reader = new Reader(bytes);
    this.#checksum = checksum;
    this.#limit = bytes.length;
  }

  /** Starts over on the entries in `bytes[from, to)`, so that one cursor serves all writes of a tail. */
  rewind(bytes: Uint8Array, from: number, to: number): void {
    this.#reader.bytes = bytes;
    this.#limit = to;
    this.start = from;
    this.end = from;
  }

  get bytes(): Uint8Array {
    return this.#reader.bytes;
  }

  /** True when there was another entry; throws `malformed` or `tooLarge` when its bytes are not one. */
  next(): boolean {
    const reader = this.#reader;
    reader.at = this.end;
    reader.end = this.#limit;
    if (reader.at === reader.end) return false;
    this.start = reader.at;
    const size = reader.uint();
    if (size > entryBytesMax) throw new Fault('tooLarge', `an entry has at most ${entryBytesMax} bytes`);
    if (size < BODY_BYTES_MIN || size > reader.left) throw new Fault('malformed', 'truncated entry');
    const end = reader.at + size;
    this.#readBody(reader, end);
    if (
      uint32At(reader.bytes, end - CRC_BYTES) !== this.#checksum(reader.bytes, this.start, end - CRC_BYTES)
    ) {
      throw new Fault('malformed', 'the checksum of an entry does not hold');
    }
    this.end = end;
    return true;
  }

  #readBody(reader: Reader, end: number): void {
    reader.end = end - CRC_BYTES;
    const flags = reader.byte();
    if ((flags & ~FLAGS_KNOWN) !== 0) throw new Fault('malformed', 'unknown flags of an entry');
    this.sealed = (flags & entryFlag.sealed) !== 0;
    this.isPart = (flags & entryFlag.part) !== 0;
    this.isNews = (flags & entryFlag.news) !== 0;
    this.ruling = rulingOf(flags);
    this.deviceAt = reader.at;
    // The size was checked; a view of these eight bytes would cost as much as the rest of the header.
    reader.at += DEVICE_BYTES;
    this.epoch = reader.uint();
    this.seq = reader.uint();
    this.keyEpoch = reader.uint();
    this.timeMs = reader.uint();
    if (this.epoch > epochMax || this.keyEpoch > epochMax || this.seq === 0) {
      throw new Fault('malformed', 'epoch or seq of an entry is out of range');
    }
    if (this.isNews) this.#passMentions(reader);
    this.payloadAt = reader.at;
    this.payloadEnd = end - CRC_BYTES;
    if (this.payloadEnd - this.payloadAt > payloadBytesMax) {
      throw new Fault('tooLarge', `a payload has at most ${payloadBytesMax} bytes`);
    }
  }

  #passMentions(reader: Reader): void {
    const count = reader.byte();
    if (this.isPart || count > mentionsPerEntryMax) throw new Fault('malformed', 'news of no kind');
    this.mentionsAt = reader.at;
    reader.raw(count * mentionTagBytes);
  }

  /** As in the header: null when it is no news. */
  get news(): Uint8Array | null {
    return this.isNews ? this.bytes.subarray(this.mentionsAt, this.payloadAt) : null;
  }

  /** The writer's device of the current entry. */
  device(): DeviceId {
    const { bytes, deviceAt } = this;
    const [high, low] = [uint32At(bytes, deviceAt), uint32At(bytes, deviceAt + 4)];
    // Entries of one device stand in runs.
    if (this.#device?.high === high && this.#device.low === low) return this.#device.id;
    const id = deviceId(hex(bytes.subarray(deviceAt, deviceAt + DEVICE_BYTES)));
    this.#device = { high, low, id };
    return id;
  }

  /** The current entry as an object; its byte fields are views. */
  entry(): Entry {
    const { bytes } = this;
    return {
      sealed: this.sealed,
      ...(this.ruling === null ? {} : { ruling: this.ruling }),
      ...(this.isPart ? { isPart: true } : {}),
      ...(this.news === null ? {} : { news: this.news }),
      device: bytes.subarray(this.deviceAt, this.deviceAt + DEVICE_BYTES),
      epoch: this.epoch,
      seq: this.seq,
      keyEpoch: this.keyEpoch,
      timeMs: this.timeMs,
      payload: bytes.subarray(this.payloadAt, this.payloadEnd),
    };
  }
}

function rulingOf(flags: number): Ruling | null {
  const ruled = flags & RULED;
  if (ruled === 0) return null;
  // Nobody decides on a part of a snapshot.
  if (ruled === RULED || (flags & entryFlag.part) !== 0) {
    throw new Fault('malformed', 'an entry is changed, refused or a part, not two of them');
  }
  return ruled === entryFlag.changed ? 'changed' : 'refused';
}

/** Number of entries in `bytes` without checking checksums: only for bytes that were checked when they came in. */
export function countEntries(bytes: Uint8Array): number {
  const reader = new Reader(bytes);
  let count = 0;
  while (reader.left > 0) {
    reader.raw(reader.uint());
    count++;
  }
  return count;
}
