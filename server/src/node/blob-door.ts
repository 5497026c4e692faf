/**
 * Blobs over HTTP (SPEC B6): whole or in part, for who shows an address that the node has made. What is there
 * never changes, so caches may keep it as long as its address holds.
 */

import { Fault } from 'copse/internal/base/fault.ts';
import type { BlobStore } from '../store/blobs.ts';
import { blobPrefix, type BlobSigner } from './blob-address.ts';
import { problem } from './http-problem.ts';

type Headers = Readonly<Record<string, string>>;

const COMMON: Headers = {
  // The address is the permission, and nothing that a browser adds by itself counts.
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'content-range, etag',
  'cross-origin-resource-policy': 'cross-origin',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
};
const PREFLIGHT: Headers = {
  'access-control-allow-methods': 'GET, HEAD',
  'access-control-allow-headers': 'range, if-range, if-none-match',
  'access-control-max-age': '600',
};

export class BlobDoor {
  readonly #blobs: BlobStore;
  readonly #signer: BlobSigner;
  readonly #node: () => string;
  /** Since the start. */
  answeredCount = 0;
  answeredBytes = 0;

  constructor(options: {
    readonly blobs: BlobStore;
    readonly signer: BlobSigner;
    /** The node's own address. */
    readonly node: () => string;
  }) {
    const { blobs, signer, node } = options;
    this.#blobs = blobs;
    this.#signer = signer;
    this.#node = node;
  }

  static answers(path: string): boolean {
    return path.startsWith(blobPrefix);
  }

  async answer(request: Request, path: string): Promise<Response> {
    const { method } = request;
    if (method === 'OPTIONS')
      return new Response(null, { status: 204, headers: { ...COMMON, ...PREFLIGHT } });
    if (method !== 'GET' && method !== 'HEAD') {
      return this.#refuse(new Fault('usage', 'no method of a blob'), 405, { allow: 'GET, HEAD, OPTIONS' });
    }
    const asked = this.#signer.read(path, URL.parse(request.url)?.search ?? '');
    if (asked === null) return this.#refuse(new Fault('forbidden', 'the address of a blob'), 403);
    const { name, leftMs } = asked;
    const headers = {
      ...COMMON,
      'accept-ranges': 'bytes',
      'cache-control': `public, max-age=${Math.floor(leftMs / 1000)}, immutable`,
      'content-type': 'application/octet-stream',
      etag: `"${name}"`,
    };
    if (names(request.headers.get('if-none-match'), name))
      return new Response(null, { status: 304, headers });
    const bytes = await this.#blobs.get(name).catch(() => undefined);
    if (bytes === undefined) return this.#refuse(new Fault('stale', 'the blob store'), 503);
    if (bytes === null) return this.#refuse(new Fault('unknown', 'the blob'), 404);
    return this.#send(request, bytes, headers, name);
  }

  #send(request: Request, bytes: Uint8Array, headers: Headers, name: string): Response {
    const ifRange = request.headers.get('if-range');
    const isSame = ifRange === null || names(ifRange, name);
    const range = isSame ? rangeOf(request.headers.get('range'), bytes.length) : null;
    if (range === 'beyond') {
      const beyond = { ...COMMON, 'content-range': `bytes */${bytes.length}` };
      return new Response(null, { status: 416, headers: beyond });
    }
    const body = range === null ? bytes : bytes.subarray(range.start, range.end);
    this.answeredCount++;
    this.answeredBytes += body.length;
    const part: Headers =
      range === null ? {} : { 'content-range': `bytes ${range.start}-${range.end - 1}/${bytes.length}` };
    const isHead = request.method === 'HEAD';
    return new Response(isHead ? null : new Uint8Array(body), {
      status: range === null ? 200 : 206,
      headers: { ...headers, ...part, ...(isHead ? { 'content-length': String(body.length) } : {}) },
    });
  }

  #refuse(fault: Fault, status: number, more: Headers = {}): Response {
    const headers = {
      ...COMMON,
      ...more,
      'cache-control': 'no-store',
      'content-type': 'application/problem+json',
    };
    const body = { ...problem(this.#node(), fault), status };
    return new Response(`${JSON.stringify(body)}\n`, { status, headers });
  }

  figures(): readonly { readonly name: string; readonly unit: string; readonly value: string }[] {
    return [
      { name: 'nodeBlobAnswersTotal', unit: '', value: String(this.answeredCount) },
      { name: 'nodeBlobAnswersBytesTotal', unit: 'bytes', value: String(this.answeredBytes) },
    ];
  }
}

/** Whether a header such as `If-None-Match` names the blob. */
function names(header: string | null, name: string): boolean {
  return header !== null && (header.trim() === '*' || header.includes(`"${name}"`));
}

/** One range of bytes (RFC 9110 section 14); what is none, or several, is answered by everything. */
export function rangeOf(
  header: string | null,
  size: number,
): { readonly start: number; readonly end: number } | 'beyond' | null {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '');
  if (match === null) return null;
  const [, from = '', to = ''] = match;
  if (from === '' && to === '') return null;
  if (from === '') {
    const suffix = Math.min(Number(to), size);
    return suffix === 0 ? 'beyond' : { start: size - suffix, end: size };
  }
  const [start, end] = [Number(from), to === '' ? size : Math.min(Number(to) + 1, size)];
  if (to !== '' && Number(to) < start) return null;
  return start >= size ? 'beyond' : { start, end };
}
