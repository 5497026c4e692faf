/** The record of a batch: laid out once, in a buffer of exactly its size that goes to the journal as it is. */

import { assert } from 'copse/internal/base/assert.ts';
import { commitBytesMax } from 'copse/internal/base/limits.ts';
import { putDeclare, putEntries, putLease, putSnapshot, snapshotBytes } from 'copse/internal/log/record.ts';
import type { Batch, LeadRecord, LogState, Run, SnapshotRecord } from 'copse/internal/log/batch.ts';
import { uintSize, Writer } from 'copse/internal/wire/buffer.ts';

/** The sequencer keeps the entries of a batch within `commitBytesMax`; the heads of its runs come on top. */
const RECORD_BYTES_MAX = 2 * commitBytesMax;
const ID_BYTES = 16;
const DEVICE_BYTES = 8;

export interface EncodedRecord {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each run's entries begin and end, flat, in the order of the runs. */
  readonly places: readonly number[];
}

type Written = Pick<Batch<unknown>, 'runs' | 'leads' | 'snapshots'>;

export function encodeRecord({ runs, leads, snapshots }: Written): EncodedRecord {
  const sizes = runs.map(entryBytes);
  let total = 0;
  for (const [i, run] of runs.entries()) total += sectionBytes(run, sizes[i]!);
  for (const lead of leads) total += leaseBytes(lead);
  for (const each of snapshots) total += snapshotSection(each);
  const writer = new Writer(RECORD_BYTES_MAX, total);
  const places: number[] = [];
  for (const [i, run] of runs.entries()) {
    const { number, site, log } = run.log;
    if (run.declare) putDeclare(writer, number, site, log);
    const start = putEntries(writer, { number, first: run.first, count: run.count }, run.parts);
    places.push(start, start + sizes[i]!);
  }
  for (const { log, epoch, device, declare } of leads) {
    if (declare) putDeclare(writer, log.number, log.site, log.log);
    putLease(writer, { number: log.number, epoch, device });
  }
  for (const { log, place } of snapshots) putSnapshot(writer, log.number, place);
  assert(writer.at === total, 'the size of a record is known before it is laid out');
  // A number at the very end makes the buffer grow: one byte more would be another section.
  return { bytes: writer.bytes.length === total ? writer.bytes : writer.take(), places };
}

function entryBytes(run: Run): number {
  let size = 0;
  for (const part of run.parts) size += part.length;
  return size;
}

function sectionBytes(run: Run, size: number): number {
  const body = 1 + uintSize(run.log.number) + uintSize(run.first) + uintSize(run.count) + size;
  return uintSize(body) + body + (run.declare ? declareBytes(run.log) : 0);
}

function leaseBytes({ log, epoch, declare }: LeadRecord): number {
  const body = 1 + uintSize(log.number) + uintSize(epoch) + DEVICE_BYTES;
  return uintSize(body) + body + (declare ? declareBytes(log) : 0);
}

function snapshotSection({ log, place }: SnapshotRecord): number {
  const body = snapshotBytes(log.number, place);
  return uintSize(body) + body;
}

function declareBytes({ number }: LogState): number {
  const body = 1 + uintSize(number) + 2 * ID_BYTES;
  return uintSize(body) + body;
}
