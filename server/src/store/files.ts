/**
 * What a node knows of files (SPEC Z41): their manifests, which chunks are there, and who holds what. The chunks
 * themselves are blobs (`blobs.ts`) under their SHA-256. Every call is one change, whole or not at all, and durable
 * when it is answered unless it says otherwise.
 *
 * Who holds a file pays for all of its bytes, however many others hold it too: what somebody else keeps or drops
 * changes nobody's account. On the disk it lies once.
 */

import type { UserId } from 'copse/internal/base/ids.ts';
import type { Manifest } from 'copse/internal/social/files/address.ts';
import type { ImageSize } from 'copse/internal/social/files/image-size.ts';

/** `own`: brought by her; `cache`: what she has downloaded and hosts, which falls when room is needed. */
export type HoldKind = 'own' | 'cache';

export interface FileRecord {
  readonly id: number;
  /** In hex, as all hashes here but `digests`. */
  readonly address: string;
  readonly manifest: Manifest;
  /** SHA-256 of every chunk, one after the other. */
  readonly digests: Uint8Array;
  readonly state: 'coming' | 'whole';
  /** SHA-256 of all its bytes, once they are there. */
  readonly sha256: string | null;
  /** Of a picture that begins as its type says. */
  readonly picture: ImageSize | null;
}

/** How many bytes an account, the node, and who uploads by a grant may have. */
export interface Room {
  readonly account: number;
  readonly node: number;
  readonly grant: { readonly id: string; readonly bytes: number; readonly expiresMs: number } | null;
}

interface Begin {
  readonly account: UserId;
  readonly name: string;
  readonly room: Room;
  readonly nowMs: number;
}

export interface BeginFile extends Begin {
  readonly kind: HoldKind;
  readonly address: string;
  readonly manifest: Manifest;
  readonly digests: Uint8Array;
}

/** One whose content is not known yet. */
export interface BeginUpload extends Begin {
  /** A random name, by which it is found. */
  readonly upload: string;
  readonly type: string;
  readonly size: number | null;
}

/** What is full, and how many bytes or files would have to go. */
export interface Full {
  readonly kind: 'full';
  readonly of: 'account' | 'node' | 'grant' | 'files' | 'uploads';
  readonly lacking: number;
}

export type Begun = { readonly kind: 'ok'; readonly file: number } | Full;

export interface UploadRecord {
  readonly file: number;
  readonly account: UserId;
  readonly type: string;
  readonly name: string;
  /** Null while nobody has said. */
  readonly size: number | null;
  readonly offset: number;
  /** What came after the last whole chunk. */
  readonly tail: Uint8Array;
  readonly seenMs: number;
}

/** More of an upload: a whole chunk, or what there is behind the last one. */
export interface Grown {
  readonly upload: string;
  readonly chunk: { readonly at: number; readonly digest: Uint8Array } | null;
  readonly tail: Uint8Array;
  readonly offset: number;
  /** Said meanwhile. */
  readonly size: number | null;
  readonly room: Room;
  readonly nowMs: number;
}

export interface Finished {
  readonly sha256: string;
  readonly picture: ImageSize | null;
  readonly nowMs: number;
}

export interface Held {
  readonly id: number;
  readonly address: string;
  readonly size: number;
  readonly type: string;
  readonly name: string;
  readonly kind: HoldKind;
  readonly pinned: boolean;
  readonly state: 'coming' | 'whole';
  readonly usedMs: number;
}

export interface Usage {
  readonly bytes: number;
  /** Of that what falls when room is needed. */
  readonly cacheBytes: number;
  readonly files: number;
  readonly uploads: number;
}

export interface Evicted {
  readonly bytes: number;
  /** Who let go of something; 0: there is nothing that may fall. */
  readonly holds: number;
}

export interface FileStore extends AsyncDisposable {
  find(address: string): Promise<FileRecord | null>;
  /** A whole one, by the SHA-256 of its bytes. */
  findWhole(sha256: string): Promise<FileRecord | null>;
  /** The indices of the chunks that are there. */
  present(file: number): Promise<readonly number[]>;
  /** Of an upload: SHA-256 of its chunks, in their order. */
  digests(file: number): Promise<readonly Uint8Array[]>;
  /** The account holds the file from now on, and pays for it; repeating it changes nothing, but that `own` stays. */
  begin(request: BeginFile): Promise<Begun>;
  beginUpload(request: BeginUpload): Promise<Begun>;
  upload(name: string): Promise<UploadRecord | null>;
  /** A blob of this name may be there from now on, also when nothing else is heard of it. */
  intend(digest: Uint8Array): Promise<void>;
  /** A chunk is there; false when the file has gone meanwhile. */
  arrive(chunk: { file: number; at: number; digest: Uint8Array; nowMs: number }): Promise<boolean>;
  /** `gone` when the upload is not there any more. */
  grow(grown: Grown): Promise<{ readonly kind: 'ok' | 'gone' } | Full>;
  /** All chunks of a file are there. */
  finish(file: number, finished: Finished): Promise<void>;
  /** An upload turns out to be this file, which may be there already. Answers the file. */
  finishUpload(upload: string, of: Finished & Omit<BeginFile, keyof Begin | 'kind'>): Promise<number | null>;
  /** An account holds a file no more; false when it did not. */
  drop(account: UserId, address: string): Promise<boolean>;
  dropUpload(upload: string): Promise<boolean>;
  /** A pinned file falls only with its account; false when the account does not hold it. */
  pin(account: UserId, address: string, pinned: boolean): Promise<boolean>;
  /** What one account holds another one holds from now on, so many at once; answers whether there may be more. */
  inherit(from: UserId, to: UserId, countMax: number): Promise<boolean>;
  /** Newest first; `before` is the id of the last one of the page before. */
  list(account: UserId, before: number | null, countMax: number): Promise<readonly Held[]>;
  usage(account: UserId): Promise<Usage>;
  totals(): Promise<{ readonly files: number; readonly bytes: number }>;
  /** They were read; not durable. */
  seen(reads: readonly { file: number; account: UserId | null }[], nowMs: number): Promise<void>;
  /** Lets caches fall, least recently used first, of an account or, null, of all: until there is room, or so many. */
  evict(account: UserId | null, lacking: number, countMax: number): Promise<Evicted>;
  /** Gives uploads up to which nothing was added since; answers how many. */
  giveUp(beforeMs: number, countMax: number): Promise<number>;
  /** Takes chunks out of files that have fallen. Null: there are none; else the chunks that no file has any more. */
  clear(countMax: number): Promise<readonly Uint8Array[] | null>;
  /** Chunks that no file has: what a crash left, or what is on its way. */
  unused(countMax: number): Promise<readonly Uint8Array[]>;
  isUnused(digest: Uint8Array): Promise<boolean>;
  /** The blob of this name is not there any more; nothing when it is used again. */
  gone(digest: Uint8Array): Promise<void>;
  /** Forgets how much was uploaded by grants that have ended. */
  forgetGrants(beforeMs: number): Promise<void>;
}
