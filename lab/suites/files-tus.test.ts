/** Uploads by tus 1.0, as the protocol has them (SPEC Z42). */

import { createHash } from 'node:crypto';
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { fileChunkBytes, fileUploadIdleMs } from 'copse/internal/base/limits-files.ts';
import { bearer, bytesOf, FileStage, same, uploader, type FileAnswer } from './files-stage.ts';

const [ada, bea] = [await uploader(1), await uploader(2)];
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const META = `filename ${base64('film.mp4')},filetype ${base64('video/mp4')}`;

class Client {
  readonly #stage: FileStage;
  readonly #ticket: string;

  constructor(stage: FileStage, ticket: string) {
    this.#stage = stage;
    this.#ticket = ticket;
  }

  ask(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: Uint8Array,
  ): Promise<FileAnswer> {
    const all = { 'tus-resumable': '1.0.0', ...bearer(this.#ticket), ...headers };
    return this.#stage.ask(method, path, { headers: all, ...(body === undefined ? {} : { body }) });
  }

  async create(headers: Record<string, string>): Promise<string> {
    const { status, headers: answered } = await this.ask('POST', '/files/uploads', {
      'upload-metadata': META,
      ...headers,
    });
    equal(status, 201);
    equal(answered.get('tus-resumable'), '1.0.0');
    return must(answered.get('location'), 'a place');
  }

  patch(
    path: string,
    offset: number,
    bytes: Uint8Array,
    more: Record<string, string> = {},
  ): Promise<FileAnswer> {
    const type = 'application/offset+octet-stream';
    return this.ask('PATCH', path, { 'content-type': type, 'upload-offset': String(offset), ...more }, bytes);
  }
}

async function clientOf(
  options: Parameters<typeof FileStage.open>[0] = {},
): Promise<{ stage: FileStage; client: Client } & AsyncDisposable> {
  const stage = await FileStage.open(options);
  stage.join(ada);
  const client = new Client(stage, await stage.ticket(ada));
  return { stage, client, [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose]() };
}

test('[Z42] an upload in pieces of any size is the file that it would be at once', async () => {
  await using scene = await clientOf();
  const { stage, client } = scene;
  const bytes = bytesOf(2 * fileChunkBytes + 999, 3);
  const known = await stage.put(await stage.ticket(ada), bytes);
  for (const cuts of [
    [],
    [5],
    [fileChunkBytes],
    [fileChunkBytes - 1, fileChunkBytes + 1],
    [1, 2, 3, 2 * fileChunkBytes],
  ]) {
    const path = await client.create({ 'upload-length': String(bytes.length) });
    const places = [0, ...cuts, bytes.length];
    let answer: FileAnswer | null = null;
    for (const [index, from] of places.slice(0, -1).entries()) {
      const to = must(places[index + 1], 'an end');
      answer = await client.patch(path, from, bytes.subarray(from, to));
      deepEqual([answer.status, answer.headers.get('upload-offset')], [204, String(to)]);
      equal(answer.headers.get('copse-file'), to === bytes.length ? known : null);
    }
    const head = await client.ask('HEAD', path);
    deepEqual(
      [head.status, head.headers.get('upload-offset'), head.headers.get('copse-file')],
      [200, String(bytes.length), known],
    );
  }
  equal(same((await stage.ask('GET', `/files/${known}`)).bytes, bytes), true);
  const mine = await stage.ask('GET', '/files/mine', { headers: bearer(await stage.ticket(ada)) });
  deepEqual([mine.body.count, mine.body.bytes], [1, bytes.length]);
});

test('[Z42] an upload goes on where the node says, also after a restart, and nowhere else', async () => {
  await using scene = await clientOf();
  const { stage, client } = scene;
  const bytes = bytesOf(fileChunkBytes + 500, 4);
  const path = await client.create({ 'upload-length': String(bytes.length) });
  await client.patch(path, 0, bytes.subarray(0, fileChunkBytes + 20));
  equal((await client.patch(path, 0, bytes)).status, 409);
  await using again = await FileStage.open({ blobs: stage.blobs, store: stage.files.options.store });
  again.join(ada);
  const later = new Client(again, await again.ticket(ada));
  const head = await later.ask('HEAD', path);
  deepEqual(
    [head.headers.get('upload-offset'), head.headers.get('upload-length')],
    [String(fileChunkBytes + 20), String(bytes.length)],
  );
  equal(head.headers.get('cache-control'), 'no-store');
  const done = await later.patch(path, fileChunkBytes + 20, bytes.subarray(fileChunkBytes + 20));
  const address = must(done.headers.get('copse-file'), 'an address');
  equal(same((await again.ask('GET', `/files/${address}`)).bytes, bytes), true);
  equal((await again.ask('GET', `/files/${address}`)).headers.get('content-type'), 'video/mp4');
});

test('[Z42] an upload may say its length later, or be empty', async () => {
  await using scene = await clientOf();
  const { client } = scene;
  const path = await client.create({ 'upload-defer-length': '1' });
  equal((await client.ask('HEAD', path)).headers.get('upload-defer-length'), '1');
  equal((await client.patch(path, 0, bytesOf(7))).headers.get('copse-file'), null);
  const last = await client.patch(path, 7, bytesOf(3), { 'upload-length': '10' });
  match(last.headers.get('copse-file') ?? '', /^[0-9a-f]{64}$/);
  const { headers } = await client.ask('POST', '/files/uploads', { 'upload-length': '0' });
  match(headers.get('copse-file') ?? '', /^[0-9a-f]{64}$/);
});

test('[Z42] a checksum that is of other bytes changes nothing', async () => {
  await using scene = await clientOf();
  const { client } = scene;
  const bytes = bytesOf(1000);
  const path = await client.create({ 'upload-length': '1000' });
  for (const algorithm of ['sha1', 'sha256']) {
    const sum = createHash(algorithm).update(bytes.subarray(0, 10)).digest('base64');
    equal((await client.patch(path, 0, bytes, { 'upload-checksum': `${algorithm} ${sum}` })).status, 460);
    equal((await client.ask('HEAD', path)).headers.get('upload-offset'), '0');
  }
  equal((await client.patch(path, 0, bytes, { 'upload-checksum': 'md5 AAAA' })).status, 400);
  const sum = createHash('sha1').update(bytes).digest('base64');
  equal((await client.patch(path, 0, bytes, { 'upload-checksum': `sha1 ${sum}` })).status, 204);
});

test('[Z42] what is not as the protocol has it is refused, and every answer says the version', async () => {
  await using scene = await clientOf({ sizeMax: 5000 });
  const { stage, client } = scene;
  const path = await client.create({ 'upload-length': '1000' });
  const type = { 'content-type': 'application/offset+octet-stream' };
  const cases: readonly (readonly [string, string, Record<string, string>, number])[] = [
    ['POST', '/files/uploads', {}, 400],
    ['POST', '/files/uploads', { 'upload-length': '-1' }, 400],
    ['POST', '/files/uploads', { 'upload-length': '1e3' }, 400],
    ['POST', '/files/uploads', { 'upload-length': '5001' }, 413],
    ['POST', '/files/uploads', { 'upload-length': '1', 'upload-metadata': 'filename %%%' }, 400],
    ['POST', '/files/uploads', { 'upload-length': '1', 'tus-resumable': '0.2.2' }, 412],
    ['PATCH', path, { 'upload-offset': '0', 'content-type': 'text/plain' }, 415],
    ['PATCH', path, type, 409],
    ['PATCH', path, { ...type, 'upload-offset': '5' }, 409],
    ['PATCH', path, { ...type, 'upload-offset': '0', 'upload-length': '999' }, 400],
    ['PUT', path, {}, 405],
    ['HEAD', `${path}0`, {}, 404],
    ['HEAD', '/files/uploads/../uploads', {}, 404],
  ];
  for (const [method, at, headers, status] of cases) {
    const answer = await client.ask(method, at, headers);
    equal(answer.status, status, `${method} ${at} ${JSON.stringify(headers)}`);
    equal(answer.headers.get('tus-resumable'), '1.0.0');
  }
  equal((await client.patch(path, 0, bytesOf(1001))).status, 413, 'more than it has');
  equal((await client.ask('HEAD', path)).headers.get('upload-offset'), '0');
  const options = await stage.ask('OPTIONS', '/files/uploads');
  deepEqual(
    ['tus-version', 'tus-extension', 'tus-max-size'].map((name) => options.headers.get(name)),
    ['1.0.0', 'creation,creation-defer-length,checksum,expiration,termination', '5000'],
  );
});

test('[Z42] an upload is for who began it, can be ended, and ends by itself', async () => {
  await using scene = await clientOf();
  const { stage, client } = scene;
  stage.join(bea);
  const stranger = new Client(stage, await stage.ticket(bea));
  const path = await client.create({ 'upload-length': '1000' });
  equal((await client.patch(path, 0, bytesOf(10))).status, 204);
  equal((await stranger.ask('HEAD', path)).status, 404);
  equal((await stranger.patch(path, 10, bytesOf(990))).status, 404);
  equal((await stranger.ask('DELETE', path)).status, 404);
  const head = await client.ask('HEAD', path);
  const expires = Date.parse(must(head.headers.get('upload-expires'), 'a date'));
  equal(Math.abs(expires - Date.now() - fileUploadIdleMs) < 60_000, true);
  equal((await client.ask('DELETE', path)).status, 204);
  equal((await client.ask('HEAD', path)).status, 404);
  equal((await client.patch(path, 10, bytesOf(990))).status, 404);
});

test('[Z42] an upload whose length nobody knew ends where the account is full, and keeps what it has', async () => {
  await using scene = await clientOf({ allowance: 2 * fileChunkBytes });
  const { client } = scene;
  const path = await client.create({ 'upload-defer-length': '1' });
  const answer = await client.patch(path, 0, bytesOf(3 * fileChunkBytes));
  equal(answer.body.code, 'full');
  equal((await client.ask('HEAD', path)).headers.get('upload-offset'), String(2 * fileChunkBytes));
});

test('[Z42] what came before the line broke is kept, to the byte', async () => {
  await using scene = await clientOf();
  const { stage, client } = scene;
  const bytes = bytesOf(2 * fileChunkBytes, 8);
  const path = await client.create({ 'upload-length': String(bytes.length) });
  const ticket = await stage.ticket(ada);
  let sent = 0;
  const pieces = [bytes.subarray(0, 700_000), bytes.subarray(700_000, 1_500_000)];
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = pieces[sent++];
      if (piece === undefined) controller.error(new Error('the line broke'));
      else controller.enqueue(piece.slice());
    },
  });
  const url = `https://copse.example${path}`;
  const headers = {
    'tus-resumable': '1.0.0',
    ...bearer(ticket),
    'content-type': 'application/offset+octet-stream',
    'upload-offset': '0',
  };
  await stage.door.answer(new Request(url, { method: 'PATCH', headers, body }), path, '192.0.2.1');
  equal((await client.ask('HEAD', path)).headers.get('upload-offset'), '1500000');
  const done = await client.patch(path, 1_500_000, bytes.subarray(1_500_000));
  equal(same((await stage.ask('GET', `/files/${done.headers.get('copse-file')}`)).bytes, bytes), true);
});

/** An upload of which the last byte is stored, at a node that has to read the others again to know what it is. */
async function lastByteStored(): Promise<
  {
    readonly stage: FileStage;
    readonly client: Client;
    readonly path: string;
    readonly bytes: Uint8Array;
    /** What the last part is answered once the blobs may be read. */
    readonly last: Promise<FileAnswer>;
    readonly reads: PromiseWithResolvers<void>;
  } & AsyncDisposable
> {
  const first = await clientOf();
  const bytes = bytesOf(fileChunkBytes + 500, 5);
  const path = await first.client.create({ 'upload-length': String(bytes.length) });
  await first.client.patch(path, 0, bytes.subarray(0, fileChunkBytes));
  const { blobs, files } = first.stage;
  const stage = await FileStage.open({ blobs, store: files.options.store });
  stage.join(ada);
  const client = new Client(stage, await stage.ticket(ada));
  const [reads, asked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  blobs.before = async (operation) => {
    if (operation !== 'get') return;
    asked.resolve();
    await reads.promise;
  };
  const last = client.patch(path, fileChunkBytes, bytes.subarray(fileChunkBytes));
  await asked.promise;
  return {
    stage,
    client,
    path,
    bytes,
    last,
    reads,
    async [Symbol.asyncDispose]() {
      await stage[Symbol.asyncDispose]();
      await first[Symbol.asyncDispose]();
    },
  };
}

test('[Z42] an upload whose bytes are all there is not said to be before it is a file', async () => {
  await using scene = await lastByteStored();
  const { client, path, last, reads } = scene;
  const meanwhile = await client.ask('HEAD', path);
  deepEqual([meanwhile.status, meanwhile.headers.get('upload-offset')], [423, null]);
  reads.resolve();
  const address = must((await last).headers.get('copse-file'), 'an address');
  equal((await client.ask('HEAD', path)).headers.get('copse-file'), address);
});

test('[Z42] an upload that was cut short behind its last byte is ended by who asks for it', async () => {
  await using scene = await lastByteStored();
  const { stage, client, path, bytes, last, reads } = scene;
  reads.reject(new Error('the bucket is away'));
  deepEqual((await last).body.code, 'stale');
  equal((await client.ask('HEAD', path)).status, 503);
  stage.blobs.before = () => Promise.resolve();
  await using again = await FileStage.open({ blobs: stage.blobs, store: stage.files.options.store });
  again.join(ada);
  const later = new Client(again, await again.ticket(ada));
  const head = await later.ask('HEAD', path);
  deepEqual([head.status, head.headers.get('upload-offset')], [200, String(bytes.length)]);
  const address = must(head.headers.get('copse-file'), 'an address');
  equal(same((await again.ask('GET', `/files/${address}`)).bytes, bytes), true);
});

test('[Z42] an upload that was given up before it was a file has no address', async () => {
  await using scene = await lastByteStored();
  const { stage, client, path, last, reads } = scene;
  equal(await stage.files.options.store.giveUp(Number.MAX_SAFE_INTEGER, 1), 1);
  reads.resolve();
  const answer = await last;
  deepEqual([answer.body.code, answer.headers.get('copse-file')], ['unknown', null]);
  equal((await client.ask('HEAD', path)).status, 404);
});

test('[Z42] who did not hear that an upload is a file hears it when she ends it again', async () => {
  await using scene = await clientOf();
  const { client } = scene;
  const path = await client.create({ 'upload-defer-length': '1' });
  await client.patch(path, 0, bytesOf(10));
  const end = () => client.patch(path, 10, new Uint8Array(0), { 'upload-length': '10' });
  const address = must((await end()).headers.get('copse-file'), 'an address');
  const again = await end();
  deepEqual([again.status, again.headers.get('copse-file')], [204, address]);
  deepEqual([(await client.patch(path, 0, bytesOf(10))).status], [409], 'and is told where it is');
});
