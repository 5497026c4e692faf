/**
 * Walking over entries that are laid end to end: by length alone where they were checked before, with
 * header and checksum where they come back from a disk.
 */

import { Fault } from 'copse/internal/base/fault.ts';
import { deviceId, type DeviceId } from 'copse/internal/base/ids.ts';
import { Reader } from 'copse/internal/wire/buffer.ts';
import { EntryCursor, type Checksum } from 'copse/internal/wire/entry.ts';

const DEVICE_BYTES = 8;

/** The runtime's CRC-32: 0.1 µs for 200 bytes, a third of the portable one. */
export const nativeChecksum: Checksum = (bytes, from, to) => Bun.hash.crc32(bytes.subarray(from, to));

/** For entries whose record's hash was checked just before: answers what the entry says. */
export const trustedChecksum: Checksum = (bytes, _from, to) =>
  (bytes[to]! | (bytes[to + 1]! << 8) | (bytes[to + 2]! << 16) | (bytes[to + 3]! << 24)) >>> 0;

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

/**
 * The writers of the entries in `bytes`, of which the first has position `at`, as few runs as possible.
 * Answers how many entries there are.
 */
export function eachWriterRun(
  entries: { readonly bytes: Uint8Array; readonly at: number; readonly checksum: Checksum },
  onRun: (run: WriterRun) => void,
): number {
  const { bytes, at, checksum } = entries;
  const cursor = new EntryCursor(bytes, checksum);
  let position = at;
  let run: Mutable<WriterRun> | null = null;
  let deviceAt = 0;
  while (cursor.next()) {
    const same = run !== null && sameDevice(bytes, deviceAt, cursor.deviceAt);
    if (run !== null && same && cursor.epoch === run.epoch && cursor.seq === run.seq + run.count) {
      run.count++;
    } else {
      if (run !== null) onRun(run);
      const device: DeviceId = same && run !== null ? run.device : deviceAtOf(bytes, cursor.deviceAt);
      run = { device, epoch: cursor.epoch, seq: cursor.seq, at: position, count: 1 };
    }
    ({ deviceAt } = cursor);
    position++;
  }
  if (run !== null) onRun(run);
  return position - at;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function sameDevice(bytes: Uint8Array, a: number, b: number): boolean {
  for (let i = 0; i < DEVICE_BYTES; i++) if (bytes[a + i] !== bytes[b + i]) return false;
  return true;
}

/** Four times as fast as `hex` of core; a busy log changes its writer with every entry. */
function deviceAtOf(bytes: Uint8Array, at: number): DeviceId {
  return deviceId(Buffer.from(bytes.buffer, bytes.byteOffset + at, DEVICE_BYTES).toString('hex'));
}
