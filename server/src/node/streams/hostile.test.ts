import { ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StreamStage } from './testing.ts';

const NAMES = [
  'content-type',
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
  'authorization',
  'dpop',
  'origin',
];
const VALUES = [
  '0',
  '1',
  '-1',
  '00',
  '9007199254740993',
  'true',
  'text/plain',
  'application/json',
  '/v1/stream/a',
  '/v1/stream/b',
  '/v1/stream/',
  '2026-02-30T00:00:00Z',
  '2999-01-01T00:00:00Z',
  `${'0'.repeat(16)}_${'0'.repeat(16)}`,
  `${'9'.repeat(16)}_${'9'.repeat(16)}`,
  'DPoP x',
  'Bearer x',
  'https://elsewhere.example',
];
const value = fc.oneof(
  fc.constantFrom(...VALUES),
  fc.string({ unit: 'grapheme-ascii', maxLength: 300 }).map((text) => text.trim()),
);
const request = fc.record({
  method: fc.constantFrom('PUT', 'POST', 'GET', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH'),
  path: fc.constantFrom(
    'a',
    'b',
    'c/d',
    '__ds/x',
    `${'0'.repeat(32)}/${'1'.repeat(32)}`,
    '..%2fa',
    '%00',
    '',
  ),
  query: fc.oneof(
    fc.constant(''),
    fc.constantFrom('?offset=-1', '?offset=now', '?offset=-1&live=no', '?access', '?offset=a&offset=b'),
    fc.webQueryParameters().map((text) => `?${text}`),
  ),
  headers: fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 5 }),
  body: fc.oneof(fc.constant(''), fc.json(), fc.string({ maxLength: 100 })),
});

test('[F7] whatever is asked, the node makes no mistake, and what it refuses is a problem', async () => {
  await using stage = await StreamStage.open({ streamRate: 0 });
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 6 }), async (requests) => {
      for (const { method, path, query, headers, body } of requests) {
        const hasBody = method === 'PUT' || method === 'POST' || method === 'PATCH';
        const answer = await stage.ask(method, path + query, headers, hasBody ? body : undefined);
        const text = await answer.text();
        ok(
          answer.status < 500,
          `${method} ${path}${query} ${JSON.stringify(headers)}: ${answer.status} ${text}`,
        );
        const isProblem = answer.headers.get('content-type') === 'application/problem+json';
        ok(method === 'HEAD' || answer.status < 400 || isProblem, text);
      }
    }),
    { numRuns: 150 },
  );
});
