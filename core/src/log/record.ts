/**
 * The body of one journal record: what one group commit made durable together, of many logs.
 *
 *     record   = section*
 *     section  = length (varint, bytes after it) | kind (1) | body
 *     entries  = 1 | log number | first position | count | entries laid end to end
 *     declare  = 2 | log number | site (16) | log (16)
 *     seal     = 3 | shard epoch | owner (text)
 *     trim     = 4 | log number | first kept position
 *     lease    = 5 | log number | lead epoch | device (8; zeros: the log is open again)
 *     snapshot = 6 | log number | from | at | last (as in `SnapshotPlace`) | 1: its maker may lead the log, or 0 (1)
 *
 * Sections of unknown kind make the record unreadable on purpose: a journal of a newer version must
 * not be half understood (SPEC J8).
 */

import { fromHex, hex } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { deviceId, logId, siteId, type DeviceId, type LogId, type SiteId } from '../base/ids.ts';
import { assert, must } from '../base/assert.ts';
import { Reader, uintSize, type Writer } from '../wire/buffer.ts';
import type { SnapshotPlace } from './batch.ts';

const kindOf = { entries: 1, declare: 2, seal: 3, trim: 4, lease: 5, snapshot: 6 } as const;
const ID_BYTES = 16;
const OWNER_BYTES_MAX = 64;
const DEVICE_BYTES = 8;
const NO_DEVICE = new Uint8Array(DEVICE_BYTES);

export interface EntriesSection {
  readonly kind: 'entries';
  readonly number: number;
  readonly first: number;
  readonly count: number;
  /** Where the entries lie in the record. */
  readonly start: number;
  readonly end: number;
}

/** Who leads a log from here on (SPEC V2). */
export interface LeaseSection {
  readonly kind: 'lease';
  readonly number: number;
  readonly epoch: number;
  /** Null: nobody, and the log is open again. */
  readonly device: DeviceId | null;
}

/** Where the newest snapshot of a log stands from here on (SPEC Q2). */
export interface SnapshotSection extends SnapshotPlace {
  readonly kind: 'snapshot';
  readonly number: number;
}

export type Section =
  | EntriesSection
  | { readonly kind: 'declare'; readonly number: number; readonly site: SiteId; readonly log: LogId }
  | { readonly kind: 'seal'; readonly epoch: number; readonly owner: Uint8Array }
  | { readonly kind: 'trim'; readonly number: number; readonly first: number }
  | LeaseSection
  | SnapshotSection;

/** Appends an entries section; `parts` are copied once, here. Answers where the entries begin in the record. */
export function putEntries(
  writer: Writer,
  run: { readonly number: number; readonly first: number; readonly count: number },
  parts: readonly Uint8Array[],
): number {
  let size = 0;
  for (const part of parts) size += part.length;
  const head = 1 + uintSize(run.number) + uintSize(run.first) + uintSize(run.count);
  writer.uint(head + size);
  writer.byte(kindOf.entries);
  writer.uint(run.number);
  writer.uint(run.first);
  writer.uint(run.count);
  const start = writer.at;
  for (const part of parts) writer.raw(part);
  return start;
}

export function putDeclare(writer: Writer, number: number, site: SiteId, log: LogId): void {
  const siteBytes = must(fromHex(site), 'a site id is hex');
  const logBytes = must(fromHex(log), 'a log id is hex');
  assert(siteBytes.length === ID_BYTES && logBytes.length === ID_BYTES, 'ids have 16 bytes');
  writer.uint(1 + uintSize(number) + 2 * ID_BYTES);
  writer.byte(kindOf.declare);
  writer.uint(number);
  writer.raw(siteBytes);
  writer.raw(logBytes);
}

export function putSeal(writer: Writer, epoch: number, owner: Uint8Array): void {
  assert(owner.length <= OWNER_BYTES_MAX, 'an owner has at most 64 bytes');
  writer.uint(1 + uintSize(epoch) + owner.length);
  writer.byte(kindOf.seal);
  writer.uint(epoch);
  writer.raw(owner);
}

export function putTrim(writer: Writer, number: number, first: number): void {
  writer.uint(1 + uintSize(number) + uintSize(first));
  writer.byte(kindOf.trim);
  writer.uint(number);
  writer.uint(first);
}

export function putLease(writer: Writer, lease: Omit<LeaseSection, 'kind'>): void {
  const { number, epoch, device } = lease;
  writer.uint(1 + uintSize(number) + uintSize(epoch) + DEVICE_BYTES);
  writer.byte(kindOf.lease);
  writer.uint(number);
  writer.uint(epoch);
  writer.raw(device === null ? NO_DEVICE : must(fromHex(device), 'a device id is hex'));
}

export function putSnapshot(writer: Writer, number: number, place: SnapshotPlace): void {
  writer.uint(snapshotBytes(number, place));
  writer.byte(kindOf.snapshot);
  for (const each of [number, place.from, place.at, place.last]) writer.uint(each);
  writer.byte(place.isLeaders ? 1 : 0);
}

/** Size of the body of a section. */
export function snapshotBytes(number: number, { from, at, last }: SnapshotPlace): number {
  return 2 + uintSize(number) + uintSize(from) + uintSize(at) + uintSize(last);
}

/** Calls `onSection` for each section of a record; throws `malformed` or `newer`. */
export function eachSection(record: Uint8Array, onSection: (section: Section) => void): void {
  const reader = new Reader(record);
  while (reader.at < record.length) {
    reader.end = record.length;
    const size = reader.uint();
    const end = reader.at + size;
    if (size === 0 || end > record.length) throw new Fault('malformed', 'truncated section of a record');
    reader.end = end;
    onSection(readSection(reader));
    if (reader.at !== end) throw new Fault('malformed', 'bytes after a section of a record');
  }
}

function readSection(reader: Reader): Section {
  const kind = reader.byte();
  switch (kind) {
    case kindOf.entries: {
      const number = reader.uint();
      const first = reader.uint();
      const count = reader.uint();
      const start = reader.at;
      reader.at = reader.end;
      return { kind: 'entries', number, first, count, start, end: reader.end };
    }
    case kindOf.declare:
      return {
        kind: 'declare',
        number: reader.uint(),
        site: siteId(hex(reader.raw(ID_BYTES))),
        log: logId(hex(reader.raw(ID_BYTES))),
      };
    case kindOf.seal:
      return { kind: 'seal', epoch: reader.uint(), owner: reader.raw(reader.left).slice() };
    case kindOf.trim:
      return { kind: 'trim', number: reader.uint(), first: reader.uint() };
    case kindOf.lease: {
      const number = reader.uint();
      const epoch = reader.uint();
      const device = reader.raw(DEVICE_BYTES);
      const isOpen = device.every((byte) => byte === 0);
      return { kind: 'lease', number, epoch, device: isOpen ? null : deviceId(hex(device)) };
    }
    case kindOf.snapshot: {
      const [number, from, at, last] = [reader.uint(), reader.uint(), reader.uint(), reader.uint()];
      const leaders = reader.byte();
      if (leaders > 1) throw new Fault('malformed', 'whose a snapshot is');
      return { kind: 'snapshot', number, from, at, last, isLeaders: leaders === 1 };
    }
    default:
      throw new Fault('newer', `a record has a section of the unknown kind ${kind}`);
  }
}
