/**
 * `npm run judge -- files`: uploads to a live node by `tus-js-client`, which knows nothing of it: of many sizes and
 * pieces, broken off and gone on with, of unknown length, ended. What the node gives out afterwards is compared
 * byte by byte, also in ranges, and its hashes with Node's own.
 */

import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import * as tus from 'tus-js-client';
import { must } from 'copse/internal/base/assert.ts';
import { base64url, fromBase64url } from 'copse/internal/base/bytes.ts';
import { HttpProgram } from '../suites/http-program.ts';
import { dpopStage, freshGuid, type DpopStage } from './dpop-stage.ts';
import { check, compared, conclude } from './tally.ts';

const MIB = 1 << 20;
const SIZES = [0, 1, 1000, MIB - 1, MIB, MIB + 1, 3 * MIB + 12_345];

await using stage = await dpopStage();
const authorization = `Bearer ${await ticketAt(stage)}`;
const endpoint = `${stage.url}/files/uploads`;

for (const size of SIZES) await judgeUpload(size, Number.POSITIVE_INFINITY);
for (const chunkSize of [100_000, MIB, MIB + 7]) await judgeUpload(3 * MIB + 12_345, chunkSize);
compared('uploads in pieces of any size');
await judgeResumed();
await judgeStream();
await judgeTerminated();
await judgeRefused();
compared('uploads that break off, flow, end or are refused');
conclude();

/** For a device's proof of its key and its token, by the package `jose`. */
async function ticketAt(at: DpopStage): Promise<string> {
  const { url } = at;
  const { device, blessing } = await at.bless();
  const send = (request: Request): Promise<Response> => fetch(request);
  const program = new HttpProgram({ origin: url, device, wallMs: Date.now, send });
  const answer = await program.call('login', { shard: 0, guid: freshGuid(), blessing });
  const token = must(fromBase64url(String(answer.body.token)), 'a token');
  const place = `${url}/files/ticket`;
  const headers = { authorization: `DPoP ${base64url(token)}`, dpop: await program.prove(place, token) };
  const given = await fetch(place, { method: 'POST', headers });
  const said: { readonly ticket?: string } = await given.json();
  check(given.status === 200, `a ticket: ${given.status} ${JSON.stringify(said)}`);
  const again = await fetch(place, { method: 'POST', headers });
  check(again.status === 401, 'a proof counts once');
  return must(said.ticket, 'a ticket');
}

function contentOf(size: number, seed: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at++) bytes[at] = (at * 131 + (at >> 13) + seed) & 255;
  return bytes;
}

interface Going {
  readonly upload: tus.Upload;
  readonly address: Promise<string>;
}

/** An upload that says the address that the node names at its end. */
function going(source: Buffer | Readable, more: Partial<tus.UploadOptions> = {}): Going {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let address = '';
  const upload = new tus.Upload(source, {
    endpoint,
    headers: { authorization },
    metadata: { filename: 'größe.webm', filetype: 'video/webm' },
    retryDelays: null,
    onAfterResponse: (_request, response) => void (address = response.getHeader('copse-file') ?? address),
    onSuccess: () => resolve(address),
    onError: reject,
    ...more,
  });
  return { upload, address: promise };
}

async function judgeUpload(size: number, chunkSize: number): Promise<void> {
  const bytes = contentOf(size, chunkSize & 255);
  const { upload, address } = going(bytes, { chunkSize });
  upload.start();
  const name = await address;
  await judgeGiven(name, bytes, `${size} bytes in pieces of ${chunkSize}`);
}

async function judgeGiven(address: string, bytes: Buffer, what: string): Promise<void> {
  const whole = await fetch(`${stage.url}/files/${address}`);
  check(whole.status === 200 && bytes.equals(Buffer.from(await whole.arrayBuffer())), `${what}: the file`);
  check(whole.headers.get('content-type') === 'video/webm', `${what}: the type`);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const same = await fetch(`${stage.url}/files/sha256/${sha256}`, { method: 'HEAD' });
  check(same.headers.get('content-length') === String(bytes.length), `${what}: by its SHA-256`);
  if (bytes.length < 2) return;
  const [from, to] = [Math.floor(bytes.length / 3), bytes.length - 2];
  const part = await fetch(`${stage.url}/files/${address}`, { headers: { range: `bytes=${from}-${to}` } });
  const isPart =
    part.status === 206 && bytes.subarray(from, to + 1).equals(Buffer.from(await part.arrayBuffer()));
  check(isPart, `${what}: a range`);
}

/** Given up after so much, and gone on with by another object that knows the address of the upload alone. */
async function judgeResumed(): Promise<void> {
  const bytes = contentOf(5 * MIB + 99, 3);
  for (const after of [1, MIB - 1, 2 * MIB + 5]) {
    const { promise: broken, resolve } = Promise.withResolvers<string>();
    const { upload } = going(bytes, {
      chunkSize: 500_000,
      onChunkComplete: (_size, accepted) => {
        if (accepted >= after) void upload.abort().then(() => resolve(must(upload.url, 'an address')));
      },
    });
    upload.start();
    const uploadUrl = await broken;
    const head = await fetch(uploadUrl, {
      method: 'HEAD',
      headers: { authorization, 'tus-resumable': '1.0.0' },
    });
    const offset = Number(head.headers.get('upload-offset'));
    check(offset >= after && offset < bytes.length, `given up after ${after}: ${offset}`);
    const second = going(bytes, { uploadUrl });
    second.upload.start();
    await judgeGiven(await second.address, bytes, `gone on with after ${after}`);
  }
}

async function judgeStream(): Promise<void> {
  const bytes = contentOf(2 * MIB + 1234, 9);
  const pieces = Array.from({ length: 20 }, (_, at) => bytes.subarray(at * 120_000, (at + 1) * 120_000));
  const stream = Readable.from(pieces.filter((piece) => piece.length > 0));
  const { upload, address } = going(stream, { uploadLengthDeferred: true, chunkSize: 300_000 });
  upload.start();
  await judgeGiven(await address, bytes, 'of unknown length');
}

async function judgeTerminated(): Promise<void> {
  const bytes = contentOf(3 * MIB, 4);
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  const { upload } = going(bytes, {
    chunkSize: MIB,
    onChunkComplete: () => void upload.abort(true).then(() => resolve(must(upload.url, 'an address'))),
  });
  upload.start();
  const url = await ended;
  const { status } = await fetch(url, {
    method: 'HEAD',
    headers: { authorization, 'tus-resumable': '1.0.0' },
  });
  check(status === 404 || status === 410, `ended: ${status}`);
}

async function judgeRefused(): Promise<void> {
  const cases: readonly (readonly [string, Partial<tus.UploadOptions>, number])[] = [
    ['without a ticket', { headers: {} }, 401],
    ['with another ticket', { headers: { authorization: 'Bearer AAAA' } }, 401],
    ['larger than files may be', { uploadSize: 2 ** 40 }, 413],
  ];
  for (const [what, more, status] of cases) {
    const { upload, address } = going(contentOf(10, 1), more);
    upload.start();
    const thrown: unknown = await address.then(
      () => null,
      (reason: unknown) => reason,
    );
    const found = thrown instanceof tus.DetailedError ? thrown.originalResponse?.getStatus() : thrown;
    check(found === status, `${what}: ${String(found)}`);
  }
}
