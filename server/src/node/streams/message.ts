/**
 * Messages in a log: what one request has appended. A message is the payload of one entry. A larger one is parts,
 * each an entry of its own that names the entry they belong to, and that entry, which stands directly behind them
 * and bears the same time: until it is there, nobody sees anything of the message. Parts whose entry never came,
 * because the node was killed, are passed over, also when what was sent again under their number is something else.
 */

import { concat, equal } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { payloadBytesMax } from 'copse/internal/base/limits.ts';
import type { LogState } from 'copse/internal/log/batch.ts';
import { putUint, Reader } from 'copse/internal/wire/buffer.ts';
import { EntryCursor } from 'copse/internal/wire/entry.ts';
import { nativeChecksum } from '../../store/entries.ts';
import type { InsideLogs } from '../../tail/insider.ts';
import type { WriterName } from './names.ts';

const DEVICE_BYTES = 8;
const PART_HEAD_BYTES_MAX = DEVICE_BYTES + 4 * 8;
const PART_BYTES = payloadBytesMax - PART_HEAD_BYTES_MAX;

/** Consecutive offsets of a stream that stand in one log. */
export interface Segment {
  readonly log: LogState;
  /** Offset of the log's first entry. */
  readonly base: number;
  /** Offset behind the last entry that belongs to the stream. */
  readonly end: number;
}

/** Which entry a part belongs to. */
export interface Owner {
  readonly device: Uint8Array;
  readonly epoch: number;
  readonly seq: number;
  /** When it was sent: another attempt bears another time. */
  readonly timeMs: number;
}

/** The payloads of the parts that go before, and of the entry itself. */
export function partsOf(
  body: Uint8Array,
  owner: Owner,
): { readonly parts: readonly Uint8Array[]; readonly last: Uint8Array } {
  const parts: Uint8Array[] = [];
  let at = 0;
  while (body.length - at > payloadBytesMax) {
    const head = new Uint8Array(PART_HEAD_BYTES_MAX);
    head.set(owner.device);
    let end = putUint(head, DEVICE_BYTES, owner.epoch);
    end = putUint(head, end, owner.seq);
    end = putUint(head, end, parts.length);
    end = putUint(head, end, body.length);
    parts.push(concat(head.subarray(0, end), body.subarray(at, at + PART_BYTES)));
    at += PART_BYTES;
  }
  return { parts, last: body.subarray(at) };
}

export interface Messages {
  /** Views that live as long as this turn. */
  readonly messages: readonly Uint8Array[];
  /** Offset behind the last of them. */
  readonly next: number;
}

/** Where the reader of a stream gets it from. */
export interface Source {
  readonly logs: InsideLogs;
  readonly partsWriter: WriterName;
  readonly segments: readonly Segment[];
  /** Offset behind the last message that may be seen. */
  readonly tail: number;
}

/** Messages from an offset on: at least one when there is one, else about `bytesMax`. */
export function readMessages(source: Source, from: number, bytesMax: number): Messages {
  const walk = new Walk(source.partsWriter.bytes);
  let at = from;
  let next = from;
  while (at < source.tail && (walk.bytes < bytesMax || walk.isWithin)) {
    const segment = source.segments.findLast(({ base, end }) => base <= at && at < end);
    if (segment === undefined) throw new Fault('corrupt', 'a stream has a hole');
    const page = source.logs.read(segment.log, at - segment.base + 1, Math.max(1, bytesMax - walk.bytes));
    if (page.kind === 'trimmed') throw new Fault('trimmed', 'the log does not keep what stands there');
    if (page.count === 0) break;
    const end = Math.min(segment.end, source.tail);
    const walked = walk.page(page.entries, at, end);
    at = walked.at;
    next = walked.next ?? next;
  }
  // Behind the last message there may be parts that belong to none.
  return { messages: walk.messages, next: at >= source.tail ? Math.max(next, source.tail) : next };
}

/** Entries as they stand in a log. */
export function readEntries(
  logs: InsideLogs,
  log: LogState,
  { from, tail, bytesMax }: { readonly from: number; readonly tail: number; readonly bytesMax: number },
): Messages {
  const messages: Uint8Array[] = [];
  let next = from;
  for (let left = bytesMax; left > 0 && next < tail;) {
    const page = logs.read(log, next + 1, left);
    if (page.kind === 'trimmed') throw new Fault('trimmed', 'the log does not keep what stands there');
    if (page.count === 0) break;
    messages.push(page.entries);
    next += page.count;
    left -= page.entries.length;
  }
  return { messages, next };
}

/** Parts that were read, and whose message they are. */
interface Parts {
  readonly owner: Owner;
  /** Bytes of the whole message. */
  readonly size: number;
  readonly bytes: Uint8Array[];
}

class Walk {
  readonly messages: Uint8Array[] = [];
  bytes = 0;
  readonly #partsDevice: Uint8Array;
  #parts: Parts | null = null;

  constructor(partsDevice: Uint8Array) {
    this.#partsDevice = partsDevice;
  }

  /** Whether parts were read whose entry has not come yet. */
  get isWithin(): boolean {
    return this.#parts !== null;
  }

  /** `next` is the offset behind the last message of the page, if there was one. */
  page(
    entries: Uint8Array,
    from: number,
    end: number,
  ): { readonly at: number; readonly next: number | null } {
    const cursor = new EntryCursor(entries, nativeChecksum);
    let at = from;
    let next: number | null = null;
    while (at < end && cursor.next()) {
      at++;
      const payload = entries.subarray(cursor.payloadAt, cursor.payloadEnd);
      const device = entries.subarray(cursor.deviceAt, cursor.deviceAt + DEVICE_BYTES);
      if (equal(device, this.#partsDevice)) {
        this.#part(payload, cursor.timeMs);
        continue;
      }
      this.#take(payload, { device, epoch: cursor.epoch, seq: cursor.seq, timeMs: cursor.timeMs });
      next = at;
    }
    return { at, next };
  }

  #part(payload: Uint8Array, timeMs: number): void {
    const reader = new Reader(payload);
    const owner = { device: reader.raw(DEVICE_BYTES), epoch: reader.uint(), seq: reader.uint(), timeMs };
    const place = reader.uint();
    const size = reader.uint();
    const bytes = payload.subarray(reader.at);
    this.bytes += bytes.length;
    if (place === 0) this.#parts = { owner, size, bytes: [bytes] };
    else if (this.#parts !== null && isSame(this.#parts.owner, owner) && this.#parts.bytes.length === place)
      this.#parts.bytes.push(bytes);
    else this.#parts = null;
  }

  #take(payload: Uint8Array, owner: Owner): void {
    const parts = this.#parts;
    this.#parts = null;
    const whole = parts !== null && isSame(parts.owner, owner) ? concat(...parts.bytes, payload) : payload;
    const message = whole.length === parts?.size ? whole : payload;
    this.bytes += payload.length + ENTRY_COST;
    if (message.length > 0) this.messages.push(message);
  }
}

/** What an entry without payload counts, so that a page of them ends. */
const ENTRY_COST = 16;

const isSame = (a: Owner, b: Owner): boolean =>
  a.seq === b.seq && a.timeMs === b.timeMs && a.epoch === b.epoch && equal(a.device, b.device);
