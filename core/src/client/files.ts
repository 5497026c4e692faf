/**
 * Files on the node of this user (SPEC Z45): uploads that go on where they were, downloads of which every chunk is
 * checked, and what the account holds. An address is the file: whoever has it may read, here and from anybody else
 * who has it.
 */

import { fileShape, heldPageShape, pinShape } from '../api/files.ts';
import { base64url, fromBase64url } from '../base/bytes.ts';
import { asFault, Fault } from '../base/fault.ts';
import { key, type Key } from '../base/ids.ts';
import { encode, type Of } from '../wire/shape.ts';
import { grantUpload } from '../social/files/grant.ts';
import type { Copse } from './copse.ts';
import {
  chunkCountOf,
  chunkOf,
  planOf,
  requireAddress,
  type DownloadTools,
  type FilePlan,
} from './files-download.ts';
import { ask, packed, packedIn, Tickets, type FileTools } from './files-http.ts';
import {
  bringMissing,
  offerFile,
  uploadBlob,
  uploadStream,
  type FileInfo,
  type FileOffer,
  type KnownFile,
  type UploadOptions,
  type UploadParts,
} from './files-upload.ts';
import { userKeysOf } from './identity.ts';
import type { RecoveryTools } from './recovery-realms.ts';

export type { FileInfo, FileOffer, KnownFile, UploadOptions };
type Page = Of<typeof heldPageShape>;
export type HeldFile = Page['files'][number];

export interface FileUsage {
  readonly bytes: number;
  /** Of that what falls when room is needed. */
  readonly cacheBytes: number;
  readonly allowance: number;
  readonly files: number;
  /** Under way. */
  readonly uploads: number;
}

export interface DownloadOptions {
  /** Nodes that may have it, the first one first; this user's own unless said otherwise. */
  readonly from?: readonly string[];
  /** Chunks that are there already: the download begins behind them. */
  readonly skip?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, of: number) => void;
}

const DAY_MS = 86_400_000;

export class Files {
  readonly #tools: FileTools & DownloadTools;
  readonly #tickets: Tickets;

  constructor(tools: FileTools, grant: Uint8Array | null = null) {
    this.#tools = { ...tools, digest: (bytes) => digestBy(tools, bytes) };
    this.#tickets = new Tickets(tools, grant);
  }

  /** Where a file is read, by a page or a player; `origin` is another node that has it. */
  url(address: string, origin: string = this.#tools.url): string {
    return `${origin}/files/${requireAddress(address)}`;
  }

  /** Whether this user's node gives a file out. */
  async has(address: string): Promise<boolean> {
    const url = this.url(address);
    try {
      await ask(this.#tools, { method: 'HEAD', url });
      return true;
    } catch (thrown) {
      // The refusal of a HEAD has no words: what is not the trouble of the node or of the line says that nothing is there.
      if (asFault(thrown).code === 'malformed') return false;
      throw thrown;
    }
  }

  /** Answers when all of it is at the node. Done again with the same bytes it goes on where it was. */
  async upload(source: Blob | AsyncIterable<Uint8Array>, options: UploadOptions = {}): Promise<FileInfo> {
    if (source instanceof Blob) return uploadBlob(this.#parts, source, options);
    const { address } = await uploadStream(this.#parts, source, options);
    const url = `${this.#tools.url}/files/${address}/finish`;
    return packedIn(fileShape, await this.#tickets.ask({ method: 'POST', url, ...packed() }));
  }

  /** Begins, or goes on with, a file of which the hashes of all chunks are known; what is missing follows. */
  offer(file: KnownFile, signal?: AbortSignal): Promise<FileOffer> {
    return offerFile(this.#parts, file, signal);
  }

  /** A small picture that stands for a file; `thumbnailOf` of `copse/files` makes one in a browser. */
  async uploadThumbnail(picture: Blob): Promise<FileInfo> {
    const body = new Uint8Array(await picture.arrayBuffer());
    const headers = { ...packed().headers, 'content-type': picture.type };
    const url = `${this.#tools.url}/files/thumbnails`;
    return packedIn(fileShape, await this.#tickets.ask({ method: 'POST', url, headers, body }));
  }

  /** Size, type and hashes of a file, checked against its address. */
  plan(address: string, { from = [this.#tools.url], signal }: DownloadOptions = {}): Promise<FilePlan> {
    return planOf(this.#tools, requireAddress(address), { origins: from, signal });
  }

  /** The file chunk by chunk, each checked. */
  async *download(address: string, options: DownloadOptions = {}): AsyncGenerator<Uint8Array> {
    const { from = [this.#tools.url], skip = 0, signal, onProgress } = options;
    const plan = await this.plan(address, options);
    const { size } = plan.manifest;
    for (let at = skip, done = 0; at < chunkCountOf(size); at++) {
      const bytes = await chunkOf(this.#tools, plan, at, { origins: from, signal });
      yield bytes;
      done += bytes.length;
      onProgress?.(done, size);
    }
  }

  /** The whole file, checked. */
  async blob(address: string, options: DownloadOptions = {}): Promise<Blob> {
    const { manifest } = await this.plan(address, options);
    const parts: BlobPart[] = [];
    for await (const chunk of this.download(address, options)) parts.push(new Uint8Array(chunk));
    return new Blob(parts, { type: manifest.type });
  }

  /**
   * Takes a file of another node to this user's own, chunk by chunk, as something she hosts (SPEC Z41): it falls when
   * room is needed. Done again it goes on with what is missing.
   */
  async host(
    address: string,
    from: readonly string[],
    options: Omit<UploadOptions, 'kind' | 'type'> = {},
  ): Promise<FileInfo> {
    const { signal, onProgress, name = '' } = options;
    const asked = { origins: from, signal };
    const plan = await planOf(this.#tools, requireAddress(address), asked);
    const { size, type } = plan.manifest;
    const offer = await this.offer({ size, type, name, kind: 'cache', digests: plan.digests }, signal);
    const chunkAt = (at: number): Promise<Uint8Array> => chunkOf(this.#tools, plan, at, asked);
    return bringMissing(offer, { size, signal, onProgress, chunkAt });
  }

  /** What is pinned stays as long as the account. */
  pin(address: string): Promise<void> {
    return this.#setPinned(address, true);
  }

  unpin(address: string): Promise<void> {
    return this.#setPinned(address, false);
  }

  async #setPinned(address: string, pinned: boolean): Promise<void> {
    const body = packed(encode(pinShape, { pinned }));
    await this.#tickets.ask({ method: 'POST', url: this.#mine(address), ...body });
  }

  /** This account does not hold the file any more. Others may. */
  async drop(address: string): Promise<void> {
    await this.#tickets.ask({ method: 'DELETE', url: this.#mine(address) });
  }

  #mine(address: string): string {
    return `${this.#tools.url}/files/mine/${requireAddress(address)}`;
  }

  async usage(): Promise<FileUsage> {
    const { files: _, count, before: __, ...usage } = await this.#page(null);
    return { ...usage, files: count };
  }

  /** What the account holds, the newest first. */
  async *list(): AsyncGenerator<HeldFile> {
    for (let page = await this.#page(null); ; page = await this.#page(page.before)) {
      yield* page.files;
      if (page.before === null) return;
    }
  }

  async #page(before: number | null): Promise<Page> {
    const url = `${this.#tools.url}/files/mine${before === null ? '' : `?before=${before}`}`;
    return packedIn(heldPageShape, await this.#tickets.ask({ method: 'GET', url, ...packed() }));
  }

  /** Lets a friend upload so many bytes to this node, on this user's account; she opens it with `withGrant`. */
  async grant(to: { readonly user: Key; readonly bytes: number; readonly days: number }): Promise<string> {
    const { env, primitives, node, seed } = this.#tools;
    const terms = { node, user: to.user, bytes: to.bytes, expiresMs: env.wallMs() + to.days * DAY_MS };
    return base64url(await grantUpload(primitives, env, await seed(), terms));
  }

  /** Uploads to the node of who gave this user a grant. */
  withGrant(grant: string, node: { readonly url: string; readonly key: Key }): Files {
    const bytes = fromBase64url(grant);
    if (bytes === null) throw new Fault('malformed', 'a grant is base64url');
    const { env, primitives, seed } = this.#tools;
    return new Files({ env, primitives, seed, url: node.url, node: node.key }, bytes);
  }

  get #parts(): UploadParts {
    return { tools: this.#tools, tickets: this.#tickets, url: this.#tools.url };
  }
}

/** The runtime's own hash where it has one that does not hold up the page. */
async function digestBy({ primitives }: FileTools, bytes: Uint8Array): Promise<Uint8Array> {
  const subtle = globalThis.crypto?.subtle;
  if (subtle === undefined) return primitives.sha256(bytes);
  return new Uint8Array(await subtle.digest('SHA-256', new Uint8Array(bytes)));
}

export function filesOf(copse: Copse, { env, primitives }: RecoveryTools): Files {
  const { url, key: node } = copse.node;
  const seed = async (): Promise<Uint8Array> =>
    (await userKeysOf(primitives, await copse.secret())).sign.seed;
  return new Files({ env, primitives, url, node: key(node), seed });
}
