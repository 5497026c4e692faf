/**
 * Reading a stream (SPEC F4, F5): a page, the next one when there is more, or events. Whoever reads for long is
 * asked anew whether she may, each time before something is sent (SPEC F10).
 */

import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { streamPageBytesMax, streamReadersMax } from 'copse/internal/base/limits-streams.ts';
import { warmed } from '../../tail/insider.ts';
import { isJson } from './config.ts';
import type { Guest } from './guest.ts';
import { jsonArray } from './json.ts';
import { events, isText } from './events.ts';
import { news, nextCursor } from './live.ts';
import { offsetText, readOffset } from './offset.ts';
import type { ReplyHeaders, StreamReplies } from './reply.ts';
import type { ReadQuery } from './request.ts';
import type { Stream } from './stream.ts';

export interface Reading {
  readonly request: Request;
  readonly replies: StreamReplies;
  readonly guest: Guest;
  readonly stream: Stream;
  readonly query: ReadQuery;
}

export const CLOSED = { 'stream-closed': 'true' } as const;
export const NO_STORE = { 'cache-control': 'no-store' } as const;
const UP_TO_DATE = { 'stream-up-to-date': 'true' } as const;
/** What was read stays what it is; that there may be more is seen by asking for the next offset. */
const SHARED = { 'cache-control': 'public, max-age=60, stale-while-revalidate=300' } as const;
const OWN = { 'cache-control': 'private, max-age=60, stale-while-revalidate=300' } as const;

export class StreamReader {
  readonly #env: Env;
  readonly #pollMs: number;
  #waiting = 0;

  /** A long poll waits `pollMs`. */
  constructor(env: Env, pollMs: number) {
    this.#env = env;
    this.#pollMs = pollMs;
  }

  /** Long polls and event streams. */
  get waiting(): number {
    return this.#waiting;
  }

  async read(reading: Reading): Promise<Response> {
    const { stream, query, guest } = reading;
    await guest.check('read');
    const asked = readOffset(query.offset ?? '-1');
    const from = asked === 'now' ? stream.tail : asked;
    if (from > stream.end) throw new Fault('malformed', 'the offset is behind the end of the stream');
    if (query.live === 'sse') return this.#events(reading, from);
    if (query.live === 'long-poll') return this.#poll(reading, from);
    return asked === 'now' ? nothing(reading, from) : warmed(() => page(reading, from));
  }

  async #poll(reading: Reading, from: number): Promise<Response> {
    const { stream, request, guest, query, replies } = reading;
    const env = this.#env;
    const place = this.#place();
    try {
      const isNews = await news(stream, from, { env, waitMs: this.#pollMs, signal: request.signal });
      if (isNews) await guest.check('read');
    } finally {
      place[Symbol.dispose]();
    }
    // It may have been deleted meanwhile.
    if (stream.state.life !== 'live') throw new Fault('unknown', 'the stream was deleted');
    const cursor = { 'stream-cursor': nextCursor(env, query.cursor) };
    if (stream.tail > from) return warmed(() => page(reading, from, cursor));
    return replies.answer(204, {
      ...NO_STORE,
      ...UP_TO_DATE,
      ...cursor,
      'stream-next-offset': offsetText(stream.tail),
      ...(stream.isClosed ? CLOSED : {}),
    });
  }

  #events({ stream, query, guest, replies }: Reading, from: number): Response {
    const place = this.#place();
    const body = events({
      env: this.#env,
      stream,
      from,
      cursor: query.cursor,
      check: () => guest.check('read'),
      onEnd: () => place[Symbol.dispose](),
    });
    const headers = {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      ...(isText(stream) ? {} : { 'stream-sse-data-encoding': 'base64' }),
    };
    return replies.answer(200, headers, body);
  }

  /** A place among those who wait, to be given back once. */
  #place(): Disposable {
    if (this.#waiting >= streamReadersMax) throw new Fault('tooMany', 'readers that wait');
    this.#waiting++;
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (isHeld) this.#waiting--;
        isHeld = false;
      },
    };
  }
}

/** The answer to who wants to begin at the tail. */
function nothing({ stream, replies }: Reading, from: number): Response {
  const headers = {
    ...NO_STORE,
    ...UP_TO_DATE,
    'content-type': stream.state.contentType,
    'stream-next-offset': offsetText(from),
    ...(stream.isClosed ? CLOSED : {}),
  };
  return replies.answer(200, headers, bodyFor(stream, []));
}

function page({ stream, request, replies, guest }: Reading, from: number, more: ReplyHeaders = {}): Response {
  const { messages, next } = stream.read(from, streamPageBytesMax);
  const isCaughtUp = next >= stream.tail;
  const isEnd = isCaughtUp && stream.isClosed;
  const { site, log } = stream.parts.data;
  const etag = `"${site.slice(0, 8)}${log}:${from}:${next}${isEnd ? ':c' : ''}"`;
  const headers = {
    ...(messages.length === 0 ? NO_STORE : guest.isPublic ? SHARED : OWN),
    etag,
    'content-type': stream.state.contentType,
    'stream-next-offset': offsetText(next),
    ...(isCaughtUp ? UP_TO_DATE : {}),
    ...(isEnd ? CLOSED : {}),
    ...more,
  };
  if (isKnown(request.headers.get('if-none-match'), etag)) return replies.answer(304, headers);
  return replies.answer(200, headers, bodyFor(stream, messages));
}

/** Whether the tag is among those that the reader has; caches that compress call theirs weak. */
function isKnown(known: string | null, etag: string): boolean {
  if (known === null) return false;
  return known.split(',').some((each) => each.trim().replace(/^W\//, '') === etag);
}

function bodyFor(stream: Stream, messages: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  // The messages are views that do not outlive this turn: both ways copy.
  return isJson(stream.state) ? jsonArray(messages) : Buffer.concat(messages);
}
