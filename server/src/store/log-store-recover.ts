/** What a restart learns from the journal: one pass over the records that are not in chunks yet. */

import { Fault } from 'copse/internal/base/fault.ts';
import type { DeviceId, LogId, SiteId } from 'copse/internal/base/ids.ts';
import { compare } from 'copse/internal/base/bytes.ts';
import { addWriter, type Lead, type SnapshotPlace } from 'copse/internal/log/batch.ts';
import {
  eachSection,
  type EntriesSection,
  type LeaseSection,
  type SnapshotSection,
} from 'copse/internal/log/record.ts';

import type { Claim } from './chunks.ts';
import { DeviceIds, eachWriterRun } from './entries.ts';
import type { Journal, JournalRecord } from './journal.ts';
import { RunIndex } from './log-store-index.ts';

export interface Declared {
  readonly number: number;
  readonly site: SiteId;
  readonly log: LogId;
}

export interface Recovered {
  readonly index: RunIndex;
  /** Logs that have no row yet. */
  readonly declared: ReadonlyMap<number, Declared>;
  /** What is news in the records, in their order. */
  readonly news: readonly FoundNews[];
}

/** News of a log in one record. */
export interface FoundNews {
  readonly number: number;
  length: number;
  readonly mentions: Uint8Array[];
  readonly writers: DeviceId[];
  readonly record: number;
}

/**
 * Scans the records behind what is in chunks. The first of them must follow the last compacted one: a
 * journal that lost its end, or a chunk file of another past, is `corrupt` here instead of served (SPEC J3).
 */
export async function recover(journal: Journal, claim: Claim, tail: number): Promise<Recovered> {
  const recovery = new Recovery();
  const first = claim.compacted + 1;
  if (tail < first) throw lost(tail, claim);
  for await (const record of journal.scan(first)) {
    if (recovery.recordCount === 0) checkJoint(record, claim);
    recovery.take(record);
  }
  const { index, declared, news } = recovery;
  return { index, declared, news };
}

class Recovery {
  readonly index = new RunIndex();
  readonly declared = new Map<number, Declared>();
  readonly news: FoundNews[] = [];
  readonly #devices = new DeviceIds();
  recordCount = 0;

  take(record: JournalRecord): void {
    this.recordCount++;
    this.index.addRecord(record.seq, record.bytes.length);
    eachSection(record.bytes, (section) => {
      if (section.kind === 'declare') this.declared.set(section.number, section);
      else if (section.kind === 'lease') this.index.addLead(section.number, record.seq, leadOf(section));
      else if (section.kind === 'snapshot')
        this.index.addSnapshot(section.number, record.seq, placeOf(section));
      else if (section.kind === 'entries') this.#addEntries(record, section);
    });
  }

  #addEntries(record: JournalRecord, section: EntriesSection): void {
    const { index } = this;
    const { number, first, count, start, end } = section;
    if (index.has(number) && index.endOf(number) !== first) {
      throw new Fault('corrupt', `Log ${number} has a hole in record ${record.seq} of the journal.`);
    }
    index.add(number, { seq: record.seq, start, end, first, count });
    const span = { bytes: record.bytes, start, end, at: first };
    const noting = new Noting(number, record.seq, this.news);
    const found = eachWriterRun(span, this.#devices, (run) => index.addWriter(number, run), noting.onNews);
    if (found === count) return;
    throw new Fault('corrupt', `Record ${record.seq} has ${found} entries of log ${number}, not ${count}.`);
  }
}

/** What is news in one record. */
export function newsIn({ seq, bytes }: JournalRecord): readonly FoundNews[] {
  const devices = new DeviceIds();
  const news: FoundNews[] = [];
  eachSection(bytes, (section) => {
    if (section.kind !== 'entries') return;
    const { number, first, start, end } = section;
    eachWriterRun({ bytes, start, end, at: first }, devices, () => {}, new Noting(number, seq, news).onNews);
  });
  return news;
}

/** Gathers the news of one log in one record. */
class Noting {
  readonly #all: FoundNews[];
  readonly #news: FoundNews;

  constructor(number: number, record: number, all: FoundNews[]) {
    this.#news = { number, length: 0, mentions: [], writers: [], record };
    this.#all = all;
  }

  readonly onNews = (length: number, tags: Uint8Array, device: DeviceId): void => {
    if (this.#news.length === 0) this.#all.push(this.#news);
    this.#news.length = length;
    addWriter(this.#news.writers, device);
    // A view would keep the whole record.
    if (tags.length > 0) this.#news.mentions.push(tags.slice());
  };
}

function placeOf({ from, at, last, isLeaders }: SnapshotSection): SnapshotPlace {
  return { from, at, last, isLeaders };
}

function leadOf({ epoch, device }: LeaseSection): Lead {
  return { epoch, device };
}

function checkJoint(record: JournalRecord, claim: Claim): void {
  if (record.seq === claim.compacted + 1 && compare(record.prevHash, claim.compactedHash) === 0) return;
  throw new Fault(
    'corrupt',
    `Record ${record.seq} of the journal does not follow record ${claim.compacted}, the last one in chunks.`,
  );
}

function lost(tail: number, claim: Claim): Fault {
  return new Fault(
    'corrupt',
    `The journal ends at record ${tail}, but chunks hold records up to ${claim.compacted}.`,
  );
}
