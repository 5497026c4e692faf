/**
 * Uploads by tus 1.0 (SPEC Z42), for clients that know nothing of chunks: creation, with a length or without, a
 * checksum, expiration and termination. What came before a line broke is kept, also a part of a chunk. When all
 * is there the answer says in `Copse-File` what its address is.
 */

import { createHash } from 'node:crypto';
import { concat, fromUtf8, hex, NO_BYTES } from 'copse/internal/base/bytes.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { fileChunkBytes, fileUploadIdleMs, fileUploadsMax } from 'copse/internal/base/limits-files.ts';
import { contentTypeOf } from 'copse/internal/social/files/content-type.ts';
import { Chunker, hashed } from 'copse/internal/social/files/hasher.ts';
import { nameOf, type Files } from '../../peer/files/files.ts';
import type { Ticket } from '../../peer/files/ticket.ts';
import type { Grown, UploadRecord } from '../../store/files.ts';
import { readBody } from '../http-body.ts';
import { Denied } from '../http-reply.ts';
import { empty, type Headers } from './reply.ts';

const tusPath = '/files/uploads';
const UPLOAD = /^\/files\/uploads\/([0-9a-f]{32})$/;
const NAME_BYTES = 16;
const VERSION = '1.0.0';
/** A body with a checksum is held until it is checked. */
const CHECKED_BYTES_MAX = 8 * fileChunkBytes;
const ALGORITHMS = ['sha1', 'sha256'];
const MISMATCH = 460;
const WHOLE = /^(0|[1-9]\d{0,15})$/;

export class Tus {
  readonly #files: Files;
  /** What was finished last, for who did not hear it. */
  readonly #done = new Cache<string, Done>(fileUploadsMax);
  readonly #busy = new Set<string>();

  constructor(files: Files) {
    this.#files = files;
  }

  static answers(path: string): boolean {
    return path === tusPath || path.startsWith(`${tusPath}/`);
  }

  /** What the node can do (OPTIONS). */
  get abilities(): Headers {
    return {
      ...this.headers,
      'tus-version': VERSION,
      'tus-extension': 'creation,creation-defer-length,checksum,expiration,termination',
      'tus-checksum-algorithm': ALGORITHMS.join(','),
      'tus-max-size': String(this.#files.options.sizeMax),
    };
  }

  get headers(): Headers {
    return { 'tus-resumable': VERSION };
  }

  async answer(request: Request, path: string, ticket: Ticket): Promise<Response> {
    if (request.headers.get('tus-resumable') !== VERSION)
      throw new Denied('version', 'the header `Tus-Resumable: 1.0.0`', {
        status: 412,
        headers: { 'tus-version': VERSION },
      });
    if (path === tusPath && request.method === 'POST') return this.#create(request, ticket);
    const name = UPLOAD.exec(path)?.[1];
    if (name === undefined) throw new Fault('unknown', 'no upload');
    switch (request.method) {
      case 'HEAD':
        return this.#head(name, ticket);
      case 'PATCH':
        return this.#alone(name, () => this.#patch(request, name, ticket));
      case 'DELETE':
        return this.#alone(name, () => this.#delete(name, ticket));
      default:
        throw new Denied('usage', 'no method of an upload', {
          status: 405,
          headers: { allow: 'DELETE, HEAD, OPTIONS, PATCH' },
        });
    }
  }

  /** Two bodies at once would be one after the other, and the second at another place than it says. */
  async #alone(name: string, task: () => Promise<Response>): Promise<Response> {
    if (this.#busy.has(name)) throw new Fault('locked', 'another request adds to this upload');
    this.#busy.add(name);
    try {
      return await task();
    } finally {
      this.#busy.delete(name);
    }
  }

  async #create(request: Request, ticket: Ticket): Promise<Response> {
    const { env, store } = this.#files.options;
    const size = lengthOf(request.headers);
    if (size === null && request.headers.get('upload-defer-length') !== '1')
      throw new Fault('malformed', '`Upload-Length`, or `Upload-Defer-Length: 1`');
    this.#files.requireSize(size ?? 0);
    const said = metadataOf(request.headers.get('upload-metadata') ?? '');
    const upload = hex(env.random(NAME_BYTES));
    const type = contentTypeOf(said.get('filetype') ?? said.get('type') ?? '');
    const name = nameOf(said.get('filename') ?? said.get('name') ?? '');
    const { account } = ticket;
    const nowMs = env.wallMs();
    await this.#files.makeRoom(ticket, (room) =>
      store.beginUpload({ account, upload, type, name, size, room, nowMs }),
    );
    const headers = { ...this.headers, location: `${tusPath}/${upload}`, ...this.#expires(nowMs) };
    if (size !== 0) return empty(201, headers);
    const record = await this.#record(upload, ticket);
    return empty(201, { ...headers, 'copse-file': await this.#finish(upload, record, ticket) });
  }

  async #head(name: string, ticket: Ticket): Promise<Response> {
    const done = this.#done.get(doneKey(name, ticket));
    if (done !== undefined) return this.#whole(done);
    const { offset, size, seenMs } = await this.#record(name, ticket);
    if (offset === size) return this.#alone(name, () => this.#end(name, ticket));
    const length: Headers =
      size === null ? { 'upload-defer-length': '1' } : { 'upload-length': String(size) };
    return empty(200, {
      ...this.headers,
      'upload-offset': String(offset),
      ...length,
      ...this.#expires(seenMs),
    });
  }

  /** All bytes are there and nobody has heard of a file: who hears of the offset alone never asks again. */
  async #end(name: string, ticket: Ticket): Promise<Response> {
    const done = this.#done.get(doneKey(name, ticket));
    if (done !== undefined) return this.#whole(done);
    const record = await this.#record(name, ticket);
    return this.#whole({ address: await this.#finish(name, record, ticket), size: record.offset });
  }

  #whole({ address, size }: Done, status = 200): Response {
    const headers = { 'upload-offset': String(size), 'upload-length': String(size), 'copse-file': address };
    return empty(status, { ...this.headers, ...headers });
  }

  async #delete(name: string, ticket: Ticket): Promise<Response> {
    await this.#record(name, ticket);
    await this.#files.options.store.dropUpload(name);
    return empty(204, this.headers);
  }

  /** The upload, of whoever began it. */
  async #record(name: string, { account }: Ticket): Promise<UploadRecord> {
    const record = await this.#files.options.store.upload(name);
    if (record?.account !== account) throw new Fault('unknown', 'no upload of this name, or no more');
    return record;
  }

  #expires(seenMs: number): Headers {
    return { 'upload-expires': new Date(seenMs + fileUploadIdleMs).toUTCString() };
  }

  async #patch(request: Request, name: string, ticket: Ticket): Promise<Response> {
    const { headers } = request;
    if (headers.get('content-type') !== 'application/offset+octet-stream')
      throw new Denied('malformed', 'a part is `application/offset+octet-stream`', { status: 415 });
    const done = this.#done.get(doneKey(name, ticket));
    if (done !== undefined) {
      requireOffset(headers, done.size);
      return this.#whole(done, 204);
    }
    const record = await this.#record(name, ticket);
    requireOffset(headers, record.offset);
    const size = record.size ?? lengthOf(headers);
    if (record.size !== null && (lengthOf(headers) ?? record.size) !== record.size)
      throw new Fault('malformed', '`Upload-Length` was another one');
    this.#files.requireSize(size ?? 0);
    const parts = await checked(request);
    const growing = new Growing(this.#files, { name, ticket, record, size });
    await growing.take(parts);
    const { offset } = growing;
    const answer = {
      ...this.headers,
      'upload-offset': String(offset),
      ...this.#expires(this.#files.options.env.wallMs()),
    };
    if (offset !== size) return empty(204, answer);
    const all = await this.#record(name, ticket);
    return empty(204, { ...answer, 'copse-file': await this.#finish(name, all, ticket) });
  }

  /** All bytes are there: the rest of them is the last chunk. */
  async #finish(name: string, record: UploadRecord, ticket: Ticket): Promise<string> {
    const { file, tail, offset: size, type, account } = record;
    const { store, primitives, env, worth } = this.#files.options;
    const at = Math.floor(size / fileChunkBytes);
    const nowMs = env.wallMs();
    if (tail.length > 0) {
      const digest = primitives.sha256(tail);
      await this.#files.chunks.put(tail, digest, () => store.arrive({ file, at, digest, nowMs }));
      this.#files.hashes.add(file, at, tail);
    }
    const list = await store.digests(file);
    const digests = concat(...list);
    const { manifest, address: bytes } = hashed(primitives, { size, type, digests: list });
    const address = hex(bytes);
    const sha256 = await this.#files.hashes.end(file, list.length, (index) =>
      this.#files.chunks.get(list[index] ?? NO_BYTES),
    );
    const picture = await this.#files.pictureOf(type, digests);
    await worth(ticket);
    const finished = { sha256, picture, nowMs, address, manifest, digests };
    if ((await store.finishUpload(name, finished)) === null)
      throw new Fault('unknown', 'the upload has been given up');
    this.#done.set(`${account} ${name}`, { address, size });
    return address;
  }
}

interface Done {
  readonly address: string;
  readonly size: number;
}

const doneKey = (name: string, { account }: Ticket): string => `${account} ${name}`;

interface Place {
  readonly name: string;
  readonly ticket: Ticket;
  readonly record: UploadRecord;
  readonly size: number | null;
}

/** One body on its way into an upload. */
class Growing {
  readonly #files: Files;
  readonly #place: Place;
  readonly #chunker: Chunker;
  #at: number;
  offset: number;
  /** The offset that is in the store. */
  #noted: number;

  constructor(files: Files, place: Place) {
    this.#files = files;
    this.#place = place;
    this.#chunker = new Chunker(place.record.tail);
    this.offset = place.record.offset;
    this.#noted = this.offset;
    this.#at = Math.floor(this.offset / fileChunkBytes);
  }

  /** Also when the line breaks, what has come is kept; who was too slow is told so behind that. */
  async take(parts: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
    let isAdding = false;
    let refused: Fault | null = null;
    try {
      for await (const part of parts) {
        isAdding = true;
        await this.#add(part);
        isAdding = false;
      }
    } catch (thrown) {
      // What could not be put is not held either; whoever asks is told where to go on.
      if (isAdding) throw thrown;
      if (thrown instanceof Fault) refused = thrown;
    }
    const { record, size } = this.#place;
    if (this.#noted !== this.offset || size !== record.size) await this.#note(null);
    if (refused !== null) throw refused;
  }

  async #add(part: Uint8Array): Promise<void> {
    const { size } = this.#place;
    const { sizeMax } = this.#files.options;
    if (this.offset + part.length > (size ?? sizeMax))
      throw new Fault('tooLarge', 'more than the upload has');
    for (const chunk of this.#chunker.push(part)) await this.#put(chunk);
    this.offset = this.#at * fileChunkBytes + this.#chunker.tail.length;
  }

  async #put(chunk: Uint8Array): Promise<void> {
    const digest = this.#files.options.primitives.sha256(chunk);
    const at = this.#at;
    await this.#files.chunks.put(chunk, digest, () => this.#note({ at, digest }));
    this.#files.hashes.add(this.#place.record.file, at, chunk);
    this.#at++;
    this.offset = this.#at * fileChunkBytes;
  }

  /** Caches fall when there is no room for what nobody had announced. */
  async #note(chunk: Grown['chunk']): Promise<void> {
    const { name: upload, ticket, size, record } = this.#place;
    const { store, env } = this.#files.options;
    const offset = chunk === null ? this.offset : (chunk.at + 1) * fileChunkBytes;
    const tail = chunk === null ? this.#chunker.tail.slice() : NO_BYTES;
    await this.#files.makeRoom(ticket, async (room) => {
      const answer = await store.grow({ upload, chunk, tail, offset, size, room, nowMs: env.wallMs() });
      if (answer.kind === 'gone') throw new Fault('unknown', 'the upload has been given up');
      return answer.kind === 'full' ? answer : { kind: 'ok', file: record.file };
    });
    this.#noted = offset;
  }
}

/** The body, when it is what its checksum says; without one as it comes. */
async function checked(request: Request): Promise<AsyncIterable<Uint8Array> | Iterable<Uint8Array>> {
  const said = request.headers.get('upload-checksum');
  if (said === null) return request.body ?? [];
  const [algorithm = '', expected = ''] = said.trim().split(/ +/);
  if (!ALGORITHMS.includes(algorithm))
    throw new Fault('malformed', `a checksum is by ${ALGORITHMS.join(' or ')}`);
  const body = await readBody(request, CHECKED_BYTES_MAX);
  if (createHash(algorithm).update(body).digest('base64') !== expected)
    throw new Denied('malformed', 'the checksum is of other bytes', { status: MISMATCH });
  return [body];
}

function requireOffset(headers: globalThis.Headers, offset: number): void {
  if (headers.get('upload-offset') !== String(offset))
    throw new Denied('stale', `the upload goes on at ${offset}`, { status: 409 });
}

function lengthOf(headers: globalThis.Headers): number | null {
  const text = headers.get('upload-length');
  if (text === null) return null;
  if (!WHOLE.test(text)) throw new Fault('malformed', '`Upload-Length` is a whole number');
  return Number(text);
}

/** Pairs of a key and a value in Base64. */
function metadataOf(header: string): ReadonlyMap<string, string> {
  const pairs = header.split(',').map((pair) => pair.trim().split(' '));
  return new Map(
    pairs.map(([key = '', value = '']) => {
      const bytes = /^[A-Za-z0-9+/]*={0,2}$/.test(value) ? Buffer.from(value, 'base64') : null;
      const text = bytes === null ? null : fromUtf8(bytes);
      if (text === null) throw new Fault('malformed', '`Upload-Metadata` is keys and values in Base64');
      return [key, text];
    }),
  );
}
