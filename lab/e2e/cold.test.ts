/** Old entries in a folder beside the node, fetched from there by who reads from the start (SPEC B1, B5, L8). */

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { must } from 'copse/internal/base/assert.ts';
import { fileKeep, openCopse, type Copse } from '../../core/src/native/index.ts';
import { S3_BUCKET, S3_ID, S3_REGION, S3_SECRET, startS3 } from '../suites/s3-double.ts';
import { scratch } from './support/garden.ts';
import { startNode } from './support/node.ts';

const PATIENCE_MS = 30_000;
/** Three seconds on a quiet machine. */
const SLOW = { timeout: 90_000 };
const HASTY = 'lab/e2e/support/hasty-node.ts';
const MOVED = 'store_cold_moved_total';
const COUNT = 9_000;
const TEXT = 'plum '.repeat(60);

async function figure(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^copse_${name} (\\d+)$`, 'm').exec(text)?.[1]);
}

/** Waits until several blobs have moved, and no more do. */
async function settled(url: string, least = 4): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  for (let before = -1; performance.now() < endMs; await pause(400)) {
    const now = await figure(url, MOVED);
    if (now >= least && now === before) return;
    before = now;
  }
  throw new Error('nothing got cold');
}

async function fill(copse: Copse): Promise<void> {
  const chat = (await copse.found({ title: 'Garden' })).log('chat');
  for (let at = 1; at <= COUNT; at += 500) {
    await Promise.all(Array.from({ length: 500 }, (_, i) => chat.append(`${at + i} ${TEXT}`)));
  }
}

/** Every entry once and in order, from the first one on. */
async function readThrough(copse: Copse, count: number): Promise<void> {
  let next = 1;
  const signal = AbortSignal.timeout(PATIENCE_MS);
  for await (const entry of copse.sites.get()[0]!.log('chat').entries({ from: 1, signal })) {
    assert.equal(entry.at, next);
    assert.equal(entry.broken, null);
    assert.ok(String(entry.value).startsWith(`${next} `), `${next}`);
    if (++next > count) return;
  }
}

test(
  '[B5, L8] who reads from the start fetches blobs, and gets every entry once and in order',
  SLOW,
  async () => {
    await using folder = await scratch();
    const flags = ['--cold', 'old', '--cold-days', '0'];
    await using node = await startNode(join(folder.path, 'data'), flags, HASTY);
    const keepOf = () =>
      fileKeep(join(folder.path, 'ada'), { machineKeyPath: join(folder.path, 'machine.key') });
    {
      await using ada = await openCopse(node.setup, { name: 'Ada', keep: await keepOf() });
      await fill(ada);
      await settled(node.url);
    }
    {
      await using ada = await openCopse(node.url, { keep: await keepOf() });
      await readThrough(ada, COUNT);
      const moved = await figure(node.url, MOVED);
      const fetched = await figure(node.url, 'node_blob_answers_total');
      // The end of the log is read through the node, as by everybody.
      assert.ok(fetched >= moved - 2, `${fetched} of ${moved} blobs were fetched`);
      assert.ok(
        (await figure(node.url, 'store_cold_read_total')) <= 2,
        'the others were not read by the node',
      );
    }
    await node.kill();
    await node.restart();
    await using ada = await openCopse(node.url, { keep: await keepOf() });
    await readThrough(ada, COUNT);
  },
);

test('[B5, B7] from a bucket readers fetch by its own addresses', SLOW, async () => {
  await using folder = await scratch();
  await using s3 = startS3();
  const data = join(folder.path, 'data');
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(join(data, 'cold.key'), `${S3_ID}\n${S3_SECRET}\n`, { mode: 0o600 });
  const place = ['--cold', `${s3.endpoint}/${S3_BUCKET}/old`, '--cold-region', S3_REGION];
  await using node = await startNode(data, [...place, '--cold-days', '0'], HASTY);
  const keepOf = () =>
    fileKeep(join(folder.path, 'ada'), { machineKeyPath: join(folder.path, 'machine.key') });
  {
    await using ada = await openCopse(node.setup, { name: 'Ada', keep: await keepOf() });
    await fill(ada);
    await settled(node.url);
  }
  {
    await using ada = await openCopse(node.url, { keep: await keepOf() });
    await readThrough(ada, COUNT);
    const moved = await figure(node.url, MOVED);
    assert.ok(s3.addressed >= moved - 2, `${s3.addressed} of ${moved} were fetched from the bucket`);
    assert.equal(s3.refused, 0);
  }
  // Without the bucket what is there cannot be had; with it again, all of it can.
  s3.failure = new Response(null, { status: 503 });
  await using ada = await openCopse(node.url, { keep: await keepOf() });
  const reading = readThrough(ada, COUNT);
  await pause(500);
  s3.failure = null;
  await reading;
});

test(
  '[B4] a stream whose beginning is cold is read as before: by pages, by events and by a fork',
  SLOW,
  async () => {
    await using folder = await scratch();
    const flags = ['--cold', 'old', '--cold-days', '0', '--streams', 'open'];
    await using node = await startNode(join(folder.path, 'data'), flags, HASTY);
    const stream = `${node.url}/v1/stream/words`;
    const headers = { 'content-type': 'text/plain' };
    assert.equal((await fetch(stream, { method: 'PUT', headers })).status, 201);
    let whole = '';
    for (let i = 0; i < 60; i++) {
      const body = `${i} ${TEXT.repeat(100)}`;
      whole += body;
      assert.equal((await fetch(stream, { method: 'POST', headers, body })).status, 204);
    }
    await settled(node.url, 2);
    let text = '';
    let offset: string | null = '-1';
    for (let isOver = false; !isOver && offset !== null;) {
      const response: Response = await fetch(`${stream}?offset=${offset}`);
      assert.equal(response.status, 200);
      text += await response.text();
      offset = response.headers.get('stream-next-offset');
      isOver = response.headers.has('stream-up-to-date');
    }
    assert.equal(text, whole);
    assert.ok((await figure(node.url, 'store_cold_read_total')) >= 2, 'blobs were read');
    await node.kill();
    await node.restart();
    const events = await fetch(`${stream}?offset=-1&live=sse`);
    const reader = must(events.body, 'events have a body').getReader();
    const first = new TextDecoder().decode((await reader.read()).value);
    assert.ok(
      first.includes(`data:${whole.slice(0, 200)}`) || first.includes(whole.slice(0, 200)),
      first.slice(0, 80),
    );
    await reader.cancel();
    await node.kill();
    await node.restart();
    const fork = await fetch(`${node.url}/v1/stream/fork`, {
      method: 'PUT',
      headers: {
        ...headers,
        'stream-forked-from': '/v1/stream/words',
        'stream-fork-offset': '-1',
        'stream-fork-sub-offset': '3',
      },
    });
    assert.equal(fork.status, 201, await fork.text());
    assert.equal(await (await fetch(`${node.url}/v1/stream/fork?offset=-1`)).text(), whole.slice(0, 3));
  },
);
