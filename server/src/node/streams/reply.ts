/**
 * Answers of streams: their headers, and refusals as problem details like those of the calls (SPEC F7, O7). What
 * pages may see of them is said here.
 */

import { FAULT_HELP } from 'copse/internal/base/fault-help.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { Denied } from '../http-reply.ts';
import { problem } from '../http-problem.ts';

export type ReplyHeaders = Readonly<Record<string, string>>;

/** Headers of all answers; whose pages may read them is the caller's to add. */
const COMMON: ReplyHeaders = {
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'cross-origin',
  // Never shown as a page of this node, whatever somebody has written.
  'content-security-policy': "default-src 'none'; sandbox",
};

export const exposedHeaders = [
  'etag',
  'location',
  'producer-epoch',
  'producer-expected-seq',
  'producer-received-seq',
  'producer-seq',
  'retry-after',
  'stream-closed',
  'stream-cursor',
  'stream-expires-at',
  'stream-next-offset',
  'stream-sse-data-encoding',
  'stream-ttl',
  'stream-up-to-date',
].join(', ');

const ASKED_HEADERS = [
  'authorization',
  'content-type',
  'dpop',
  'if-none-match',
  'producer-epoch',
  'producer-id',
  'producer-seq',
  'stream-closed',
  'stream-expires-at',
  'stream-fork-offset',
  'stream-fork-sub-offset',
  'stream-forked-from',
  'stream-seq',
  'stream-ttl',
].join(', ');
const METHODS = 'GET, HEAD, POST, PUT, DELETE';
/** How long a browser may remember what a preflight said. */
const PREFLIGHT_S = '600';

/** A fault with the headers that the protocol wants to go with it. */
export class Refused extends Fault {
  readonly status: number;
  readonly headers: ReplyHeaders;

  constructor(fault: Fault, status: number, headers: ReplyHeaders = {}) {
    super(fault.code, fault.detail);
    this.status = status;
    this.headers = headers;
  }
}

export class StreamReplies {
  readonly #node: string;
  readonly #headers: ReplyHeaders;

  constructor(node: string, shown: ReplyHeaders) {
    this.#node = node;
    this.#headers = { ...COMMON, ...shown };
  }

  preflight(): Response {
    const headers = {
      ...this.#headers,
      'access-control-allow-methods': METHODS,
      'access-control-allow-headers': ASKED_HEADERS,
      'access-control-max-age': PREFLIGHT_S,
    };
    return new Response(null, { status: 204, headers });
  }

  answer(status: number, headers: ReplyHeaders, body: BodyInit | null = null): Response {
    return new Response(body, { status, headers: { ...this.#headers, ...headers } });
  }

  refusal(fault: Fault): Response {
    const { status, headers } = said(fault);
    const body = `${JSON.stringify({ ...problem(this.#node, fault), status })}\n`;
    const all = { ...headers, 'content-type': 'application/problem+json', 'cache-control': 'no-store' };
    return this.answer(status, all, body);
  }
}

function said(fault: Fault): { readonly status: number; readonly headers: ReplyHeaders } {
  if (fault instanceof Refused) return fault;
  const status = FAULT_HELP[fault.code].http;
  if (fault instanceof Denied) return { status: fault.by.status ?? status, headers: fault.by.headers ?? {} };
  // The disk is not full for good: the node is behind, or will be helped.
  if (fault.code === 'full' || fault.code === 'draining' || fault.code === 'stale')
    return { status: 503, headers: { 'retry-after': '1' } };
  if (fault.code === 'tooMany') return { status, headers: { 'retry-after': '1' } };
  return { status, headers: {} };
}
