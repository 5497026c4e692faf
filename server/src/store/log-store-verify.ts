/**
 * Reads everything that a shard has on disk and names what is not as it was written: for `copse doctor`
 * and for a restore, through connections that only read, so that a broken directory stays as it is
 * (SPEC J3, J9).
 */

import { setImmediate as immediate } from 'node:timers/promises';

import { compare } from 'copse/internal/base/bytes.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { eachSection } from 'copse/internal/log/record.ts';

import { blobProblems } from './blobs-verify.ts';
import type { BlobStore } from './blobs.ts';
import { chunksPath, journalPath } from './chunks-open.ts';
import { ChunkReader } from './chunks-reader.ts';
import { chunkSchema, SELECT_STATE, type ChunkStateRow } from './chunks-rows.ts';
import { chunkProblems } from './chunks-verify.ts';
import type { Problem } from './chunks.ts';
import { checkEntries } from './entries.ts';
import { journalSchema } from './journal-rows.ts';
import { everyRecord, scanRecords } from './journal-scan.ts';
import { BrokenRecord, type JournalRecord } from './journal.ts';
import { refuseNewer } from './migrate.ts';
import { openDatabase, type Database } from './sqlite.ts';

/** The problems of the shard in a directory that no process is using, or is at least not compacting; with `blobs`, of what it has there as well. */
export async function* shardProblems(
  directory: string,
  primitives: Primitives,
  blobs: BlobStore | null = null,
): AsyncGenerator<Problem> {
  refuseNewer(journalPath(directory), journalSchema);
  refuseNewer(chunksPath(directory), chunkSchema);
  using journal = openDatabase(journalPath(directory), { readonly: true });
  using chunks = openDatabase(chunksPath(directory), { readonly: true });
  const compacted = chunks.prepare<ChunkStateRow>(SELECT_STATE).get();
  if (compacted === null) yield { where: 'the chunk file', what: 'it has no state' };
  else yield* journalProblems(journal, primitives, compacted);
  for (const problem of chunkProblems(chunks, primitives)) {
    if (problem !== null) yield problem;
    await immediate();
  }
  if (blobs !== null) yield* blobProblems(new ChunkReader(chunks).cold(), blobs, primitives);
}

async function* journalProblems(
  journal: Database,
  primitives: Primitives,
  compacted: ChunkStateRow,
): AsyncGenerator<Problem> {
  let last = compacted.compacted;
  for await (const met of everyRecord((from) => scanRecords(journal, primitives, from))) {
    const where = `record ${met.seq} of the journal`;
    if (met instanceof BrokenRecord) yield { where, what: met.detail };
    else {
      const what = wrongWith(met, compacted);
      if (what !== null) yield { where, what };
    }
    last = met.seq;
  }
  if (last < compacted.compacted) {
    yield {
      where: 'the journal',
      what: `it ends at record ${last}, chunks hold up to ${compacted.compacted}`,
    };
  }
}

function wrongWith(record: JournalRecord, compacted: ChunkStateRow): string | null {
  const isJoint = record.seq === compacted.compacted + 1;
  if (isJoint && compare(record.prevHash, compacted.compacted_hash) !== 0) {
    return 'it does not follow the last one in chunks';
  }
  let what: string | null = null;
  eachSection(record.bytes, (section) => {
    if (section.kind !== 'entries') return;
    const found = checkEntries(record.bytes.subarray(section.start, section.end));
    if (found !== section.count)
      what = `it has ${found} entries of log ${section.number}, not ${section.count}`;
  });
  return what;
}
