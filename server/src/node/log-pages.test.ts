/** The log of the node over HTTP (SPEC M13). */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { logRequestsBurst } from 'copse/internal/base/limits.ts';
import { putEntries } from 'copse/internal/transparency/tile.ts';
import { emptyPages } from '../../../lab/suites/door-stage.ts';
import type { PublicLog } from '../auth/public-log.ts';
import { Pages } from './pages.ts';

const BUNDLE = putEntries(Array.from({ length: 5 }, (_, n) => utf8(`leaf ${n} `.repeat(50))));
const log: PublicLog = {
  checkpoint: () => 'copse.log/x\n5\n…\n',
  witnessed: async () => null,
  async tile({ level, index, width }) {
    if (index > 0 || width > 5) return null;
    return level === 'entries' ? BUNDLE : new Uint8Array(32 * width).fill(7);
  },
};
let nowMs = 0;
const env = { ...realEnv(), nowMs: () => nowMs };
const pages = (): Pages => new Pages({ ...emptyPages, log: { log, env } });

async function get(
  path: string,
  from = pages(),
  part: RequestInit & { address?: string } = {},
): Promise<Response> {
  const { address = '203.0.113.1', ...init } = part;
  return from.answer(new Request(`http://127.0.0.1${path}`, init), path, address);
}

test('[M13] the checkpoint is fresh, tiles may be kept for ever, and every origin may read', async () => {
  const checkpoint = await get('/log/checkpoint');
  equal(checkpoint.headers.get('content-type'), 'text/plain; charset=utf-8');
  equal(checkpoint.headers.get('cache-control'), 'public, max-age=1');
  const tile = await get('/log/tile/0/000.p/3');
  deepEqual([tile.status, (await tile.arrayBuffer()).byteLength], [200, 96]);
  equal(tile.headers.get('content-type'), 'application/octet-stream');
  equal(tile.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  for (const answer of [checkpoint, tile, await get('/log/tile/9'), await get('/log/witnessed')]) {
    equal(answer.headers.get('access-control-allow-origin'), '*');
    equal(answer.headers.get('x-content-type-options'), 'nosniff');
  }
});

test('[M13] entries come compressed to who takes them so', async () => {
  const plain = await get('/log/tile/entries/000.p/5');
  deepEqual(new Uint8Array(await plain.arrayBuffer()), BUNDLE);
  const packed = await get('/log/tile/entries/000.p/5', pages(), {
    headers: { 'accept-encoding': 'gzip, br' },
  });
  equal(packed.headers.get('content-encoding'), 'gzip');
  const bytes = new Uint8Array(await packed.arrayBuffer());
  ok(bytes.length < BUNDLE.length / 4);
  deepEqual(new Uint8Array(Bun.gunzipSync(bytes)), BUNDLE);
});

test('[M13] what is no tile, is not there yet or would change something is refused', async () => {
  const missing = [
    '/log/',
    '/log/x',
    '/log/tile/',
    '/log/tile/0/001',
    '/log/tile/0/000.p/6',
    '/log/tile/0/0',
  ];
  for (const path of [...missing, '/log/tile/../../auth.sqlite', '/log/witnessed']) {
    const answer = await get(path);
    equal(answer.status, 404, path);
    equal(answer.headers.get('cache-control'), 'no-store');
  }
  equal((await get('/log/checkpoint', pages(), { method: 'POST' })).status, 405);
});

test('[M13] one address reads at a bounded rate, and slows nobody else down', async () => {
  const same = pages();
  for (let n = 0; n < logRequestsBurst; n++) equal((await get('/log/checkpoint', same)).status, 200);
  const refused = await get('/log/checkpoint', same);
  equal(refused.status, 429);
  equal(refused.headers.get('retry-after'), '1');
  equal((await get('/log/checkpoint', same, { address: '203.0.113.2' })).status, 200);
  nowMs += 1000;
  equal((await get('/log/checkpoint', same)).status, 200);
});
