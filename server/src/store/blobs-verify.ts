/** Opens every blob that a row names and says what is not as it was put there (SPEC B3, J9). */

import { asFault } from 'copse/internal/base/fault.ts';

import type { BlobStore } from './blobs.ts';
import type { Sha256 } from './chunks-rows.ts';
import type { ColdRow, Problem } from './chunks.ts';
import { openBlob } from './cold-reads.ts';
import { checkEntries } from './entries.ts';

export async function* blobProblems(
  rows: Iterable<ColdRow>,
  blobs: BlobStore,
  primitives: Sha256,
): AsyncGenerator<Problem> {
  for (const row of rows) {
    const where = `log number ${row.number}, cold chunk at ${row.first}`;
    try {
      const count = checkEntries(await openBlob(primitives, blobs, row));
      if (count !== row.count) yield { where, what: `it has ${count} entries, not ${row.count}` };
    } catch (thrown) {
      yield { where, what: asFault(thrown).message };
    }
  }
}
