/**
 * The files of a post that is being written: each is uploaded while one writes, one after the other, can be given up,
 * and goes on after a reload, because what was chosen stays on this device until the post is there (SPEC U51).
 */

import { fromHex } from 'copse/internal/base/bytes.ts';
import { mediaTypeBytesMax } from 'copse/internal/base/limits-peer.ts';
import { contentTypeOf } from 'copse/internal/social/files/content-type.ts';
import { must } from 'copse/internal/base/assert.ts';
import type { Attachment } from 'copse/neighbourhood';
import { altOf, nameOf, shownAs } from '../../logic/neighbourhood/attachments.ts';
import type { Files } from '../sdk-files.ts';
import { KEEP_MS } from './drafts.ts';

/** What was chosen for a draft. */
export interface Kept {
  readonly id: string;
  readonly draft: string;
  readonly name: string;
  readonly type: string;
  readonly blob: Blob;
  /** What its author says of it. */
  readonly words: string;
}

/** Where what was chosen waits for the next visit, one act behind the other; one that fails keeps nothing. */
export interface Shelf {
  all(draft: string): Promise<readonly Kept[]>;
  put(kept: Kept): Promise<void>;
  /** Other words for one that is there; at once, so that a page may end then. */
  describe(id: string, words: string): void;
  remove(id: string): Promise<void>;
}

export type UploadState =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'going'; readonly done: number }
  | { readonly kind: 'there'; readonly address: string }
  | { readonly kind: 'failed'; readonly thrown: unknown };

export interface UploadRow extends Kept {
  readonly state: UploadState;
  /** Address of the small picture that stands for it. */
  readonly thumbnail: string | null;
}

export interface UploadsOptions {
  readonly draft: string;
  readonly files: () => Promise<Files>;
  /** What a camera wrote beside a picture does not go with it. */
  readonly bare: (blob: Blob, type: string) => Promise<Blob>;
  /** A small picture of a picture or a film; null: this browser makes none. */
  readonly small: (blob: Blob) => Promise<Blob | null>;
  readonly shelf: Shelf;
  readonly newId: () => string;
  readonly onChange: (rows: readonly UploadRow[]) => void;
}

export class Uploads implements Disposable {
  readonly #options: UploadsOptions;
  readonly #ends = new Map<string, AbortController>();
  /** Of these other words were typed than the shelf has. */
  readonly #described = new Set<string>();
  #keeping: ReturnType<typeof setTimeout> | undefined;
  #rows: readonly UploadRow[] = [];
  #isGoing = false;
  #isGone = false;

  constructor(options: UploadsOptions) {
    this.#options = options;
  }

  get rows(): readonly UploadRow[] {
    return this.#rows;
  }

  /** What was chosen before a reload. */
  async begin(): Promise<void> {
    const kept = await this.#options.shelf.all(this.#options.draft).catch(() => []);
    if (!this.#isGone) this.#append(kept);
  }

  add(blobs: readonly (Blob & { readonly name: string })[]): void {
    const { draft, newId, shelf } = this.#options;
    const kept = blobs.map((blob): Kept => {
      const name = nameOf(blob.name);
      // A file is called by its name; a picture by what is on it, which only its author can say.
      const type = contentTypeOf(blob.type);
      const words = hasPicture(type) ? '' : name;
      return { id: newId(), draft, name, type, blob, words };
    });
    for (const each of kept) shelf.put(each).catch(() => {});
    this.#append(kept);
  }

  /** Gives up what is under way. */
  remove(id: string): void {
    this.#ends.get(id)?.abort();
    this.#described.delete(id);
    this.#set(this.#rows.filter((row) => row.id !== id));
    this.#options.shelf.remove(id).catch(() => {});
  }

  retry(id: string): void {
    this.#change(id, { state: { kind: 'waiting' } });
    this.#go();
  }

  describe(id: string, words: string): void {
    this.#change(id, { words });
    this.#described.add(id);
    clearTimeout(this.#keeping);
    this.#keeping = setTimeout(() => this.keep(), KEEP_MS);
  }

  /** What was typed goes to the shelf. */
  keep(): void {
    clearTimeout(this.#keeping);
    for (const { id, words } of this.#rows)
      if (this.#described.delete(id)) this.#options.shelf.describe(id, words);
  }

  /** Null while something is under way or has failed. */
  attachments(): readonly Attachment[] | null {
    const made = this.#rows.map(attachmentOf);
    return made.every((each) => each !== null) ? made : null;
  }

  /** The post has these; what was chosen since is for the next one. */
  sent(ids: readonly string[]): void {
    for (const id of ids) this.remove(id);
  }

  [Symbol.dispose](): void {
    this.keep();
    this.#isGone = true;
    for (const end of this.#ends.values()) end.abort();
  }

  #append(kept: readonly Kept[]): void {
    const rows = kept.map((each): UploadRow => ({ ...each, state: { kind: 'waiting' }, thumbnail: null }));
    this.#set([...this.#rows, ...rows]);
    this.#go();
  }

  #go(): void {
    if (this.#isGoing) return;
    this.#isGoing = true;
    void this.#line().finally(() => {
      this.#isGoing = false;
    });
  }

  /** One after the other: each has the whole line, and is soon there. */
  async #line(): Promise<void> {
    for (;;) {
      const next = this.#rows.find(({ state }) => state.kind === 'waiting');
      if (next === undefined || this.#isGone) return;
      await this.#upload(next);
    }
  }

  async #upload({ id, blob, name, type }: UploadRow): Promise<void> {
    const end = new AbortController();
    this.#ends.set(id, end);
    this.#change(id, { state: { kind: 'going', done: 0 } });
    try {
      const files = await this.#options.files();
      const thumbnail = hasPicture(type) ? await this.#thumbnail(files, blob) : null;
      if (thumbnail !== null) this.#change(id, { thumbnail });
      const bare = await this.#options.bare(blob, type);
      this.#change(id, { blob: bare });
      const { address } = await files.upload(bare, {
        name,
        type,
        signal: end.signal,
        onProgress: (done) => this.#change(id, { state: { kind: 'going', done } }),
      });
      this.#change(id, { state: { kind: 'there', address } });
    } catch (thrown) {
      this.#change(id, { state: { kind: 'failed', thrown } });
    } finally {
      this.#ends.delete(id);
    }
  }

  /** A post goes without one where it cannot be made. */
  async #thumbnail(files: Files, blob: Blob): Promise<string | null> {
    const small = await this.#options.small(blob).catch(() => null);
    return small === null ? null : (await files.uploadThumbnail(small)).address;
  }

  #change(id: string, part: Partial<Pick<UploadRow, 'state' | 'thumbnail' | 'words' | 'blob'>>): void {
    this.#set(this.#rows.map((row) => (row.id === id ? { ...row, ...part } : row)));
  }

  #set(rows: readonly UploadRow[]): void {
    this.#rows = rows;
    if (!this.#isGone) this.#options.onChange(rows);
  }
}

function hasPicture(type: string): boolean {
  return ['picture', 'film'].includes(shownAs(type));
}

function attachmentOf({ state, blob, type, words, thumbnail }: UploadRow): Attachment | null {
  if (state.kind !== 'there') return null;
  const bytes = (address: string): Uint8Array => must(fromHex(address), 'an address is hex');
  return {
    address: bytes(state.address),
    size: blob.size,
    type: typeOf(type),
    alt: altOf(words),
    ...(thumbnail === null ? {} : { thumbnail: bytes(thumbnail) }),
  };
}

/** A message has less room for it than a file. */
function typeOf(type: string): string {
  return type.length <= mediaTypeBytesMax ? type : contentTypeOf('');
}
