/**
 * A bucket on loopback: keeps what is put, and checks every signature by its own reading of AWS signature version 4
 * (headers and query), with the hashes of `node:crypto`. What is not signed with its secret, or too late, is refused.
 */

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { realEnv } from 'copse/internal/base/env.ts';

export const S3_ID = 'AKIDEXAMPLE';
export const S3_SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
export const S3_REGION = 'eu-test-1';
export const S3_BUCKET = 'garden';

export interface S3Double extends AsyncDisposable {
  readonly endpoint: string;
  readonly bytesByKey: Map<string, Uint8Array>;
  /** Requests that were refused for their signature. */
  refused: number;
  /** Answers to who showed an address of the bucket. */
  addressed: number;
  wallMs: () => number;
  /** Answers everything so, when it is not null. */
  failure: Response | null;
}

export function startS3(): S3Double {
  const bytesByKey = new Map<string, Uint8Array>();
  const server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: (request) => answer(double, request) });
  const double: S3Double = {
    endpoint: `http://127.0.0.1:${server.port}`,
    bytesByKey,
    refused: 0,
    addressed: 0,
    wallMs: () => realEnv().wallMs(),
    failure: null,
    async [Symbol.asyncDispose]() {
      await server.stop(true);
    },
  };
  return double;
}

async function answer(double: S3Double, request: Request): Promise<Response> {
  if (double.failure !== null) return double.failure.clone();
  const url = new URL(request.url);
  if (!(isSignedInHeader(request, url) || isSignedInQuery(request, url, double.wallMs()))) {
    double.refused++;
    return refusal(403, 'SignatureDoesNotMatch');
  }
  if (url.search !== '') double.addressed++;
  const key = url.pathname.replace(`/${S3_BUCKET}/`, '');
  const there = double.bytesByKey.get(key);
  switch (request.method) {
    case 'PUT':
      double.bytesByKey.set(key, new Uint8Array(await request.arrayBuffer()));
      return new Response(null, { headers: { etag: '"x"' } });
    case 'DELETE':
      double.bytesByKey.delete(key);
      return new Response(null, { status: 204 });
    default:
      if (there === undefined) return refusal(404, 'NoSuchKey');
      // What an operator allows to pages.
      return new Response(there.slice(), { headers: { 'access-control-allow-origin': '*' } });
  }
}

function refusal(status: number, code: string): Response {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>no</Message></Error>`;
  return new Response(body, { status, headers: { 'content-type': 'application/xml' } });
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([\w;-]+), ?Signature=([0-9a-f]{64})$/;

function isSignedInHeader(request: Request, url: URL): boolean {
  const match = AUTHORIZATION.exec(request.headers.get('authorization') ?? '');
  if (match === null) return false;
  const [, id, date = '', region = '', signed = '', signature = ''] = match;
  const names = signed.split(';');
  if (id !== S3_ID || !names.includes('host') || !names.includes('x-amz-date')) return false;
  const stamp = request.headers.get('x-amz-date') ?? '';
  const hash = request.headers.get('x-amz-content-sha256') ?? '';
  const headers = names.map((name) => `${name}:${headerOf(request, url, name)}\n`).join('');
  const canonical = [request.method, url.pathname, queryOf(url), headers, signed, hash].join('\n');
  return isEqual(signature, signatureOf(canonical, { stamp, date, region }));
}

function isSignedInQuery(request: Request, url: URL, nowMs: number): boolean {
  const { searchParams: query } = url;
  const [id, date = '', region = ''] = (query.get('X-Amz-Credential') ?? '').split('/');
  const stamp = query.get('X-Amz-Date') ?? '';
  const signature = query.get('X-Amz-Signature') ?? '';
  const beganMs = Date.parse(
    stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'),
  );
  const isOver = !(nowMs <= beganMs + Number(query.get('X-Amz-Expires')) * 1000);
  if (id !== S3_ID || isOver || request.method !== 'GET') return false;
  const rest = new URL(url);
  rest.searchParams.delete('X-Amz-Signature');
  const headers = `host:${url.host}\n`;
  const canonical = ['GET', url.pathname, queryOf(rest), headers, 'host', 'UNSIGNED-PAYLOAD'].join('\n');
  return isEqual(signature, signatureOf(canonical, { stamp, date, region }));
}

function headerOf(request: Request, url: URL, name: string): string {
  return name === 'host' ? url.host : (request.headers.get(name) ?? '').trim();
}

function queryOf(url: URL): string {
  return [...url.searchParams]
    .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
    .toSorted()
    .join('&');
}

function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function signatureOf(
  canonical: string,
  { stamp, date, region }: { readonly stamp: string; readonly date: string; readonly region: string },
): string {
  const hashed = createHash('sha256').update(canonical).digest('hex');
  const text = ['AWS4-HMAC-SHA256', stamp, `${date}/${region}/s3/aws4_request`, hashed].join('\n');
  const steps = [date, region, 's3', 'aws4_request'];
  const key = steps.reduce<Buffer | string>(
    (of, step) => createHmac('sha256', of).update(step).digest(),
    `AWS4${S3_SECRET}`,
  );
  return createHmac('sha256', key).update(text).digest('hex');
}

function isEqual(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
