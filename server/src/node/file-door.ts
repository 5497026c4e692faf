/**
 * The door `/files/…` (SPEC Z41 to Z44): files for whoever has their address, and uploads for who shows a ticket.
 * A path is one of a few forms; what is in none of them is nothing.
 *
 *   GET, HEAD  /files/ADDRESS   /files/sha256/SHA256         a file, or a range of it
 *   GET        /files/ADDRESS/manifest[?chunk=N]             its manifest, with all hashes or one and its proof
 *   POST       /files/ticket                                 a ticket, for a token or a request
 *   POST       /files/     PUT /files/ADDRESS/N     POST /files/ADDRESS/finish     an upload by chunks
 *   POST       /files/thumbnails                             a small picture at once
 *   GET        /files/mine     POST, DELETE /files/mine/ADDRESS                    what an account holds
 *   …          /files/uploads[/NAME]                         tus 1.0
 */

import {
  chunkProofShape,
  fileShape,
  filesPath,
  heldPageShape,
  manifestShape,
  offerShape,
  packedType,
  pinShape,
  takenShape,
  ticketShape,
} from 'copse/internal/api/files.ts';
import { fromUtf8, hex } from 'copse/internal/base/bytes.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import { addressesMeteredMax } from 'copse/internal/base/limits.ts';
import {
  fileBodyBytesMax,
  fileChunkBytes,
  filePageMax,
  fileReadsBurst,
  fileReadsPerSecond,
  fileWritesBurst,
  fileWritesPerSecond,
  thumbnailBytesMax,
} from 'copse/internal/base/limits-files.ts';
import { Meter } from 'copse/internal/base/meter.ts';
import { chunkCountOf, chunkProof } from 'copse/internal/social/files/address.ts';
import { missingBits } from 'copse/internal/social/files/missing.ts';
import { fromJson } from 'copse/internal/wire/json.ts';
import { decode, type Of, type Shape } from 'copse/internal/wire/shape.ts';
import { addressGroup } from '../auth/rates.ts';
import { digestAt, splitDigests, type ChunkSent, type Files } from '../peer/files/files.ts';
import type { Ticket } from '../peer/files/ticket.ts';
import type { FileRecord } from '../store/files.ts';
import { Arrivals } from './files/arrivals.ts';
import { empty, preflight, refusal, said, type Headers } from './files/reply.ts';
import { serve } from './files/serve.ts';
import type { TicketDesk } from './files/tickets.ts';
import { Tus } from './files/tus.ts';
import { readBody } from './http-body.ts';
import { Denied } from './http-reply.ts';

export interface FileDoorOptions {
  readonly files: Files;
  readonly desk: TicketDesk;
  readonly env: Env;
  /** The origins by which this node is known, the public one first. */
  readonly origins: () => readonly string[];
  /** Whether pages of this origin may upload. */
  readonly mayConnect: (origin: string) => boolean;
  readonly draining: () => boolean;
  /** For the next proof of possession. */
  readonly nonce: () => string;
}

const FILE = /^\/files\/([0-9a-f]{64})$/;
const BY_SHA256 = /^\/files\/sha256\/([0-9a-f]{64})$/;
const MANIFEST = /^\/files\/([0-9a-f]{64})\/manifest$/;
const CHUNK = /^\/files\/([0-9a-f]{64})\/(0|[1-9]\d{0,5})$/;
const FINISH = /^\/files\/([0-9a-f]{64})\/finish$/;
const WITH_BODY = /^(PATCH|POST|PUT)$/;
const HELD = /^\/files\/mine\/([0-9a-f]{64})$/;

export class FileDoor {
  readonly #options: FileDoorOptions;
  readonly #tus: Tus;
  readonly #reads = new Cache<string, Meter>(addressesMeteredMax);
  readonly #writes = new Cache<string, Meter>(addressesMeteredMax);
  readonly #arrivals: Arrivals;
  /** Since the start. */
  answeredCount = 0;

  constructor(options: FileDoorOptions) {
    this.#options = options;
    this.#tus = new Tus(options.files);
    this.#arrivals = new Arrivals(options.env);
  }

  static answers(path: string): boolean {
    return path.startsWith(filesPath);
  }

  async answer(request: Request, path: string, address: string): Promise<Response> {
    const { origins, env, nonce } = this.#options;
    const more: Headers = Tus.answers(path)
      ? this.#tus.headers
      : path === TICKET
        ? { 'dpop-nonce': nonce() }
        : {};
    try {
      take(this.#reads, {
        name: addressGroup(address),
        nowMs: env.nowMs(),
        perSecond: fileReadsPerSecond,
        burst: fileReadsBurst,
      });
      if (request.method === 'OPTIONS') return preflight(Tus.answers(path) ? this.#tus.abilities : {});
      const isRead = request.method === 'GET' || request.method === 'HEAD';
      const answer = isRead ? await this.#read(request, path) : null;
      return answer ?? (await this.#write(request, path));
    } catch (thrown) {
      if (!(thrown instanceof Fault)) {
        const cause = thrown instanceof Error ? (thrown.stack ?? thrown.message) : typeof thrown;
        env.log('error', 'files.mistake', { path, cause });
      }
      return refusal(origins()[0] ?? '', asFault(thrown), { isHead: request.method === 'HEAD', more });
    }
  }

  /** What everybody may read; null when the path is none of that. */
  async #read(request: Request, path: string): Promise<Response | null> {
    const { files, desk } = this.#options;
    const { store } = files.options;
    const [address, sha256, manifest] = [FILE, BY_SHA256, MANIFEST].map((form) => form.exec(path)?.[1]);
    if (address !== undefined || sha256 !== undefined) {
      const found = address === undefined ? await store.findWhole(sha256 ?? '') : await store.find(address);
      const record = requireWhole(found);
      files.seen(record.id, desk.reader(request));
      this.answeredCount++;
      return serve(files, record, request);
    }
    if (manifest === undefined) return null;
    const record = requireWhole(await store.find(manifest));
    const chunk = new URL(request.url).searchParams.get('chunk');
    const cached = { 'cache-control': 'public, max-age=3600' };
    if (chunk !== null) return said(request, chunkProofShape, this.#proof(record, chunk), cached);
    return said(request, manifestShape, { ...record.manifest, chunks: record.digests }, cached);
  }

  #proof(record: FileRecord, text: string): Of<typeof chunkProofShape> {
    const { size } = record.manifest;
    const chunk = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
    if (!(chunk < chunkCountOf(size))) throw new Fault('malformed', 'the file has no such chunk');
    const proof = chunkProof(this.#options.files.options.primitives, splitDigests(record.digests), chunk);
    return { ...record.manifest, chunk, sha256: hex(digestAt(record, chunk)), proof };
  }

  /** What a ticket is for, and how one is got. */
  async #write(request: Request, path: string): Promise<Response> {
    const { draining, desk, env, nonce, files } = this.#options;
    this.#requireOrigin(request);
    if (draining()) throw new Fault('draining');
    const at = `${request.method} ${path}`;
    if (at === `POST ${TICKET}`)
      return said(request, ticketShape, await desk.give(request, path), { 'dpop-nonce': nonce() });
    const ticket = desk.read(request);
    const name = ticket.grant === null ? ticket.account : `${ticket.account} by grants`;
    take(this.#writes, { name, nowMs: env.nowMs(), perSecond: fileWritesPerSecond, burst: fileWritesBurst });
    await files.options.worth(ticket);
    const finished = FINISH.exec(path)?.[1];
    if (request.method === 'POST' && finished !== undefined)
      return said(request, fileShape, fileOf(await files.finish(ticket, finished)));
    if (!WITH_BODY.test(request.method)) return this.#shown(request, path, ticket);
    return this.#arrivals.take(request, ticket, (paced) => this.#shown(paced, path, ticket));
  }

  /** What is done with a ticket. */
  async #shown(request: Request, path: string, ticket: Ticket): Promise<Response> {
    if (Tus.answers(path)) return this.#tus.answer(request, path, ticket);
    const at = `${request.method} ${path}`;
    if (at === `POST ${filesPath}`) return this.#begin(request, ticket);
    if (at === 'POST /files/thumbnails') return this.#thumbnail(request, ticket);
    const [, file, chunk] = CHUNK.exec(path) ?? [];
    if (request.method === 'PUT' && file !== undefined)
      return this.#put(request, ticket, { address: file, at: Number(chunk) });
    return this.#mine(request, path, ticket);
  }

  #requireOrigin(request: Request): void {
    const { mayConnect, origins } = this.#options;
    const origin = request.headers.get('origin');
    if (origin === null || mayConnect(origin) || origins().includes(origin)) return;
    throw new Fault('forbidden', 'pages of this origin may not upload; see `origins`');
  }

  async #begin(request: Request, ticket: Ticket): Promise<Response> {
    const { size, type, name, kind, chunks } = await bodyOf(offerShape, request);
    const offered = { size, type, name, kind, digests: chunks.slice() };
    const { address, state, missing } = await this.#options.files.begin(ticket, offered);
    return said(request, takenShape, { address, state, missing: missingBits(missing, chunkCountOf(size)) });
  }

  async #put(request: Request, ticket: Ticket, place: Omit<ChunkSent, 'bytes'>): Promise<Response> {
    const bytes = await readBody(request, fileChunkBytes);
    await this.#options.files.put(ticket, { ...place, bytes });
    return empty(204);
  }

  async #thumbnail(request: Request, ticket: Ticket): Promise<Response> {
    const bytes = await readBody(request, thumbnailBytesMax);
    const type = request.headers.get('content-type') ?? '';
    return said(request, fileShape, fileOf(await this.#options.files.thumbnail(ticket, type, bytes)));
  }

  /** What the account holds; who uploads by a grant of somebody else sees and changes none of it. */
  async #mine(request: Request, path: string, ticket: Ticket): Promise<Response> {
    const { files } = this.#options;
    const { account, grant } = ticket;
    const held = HELD.exec(path)?.[1];
    const isKnown =
      (path === MINE && request.method === 'GET') ||
      (held !== undefined && /^(POST|DELETE)$/.test(request.method));
    if (!isKnown) throw new Fault('unknown', 'no such address of files');
    if (grant !== null) throw new Fault('forbidden', 'a grant is for uploads alone');
    if (held === undefined) return this.#list(request, ticket);
    if (request.method === 'DELETE') await files.drop(account, held);
    else {
      const { pinned } = await bodyOf(pinShape, request);
      // It may have ended while that came.
      await files.options.worth(ticket);
      await files.pin(account, held, pinned);
    }
    return empty(204);
  }

  async #list(request: Request, ticket: Ticket): Promise<Response> {
    const { files } = this.#options;
    const text = new URL(request.url).searchParams.get('before');
    if (text !== null && !/^\d{1,15}$/.test(text))
      throw new Fault('malformed', '`before` is of the page before');
    const held = await files.list(ticket.account, text === null ? null : Number(text));
    const { bytes, cacheBytes, allowance, files: count, uploads } = await files.usage(ticket);
    const before = held.length === filePageMax ? (held.at(-1)?.id ?? null) : null;
    return said(request, heldPageShape, {
      bytes,
      cacheBytes,
      allowance,
      count,
      uploads,
      files: held,
      before,
    });
  }
}

const TICKET = '/files/ticket';
const MINE = '/files/mine';

function requireWhole(record: FileRecord | null): FileRecord {
  if (record?.state !== 'whole') throw new Fault('unknown', 'no file with this address here');
  return record;
}

function fileOf({ address, manifest, sha256, picture }: FileRecord): Of<typeof fileShape> {
  return { address, ...manifest, sha256: sha256 ?? '', picture };
}

async function bodyOf<T>(shape: Shape<T>, request: Request): Promise<T> {
  const body = await readBody(request, fileBodyBytesMax);
  if (request.headers.get('content-type') === packedType) return decode(shape, body);
  const text = fromUtf8(body);
  if (text === null) throw new Fault('malformed', 'a body is UTF-8');
  try {
    const document: unknown = JSON.parse(text);
    return fromJson(shape, document);
  } catch (thrown) {
    throw thrown instanceof Fault ? thrown : new Fault('malformed', 'a body is JSON');
  }
}

interface Taking {
  readonly name: string;
  readonly nowMs: number;
  readonly perSecond: number;
  readonly burst: number;
}

function take(meters: Cache<string, Meter>, { name, nowMs, perSecond, burst }: Taking): void {
  let meter = meters.get(name);
  if (meter === undefined) {
    meter = new Meter(perSecond, burst);
    meters.set(name, meter);
  }
  const waitMs = meter.take(nowMs);
  if (waitMs > 0) throw Denied.forNow('requests for files', waitMs);
}
