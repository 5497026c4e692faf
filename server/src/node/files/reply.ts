/** Answers of the door for files: what pages of other origins may see of them, JSON, and refusals (SPEC Z43). */

import { FAULT_HELP } from 'copse/internal/base/fault-help.ts';
import type { Fault } from 'copse/internal/base/fault.ts';
import { packedType } from 'copse/internal/api/files.ts';
import { toJson } from 'copse/internal/wire/json.ts';
import { encode, type Shape } from 'copse/internal/wire/shape.ts';
import { problem } from '../http-problem.ts';
import { Denied } from '../http-reply.ts';

export type Headers = Readonly<Record<string, string>>;

/** Nothing that is answered runs anything, and nothing that a browser adds by itself counts. */
export const SAFE: Headers = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers':
    'accept-ranges, content-range, copse-file, dpop-nonce, etag, location, retry-after, tus-checksum-algorithm, tus-extension, tus-max-size, tus-resumable, tus-version, upload-expires, upload-length, upload-offset, www-authenticate',
  'cross-origin-resource-policy': 'cross-origin',
  'x-content-type-options': 'nosniff',
  'content-security-policy':
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox",
  'referrer-policy': 'no-referrer',
};

const PREFLIGHT: Headers = {
  'access-control-allow-methods': 'DELETE, GET, HEAD, PATCH, POST, PUT',
  'access-control-allow-headers':
    'authorization, content-type, dpop, if-none-match, if-range, range, tus-resumable, upload-checksum, upload-defer-length, upload-length, upload-metadata, upload-offset',
  'access-control-max-age': '600',
};

export function preflight(more: Headers): Response {
  return new Response(null, { status: 204, headers: { ...SAFE, ...PREFLIGHT, ...more } });
}

/** A value, as JSON or as its shape packs it, whichever was asked for. */
export function said<T>(request: Request, shape: Shape<T>, value: T, more: Headers = {}): Response {
  const isPacked = request.headers.get('accept') === packedType;
  const type = isPacked ? packedType : 'application/json';
  const headers = { ...SAFE, 'cache-control': 'no-store', 'content-type': type, vary: 'accept', ...more };
  return new Response(isPacked ? encode(shape, value) : `${JSON.stringify(toJson(shape, value))}\n`, {
    headers,
  });
}

export function empty(status: number, more: Headers = {}): Response {
  return new Response(null, { status, headers: { ...SAFE, 'cache-control': 'no-store', ...more } });
}

export interface Refusing {
  readonly isHead: boolean;
  readonly more: Headers;
}

export function refusal(node: string, fault: Fault, { isHead, more }: Refusing): Response {
  const by = fault instanceof Denied ? fault.by : {};
  const status = by.status ?? FAULT_HELP[fault.code].http;
  const error = by.error ?? 'invalid_token';
  const challenge: Headers = status === 401 ? { 'www-authenticate': `Bearer error="${error}"` } : {};
  const headers = {
    ...SAFE,
    'cache-control': 'no-store',
    'content-type': 'application/problem+json',
    ...challenge,
    ...more,
    ...by.headers,
  };
  const body = { ...problem(node, fault, status === 401 ? { error } : {}), status };
  return new Response(isHead ? null : `${JSON.stringify(body)}\n`, { status, headers });
}
