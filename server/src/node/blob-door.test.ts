import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';
import { hex } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { blobAddressMs } from 'copse/internal/base/limits-cold.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { MemoryBlobs } from '../store/blobs-memory.ts';
import { BlobDoor, rangeOf } from './blob-door.ts';
import { BlobSigner } from './blob-address.ts';

const primitives = nativePrimitives();
const BYTES = crypto.getRandomValues(new Uint8Array(10_000));
const NAME = hex(primitives.sha256(BYTES));

class Bench {
  wallMs = 1_800_000_000_123;
  readonly blobs = new MemoryBlobs();
  readonly signer = this.#signer(1);
  readonly door = new BlobDoor({
    blobs: this.blobs,
    signer: this.signer,
    node: () => 'https://copse.example',
  });

  #signer(seed: number): BlobSigner {
    const env = { ...realEnv(), wallMs: () => this.wallMs };
    return new BlobSigner({ blobs: this.blobs, primitives, env, seed: new Uint8Array(32).fill(seed) });
  }

  /** Of a node with another key. */
  get stranger(): BlobSigner {
    return this.#signer(2);
  }

  async ask(address: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> {
    const request = new Request(`https://copse.example${address}`, { method, headers });
    return this.door.answer(request, address.split('?')[0]!);
  }
}

async function bench(): Promise<Bench> {
  const it = new Bench();
  await it.blobs.put(NAME, BYTES);
  return it;
}

const bytesOf = async (response: Response): Promise<Uint8Array> =>
  new Uint8Array(await response.arrayBuffer());

test('[B6] who shows an address gets the blob, to be kept as long as the address holds', async () => {
  const it = await bench();
  const response = await it.ask(it.signer.of(NAME));
  equal(response.status, 200);
  deepEqual(await bytesOf(response), BYTES);
  const { headers } = response;
  equal(headers.get('etag'), `"${NAME}"`);
  equal(headers.get('access-control-allow-origin'), '*');
  equal(headers.get('x-content-type-options'), 'nosniff');
  const age = Number(/^public, max-age=(\d+), immutable$/.exec(headers.get('cache-control') ?? '')?.[1]);
  ok(age * 1000 >= blobAddressMs - 1000 && age * 1000 <= 2 * blobAddressMs, `${age} s`);
  const head = await it.ask(it.signer.of(NAME), {}, 'HEAD');
  deepEqual([head.status, head.headers.get('content-length')], [200, '10000']);
  equal((await it.ask(it.signer.of(NAME), { 'if-none-match': `"${NAME}"` })).status, 304);
});

test('[B6] an address ends; all who ask within a quarter of an hour get the same', async () => {
  const it = await bench();
  const address = it.signer.of(NAME);
  it.wallMs = Math.ceil(it.wallMs / blobAddressMs) * blobAddressMs;
  equal(it.signer.of(NAME), address);
  it.wallMs += 1;
  notEqual(it.signer.of(NAME), address);
  equal((await it.ask(address)).status, 200);
  it.wallMs += blobAddressMs - 2;
  equal((await it.ask(address)).status, 200);
  it.wallMs += 1;
  equal((await it.ask(address)).status, 403);
});

test('[B6] an address that this node has not made, or that was changed, is refused', async () => {
  const it = await bench();
  const address = it.signer.of(NAME);
  const other = `${NAME.startsWith('0') ? '1' : '0'}${NAME.slice(1)}`;
  const until = /until=(\d+)/.exec(address)![1]!;
  const changed = [
    it.stranger.of(NAME),
    address.replace(NAME, other),
    address.replace(until, String(Number(until) + 1)),
    `${address}x`,
    address.slice(0, -1),
    address.replace(/mac=.*/, 'mac='),
    address.split('?')[0]!,
    `/v1/blob/../../node.key?${address.split('?')[1]}`,
    `/v1/blob/?${address.split('?')[1]}`,
    address.replace('until', 'Until'),
  ];
  for (const wrong of changed) {
    const response = await it.ask(wrong);
    equal(response.status, 403, wrong);
    equal(response.headers.get('cache-control'), 'no-store');
    equal(((await response.json()) as { code: string }).code, 'forbidden');
  }
});

test('[B6] a range is answered alone, one beyond the end refused, several or none by everything', async () => {
  const it = await bench();
  const address = it.signer.of(NAME);
  for (const [range, start, end] of [
    ['bytes=0-0', 0, 1],
    ['bytes=100-', 100, 10_000],
    ['bytes=100-199', 100, 200],
    ['bytes=9990-20000', 9_990, 10_000],
    ['bytes=-5', 9_995, 10_000],
  ] as const) {
    const response = await it.ask(address, { range });
    equal(response.status, 206, range);
    equal(response.headers.get('content-range'), `bytes ${start}-${end - 1}/10000`);
    deepEqual(await bytesOf(response), BYTES.slice(start, end));
  }
  for (const range of ['bytes=10000-', 'bytes=-0', 'bytes=20000-30000']) {
    const response = await it.ask(address, { range });
    deepEqual([response.status, response.headers.get('content-range')], [416, 'bytes */10000'], range);
  }
  for (const range of ['bytes=0-1,5-6', 'bytes=5-1', 'lines=1-2', 'bytes=-', 'bytes=a-b']) {
    equal((await it.ask(address, { range })).status, 200, range);
  }
  equal((await it.ask(address, { range: 'bytes=0-1', 'if-range': '"other"' })).status, 200);
  equal((await it.ask(address, { range: 'bytes=0-1', 'if-range': `"${NAME}"` })).status, 206);
});

test('[B6] whatever is asked for, a range lies within the blob', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(20), (text, size) => {
      for (const header of [text, `bytes=${text}`]) {
        const range = rangeOf(header, size);
        if (range === null || range === 'beyond') continue;
        ok(range.start >= 0 && range.start < range.end && range.end <= size);
      }
    }),
  );
});

test('[B6] pages may ask first, nothing is written, and a store without an answer is said to be so', async () => {
  const it = await bench();
  const address = it.signer.of(NAME);
  const preflight = await it.ask(address, { origin: 'https://a.example' }, 'OPTIONS');
  equal(preflight.status, 204);
  ok(preflight.headers.get('access-control-allow-headers')?.includes('range'));
  for (const method of ['PUT', 'POST', 'DELETE']) equal((await it.ask(address, {}, method)).status, 405);
  await it.blobs.delete(NAME);
  equal((await it.ask(address)).status, 404);
  it.blobs.before = () => Promise.reject(new Error('no'));
  equal((await it.ask(address)).status, 503);
});
