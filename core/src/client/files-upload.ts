/**
 * Uploads (SPEC Z45). What has a beginning and an end is hashed first, and then only the chunks go that the node does
 * not have: an upload that broke off, in this run or an earlier one, goes on. A stream goes as it comes.
 */

import { fileShape, offerShape, takenShape } from '../api/files.ts';
import { concat, hex } from '../base/bytes.ts';
import { asFault, Fault } from '../base/fault.ts';
import { fileChunkBytes, filePartsAtOnce } from '../base/limits-files.ts';
import { chunkCountOf, chunkRange } from '../social/files/address.ts';
import { contentTypeOf } from '../social/files/content-type.ts';
import { Chunker, hashed } from '../social/files/hasher.ts';
import { missingIn } from '../social/files/missing.ts';
import { encode, type Of } from '../wire/shape.ts';
import type { DownloadTools } from './files-download.ts';
import { packed, packedIn, type Tickets } from './files-http.ts';

export type FileInfo = Of<typeof fileShape>;

export interface UploadOptions {
  /** What it is called in the list of the account; nobody else sees it. */
  readonly name?: string;
  /** Content type; that of the blob unless said otherwise. */
  readonly type?: string;
  /** `cache` for what this user hosts without having made it: it falls when room is needed. */
  readonly kind?: 'own' | 'cache';
  readonly signal?: AbortSignal;
  /** Bytes that are at the node, of how many; of a stream nobody knows. */
  readonly onProgress?: (done: number, of: number | null) => void;
}

export interface UploadParts {
  readonly tools: DownloadTools;
  readonly tickets: Tickets;
  readonly url: string;
}

/** A file whose chunks are known by their hashes before they come. */
export interface KnownFile {
  readonly size: number;
  readonly type: string;
  readonly name: string;
  readonly kind: 'own' | 'cache';
  /** SHA-256 of every chunk. */
  readonly digests: readonly Uint8Array[];
}

/** What the node does not have of a file, and how it gets it: in any order, several at once. */
export interface FileOffer {
  readonly address: string;
  readonly missing: readonly number[];
  put(at: number, chunk: Uint8Array): Promise<void>;
  /** When nothing is missing any more. */
  finish(): Promise<FileInfo>;
}

export async function offerFile(
  { tools, tickets, url }: UploadParts,
  { digests, ...known }: KnownFile,
  signal?: AbortSignal,
): Promise<FileOffer> {
  const { size, type } = known;
  const offer = packed(encode(offerShape, { ...known, chunks: concat(...digests) }));
  const asked = { method: 'POST', url: `${url}/files/`, signal, ...offer };
  const { address, missing } = await packedIn(takenShape, await tickets.ask(asked));
  if (address !== hex(hashed(tools.primitives, { size, type, digests }).address))
    throw new Fault('corrupt', 'the node gives the file another address');
  return {
    address,
    missing: missingIn(missing),
    async put(at, body) {
      await tickets.ask({ method: 'PUT', url: `${url}/files/${address}/${at}`, body, signal });
    },
    async finish() {
      const finish = { method: 'POST', url: `${url}/files/${address}/finish`, signal, ...packed() };
      return packedIn(fileShape, await tickets.ask(finish));
    },
  };
}

export async function uploadBlob(parts: UploadParts, blob: Blob, options: UploadOptions): Promise<FileInfo> {
  const { size } = blob;
  const { signal, onProgress, kind = 'own', name = '' } = options;
  const type = contentTypeOf(options.type ?? blob.type);
  const digests: Uint8Array[] = [];
  for (let at = 0; at < chunkCountOf(size); at++) {
    requireOn(signal);
    digests.push(await parts.tools.digest(await partOf(blob, at)));
  }
  const offer = await offerFile(parts, { size, type, name, kind, digests }, signal);
  return bringMissing(offer, { size, signal, onProgress, chunkAt: (at) => partOf(blob, at) });
}

export interface Bringing {
  readonly size: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: UploadOptions['onProgress'] | undefined;
  readonly chunkAt: (at: number) => Promise<Uint8Array>;
}

/** What the node does not have of a file, several chunks at once; no more than those are in memory. */
export async function bringMissing(
  offer: FileOffer,
  { size, signal, onProgress, chunkAt }: Bringing,
): Promise<FileInfo> {
  let done = size - offer.missing.reduce((sum, at) => sum + sizeAt(size, at), 0);
  onProgress?.(done, size);
  const line = offer.missing[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (const at of line) {
      requireOn(signal);
      const chunk = await chunkAt(at);
      await offer.put(at, chunk);
      done += chunk.length;
      onProgress?.(done, size);
    }
  };
  await Promise.all(Array.from({ length: filePartsAtOnce }, worker));
  return offer.finish();
}

function sizeAt(size: number, at: number): number {
  const { from, to } = chunkRange(size, at);
  return to - from;
}

async function partOf(blob: Blob, at: number): Promise<Uint8Array> {
  const { from, to } = chunkRange(blob.size, at);
  return new Uint8Array(await blob.slice(from, to).arrayBuffer());
}

function requireOn(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new Fault('closed', 'the upload was given up');
}

/** By tus, a chunk at a time: nobody knows yet how long it is, or what its address will be. */
export async function uploadStream(
  parts: UploadParts,
  source: AsyncIterable<Uint8Array>,
  options: UploadOptions,
): Promise<{ readonly address: string; readonly size: number }> {
  const { tools } = parts;
  const { signal, onProgress, name = '' } = options;
  if (options.kind === 'cache') throw new Fault('usage', 'what is hosted has an address already');
  const type = contentTypeOf(options.type ?? '');
  const upload = await TusUpload.begin(parts, { type, name, signal });
  const chunker = new Chunker();
  const digests: Uint8Array[] = [];
  const send = async (chunk: Uint8Array): Promise<void> => {
    requireOn(signal);
    digests.push(await tools.digest(chunk));
    await upload.add(chunk);
    onProgress?.(upload.offset, null);
  };
  for await (const piece of source)
    for (let at = 0; at < piece.length; at += fileChunkBytes)
      for (const chunk of chunker.push(piece.subarray(at, at + fileChunkBytes))) await send(chunk);
  const last = chunker.end();
  if (last !== null) await send(last);
  const address = await upload.end();
  const expected = hex(hashed(tools.primitives, { size: upload.offset, type, digests }).address);
  if (address !== expected) throw new Fault('corrupt', 'the node gives the file another address');
  return { address, size: upload.offset };
}

interface TusOptions {
  readonly type: string;
  readonly name: string;
  readonly signal: AbortSignal | undefined;
}

class TusUpload {
  readonly #parts: UploadParts;
  readonly #signal: AbortSignal | undefined;
  readonly #place: string;
  offset = 0;

  private constructor(parts: UploadParts, place: string, signal: AbortSignal | undefined) {
    this.#parts = parts;
    this.#place = place;
    this.#signal = signal;
  }

  static async begin(parts: UploadParts, { type, name, signal }: TusOptions): Promise<TusUpload> {
    const metadata = `filename ${base64(name)},filetype ${base64(type)}`;
    const headers = { ...VERSION, 'upload-defer-length': '1', 'upload-metadata': metadata };
    const url = `${parts.url}/files/uploads`;
    const answer = await parts.tickets.ask({ method: 'POST', url, headers, signal });
    return new TusUpload(parts, new URL(answer.headers.get('location') ?? '', url).href, signal);
  }

  /** A part whose acknowledgement was lost is not sent again. */
  async add(chunk: Uint8Array): Promise<void> {
    const to = this.offset + chunk.length;
    try {
      await this.#patch(chunk, this.offset);
    } catch (thrown) {
      if (asFault(thrown).code !== 'stale' || (await this.#offsetNow()) !== to) throw thrown;
    }
    this.offset = to;
  }

  async end(): Promise<string> {
    const answer = await this.#patch(new Uint8Array(0), this.offset, {
      'upload-length': String(this.offset),
    });
    return answer.headers.get('copse-file') ?? '';
  }

  #patch(body: Uint8Array, offset: number, more: Readonly<Record<string, string>> = {}): Promise<Response> {
    const type = { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset) };
    const headers = { ...VERSION, ...type, ...more };
    return this.#parts.tickets.ask({
      method: 'PATCH',
      url: this.#place,
      headers,
      body,
      signal: this.#signal,
    });
  }

  async #offsetNow(): Promise<number> {
    const asked = { method: 'HEAD', url: this.#place, headers: VERSION, signal: this.#signal };
    return Number((await this.#parts.tickets.ask(asked)).headers.get('upload-offset'));
  }
}

const VERSION = { 'tus-resumable': '1.0.0' };

/** Of UTF-8, with padding, as `Upload-Metadata` has it. */
function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
