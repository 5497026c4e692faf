/**
 * Streams over HTTP: the Durable Streams protocol over logs (SPEC section F). One address is one stream; this file
 * knows methods and what each of them needs, the others what it means.
 */

import { NO_BYTES } from 'copse/internal/base/bytes.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import type { Bearers } from '../../tail/bearer.ts';
import type { Figure } from '../metrics.ts';
import { warmed, type InsideLogs } from '../../tail/insider.ts';
import { readBody } from '../http-body.ts';
import type { Possession } from '../http-possession.ts';
import type { OpenAccess, StreamRates } from './access.ts';
import { append } from './append.ts';
import { Bodies } from './bodies.ts';
import { entriesType, isJson, mediaType, type StreamConfig } from './config.ts';
import { appendEntries } from './entries.ts';
import { openGuest, type Guest } from './guest.ts';
import { jsonValues } from './json.ts';
import { StreamNames } from './names.ts';
import { offsetText } from './offset.ts';
import { pathOfAddress, siteLogOf, streamPrefix } from './place.ts';
import { CLOSED, NO_STORE, StreamReader } from './read.ts';
import { exposedHeaders, Refused, StreamReplies, type ReplyHeaders } from './reply.ts';
import { configOf, contentTypeOf, headerOf, isClosing, producerOf, queryOf } from './request.ts';
import { share, shareBytesMax, shareOf } from './share.ts';
import { SiteStreams, type Asking } from './sites.ts';
import type { Stream } from './stream.ts';
import { StreamTable } from './table.ts';

export interface StreamDoorOptions {
  readonly logs: InsideLogs;
  readonly bearers: Bearers;
  readonly possession: Possession;
  readonly primitives: Primitives;
  readonly env: Env;
  /** The public origin of the node. */
  readonly origin: () => string;
  /** Whether pages of this origin may call. */
  readonly mayConnect: (origin: string) => boolean;
  readonly draining: () => boolean;
  /** How long a long poll waits. */
  readonly pollMs: number;
  /** To the streams that belong to no site. */
  readonly access: OpenAccess;
  readonly rates: StreamRates;
}

/** One request, and who makes it. */
interface Incoming {
  readonly request: Request;
  readonly path: string;
  readonly replies: StreamReplies;
  readonly guest: Guest;
}

export { streamPrefix } from './place.ts';
const METHODS = 'GET, HEAD, POST, PUT, DELETE, OPTIONS';
/** Answers about streams without a site, for pages of every origin: what they need is no cookie. */
const FOR_ALL: ReplyHeaders = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': exposedHeaders,
};
/** Asks who may use a log of a site besides its members, or says so. */
const SHARE_QUERY = /[?&]access(=|&|$)/;

export class StreamDoor {
  readonly #options: StreamDoorOptions;
  readonly #table: StreamTable;
  readonly #sites: SiteStreams;
  readonly #reader: StreamReader;
  readonly #openGuest: Guest;
  readonly #bodies = new Bodies();
  #appendCount = 0;

  constructor(options: StreamDoorOptions) {
    const { logs, env, primitives, pollMs, access } = options;
    this.#options = options;
    this.#table = new StreamTable({ logs, env, names: new StreamNames(primitives) });
    this.#sites = new SiteStreams(options);
    this.#reader = new StreamReader(env, pollMs);
    this.#openGuest = openGuest(access.isPublic);
  }

  figures(): readonly Figure[] {
    return [
      { name: 'streamsOpen', unit: '', value: String(this.#table.size) },
      { name: 'streamReadersWaiting', unit: '', value: String(this.#reader.waiting) },
      { name: 'streamAppendRequestsTotal', unit: '', value: String(this.#appendCount) },
    ];
  }

  /** `address` is the path of the request, `caller` the address from where it comes. */
  async answer(request: Request, address: string, caller: () => string): Promise<Response> {
    const path = pathOfAddress(address);
    const place = path === null ? null : siteLogOf(path);
    if (path === null || place === null) return this.#answerOpen(request, path, caller);
    const origin = request.headers.get('origin');
    const from = { address: caller(), origin };
    const stream = this.#table.find(path);
    const replies = this.#replies(this.#sites.shown(origin, stream));
    return this.#answered(replies, async () => {
      if (request.method === 'OPTIONS') return replies.preflight();
      this.#options.rates.take(caller);
      const asking: Asking = { request, address, place, from, stream };
      return await this.#answer({ request, path, replies, guest: await this.#sites.guest(asking) });
    });
  }

  #answerOpen(request: Request, path: string | null, caller: () => string): Promise<Response> {
    const replies = this.#replies(FOR_ALL);
    return this.#answered(replies, () => {
      if (request.method === 'OPTIONS') return replies.preflight();
      const { rates, access } = this.#options;
      rates.take(caller);
      access.check(request.headers);
      if (path === null) throw new Fault('unknown', 'no address of a stream');
      return this.#answer({ request, path, replies, guest: this.#openGuest });
    });
  }

  #replies(shown: ReplyHeaders): StreamReplies {
    return new StreamReplies(this.#options.origin(), shown);
  }

  async #answered(replies: StreamReplies, answer: () => Response | Promise<Response>): Promise<Response> {
    const { draining, env } = this.#options;
    try {
      if (draining()) throw new Fault('draining');
      return await answer();
    } catch (thrown) {
      if (!(thrown instanceof Fault)) {
        const cause = thrown instanceof Error ? (thrown.stack ?? thrown.message) : typeof thrown;
        env.log('error', 'stream.mistake', { cause });
      }
      return replies.refusal(asFault(thrown));
    }
  }

  #answer(incoming: Incoming): Promise<Response> {
    const { request } = incoming;
    const isShare = SHARE_QUERY.test(request.url) && siteLogOf(incoming.path) !== null;
    switch (request.method) {
      case 'POST':
        return this.#append(incoming);
      case 'GET':
        return isShare ? this.#share(incoming) : this.#read(incoming);
      case 'PUT':
        return isShare ? this.#share(incoming) : this.#create(incoming);
      case 'HEAD':
        return this.#head(incoming);
      case 'DELETE':
        return this.#delete(incoming);
      default:
        throw new Refused(new Fault('usage', 'no method of a stream'), 405, { allow: METHODS });
    }
  }

  /** The stream that is asked for; throws when there is none. */
  #stream(path: string): Stream {
    return siteLogOf(path) === null ? this.#table.get(path) : this.#table.ofSite(path);
  }

  async #create({ request, path, replies, guest }: Incoming): Promise<Response> {
    const { headers } = request;
    const config = configOf(headers, sourceOfFork);
    const body = await this.#bodies.read(request);
    // What the node is to see of a site is for its admins to say.
    const isPlain = config.contentType !== null && mediaType(config.contentType) !== entriesType;
    await guest.check(isPlain ? 'admin' : 'read');
    if (siteLogOf(path) !== null) refuseInSite(config, body);
    // Where a fork begins may lie in a blob.
    const { created, durable } = await warmed(() => this.#createIn(path, config, body));
    await durable;
    if (created.kind === 'other')
      throw new Fault('taken', 'there is another stream, or a deleted one with forks');
    const { stream } = created;
    return replies.answer(created.kind === 'made' ? 201 : 200, {
      ...NO_STORE,
      'content-type': stream.state.contentType,
      'stream-next-offset': offsetText(stream.tail),
      ...(stream.isClosed ? CLOSED : {}),
      ...(created.kind === 'made' ? { location: this.#options.origin() + streamPrefix + path } : {}),
    });
  }

  /** Makes the stream, appends what it begins with and closes it, in one turn. */
  #createIn(path: string, config: StreamConfig, body: Uint8Array): ReturnType<StreamTable['create']> {
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

  async #append({ request, path, replies, guest }: Incoming): Promise<Response> {
    const { headers } = request;
    const body = await this.#bodies.read(request);
    this.#appendCount++;
    const may = guest.check('write');
    const keyEpoch = typeof may === 'number' ? may : await may;
    const stream = this.#stream(path);
    if (stream.isEntries) return this.#appendEntries({ request, path, replies, guest }, { body, keyEpoch });
    const producer = producerOf(headers);
    const asked = {
      contentType: body.length === 0 ? null : contentTypeOf(headers),
      producer,
      sequence: headerOf(headers, 'stream-seq'),
      closes: isClosing(headers),
      body,
    };
    const { logs } = this.#options;
    const appending = append(stream, asked, (offers) => logs.together(offers));
    this.#table.touch(stream);
    const { isNew, headers: said } = await appending;
    return replies.answer(isNew && producer !== null ? 200 : 204, said);
  }

  async #appendEntries(
    { request, path, replies, guest }: Incoming,
    { body, keyEpoch }: { readonly body: Uint8Array; readonly keyEpoch: number },
  ): Promise<Response> {
    const { headers } = request;
    if (guest.caller === null) throw new Fault('forbidden', 'entries are taken from their devices alone');
    if (mediaType(contentTypeOf(headers) ?? '') !== entriesType)
      throw new Fault('taken', `the stream holds ${entriesType}`);
    if (isClosing(headers) || headers.has('stream-seq') || headers.has('producer-id'))
      throw new Fault('malformed', 'entries have numbers of their own, and their log has no end');
    const { data } = this.#stream(path).parts;
    const { logs } = this.#options;
    const { caller } = guest;
    const offset = await appendEntries({ logs, log: data, caller, keyEpoch, entries: body });
    return replies.answer(204, { 'stream-next-offset': offsetText(offset - 1) });
  }

  async #head({ path, replies, guest }: Incoming): Promise<Response> {
    await guest.check('read');
    const { state, tail, isClosed } = this.#stream(path);
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
    if (siteLogOf(path) !== null)
      throw new Refused(new Fault('usage', 'a log of a site is not deleted'), 405, { allow: METHODS });
    await this.#table.delete(this.#table.get(path));
    return replies.answer(204, NO_STORE);
  }

  async #read({ request, path, replies, guest }: Incoming): Promise<Response> {
    const query = queryOf(new URL(request.url).searchParams);
    await guest.check('read');
    const stream = this.#stream(path);
    this.#table.touch(stream);
    return this.#reader.read({ request, replies, guest, stream, query });
  }

  async #share({ request, path, replies, guest }: Incoming): Promise<Response> {
    await guest.check('admin');
    const stream = this.#table.ofSite(path);
    const body = request.method === 'PUT' ? await readBody(request, shareBytesMax) : null;
    const said = body === null ? shareOf(stream) : await share(stream, body, this.#options);
    const headers = { ...NO_STORE, 'content-type': 'application/json' };
    return replies.answer(200, headers, `${JSON.stringify(said)}\n`);
  }
}

/** Of forks only streams without a site are made: the logs of sites are for who has a right to them. */
function sourceOfFork(address: string): string | null {
  const path = pathOfAddress(address);
  return path === null || siteLogOf(path) !== null ? null : path;
}

function refuseInSite({ ttlS, expires, fork, closed }: StreamConfig, body: Uint8Array): void {
  if (ttlS !== null || expires !== null || fork !== null)
    throw new Fault('malformed', 'a log of a site is no fork and does not expire');
  if (closed || body.length > 0) throw new Fault('malformed', 'a log of a site begins open and empty');
}

/** Refuses JSON that is none before anything is made of it. */
function checkedBody(contentType: string | null, body: Uint8Array): { readonly values: Uint8Array } {
  if (body.length === 0) return { values: NO_BYTES };
  const isOther = contentType !== null && mediaType(contentType) !== 'application/json';
  return { values: isOther ? body : jsonValuesOr(body, contentType !== null) };
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
