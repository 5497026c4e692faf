/**
 * The door `/v1/…`: calls of auth over HTTP for programs and pages that keep no link (SPEC section O). A call is
 * a POST with a JSON body; who calls proves the key of her device and, for most, shows a token. Nothing is kept
 * between calls but rates, and the names of proofs while they could be used again.
 */

import type { AuthApi, AuthEvents } from 'copse/internal/api/auth.ts';
import type { Faceted } from 'copse/internal/api/facets.ts';
import { base64url, fromUtf8 } from 'copse/internal/base/bytes.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import { httpBodyBytesMax } from 'copse/internal/base/limits.ts';
import type { Blessing } from 'copse/internal/capability/blessing.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { direct } from 'copse/internal/link/direct.ts';
import { fromJson, toJson, type Json } from 'copse/internal/wire/json.ts';
import type { HttpAuth } from '../auth/http-auth.ts';
import type { AuthCaller } from './auth-door.ts';
import { readBody } from './http-body.ts';
import { httpCalls, ownCalls, type HttpCall } from './http-calls.ts';
import { Possession, tokenOf } from './http-possession.ts';
import { describeProblem, problemPath } from './http-problem.ts';
import { HttpRates } from './http-rates.ts';
import { Denied, Replies } from './http-reply.ts';

/** What the door asks of auth. */
export interface HttpDoorAuth {
  http(): HttpAuth;
  open(caller: AuthCaller, events: AuthEvents): AuthApi & Faceted & Disposable;
}

export interface HttpDoorOptions {
  readonly auth: HttpDoorAuth;
  readonly primitives: Primitives;
  readonly env: Env;
  /** The origins by which this node is known, the public one first. */
  readonly origins: () => readonly string[];
  /** Whether pages of this origin may call. */
  readonly mayConnect: (origin: string) => boolean;
  readonly draining: () => boolean;
  /** That of the node, where other doors ask for proofs too. */
  readonly possession?: Possession;
}

/** All paths of the door. */
const PREFIX = '/v1/';
const NO_EVENTS: AuthEvents = { changed() {}, ended() {} };

/** Who calls: what the key, and where it was asked for the token, have proven. */
interface Caller {
  readonly device: Key;
  readonly blessing: Blessing | null;
}

interface Incoming {
  readonly request: Request;
  readonly path: string;
  readonly address: string;
  readonly origin: string | null;
}

export class HttpDoor {
  readonly #options: HttpDoorOptions;
  readonly #auth: HttpAuth;
  readonly #possession: Possession;
  readonly #rates: HttpRates;

  constructor(options: HttpDoorOptions) {
    this.#options = options;
    this.#auth = options.auth.http();
    this.#possession = options.possession ?? new Possession(options);
    this.#rates = new HttpRates(options.env);
  }

  static answers(path: string): boolean {
    return path.startsWith(PREFIX);
  }

  async answer(request: Request, path: string, address: string): Promise<Response> {
    const { origins, mayConnect, draining, env } = this.#options;
    const origin = request.headers.get('origin');
    const isForeign = origin !== null && !mayConnect(origin) && !origins().includes(origin);
    const replies = new Replies(origins()[0] ?? '', isForeign ? null : origin, this.#possession.nonce);
    try {
      if (isForeign) throw new Fault('forbidden', 'pages of this origin may not call; see `origins`');
      this.#rates.takeAddress(address);
      if (request.method === 'OPTIONS') return replies.preflight();
      if (draining()) throw new Fault('draining');
      return replies.json(await this.#answer({ request, path, address, origin }));
    } catch (thrown) {
      if (!(thrown instanceof Fault)) {
        const cause = thrown instanceof Error ? (thrown.stack ?? thrown.message) : typeof thrown;
        env.log('error', 'http.mistake', { path, cause });
      }
      return replies.refusal(asFault(thrown));
    }
  }

  async #answer(incoming: Incoming): Promise<Json> {
    const { request, path } = incoming;
    const name = path.slice(PREFIX.length);
    if (request.method === 'GET' && path.startsWith(problemPath)) return this.#describe(path);
    const called = Object.hasOwn(httpCalls, name) ? httpCalls[name] : undefined;
    if (called === undefined) throw new Fault('unknown', 'no such call');
    const isQuery = called.shows === 'nothing' && request.method === 'GET';
    if (request.method !== 'POST' && !isQuery)
      throw new Denied('usage', 'a call is a POST', { status: 405, headers: { allow: 'POST' } });
    if (called.shows === 'nothing') {
      if (!isQuery) fromJson(called.call.request, await bodyOf(request));
      return toJson(ownCalls.shardMap.answer, this.#auth.shardMap());
    }
    const caller = await this.#callerOf(incoming, called);
    const body = await bodyOf(request);
    if (called.of !== null) return this.#linked(incoming, caller, { called, name, body });
    switch (name) {
      case 'refresh': {
        const { answer, request: shape } = ownCalls.refresh;
        return toJson(answer, await this.#auth.refresh(caller.device, fromJson(shape, body)));
      }
      default:
        return this.#login(incoming, caller, body);
    }
  }

  #describe(path: string): Json {
    const { origins } = this.#options;
    const described = describeProblem(origins()[0] ?? '', path.slice(problemPath.length));
    if (described === null) throw new Fault('unknown', 'no such fault');
    return { ...described };
  }

  /** Whoever has the key, and the token where one is asked for, with a proof that was made for this call. */
  async #callerOf({ request, path }: Incoming, { shows }: HttpCall): Promise<Caller> {
    const token = shows === 'token' ? tokenOf(request) : null;
    const proven = await this.#possession.prove(request, path, token);
    const { device } = proven;
    const blessing = token === null ? null : await this.#auth.bearer(device, token.bytes);
    this.#possession.use(proven, { withToken: token !== null });
    this.#rates.takeDevice(base64url(device));
    return { device, blessing };
  }

  async #login(incoming: Incoming, { device }: Caller, body: unknown): Promise<Json> {
    const { shard, guid, blessing: bytes } = fromJson(ownCalls.login.request, body);
    const blessing = await this.#auth.blessed(device, bytes);
    using session = this.#open(incoming, { device, blessing });
    return toJson(ownCalls.login.answer, await session.login({ shard, guid }));
  }

  /** A call of the link, by a session that lives as long as the call. */
  async #linked(
    incoming: Incoming,
    caller: Caller,
    { called, name, body }: { readonly called: HttpCall; readonly name: string; readonly body: unknown },
  ): Promise<Json> {
    const { call, of } = called;
    const request = fromJson(call.request, body);
    using session = this.#open(incoming, caller);
    const answering = of === null ? undefined : (session.facets[of.name] ?? session);
    if (of === null || answering === undefined) throw new Fault('unknown');
    const answer: unknown = await direct(of, answering, this.#options.env)[name]?.(request);
    return toJson(call.answer, answer);
  }

  #open({ address, origin }: Incoming, { device, blessing }: Caller): ReturnType<HttpDoorAuth['open']> {
    return this.#options.auth.open({ device, blessing, address, origin }, NO_EVENTS);
  }
}

/** The JSON document that a call carries. */
async function bodyOf(request: Request): Promise<unknown> {
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type))
    throw new Denied('malformed', 'a body is `application/json`', { status: 415 });
  const bytes = await readBody(request, httpBodyBytesMax);
  const text = fromUtf8(bytes);
  if (text === null) throw new Fault('malformed', 'a body is UTF-8');
  try {
    const document: unknown = JSON.parse(text);
    return document;
  } catch {
    // Also a document of so many levels that it cannot be read.
    throw new Fault('malformed', 'a body is JSON');
  }
}
