/** The facet `cold` of one connection: where the entries are that its leases may read (SPEC B5). */

import type { ColdApi } from 'copse/internal/api/cold.ts';
import { fromHex } from 'copse/internal/base/bytes.ts';
import { must } from 'copse/internal/base/assert.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { ColdChunk } from '../store/chunks.ts';
import { codecOf } from '../store/chunks-rows.ts';
import type { TailSession } from './session.ts';
import type { Shard } from './shard.ts';

/** How blobs are found from outside. */
export interface BlobAddresses {
  /** A url, or a path at the node, that holds for a while; null when there is none. */
  of(name: string): string | null;
}

export class ColdDesk implements ColdApi {
  readonly #shard: Shard;
  readonly #session: TailSession;

  constructor(shard: Shard, session: TailSession) {
    this.#shard = shard;
    this.#session = session;
  }

  find({ handle, from, countMax }: Parameters<ColdApi['find']>[0]): Awaited<ReturnType<ColdApi['find']>> {
    const { log } = this.#session.readable(handle).topic;
    const { addresses, logs } = this.#shard;
    if (from < 1) throw new Fault('malformed', 'positions begin with 1');
    if (addresses === null || from < log.first || from >= log.durable) return { runs: [] };
    const runs = [];
    for (const chunk of logs.coldFrom(log, from, countMax)) {
      const url = addresses.of(chunk.blob);
      // A client has no other codec, and runs are to follow one another.
      if (url === null || !(chunk.codec === codecOf.raw || chunk.codec === codecOf.gzip)) break;
      runs.push(redirectTo(url, chunk));
    }
    return { runs };
  }
}

function redirectTo(
  url: string,
  { first: at, count, size: bytes, codec, blob, stored: size }: ColdChunk,
): Awaited<ReturnType<ColdApi['find']>>['runs'][number] {
  const sha256 = must(fromHex(blob), 'a blob is named by its hash');
  return { at, count, url, start: 0, size, sha256, codec: codec === codecOf.raw ? 'raw' : 'gzip', bytes };
}
