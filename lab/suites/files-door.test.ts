/** Files over HTTP, as strangers, users and friends meet them (SPEC Z41 to Z44). */

import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { base64url, concat, fromBase64url, hex, utf8 } from 'copse/internal/base/bytes.ts';
import { fileChunkBytes, fileUploadIdleMs, fileTicketMs } from 'copse/internal/base/limits-files.ts';
import { isChunkOf } from 'copse/internal/social/files/address.ts';
import { missingIn } from 'copse/internal/social/files/missing.ts';
import {
  bearer,
  bytesOf,
  chunksOf,
  FileStage,
  primitives,
  same,
  sha256Hex,
  uploader,
} from './files-stage.ts';

const [ada, bea, cia] = [await uploader(1), await uploader(2), await uploader(3)];

async function stageOf(options: Parameters<typeof FileStage.open>[0] = {}): Promise<FileStage> {
  const stage = await FileStage.open(options);
  stage.join(ada);
  return stage;
}

test('[Z41] a file that was uploaded chunk by chunk is given out whole, by either of its names', async () => {
  await using stage = await stageOf();
  const ticket = await stage.ticket(ada);
  for (const size of [0, 1, fileChunkBytes, 2 * fileChunkBytes + 77]) {
    const bytes = bytesOf(size, size & 7);
    const address = await stage.put(ticket, bytes);
    const answer = await stage.ask('GET', `/files/${address}`);
    equal(answer.status, 200);
    equal(same(answer.bytes, bytes), true, `${size}`);
    equal(same((await stage.ask('GET', `/files/sha256/${sha256Hex(bytes)}`)).bytes, bytes), true);
    const head = await stage.ask('HEAD', `/files/${address}`);
    deepEqual([head.status, head.headers.get('content-length'), head.bytes.length], [200, String(size), 0]);
  }
});

test('[Z41] an upload that broke off goes on with what is missing, and a file that is there needs nothing', async () => {
  await using stage = await stageOf();
  const ticket = await stage.ticket(ada);
  const bytes = bytesOf(3 * fileChunkBytes + 5);
  const chunks = chunksOf(bytes);
  const first = await stage.begin(ticket, bytes);
  equal(first.body.state, 'coming');
  const { address } = first.body;
  const send = (at: number, body: Uint8Array) =>
    stage.ask('PUT', `/files/${address}/${at}`, { headers: bearer(ticket), body });
  equal((await send(2, must(chunks[2], 'a chunk'))).status, 204);
  equal(
    (await stage.ask('GET', `/files/${address}`)).status,
    404,
    'nothing is given out before all is there',
  );
  const early = await stage.ask('POST', `/files/${address}/finish`, { headers: bearer(ticket) });
  deepEqual([early.status, early.body.code], [503, 'stale']);
  const again = await stage.begin(ticket, bytes);
  deepEqual(missingIn(must(fromBase64url(again.body.missing), 'bits')), [0, 1, 3]);
  equal(await stage.put(ticket, bytes), address);
  const done = await stage.begin(ticket, bytes);
  deepEqual([done.body.state, missingIn(must(fromBase64url(done.body.missing), 'bits'))], ['whole', []]);
});

test('[Z40] a chunk is refused that is not the one of its place, and nothing of it is kept', async () => {
  await using stage = await stageOf();
  const ticket = await stage.ticket(ada);
  const bytes = bytesOf(2 * fileChunkBytes + 9);
  const [one, two, last] = chunksOf(bytes).map((chunk) => chunk.slice());
  const { body } = await stage.begin(ticket, bytes);
  const refused = async (at: string, chunk: Uint8Array | undefined, status = 400) =>
    equal(
      (
        await stage.ask('PUT', `/files/${body.address}/${at}`, {
          headers: bearer(ticket),
          body: must(chunk, 'it'),
        })
      ).status,
      status,
      at,
    );
  await refused('0', two);
  await refused('0', one?.with(5, 77));
  await refused('2', one);
  await refused('1', concat(must(two, 'it'), Uint8Array.of(1)), 413);
  await refused('2', concat(must(last, 'it'), Uint8Array.of(0)));
  await refused('3', last);
  for (const at of ['01', '-1', '1.0', '1e0', '9999999', ' 1']) await refused(at, two, 404);
  equal(stage.blobs.bytesByName.size, 0);
  const wrong = await stage.begin(ticket, bytes, { size: bytes.length + fileChunkBytes });
  deepEqual([wrong.status, wrong.body.code], [400, 'malformed']);
});

test('[Z40] the manifest of a node and one proof are enough to check a chunk', async () => {
  await using stage = await stageOf();
  const bytes = bytesOf(4 * fileChunkBytes + 1);
  const address = await stage.put(await stage.ticket(ada), bytes);
  const all = (await stage.ask('GET', `/files/${address}/manifest`)).body;
  equal(all.size, bytes.length);
  equal(all.chunks, base64url(concat(...chunksOf(bytes).map((chunk) => primitives.sha256(chunk)))));
  for (const [index, chunk] of chunksOf(bytes).entries()) {
    const { body } = await stage.ask('GET', `/files/${address}/manifest?chunk=${index}`);
    const root = must(fromBase64url(body.root), 'a root');
    const proof = body.proof.map((each: string) => must(fromBase64url(each), 'a hash'));
    const claimed = { index, bytes: chunk, proof };
    equal(isChunkOf(primitives, { size: body.size, type: body.type, root }, claimed), true);
  }
  for (const chunk of ['5', '-1', 'x', '', '1e9'])
    equal((await stage.ask('GET', `/files/${address}/manifest?chunk=${chunk}`)).status, 400);
});

test('[Z41] what was changed or lost on the disk is not given out', async () => {
  await using stage = await stageOf();
  const bytes = bytesOf(fileChunkBytes + 10);
  const address = await stage.put(await stage.ticket(ada), bytes);
  await using later = await FileStage.open({ blobs: stage.blobs, store: stage.files.options.store });
  const name = sha256Hex(bytes.subarray(fileChunkBytes));
  stage.blobs.bytesByName.set(name, new Uint8Array(10).fill(9));
  const range = { headers: { range: `bytes=${fileChunkBytes}-` } };
  const spoilt = await later.ask('GET', `/files/${address}`, range);
  deepEqual([spoilt.status, spoilt.body.code], [500, 'corrupt']);
  await rejects(later.ask('GET', `/files/${address}`), 'the answer breaks off');
  stage.blobs.bytesByName.delete(name);
  equal((await later.ask('GET', `/files/${address}`, range)).status, 500);
  equal((await later.ask('GET', `/files/${address}`, { headers: { range: 'bytes=0-5' } })).status, 206);
});

test('[Z41] an account has its bytes and no more; what it cached goes first, what it pinned stays', async () => {
  await using stage = await stageOf({ allowance: 3 * fileChunkBytes });
  const ticket = await stage.ticket(ada);
  const put = (seed: number, kind: string) => stage.put(ticket, bytesOf(fileChunkBytes, seed), { kind });
  const pinned = await put(1, 'cache');
  equal(
    (await stage.ask('POST', `/files/mine/${pinned}`, { headers: bearer(ticket), body: '{"pinned":true}' }))
      .status,
    204,
  );
  const cached = await put(2, 'cache');
  const own = await put(3, 'own');
  const more = await put(4, 'own');
  equal((await stage.ask('GET', `/files/${cached}`)).status, 404);
  for (const address of [pinned, own, more])
    equal((await stage.ask('HEAD', `/files/${address}`)).status, 200);
  const full = await stage.begin(ticket, bytesOf(fileChunkBytes, 5));
  deepEqual([full.status, full.body.code], [507, 'full']);
  const mine = (await stage.ask('GET', '/files/mine', { headers: bearer(ticket) })).body;
  deepEqual(
    [mine.bytes, mine.cacheBytes, mine.allowance, mine.count],
    [3 * fileChunkBytes, 0, 3 * fileChunkBytes, 3],
  );
  deepEqual(
    mine.files.map(({ address }: { address: string }) => address),
    [more, own, pinned],
  );
  equal((await stage.ask('DELETE', `/files/mine/${own}`, { headers: bearer(ticket) })).status, 204);
  equal((await stage.ask('GET', `/files/${own}`)).status, 404);
  await stage.files.clear();
  equal(stage.blobs.bytesByName.size, 2);
  await put(5, 'own');
});

test('[Z41] the node has its bytes: what is only cached goes for what somebody brings', async () => {
  await using stage = await stageOf({ bytesMax: 2 * fileChunkBytes });
  stage.join(bea);
  const [of, ofBea] = [await stage.ticket(ada), await stage.ticket(bea)];
  const cached = await stage.put(of, bytesOf(fileChunkBytes, 1), { kind: 'cache' });
  await stage.put(of, bytesOf(fileChunkBytes, 2));
  await stage.put(ofBea, bytesOf(fileChunkBytes, 3));
  equal((await stage.ask('GET', `/files/${cached}`)).status, 404);
  const full = await stage.begin(ofBea, bytesOf(fileChunkBytes, 4));
  equal(full.body.code, 'full');
  match(full.body.detail, /the node/);
});

test('[Z41] an upload that nobody goes on with is given up with its chunks', async () => {
  await using stage = await stageOf();
  const ticket = await stage.ticket(ada);
  const bytes = bytesOf(2 * fileChunkBytes);
  const { body } = await stage.begin(ticket, bytes);
  await stage.ask('PUT', `/files/${body.address}/0`, {
    headers: bearer(ticket),
    body: must(chunksOf(bytes)[0], 'it'),
  });
  stage.env.skewMs = fileUploadIdleMs + 1;
  await using later = await FileStage.open({ blobs: stage.blobs, store: stage.files.options.store });
  later.join(ada);
  equal(stage.blobs.bytesByName.size, 1, 'not before its time');
  await using last = await FileStage.open({
    blobs: stage.blobs,
    store: stage.files.options.store,
    env: stage.env,
  });
  equal(stage.blobs.bytesByName.size, 0);
  equal(await last.files.find(body.address), null);
});

test('[Z42] without a ticket, with one of another node, an old one or a spoilt one nothing is taken', async () => {
  await using stage = await stageOf();
  const ticket = await stage.ticket(ada);
  const flipped = `${ticket.slice(0, -2)}${ticket.endsWith('A') ? 'B' : 'A'}${ticket.slice(-1)}`;
  for (const shown of ['', 'x', flipped, ticket.slice(4), `${ticket}AA`, 'A'.repeat(400)]) {
    const { status, headers } = await stage.begin(shown, bytesOf(1));
    equal(status, 401, shown);
    match(headers.get('www-authenticate') ?? '', /Bearer/);
  }
  stage.env.skewMs = fileTicketMs + 1;
  deepEqual([(await stage.begin(ticket, bytesOf(1))).body.code], ['expired']);
  stage.env.skewMs = 0;
  stage.leave(ada);
  deepEqual([(await stage.begin(ticket, bytesOf(1))).body.code], ['forbidden']);
  await rejects(stage.ticket(ada), /forbidden/);
  await rejects(stage.ticket(bea), /forbidden/);
});

test('[Z42] a friend uploads by a grant: on the account of who gave it, so many bytes, until a date, and no more', async () => {
  await using stage = await stageOf({ allowance: 10 * fileChunkBytes });
  const grant = await stage.granted(ada, bea, 2 * fileChunkBytes);
  await rejects(stage.ticket(cia, grant), /badProof/);
  await rejects(stage.ticket(bea, await stage.granted(cia, bea, 5)), /forbidden/, 'by nobody of this node');
  const ticket = await stage.ticket(bea, grant);
  const address = await stage.put(ticket, bytesOf(fileChunkBytes, 1));
  const full = await stage.begin(ticket, bytesOf(fileChunkBytes + 1, 2));
  match(full.body.detail, /grant/);
  const mine = await stage.ask('GET', '/files/mine', { headers: bearer(await stage.ticket(ada)) });
  deepEqual([mine.body.bytes, mine.body.files[0].address], [fileChunkBytes, address]);
  for (const [method, path] of [
    ['GET', '/files/mine'],
    ['DELETE', `/files/mine/${address}`],
    ['POST', `/files/mine/${address}`],
  ] as const)
    equal(
      (
        await stage.ask(method, path, {
          headers: bearer(ticket),
          ...(method === 'POST' ? { body: '{"pinned":true}' } : {}),
        })
      ).status,
      403,
    );
  await stage.ask('DELETE', `/files/mine/${address}`, { headers: bearer(await stage.ticket(ada)) });
  equal(
    (await stage.begin(ticket, bytesOf(fileChunkBytes + 1, 2))).body.code,
    'full',
    'what was spent is spent',
  );
  stage.env.skewMs = 60_001;
  equal((await stage.begin(ticket, bytesOf(1))).body.code, 'expired');
});

test('[Z42] pages of other origins read, and upload where they may', async () => {
  await using stage = await stageOf();
  const ticket = await stage.ticket(ada);
  const address = await stage.put(ticket, bytesOf(10));
  const evil = { origin: 'https://evil.example' };
  equal(
    (await stage.ask('GET', `/files/${address}`, { headers: evil })).headers.get(
      'access-control-allow-origin',
    ),
    '*',
  );
  equal(
    (await stage.ask('POST', '/files/', { headers: { ...bearer(ticket), ...evil }, body: '{}' })).status,
    403,
  );
  const friend = { origin: 'https://friend.example' };
  equal(
    (await stage.ask('POST', '/files/', { headers: { ...bearer(ticket), ...friend }, body: '{}' })).status,
    400,
  );
  equal((await stage.ask('OPTIONS', `/files/${address}`, { headers: friend })).status, 204);
});

test('[Z41] a node that is shutting down takes nothing, and gives out what it has', async () => {
  await using first = await stageOf();
  const address = await first.put(await first.ticket(ada), bytesOf(10));
  await using stage = await FileStage.open({
    blobs: first.blobs,
    store: first.files.options.store,
    draining: true,
  });
  equal((await stage.ask('GET', `/files/${address}`)).status, 200);
  equal((await stage.ask('POST', '/files/')).body.code, 'draining');
});

test('[Z43] ranges are those of RFC 9110: one is given, several are answered by the whole, beyond the end by 416', async () => {
  await using stage = await stageOf();
  const bytes = bytesOf(2 * fileChunkBytes + 50);
  const address = await stage.put(await stage.ticket(ada), bytes);
  const size = bytes.length;
  const get = (range: string, more: Record<string, string> = {}) =>
    stage.ask('GET', `/files/${address}`, { headers: { range, ...more } });
  const edges = [0, 1, fileChunkBytes - 1, fileChunkBytes, fileChunkBytes + 1, 2 * fileChunkBytes, size - 1];
  for (const from of edges)
    for (const to of edges.filter((each) => each >= from)) {
      const answer = await get(`bytes=${from}-${to}`);
      equal(answer.status, 206);
      equal(answer.headers.get('content-range'), `bytes ${from}-${to}/${size}`);
      equal(same(answer.bytes, bytes.subarray(from, to + 1)), true, `${from}-${to}`);
    }
  equal(same((await get('bytes=-7')).bytes, bytes.subarray(size - 7)), true);
  equal(same((await get(`bytes=${size - 3}-`)).bytes, bytes.subarray(size - 3)), true);
  equal((await get(`bytes=0-${size * 9}`)).headers.get('content-range'), `bytes 0-${size - 1}/${size}`);
  for (const beyond of [`bytes=${size}-`, `bytes=${size}-${size + 5}`, 'bytes=-0']) {
    const answer = await get(beyond);
    deepEqual([answer.status, answer.headers.get('content-range')], [416, `bytes */${size}`]);
  }
  for (const other of ['bytes=0-1,5-6', 'bytes=5-1', 'chars=0-1', 'bytes=', 'bytes=a-b', 'bytes=0-1;'])
    deepEqual([(await get(other)).status, (await get(other)).bytes.length], [200, size], other);
});

test('[Z43] what is there never changes: validators and caches are told so', async () => {
  await using stage = await stageOf();
  const address = await stage.put(await stage.ticket(ada), bytesOf(100));
  const get = (headers: Record<string, string>) => stage.ask('GET', `/files/${address}`, { headers });
  const plain = await get({});
  equal(plain.headers.get('etag'), `"${address}"`);
  match(plain.headers.get('cache-control') ?? '', /immutable/);
  deepEqual([(await get({ 'if-none-match': `"${address}"` })).status], [304]);
  deepEqual([(await get({ 'if-none-match': `W/"${address}"` })).status], [304]);
  deepEqual([(await get({ 'if-none-match': '"other"' })).status], [200]);
  const range = { range: 'bytes=1-2' };
  equal((await get({ ...range, 'if-range': `"${address}"` })).status, 206);
  for (const other of ['"other"', `W/"${address}"`, 'Sun, 22 Nov 2026 10:00:00 GMT'])
    equal((await get({ ...range, 'if-range': other })).status, 200, other);
});

test('[Z43] nothing that could run is shown: it is a download of bytes without a type, in a sandbox', async () => {
  await using stage = await stageOf();
  const ticket = await stage.ticket(ada);
  const page = utf8('<script>alert(document.domain)</script>');
  const served = async (type: string, bytes = page) => {
    const { headers } = await stage.ask('GET', `/files/${await stage.put(ticket, bytes, { type })}`);
    equal(headers.get('x-content-type-options'), 'nosniff');
    match(headers.get('content-security-policy') ?? '', /default-src 'none'.*sandbox$/);
    return [headers.get('content-type'), headers.get('content-disposition')];
  };
  const download = ['application/octet-stream', 'attachment'];
  const active = [
    'text/html',
    'TEXT/HTML; charset=utf-8',
    'image/svg+xml',
    'application/xhtml+xml',
    'text/xml',
    'application/pdf',
    'text/javascript',
    'text/css',
    'application/wasm',
  ];
  for (const type of active) deepEqual(await served(type), download, type);
  // What says it is a picture has to begin as one.
  for (const type of ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'])
    deepEqual(await served(type), download, type);
  for (const type of ['text/html\r\nx: y', 'image/png, text/html', '*/*', ''])
    deepEqual(await served(type), download, type);
  deepEqual(await served('text/plain'), ['text/plain; charset=utf-8', 'inline']);
  deepEqual(await served('video/mp4'), ['video/mp4', 'inline']);
  deepEqual(await served('image/gif', gif(3, 3)), ['image/gif', 'inline']);
  deepEqual(await served('image/gif', gif(60_000, 60_000)), download, 'one that fills the memory');
});

test('[Z43] the same bytes under two types are two files: nobody changes what another one’s address shows', async () => {
  await using stage = await stageOf();
  const ticket = await stage.ticket(ada);
  const text = await stage.put(ticket, utf8('hello'), { type: 'text/plain' });
  const page = await stage.put(ticket, utf8('hello'), { type: 'text/html' });
  equal(text === page, false);
  equal((await stage.ask('GET', `/files/${text}`)).headers.get('content-disposition'), 'inline');
  equal(stage.blobs.bytesByName.size, 1, 'on the disk they are one');
});

test('[Z43] a path is one of a few forms, and no other leads to a file', async () => {
  await using stage = await stageOf();
  const ticket = await stage.ticket(ada);
  const address = await stage.put(ticket, bytesOf(10));
  const sha256 = sha256Hex(bytesOf(10));
  for (const path of [
    `/files/${address.toUpperCase()}`,
    `/files/${address}/`,
    `/files/${address}.html`,
    `/files/${address}%00`,
    `/files/${address}%2f..`,
    `/files//${address}`,
    `/files/./x/${address}`,
    `/files/${address.slice(1)}`,
    `/files/${sha256}`,
    `/files/sha256/${address}`,
    '/files/sha256/',
    '/files/..%2f..%2fetc%2fpasswd',
    '/files/%2e%2e/files.sqlite',
    '/files/constructor',
    '/files/mine/../ticket',
  ]) {
    const { status } = await stage.ask('GET', path);
    equal(status === 401 || status === 404, true, `${path}: ${status}`);
    equal((await stage.ask('GET', path, { headers: bearer(ticket) })).status, 404, path);
  }
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
    equal((await stage.ask(method, `/files/${address}`, { headers: bearer(ticket) })).status, 404);
});

test('[Z44] a thumbnail is a small picture, as its type and its header say', async () => {
  await using stage = await stageOf();
  const ticket = await stage.ticket(ada);
  const post = (type: string, body: Uint8Array) =>
    stage.ask('POST', '/files/thumbnails', { headers: { ...bearer(ticket), 'content-type': type }, body });
  const { status, body } = await post('image/gif', gif(320, 200));
  deepEqual([status, body.picture, body.type], [200, { width: 320, height: 200 }, 'image/gif']);
  equal((await stage.ask('GET', `/files/${body.address}`)).headers.get('content-disposition'), 'inline');
  const bombs: readonly (readonly [string, Uint8Array, string])[] = [
    ['image/gif', gif(30_000, 30_000), 'tooLarge'],
    ['image/gif', gif(1, 1025), 'tooLarge'],
    ['image/png', pngHead(0x7fff_ffff, 0x7fff_ffff), 'tooLarge'],
    ['image/png', gif(3, 3), 'malformed'],
    ['image/svg+xml', utf8('<svg/>'), 'malformed'],
    ['image/gif', new Uint8Array(0), 'malformed'],
    ['image/gif', concat(gif(3, 3), new Uint8Array(256 << 10)), 'tooLarge'],
    ['text/html', gif(3, 3), 'malformed'],
  ];
  const { size } = stage.blobs.bytesByName;
  for (const [type, bytes, code] of bombs)
    equal((await post(type, bytes)).body.code, code, `${type} ${hex(bytes.subarray(0, 8))}`);
  equal(stage.blobs.bytesByName.size, size);
});

function gif(width: number, height: number): Uint8Array {
  const screen = Uint8Array.of(width & 255, width >> 8, height & 255, height >> 8, 0, 0, 0);
  return concat(utf8('GIF89a'), screen, Uint8Array.of(0x3b));
}

function pngHead(width: number, height: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(33));
  for (const [at, value] of [
    [0, 0x89504e47],
    [4, 0x0d0a1a0a],
    [8, 13],
    [12, 0x49484452],
    [16, width],
    [20, height],
  ] as const)
    view.setUint32(at, value);
  return new Uint8Array(view.buffer);
}
