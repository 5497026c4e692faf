/** Answers over HTTP (SPEC O6, O7): JSON or a problem, with what pages of other origins may see of it. */

import { FAULT_HELP } from 'copse/internal/base/fault-help.ts';
import { Fault, type FaultCode } from 'copse/internal/base/fault.ts';
import type { Json } from 'copse/internal/wire/json.ts';
import { dpopAlgorithms, type DpopError } from './http-dpop.ts';
import { problem } from './http-problem.ts';

export interface DeniedBy {
  /** In place of the fault's own. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The error code of RFC 6750 and 9449. */
  readonly error?: DpopError | 'invalid_token';
}

/** A fault with what HTTP has to say about it. */
export class Denied extends Fault {
  readonly by: DeniedBy;

  constructor(code: FaultCode, detail: string, by: DeniedBy) {
    super(code, detail);
    this.by = by;
  }

  static byProof(error: DpopError, why: string): Denied {
    return new Denied(
      error === 'use_dpop_nonce' ? 'unauthorized' : 'badProof',
      `proof of possession: ${why}`,
      {
        error,
      },
    );
  }

  static byToken(why: string): Denied {
    return new Denied('unauthorized', why, { error: 'invalid_token' });
  }

  /** To be tried again after this pause. */
  static forNow(what: string, waitMs: number): Denied {
    return new Denied('tooMany', what, { headers: { 'retry-after': String(Math.ceil(waitMs / 1000)) } });
  }
}

type Headers = Readonly<Record<string, string>>;

const COMMON: Headers = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'",
  'cross-origin-resource-policy': 'cross-origin',
  'x-content-type-options': 'nosniff',
  vary: 'origin',
};
/** How long a browser may remember what a preflight said. */
const PREFLIGHT_S = '600';

export class Replies {
  readonly #node: string;
  readonly #headers: Headers;

  /** `origin` is that of a page that may read the answer. */
  constructor(node: string, origin: string | null, nonce: string) {
    this.#node = node;
    const shown: Headers =
      origin === null
        ? {}
        : {
            'access-control-allow-origin': origin,
            'access-control-expose-headers': 'dpop-nonce, retry-after, www-authenticate',
          };
    this.#headers = { ...COMMON, ...shown, 'dpop-nonce': nonce };
  }

  preflight(): Response {
    const headers = {
      ...this.#headers,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'authorization, content-type, dpop',
      'access-control-max-age': PREFLIGHT_S,
    };
    return new Response(null, { status: 204, headers });
  }

  json(body: Json): Response {
    return this.#respond(200, 'application/json', body);
  }

  refusal(fault: Fault): Response {
    const by = fault instanceof Denied ? fault.by : {};
    const status = by.status ?? FAULT_HELP[fault.code].http;
    const error = by.error ?? 'invalid_token';
    const isChallenge = status === 401;
    const body = problem(this.#node, fault, isChallenge ? { error } : {});
    const challenge: Headers = isChallenge
      ? { 'www-authenticate': `DPoP error="${error}", algs="${dpopAlgorithms.join(' ')}"` }
      : {};
    return this.#respond(
      status,
      'application/problem+json',
      { ...body, status },
      { ...by.headers, ...challenge },
    );
  }

  #respond(status: number, type: string, body: Json, headers: Headers = {}): Response {
    const all = { ...this.#headers, 'content-type': type, ...headers };
    return new Response(`${JSON.stringify(body)}\n`, { status, headers: all });
  }
}
