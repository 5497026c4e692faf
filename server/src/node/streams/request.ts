/** What the headers of a request to a stream say, checked (SPEC F7): whatever is not as it must be is `malformed`. */

import { Fault } from 'copse/internal/base/fault.ts';
import { streamHeaderBytesMax, streamProducerBytesMax } from 'copse/internal/base/limits-streams.ts';
import { epochMax } from 'copse/internal/wire/entry.ts';
import type { StreamConfig } from './config.ts';
import type { ClosedBy } from './state.ts';

const WHOLE = /^(0|[1-9]\d*)$/;
/** RFC 3339. */
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;
const CONTENT_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+*-]+\s*(;.*)?$/;

/** Epochs begin with 0 at clients and with 1 in logs. */
const PRODUCER_EPOCH_MAX = epochMax - 1;

export function isClosing(headers: Headers): boolean {
  return headers.get('stream-closed')?.toLowerCase() === 'true';
}

/** The tuple of the producer, or null when the request names none. */
export function producerOf(headers: Headers): ClosedBy | null {
  const id = headers.get('producer-id');
  const epoch = headers.get('producer-epoch');
  const seq = headers.get('producer-seq');
  if (id === null && epoch === null && seq === null) return null;
  if (id === null || epoch === null || seq === null)
    throw new Fault('malformed', 'a producer gives its id, epoch and seq together');
  if (id === '' || id.length > streamProducerBytesMax)
    throw new Fault('malformed', `\`Producer-Id\` has 1 to ${streamProducerBytesMax} characters`);
  return {
    id,
    epoch: wholeNumber('Producer-Epoch', epoch, PRODUCER_EPOCH_MAX),
    seq: wholeNumber('Producer-Seq', seq, Number.MAX_SAFE_INTEGER - 1),
  };
}

function wholeNumber(name: string, text: string, max: number): number {
  const value = WHOLE.test(text) ? Number(text) : Number.NaN;
  if (!(value <= max)) throw new Fault('malformed', `\`${name}\` is a whole number up to ${max}`);
  return value;
}

/** A header as it came, or null. */
export function headerOf(headers: Headers, name: string): string | null {
  const value = headers.get(name);
  if (value !== null && value.length > streamHeaderBytesMax)
    throw new Fault('malformed', `\`${name}\` has at most ${streamHeaderBytesMax} characters`);
  return value;
}

export function contentTypeOf(headers: Headers): string | null {
  const type = headerOf(headers, 'content-type');
  if (type === null || type === '') return null;
  if (!CONTENT_TYPE.test(type)) throw new Fault('malformed', '`Content-Type` is no media type');
  return type;
}

/** What a stream is to be that is asked for; `pathOf` answers the path of a stream from that of its address. */
export function configOf(headers: Headers, pathOf: (address: string) => string | null): StreamConfig {
  const ttl = headers.get('stream-ttl');
  const date = headerOf(headers, 'stream-expires-at');
  if (ttl !== null && date !== null)
    throw new Fault('malformed', '`Stream-TTL` and `Stream-Expires-At` exclude each other');
  return {
    contentType: contentTypeOf(headers),
    ttlS: ttl === null ? null : wholeNumber('Stream-TTL', ttl, TTL_S_MAX),
    expires: date === null ? null : { text: date, atMs: dateOf(date) },
    closed: isClosing(headers),
    fork: forkOf(headers, pathOf),
  };
}

/** A thousand years; times of streams stay exact. */
const TTL_S_MAX = 1000 * 366 * 86_400;

function dateOf(text: string): number {
  const atMs = DATE.test(text) ? Date.parse(text) : Number.NaN;
  if (!(atMs >= 0)) throw new Fault('malformed', '`Stream-Expires-At` is no date of RFC 3339');
  return atMs;
}

function forkOf(headers: Headers, pathOf: (address: string) => string | null): StreamConfig['fork'] {
  const source = headers.get('stream-forked-from');
  const asked = headerOf(headers, 'stream-fork-offset');
  const sub = headers.get('stream-fork-sub-offset');
  if (source === null) {
    if (asked !== null || sub !== null)
      throw new Fault('malformed', 'a fork names its source in `Stream-Forked-From`');
    return null;
  }
  const from = pathOf(source);
  if (from === null) throw new Fault('unknown', 'no stream to fork from');
  const beyond = sub === null ? 0 : wholeNumber('Stream-Fork-Sub-Offset', sub, Number.MAX_SAFE_INTEGER);
  if (beyond > 0 && asked === null)
    throw new Fault('malformed', '`Stream-Fork-Sub-Offset` is counted from a `Stream-Fork-Offset`');
  return { from, asked: asked ?? '', sub: beyond };
}

export interface ReadQuery {
  /** As asked for; null: from the beginning. */
  readonly offset: string | null;
  readonly live: 'no' | 'long-poll' | 'sse';
  readonly cursor: string | null;
}

export function queryOf(query: URLSearchParams): ReadQuery {
  const offsets = query.getAll('offset');
  if (offsets.length > 1) throw new Fault('malformed', 'one `offset`');
  const offset = offsets[0] ?? null;
  if (offset === '') throw new Fault('malformed', '`offset` is empty');
  const live = query.get('live');
  if (live !== null && live !== 'long-poll' && live !== 'sse')
    throw new Fault('malformed', '`live` is `long-poll` or `sse`');
  if (live !== null && offset === null) throw new Fault('malformed', 'live reading begins at an `offset`');
  return { offset, live: live ?? 'no', cursor: query.get('cursor') };
}
