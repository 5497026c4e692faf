/**
 * Streams over HTTP: the Durable Streams protocol over logs (SPEC section F). One address is one stream; this file
 * knows methods, queries and headers, the others what they mean.
 */

import { NO_BYTES } from 'copse/internal/base/bytes.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import {
  streamBodyBytesMax,
  streamPageBytesMax,
  streamPathBytesMax,
  streamReadersMax,
} from 'copse/internal/base/limits-streams.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import type { InsideLogs } from '../../tail/insider.ts';
import { readBody } from '../http-body.ts';
import type { OpenAccess, StreamRates } from './access.ts';
import { append } from './append.ts';
import { isJson } from './config.ts';
import { jsonArray, jsonValues } from './json.ts';
import { events, isText, news, nextCursor } from './live.ts';
import { StreamNames } from './names.ts';
import { offsetText, readOffset } from './offset.ts';
import { Refused, StreamReplies, exposedHeaders, type ReplyHeaders } from './reply.ts';
import {
  configOf,
  contentTypeOf,
  headerOf,
  isClosing,
  producerOf,
  queryOf,
  type ReadQuery,
} from './request.ts';
import type { Stream } from './stream.ts';
import { StreamTable } from './table.ts';

export interface StreamDoorOptions {
  readonly logs: InsideLogs;
  readonly primitives: Primitives;
  readonly env: Env;
  readonly nodeKey: Uint8Array;
  /** The public origin of the node. */
  readonly origin: () => string;
  readonly draining: () => boolean;
  /** How long a long poll waits. */
  readonly pollMs: number;
  /** To the streams that belong to no site. */
  readonly access: OpenAccess;
  readonly rates: StreamRates;
}

/** One request, after its address was read. */
interface Incoming {
  readonly request: Request;
  readonly path: string;
  readonly replies: StreamReplies;
}

export const streamPrefix = '/v1/stream/';
const CLOSED = { 'stream-closed': 'true' } as const;
const UP_TO_DATE = { 'stream-up-to-date': 'true' } as const;
const NO_STORE = { 'cache-control': 'no-store' } as const;
/** What was read stays what it is; that there may be more is seen by asking for the next offset. */
const SHARED = { 'cache-control': 'public, max-age=60, stale-while-revalidate=300' } as const;
const OWN = { 'cache-control': 'private, max-age=60, stale-while-revalidate=300' } as const;

export class StreamDoor {
  readonly #options: StreamDoorOptions;
  readonly #table: StreamTable;
  #readers = 0;

  constructor(options: StreamDoorOptions) {
    const { logs, env, primitives, nodeKey } = options;
    this.#options = options;
    const names = new StreamNames(primitives, nodeKey);
    this.#table = new StreamTable({ logs, env, names, siteOf: () => names.openSite });
  }

  async answer(request: Request, address: string, caller: () => string): Promise<Response> {
    const { origin, draining, env, access, rates } = this.#options;
    const replies = new StreamReplies(origin(), {
      'access-control-allow-origin': '*',
      'access-control-expose-headers': exposedHeaders,
    });
    try {
      if (request.method === 'OPTIONS') return replies.preflight();
      rates.take(caller);
      access.check(request.headers);
      if (draining()) throw new Fault('draining');
      return await this.#answer({ request, path: pathIn(address), replies });
    } catch (thrown) {
      if (!(thrown instanceof Fault)) {
        const cause = thrown instanceof Error ? (thrown.stack ?? thrown.message) : typeof thrown;
        env.log('error', 'stream.mistake', { cause });
      }
      return replies.refusal(asFault(thrown));
    }
  }

  #answer(incoming: Incoming): Promise<Response> | Response {
    switch (incoming.request.method) {
      case 'POST':
        return this.#append(incoming);
      case 'GET':
        return this.#read(incoming);
      case 'PUT':
        return this.#create(incoming);
      case 'HEAD':
        return this.#head(incoming);
      case 'DELETE':
        return this.#delete(incoming);
      default:
        throw new Refused(new Fault('usage', 'no method of a stream'), 405, { allow: METHODS });
    }
  }

  async #create({ request, path, replies }: Incoming): Promise<Response> {
    const { headers } = request;
    const config = configOf(headers, pathOfAddress);
    const body = await readBody(request, streamBodyBytesMax, 2 * streamBodyBytesMax);
    const { created, durable } = this.#createIn(path, config, body);
    await durable;
    if (created.kind === 'other')
      throw new Fault('taken', 'there is another stream, or a deleted one with forks');
    const { stream } = created;
    return replies.answer(created.kind === 'made' ? 201 : 200, {
      ...NO_STORE,
      'content-type': stream.state.contentType,
      'stream-next-offset': offsetText(stream.tail),
      ...(stream.isClosed ? CLOSED : {}),
      ...(created.kind === 'made' ? { location: request.url.split('?')[0] ?? '' } : {}),
    });
  }

  /** Makes the stream, appends what it begins with and closes it, in one turn. */
  #createIn(
    path: string,
    config: ReturnType<typeof configOf>,
    body: Uint8Array,
  ): ReturnType<StreamTable['create']> {
    const checked = checkedBody(config.contentType, body);
    const made = this.#table.create(path, config);
    const { created, durable } = made;
    if (created.kind !== 'made') return made;
    const { stream } = created;
    const rest: Promise<unknown>[] = [durable];
    // The type of a fork may be its source's.
    const payload = isJson(stream.state) ? checked.values : body;
    if (payload.length > 0) rest.push(stream.append(stream.nameless(), payload));
    if (config.closed) rest.push(stream.change({ closed: true }));
    return { created, durable: Promise.all(rest) };
  }

  async #append({ request, path, replies }: Incoming): Promise<Response> {
    const { headers } = request;
    const body = await readBody(request, streamBodyBytesMax, 2 * streamBodyBytesMax);
    const stream = this.#table.get(path);
    const closes = isClosing(headers);
    const producer = producerOf(headers);
    const asked = {
      contentType: body.length === 0 ? null : contentTypeOf(headers),
      producer,
      sequence: headerOf(headers, 'stream-seq'),
      closes,
      body,
    };
    const { logs } = this.#options;
    const appending = append(stream, asked, (offers) => logs.together(offers));
    this.#table.touch(stream);
    const { isNew, headers: said } = await appending;
    return replies.answer(isNew && producer !== null ? 200 : 204, said);
  }

  #head({ path, replies }: Incoming): Response {
    const { state, tail, isClosed } = this.#table.get(path);
    return replies.answer(200, {
      ...NO_STORE,
      'content-type': state.contentType,
      'stream-next-offset': offsetText(tail),
      ...(state.ttlS === null ? {} : { 'stream-ttl': String(state.ttlS) }),
      ...(state.expires === null ? {} : { 'stream-expires-at': state.expires.text }),
      ...(isClosed ? CLOSED : {}),
    });
  }

  async #delete({ path, replies }: Incoming): Promise<Response> {
    await this.#table.delete(this.#table.get(path));
    return replies.answer(204, NO_STORE);
  }

  // Reading

  async #read(incoming: Incoming): Promise<Response> {
    const query = queryOf(new URL(incoming.request.url).searchParams);
    const stream = this.#table.get(incoming.path);
    const asked = readOffset(query.offset ?? '-1');
    this.#table.touch(stream);
    const from = asked === 'now' ? stream.tail : asked;
    if (from > stream.end) throw new Fault('malformed', 'the offset is behind the end of the stream');
    if (query.live === 'sse') return this.#events(incoming, stream, { from, query });
    if (query.live === 'long-poll') return this.#poll(incoming, stream, { from, query });
    if (asked === 'now') return this.#nothing(incoming, stream, from);
    return this.#page(incoming, stream, from);
  }

  /** The answer to who wants to begin at the tail. */
  #nothing({ replies }: Incoming, stream: Stream, from: number): Response {
    return replies.answer(
      200,
      {
        ...NO_STORE,
        ...UP_TO_DATE,
        'content-type': stream.state.contentType,
        'stream-next-offset': offsetText(from),
        ...(stream.isClosed ? CLOSED : {}),
      },
      bodyFor(stream, []),
    );
  }

  #page({ request, replies }: Incoming, stream: Stream, from: number, more: ReplyHeaders = {}): Response {
    const { messages, next } = stream.read(from, streamPageBytesMax);
    const isCaughtUp = next >= stream.tail;
    const isEnd = isCaughtUp && stream.isClosed;
    const etag = `"${stream.parts.data.log}:${from}:${next}${isEnd ? ':c' : ''}"`;
    const headers = {
      ...(messages.length === 0 ? NO_STORE : this.#options.access.isPublic ? SHARED : OWN),
      etag,
      'content-type': stream.state.contentType,
      'stream-next-offset': offsetText(next),
      ...(isCaughtUp ? UP_TO_DATE : {}),
      ...(isEnd ? CLOSED : {}),
      ...more,
    };
    if (request.headers.get('if-none-match') === etag) return replies.answer(304, headers);
    return replies.answer(200, headers, bodyFor(stream, messages));
  }

  async #poll(
    incoming: Incoming,
    stream: Stream,
    { from, query }: { readonly from: number; readonly query: ReadQuery },
  ): Promise<Response> {
    const { env, pollMs: waitMs } = this.#options;
    const reader = this.#reader();
    try {
      await news(stream, from, { env, waitMs, signal: incoming.request.signal });
    } finally {
      reader[Symbol.dispose]();
    }
    // It may have been deleted meanwhile.
    if (stream.state.life !== 'live') this.#table.get(incoming.path);
    const cursor = { 'stream-cursor': nextCursor(env, query.cursor) };
    if (stream.tail > from) return this.#page(incoming, stream, from, cursor);
    return incoming.replies.answer(204, {
      ...NO_STORE,
      ...UP_TO_DATE,
      ...cursor,
      'stream-next-offset': offsetText(stream.tail),
      ...(stream.isClosed ? CLOSED : {}),
    });
  }

  #events(
    { replies }: Incoming,
    stream: Stream,
    { from, query }: { readonly from: number; readonly query: ReadQuery },
  ): Response {
    const { env } = this.#options;
    const reader = this.#reader();
    const { cursor } = query;
    const body = events({ env, stream, from, cursor, onEnd: () => reader[Symbol.dispose]() });
    const headers = {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      ...(isText(stream) ? {} : { 'stream-sse-data-encoding': 'base64' }),
    };
    return replies.answer(200, headers, body);
  }

  /** A place among those who wait, to be given back once. */
  #reader(): Disposable {
    if (this.#readers >= streamReadersMax) throw new Fault('tooMany', 'readers that wait');
    this.#readers++;
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (isHeld) this.#readers--;
        isHeld = false;
      },
    };
  }
}

const METHODS = 'GET, HEAD, POST, PUT, DELETE, OPTIONS';

function pathIn(address: string): string {
  const path = pathOfAddress(address);
  if (path === null) throw new Fault('unknown', 'no address of a stream');
  return path;
}

/** The name of the stream that has this address, or null. */
function pathOfAddress(address: string): string | null {
  if (!address.startsWith(streamPrefix)) return null;
  const path = address.slice(streamPrefix.length);
  return path === '' || path.length > streamPathBytesMax || path.startsWith(RESERVED) ? null : path;
}

/** Kept by the protocol for itself. */
const RESERVED = '__ds';

/** Refuses JSON that is none before anything is made of it. */
function checkedBody(contentType: string | null, body: Uint8Array): { readonly values: Uint8Array } {
  if (body.length === 0) return { values: NO_BYTES };
  const isNotJson = contentType !== null && !/^application\/json\s*(;|$)/i.test(contentType);
  return { values: isNotJson ? body : jsonValuesOr(body, contentType !== null) };
}

/** The values of a body; where the type is not known yet, nothing is refused. */
function jsonValuesOr(body: Uint8Array, mustBe: boolean): Uint8Array {
  try {
    return jsonValues(body);
  } catch (thrown) {
    if (mustBe) throw thrown;
    return body;
  }
}

function bodyFor(stream: Stream, messages: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  // The messages are views that do not outlive this turn: both ways copy.
  return isJson(stream.state) ? jsonArray(messages) : Buffer.concat(messages);
}
