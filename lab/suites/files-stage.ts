/** The files of a node without a node: its door over stores in memory, and users who upload. */

import { must } from 'copse/internal/base/assert.ts';
import { base64url, concat, equal, fromBase64url, hex } from 'copse/internal/base/bytes.ts';
import { realEnv, type Env } from 'copse/internal/base/env.ts';
import { key, type Key, type UserId } from 'copse/internal/base/ids.ts';
import { userIdOf } from 'copse/internal/crypto/hash.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { chunkCountOf, chunkRange } from 'copse/internal/social/files/address.ts';
import { requestTicket, grantUpload } from 'copse/internal/social/files/grant.ts';
import { missingIn } from 'copse/internal/social/files/missing.ts';
import { Files, type FilesOptions } from '../../server/src/peer/files/files.ts';
import { FileDoor } from '../../server/src/node/file-door.ts';
import { worthBy } from '../../server/src/node/files/allowance.ts';
import { TicketDesk } from '../../server/src/node/files/tickets.ts';
import { Possession } from '../../server/src/node/http-possession.ts';
import { MemoryBlobs } from '../../server/src/store/blobs-memory.ts';
import { SqliteFiles } from '../../server/src/store/files-sqlite.ts';

export const primitives = nativePrimitives();
const ORIGIN = 'https://copse.example';

export interface FileStageOptions extends Partial<Omit<FilesOptions, 'worth'>> {
  readonly allowance?: number;
  readonly draining?: boolean;
  /** In place of the real one, for the door. */
  readonly clock?: Pick<Env, 'nowMs' | 'after'>;
}

export interface Uploader {
  readonly seed: Uint8Array;
  readonly key: Key;
  readonly user: UserId;
}

export async function uploader(fill: number): Promise<Uploader> {
  const seed = new Uint8Array(32).fill(fill);
  const publicKey = key(await primitives.ed25519PublicKey(seed));
  return { seed, key: publicKey, user: userIdOf(primitives, publicKey) };
}

export interface FileAsked {
  readonly headers?: Record<string, string>;
  readonly body?: Uint8Array | string | ReadableStream<Uint8Array>;
  /** Of whoever asks. */
  readonly address?: string;
}

export interface FileAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  // oxlint-disable-next-line typescript/no-explicit-any -- JSON of a node; what is in it is what tests ask
  readonly body: any;
}

export class FileStage implements AsyncDisposable {
  readonly env: Env & { skewMs: number };
  readonly files: Files;
  readonly door: FileDoor;
  readonly blobs: MemoryBlobs;
  readonly node: Key;
  readonly #accounts = new Map<UserId, { readonly key: Key; bytes: number }>();
  readonly #allowance: number;

  private constructor(parts: {
    env: FileStage['env'];
    files: Files;
    blobs: MemoryBlobs;
    node: Key;
    options: FileStageOptions;
  }) {
    const { env, files, blobs, node, options } = parts;
    this.env = env;
    this.files = files;
    this.blobs = blobs;
    this.node = node;
    this.#allowance = options.allowance ?? 1e9;
    const origins = (): readonly string[] => [ORIGIN];
    const possession = new Possession({ primitives, env, origins });
    const auth = {
      keyOf: async (user: UserId) => this.#accounts.get(user)?.key ?? null,
      bearer: () => Promise.reject(new Error('no device here')),
      epochOf: noDevice,
    };
    const nodeSeed = new Uint8Array(32).fill(200);
    const { worth } = files.options;
    const desk = new TicketDesk({ auth, possession, primitives, env, node, nodeSeed, worth });
    this.door = new FileDoor({
      files,
      desk,
      env,
      origins,
      mayConnect: (origin) => origin === 'https://friend.example',
      draining: () => options.draining ?? false,
      nonce: () => possession.nonce,
    });
  }

  static async open(options: FileStageOptions = {}): Promise<FileStage> {
    const real = realEnv();
    const { clock = real } = options;
    const env: FileStage['env'] = {
      ...real,
      nowMs: () => clock.nowMs(),
      after: (delayMs, task) => clock.after(delayMs, task),
      skewMs: 0,
      wallMs: () => real.wallMs() + env.skewMs,
    };
    const blobs = options.blobs instanceof MemoryBlobs ? options.blobs : new MemoryBlobs();
    const store = options.store ?? SqliteFiles.open({ path: ':memory:' });
    const limits = { sizeMax: 1e9, bytesMax: 1e12, ...options };
    let stage: FileStage | null = null;
    const allowance = async (user: UserId) => must(stage, 'a stage').allowed(user);
    const worth = worthBy({ allowance, epochOf: noDevice });
    const files = await Files.open({ primitives, env, ...limits, store, blobs, worth });
    const node = (await uploader(200)).key;
    stage = new FileStage({ env, files, blobs, node, options });
    return stage;
  }

  async allowed(user: UserId): Promise<number | null> {
    return this.#accounts.get(user)?.bytes ?? null;
  }

  join({ user, key: userKey }: Uploader, bytes: number = this.#allowance): void {
    this.#accounts.set(user, { key: userKey, bytes });
  }

  leave({ user }: Uploader): void {
    this.#accounts.delete(user);
  }

  async ask(method: string, path: string, init: FileAsked = {}): Promise<FileAnswer> {
    const url = new URL(path, ORIGIN);
    const { headers = {}, body, address = '192.0.2.1' } = init;
    const request = new Request(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body: body instanceof Uint8Array ? new Uint8Array(body) : body }),
    });
    const response = await this.door.answer(request, url.pathname, address);
    const bytes = await response.bytes();
    const isJson = /json/.test(response.headers.get('content-type') ?? '') && bytes.length > 0;
    const said: unknown = isJson ? JSON.parse(new TextDecoder().decode(bytes)) : null;
    return { status: response.status, headers: response.headers, bytes, body: said };
  }

  /** A ticket of the user's own account, or by a grant. */
  async ticket(who: Uploader, grant: Uint8Array | null = null): Promise<string> {
    const request = await requestTicket(primitives, who.seed, {
      node: this.node,
      wallMs: this.env.wallMs(),
      grant,
    });
    const { status, body } = await this.ask('POST', '/files/ticket', {
      headers: { 'content-type': 'application/cose' },
      body: request,
    });
    if (status !== 200) throw new Error(`${status} ${body.code}: ${body.detail}`);
    return String(body.ticket);
  }

  granted(
    by: Uploader,
    to: Uploader,
    bytes: number,
    expiresMs = this.env.wallMs() + 60_000,
  ): Promise<Uint8Array> {
    return grantUpload(primitives, this.env, by.seed, { node: this.node, user: to.key, bytes, expiresMs });
  }

  async begin(ticket: string, bytes: Uint8Array, more: object = {}): Promise<FileAnswer> {
    const chunks = base64url(concat(...chunksOf(bytes).map((chunk) => primitives.sha256(chunk))));
    const offer = { size: bytes.length, type: 'video/mp4', name: 'film', kind: 'own', chunks, ...more };
    return this.ask('POST', '/files/', { headers: bearer(ticket), body: JSON.stringify(offer) });
  }

  /** Uploads what is missing and ends it; answers the address. */
  async put(ticket: string, bytes: Uint8Array, more: object = {}): Promise<string> {
    const begun = await this.begin(ticket, bytes, more);
    if (begun.status !== 200) throw new Error(`${begun.status} ${begun.body.code}: ${begun.body.detail}`);
    const { address, missing } = begun.body;
    const chunks = chunksOf(bytes);
    for (const at of missingIn(must(fromBase64url(missing), 'bits'))) {
      const body = must(chunks[at], 'a chunk');
      const { status } = await this.ask('PUT', `/files/${address}/${at}`, { headers: bearer(ticket), body });
      if (status !== 204) throw new Error(`chunk ${at}: ${status}`);
    }
    const ended = await this.ask('POST', `/files/${address}/finish`, { headers: bearer(ticket) });
    if (ended.status !== 200) throw new Error(`${ended.status} ${ended.body.code}: ${ended.body.detail}`);
    return String(address);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.files[Symbol.asyncDispose]();
  }
}

const noDevice = (): Promise<null> => Promise.resolve(null);

export const bearer = (ticket: string): Record<string, string> => ({ authorization: `Bearer ${ticket}` });

export function chunksOf(bytes: Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: chunkCountOf(bytes.length) }, (_, index) => {
    const { from, to } = chunkRange(bytes.length, index);
    return bytes.subarray(from, to);
  });
}

/** Bytes that are nowhere twice. */
export function bytesOf(size: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 509) bytes[at] = (Math.floor(at / 509) * 31 + (at >> 20) + seed) & 255;
  return bytes;
}

export const sha256Hex = (bytes: Uint8Array): string => hex(primitives.sha256(bytes));
export const same = (a: Uint8Array, b: Uint8Array): boolean => equal(a, b);
