/** Files of a real node: by the SDK, at a terminal, between friends, and over a kill -9 (SPEC Z41, Z42, Z45). */

import { deepEqual, equal, rejects } from 'node:assert/strict';
import { existsSync, readdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { fileChunkBytes } from 'copse/internal/base/limits-files.ts';
import { userKeysOf } from 'copse/internal/client/identity.ts';
import { MemoryKeep, openCopse, type Copse } from 'copse/internal/native/index.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { openDatabase } from '../../server/src/store/sqlite.ts';
import { bytesOf, same } from '../suites/files-stage.ts';
import { Cli } from './support/cli.ts';
import { scratch } from './support/garden.ts';
import { startNode, type NodeChild } from './support/node.ts';

const MAIN = join(import.meta.dirname, '../../server/src/cli/main.ts');

const person = (address: string, name: string): Promise<Copse> =>
  openCopse(address, { keep: new MemoryKeep(), name });
const bytesOfBlob = async (blob: Blob): Promise<Uint8Array> => new Uint8Array(await blob.arrayBuffer());

/** The blobs in a data directory. */
function blobsIn(data: string): readonly string[] {
  const folder = join(data, 'files');
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

test('[Z45] an application uploads, reads back what it can check, keeps, lists and lets go', async () => {
  await using folder = await scratch();
  await using node = await startNode(join(folder.path, 'data'));
  await using ada = await person(node.setup, 'Ada');
  const files = await ada.files();
  const bytes = bytesOf(3 * fileChunkBytes + 17, 5);
  const told: number[] = [];
  const info = await files.upload(new Blob([new Uint8Array(bytes)], { type: 'video/webm' }), {
    name: 'film',
    onProgress: (done) => told.push(done),
  });
  deepEqual([told[0], told.at(-1), told.length], [0, bytes.length, 5]);
  equal(info.size, bytes.length);
  deepEqual([await files.has(info.address), await files.has('00'.repeat(32))], [true, false]);
  equal(same(await bytesOfBlob(await files.blob(info.address)), bytes), true);
  const plain = await fetch(files.url(info.address), { headers: { range: 'bytes=5-9' } });
  deepEqual([plain.status, plain.headers.get('content-type')], [206, 'video/webm']);
  const again: number[] = [];
  await files.upload(new Blob([new Uint8Array(bytes)], { type: 'video/webm' }), {
    onProgress: (done) => again.push(done),
  });
  deepEqual(again, [bytes.length], 'what is there is not sent again');
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += 400_000) yield bytes.subarray(at, at + 400_000);
  }
  const streamed = await files.upload(pieces(), { type: 'video/webm', name: 'stream' });
  equal(streamed.address, info.address);
  const usage = await files.usage();
  deepEqual([usage.bytes, usage.files, usage.uploads], [bytes.length, 1, 0]);
  await files.pin(info.address);
  const held = await Array.fromAsync(files.list());
  deepEqual(
    held.map(({ name, pinned, state }) => [name, pinned, state]),
    [['film', true, 'whole']],
  );
  await files.drop(info.address);
  await rejects(files.blob(info.address), /unknown|no file/);
  equal((await files.usage()).bytes, 0);
});

test('[Z45] an upload that is given up ends, and the next one goes on with what is there', async () => {
  await using folder = await scratch();
  await using node = await startNode(join(folder.path, 'data'));
  await using ada = await person(node.setup, 'Ada');
  const files = await ada.files();
  const blob = new Blob([new Uint8Array(bytesOf(12 * fileChunkBytes, 6))]);
  const over = new AbortController();
  const given = files.upload(blob, {
    signal: over.signal,
    onProgress: (done) => {
      if (done >= 4 * fileChunkBytes) over.abort();
    },
  });
  await rejects(given, /given up/);
  const told: number[] = [];
  await files.upload(blob, { onProgress: (done) => told.push(done) });
  equal(must(told[0], 'a beginning') >= 4 * fileChunkBytes, true);
});

test('[Z42, Z45] a friend uploads by a grant to a node where she has no account; what she reads elsewhere she can host', async () => {
  await using folder = await scratch();
  await using node = await startNode(join(folder.path, 'ada'), ['--signup', 'invited']);
  await using other = await startNode(join(folder.path, 'bea'));
  await using ada = await person(node.setup, 'Ada');
  await using bea = await person(other.setup, 'Bea');
  const [files, hers] = [await ada.files(), await bea.files()];
  const { publicKey } = (await userKeysOf(nativePrimitives(), await bea.secret())).sign;
  const grant = await files.grant({ user: publicKey, bytes: 2 * fileChunkBytes, days: 1 });
  const atAda = hers.withGrant(grant, ada.node);
  const bytes = bytesOf(fileChunkBytes + 3, 7);
  const info = await atAda.upload(new Blob([new Uint8Array(bytes)], { type: 'image/webp' }));
  await rejects(atAda.upload(new Blob([new Uint8Array(bytesOf(fileChunkBytes, 8))])), /grant/);
  equal((await files.usage()).bytes, bytes.length);
  await rejects(hers.blob(info.address), /no file/);
  await hers.host(info.address, [ada.node.url]);
  equal((await hers.usage()).cacheBytes, bytes.length);
  await files.drop(info.address);
  const found = await files.blob(info.address, { from: [ada.node.url, bea.node.url] });
  equal(same(await bytesOfBlob(found), bytes), true, 'whoever has it gives it');
});

test('[Z41] kill -9 in the middle of uploads loses nothing acknowledged and leaves no chunk that nobody knows', async () => {
  await using folder = await scratch();
  const data = join(folder.path, 'data');
  await using node = await startNode(data);
  const keep = new MemoryKeep();
  await using ada = await openCopse(node.setup, { keep, name: 'Ada' });
  const files = await ada.files();
  const blob = new Blob([new Uint8Array(bytesOf(16 * fileChunkBytes, 9))]);
  for (let round = 1; round <= 4; round++) {
    let acknowledged = 0;
    const over = new AbortController();
    const going = files.upload(blob, {
      signal: over.signal,
      onProgress: (done) => {
        acknowledged = Math.max(acknowledged, done);
        if (done >= (3 * round + 1) * fileChunkBytes) void node.kill().then(() => over.abort());
      },
    });
    await rejects(going, { code: 'closed' });
    await node.kill();
    const known = chunksKnown(data);
    await node.restart();
    // Answered only after the sweep of the start.
    equal(await there(node), true);
    deepEqual(blobsIn(data).toSorted(), known, `round ${round}`);
    const begun = await firstProgress(files, blob);
    equal(begun >= acknowledged, true, `${begun} of ${acknowledged}`);
  }
  const info = await files.upload(blob);
  equal(same(await bytesOfBlob(await files.blob(info.address)), await bytesOfBlob(blob)), true);
  await files.drop(info.address);
  await node.kill();
  await node.restart();
  equal(await there(node), true);
  deepEqual(blobsIn(data), []);
});

/** Names of the chunks that files have, as the killed node left them. */
function chunksKnown(data: string): readonly string[] {
  using database = openDatabase(join(data, 'files.sqlite'));
  const rows = database.prepare<{ digest: Uint8Array }>('SELECT digest FROM chunk WHERE uses > 0').all();
  return rows.map(({ digest }) => hex(digest)).toSorted();
}

async function there(node: NodeChild): Promise<boolean> {
  return (await fetch(`${node.url}/healthz`)).ok;
}

async function firstProgress(files: Awaited<ReturnType<Copse['files']>>, blob: Blob): Promise<number> {
  const over = new AbortController();
  let first = -1;
  const going = files.upload(blob, {
    signal: over.signal,
    onProgress: (done) => {
      if (first < 0) first = done;
      over.abort();
    },
  });
  await going.catch(() => {});
  return first;
}

test('[Z45] at a terminal files are put, fetched, continued and counted', async () => {
  await using cli = new Cli([process.execPath, MAIN]);
  const { said } = await cli.serve(cli.path('data'), ['--port', '0']);
  await cli.ok(['login', said.url, '--name', 'Ada']);
  const bytes = bytesOf(2 * fileChunkBytes + 5, 11);
  const [source, target] = [cli.path('clip.webm'), cli.path('got.webm')];
  writeFileSync(source, bytes);
  const one = async (...words: string[]): Promise<Readonly<Record<string, unknown>>> =>
    must((await cli.json(['file', ...words], { home: 'ada' }))[0], words.join(' '));
  const put = await one('put', source);
  const address = String(put['address']);
  deepEqual([put['type'], put['size']], ['video/webm', bytes.length]);
  await one('get', address, target);
  equal(same(new Uint8Array(await readFile(target)), bytes), true);
  renameSync(target, `${target}.part`);
  truncateSync(`${target}.part`, fileChunkBytes + 99);
  await one('get', address, target);
  equal(same(new Uint8Array(await readFile(target)), bytes), true, 'it goes on');
  rmSync(target);
  writeFileSync(`${target}.part`, new Uint8Array(3 * fileChunkBytes));
  await one('get', address, target);
  equal(
    same(new Uint8Array(await readFile(target)), bytes),
    true,
    'what was there is not what was asked for',
  );
  equal(existsSync(`${target}.part`), false);
  await one('pin', address);
  const [listed] = await cli.json(['file', 'list'], { home: 'ada' });
  deepEqual(Object(listed)[0].pinned, true);
  await one('unpin', address);
  equal((await one('usage'))['bytes'], bytes.length);
  await one('drop', address);
  equal((await one('usage'))['bytes'], 0);
  const { exit } = await cli.run(['file', 'get', address], { home: 'ada' });
  equal(exit, 3);
});
