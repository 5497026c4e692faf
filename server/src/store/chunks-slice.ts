/** What a slice of the journal says about each log, gathered before anything is written. */

import { Fault } from 'copse/internal/base/fault.ts';
import type { LogId, SiteId } from 'copse/internal/base/ids.ts';
import { isNewer, type Lead, type SnapshotPlace } from 'copse/internal/log/batch.ts';
import { eachSection, type Section } from 'copse/internal/log/record.ts';

import type { RecordSource, Slice } from './chunks.ts';
import { Chain, type Sha256 } from './journal-chain.ts';
import type { JournalRecord } from './journal.ts';

export interface LogSlice {
  declared: { readonly site: SiteId; readonly log: LogId } | null;
  /** Position of the first entry; 0 when there is none. */
  first: number;
  count: number;
  bytes: number;
  /** Views into the records. */
  readonly parts: Uint8Array[];
  /** The newest control record, when there is one. */
  lead: Lead | null;
  /** Where the newest snapshot stands, when one is noted here. */
  snapshot: SnapshotPlace | null;
}

export interface Gathered {
  readonly byNumber: ReadonlyMap<number, LogSlice>;
  /** The last record that was gathered. */
  readonly last: JournalRecord;
}

/**
 * Reads the records behind `after`, at least one and as many as the slice allows. What does not hold in
 * the journal's chain does not get into a chunk.
 */
export function gather(
  primitives: Sha256,
  source: RecordSource,
  after: Pick<JournalRecord, 'seq' | 'hash'>,
  slice: Slice,
): Gathered {
  const byNumber = new Map<number, LogSlice>();
  const chain = new Chain(primitives, after.seq + 1, after.hash);
  let bytes = 0;
  for (let seq = after.seq + 1; ; seq++) {
    const record = chain.check(source.read(seq));
    eachSection(record.bytes, (section) => add(byNumber, record.bytes, section));
    bytes += record.bytes.length;
    if (seq >= slice.upTo || bytes >= slice.bytesMax) return { byNumber, last: record };
  }
}

function add(byNumber: Map<number, LogSlice>, record: Uint8Array, section: Section): void {
  // Retention moves first positions in the chunk file; nothing of this version writes a trim.
  if (section.kind === 'seal' || section.kind === 'trim') return;
  const log = sliceOf(byNumber, section.number);
  switch (section.kind) {
    case 'declare':
      log.declared = { site: section.site, log: section.log };
      return;
    case 'lease':
      log.lead = { epoch: section.epoch, device: section.device };
      return;
    case 'snapshot':
      if (isNewer(section, log.snapshot)) log.snapshot = section;
      return;
    case 'entries':
      if (log.first === 0) log.first = section.first;
      else if (section.first !== log.first + log.count) {
        throw new Fault('corrupt', `Log ${section.number} has a hole in the journal at ${section.first}.`);
      }
      log.count += section.count;
      log.bytes += section.end - section.start;
      log.parts.push(record.subarray(section.start, section.end));
  }
}

function sliceOf(byNumber: Map<number, LogSlice>, number: number): LogSlice {
  const known = byNumber.get(number);
  if (known !== undefined) return known;
  const log: LogSlice = {
    declared: null,
    first: 0,
    count: 0,
    bytes: 0,
    parts: [],
    lead: null,
    snapshot: null,
  };
  byNumber.set(number, log);
  return log;
}
