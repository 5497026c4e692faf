/** Reads every chunk and names what is not as it was written (SPEC J3, J9). */

import { hex } from 'copse/internal/base/bytes.ts';
import { asFault } from 'copse/internal/base/fault.ts';

import { holds, unpack, type Sha256 } from './chunks-rows.ts';
import type { Problem } from './chunks.ts';
import { checkEntries } from './entries.ts';
import type { Database } from './sqlite.ts';

interface StoredLog {
  readonly number: number;
  readonly site: Uint8Array;
  readonly log: Uint8Array;
  readonly first: number;
  readonly tail: number;
  readonly bytes: number;
}

interface StoredChunk {
  readonly first: number;
  readonly count: number;
  readonly bytes: number;
  readonly codec: number;
  readonly crc: number;
  readonly sha256: Uint8Array | null;
  readonly data: Uint8Array;
  readonly blob: Uint8Array | null;
  /** Whether the blob is noted. */
  readonly noted: number;
}

const SELECT_LOGS =
  'SELECT number, site, log, first, tail, bytes FROM log WHERE number > ? ORDER BY number LIMIT 1';
const SELECT_NEXT_CHUNK =
  'SELECT first, count, bytes, codec, crc, sha256, data, blob, ' +
  'EXISTS (SELECT 1 FROM blob WHERE name = chunk.blob) AS noted FROM chunk WHERE log = ? AND first >= ? ' +
  'ORDER BY first LIMIT 1';

/** One problem after the other; a log or a chunk at a time, so that the caller can pause in between. */
export function* chunkProblems(database: Database, primitives: Sha256): Generator<Problem | null> {
  const nextLog = database.prepare<StoredLog>(SELECT_LOGS);
  for (let log = nextLog.get(0); log !== null; log = nextLog.get(log.number)) {
    const name = `log ${hex(log.log)} of site ${hex(log.site)}`;
    yield* logProblems(database, primitives, { name, log });
  }
}

function* logProblems(
  database: Database,
  primitives: Sha256,
  subject: { readonly name: string; readonly log: StoredLog },
): Generator<Problem | null> {
  const { name, log } = subject;
  const nextChunk = database.prepare<StoredChunk>(SELECT_NEXT_CHUNK);
  let next = log.first;
  let bytes = 0;
  for (let chunk = nextChunk.get(log.number, 0); chunk !== null; chunk = nextChunk.get(log.number, next)) {
    const where = `${name}, chunk at ${chunk.first}`;
    if (chunk.first !== next) yield { where, what: `positions ${next} to ${chunk.first - 1} are missing` };
    const what = wrongWith(primitives, chunk);
    yield what === null ? null : { where, what };
    bytes += chunk.bytes;
    next = chunk.first + chunk.count;
  }
  if (next !== log.tail) yield { where: name, what: `positions ${next} to ${log.tail - 1} are missing` };
  else if (bytes !== log.bytes)
    yield { where: name, what: `its chunks have ${bytes} bytes, not ${log.bytes}` };
}

function wrongWith(primitives: Sha256, chunk: StoredChunk): string | null {
  if (chunk.blob !== null) return chunk.noted === 1 ? null : 'its blob is not noted';
  try {
    const entries = unpack(chunk);
    if (entries === null) return 'its checksum does not hold';
    if (!holds(primitives, entries, chunk)) return 'its hash does not hold';
    const count = checkEntries(entries);
    return count === chunk.count ? null : `it has ${count} entries, not ${chunk.count}`;
  } catch (thrown) {
    return asFault(thrown).message;
  }
}
