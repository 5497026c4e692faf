/**
 * Brings chat of elsewhere into the neighbourhood (SPEC Z60, Z61): each author becomes a user with a profile, each
 * line a message that is signed, checked and stored as any other, mentions and replies become links. Repeating it
 * changes nothing; what was interrupted is gone on with.
 */

import { NO_BYTES } from 'copse/internal/base/bytes.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import { nameBytesMax } from 'copse/internal/base/limits.ts';
import { peerBatchMax, peerMentionsMax, peerRepliesMax } from 'copse/internal/base/limits-peer.ts';
import { encodeProfile } from 'copse/internal/client/neighbourhood/profile.ts';
import type { SignKey } from 'copse/internal/client/identity.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { signMessage } from 'copse/internal/social/message/message.ts';
import type { MessageTerms } from 'copse/internal/social/message/terms.ts';
import { Ingest } from 'copse/internal/social/peer/ingest.ts';
import type { PeerStore } from 'copse/internal/social/store/store.ts';
import { Authors } from './authors.ts';
import type { ImportedLine } from './lines.ts';

export interface ImportOptions {
  readonly store: PeerStore;
  readonly primitives: Primitives;
  readonly env: Env;
  /** Keys of the authors are derived from it. */
  readonly secret: Uint8Array;
  /** Tells names of one source from those of another. */
  readonly source: string;
  /** Bytes that count for one author. */
  readonly bytesMax: number;
  /** Hears of each author once, before her first line is stored. */
  readonly admit?: (name: string, key: Key) => Promise<void>;
  readonly progress: (lines: number) => void;
}

export interface Imported {
  readonly lines: number;
  /** Stored now; the others were here. */
  readonly stored: number;
  readonly authors: number;
  /** Replies to lines that do not come before them. */
  readonly unlinked: number;
  /** Mentions and replies beyond what one message may have. */
  readonly cut: number;
  /** For which there was no room. */
  readonly refused: number;
}

/** Where a line has gone. */
interface Place {
  readonly id: Uint8Array;
  readonly thread: Uint8Array;
}

export async function importLines(
  lines: AsyncIterable<ImportedLine>,
  options: ImportOptions,
): Promise<Imported> {
  const importer = new Importer(options);
  let batch: ImportedLine[] = [];
  for await (const line of lines) {
    batch.push(line);
    if (batch.length < peerBatchMax) continue;
    await importer.take(batch);
    batch = [];
  }
  await importer.take(batch);
  return importer.imported();
}

class Importer {
  readonly #options: ImportOptions;
  readonly #authors: Authors;
  readonly #ingest: Ingest;
  readonly #placeById = new Map<string, Place>();
  readonly #introduced = new Set<string>();
  #lastMs = 0;
  #lines = 0;
  #stored = 0;
  #unlinked = 0;
  #cut = 0;
  #refused = 0;

  constructor(options: ImportOptions) {
    const { store, primitives, env } = options;
    this.#options = options;
    this.#authors = new Authors(primitives, options);
    const soon = (task: () => void): void => void setImmediate(task);
    this.#ingest = new Ingest({ store, primitives, env, soon, onStored: () => {} });
  }

  /** Signs in the order of the lines, because an answer names what it answers; stores together. */
  async take(lines: readonly ImportedLine[]): Promise<void> {
    const storing: Promise<void>[] = [];
    for (const line of lines) {
      const author = await this.#authors.of(line.from);
      if (!this.#introduced.has(line.from)) storing.push(this.#introduce(line, author));
      const { id, thread, bytes } = await this.#signed(line, author);
      this.#placeById.set(line.id, { id, thread: thread.length > 0 ? thread : id });
      storing.push(this.#store(bytes, author, 1));
    }
    await Promise.all(storing);
    this.#lines += lines.length;
    this.#options.progress(this.#lines);
  }

  imported(): Imported {
    return {
      lines: this.#lines,
      stored: this.#stored,
      authors: this.#introduced.size,
      unlinked: this.#unlinked,
      cut: this.#cut,
      refused: this.#refused,
    };
  }

  async #introduce({ from, timeMs }: ImportedLine, author: SignKey): Promise<void> {
    this.#introduced.add(from);
    const { primitives, source, admit } = this.#options;
    const name = shortened(from);
    await admit?.(name, author.publicKey);
    const content = encodeProfile({ name, about: `Imported from ${source}` });
    const { bytes } = await signMessage(primitives, author.seed, { kind: KIND.profile, timeMs, content });
    await this.#store(bytes, author, 0);
  }

  async #signed(line: ImportedLine, author: SignKey) {
    const { mentions, replies } = await this.#links(line);
    const [first] = replies;
    const thread = first?.thread ?? NO_BYTES;
    const isFirst = first !== undefined && first.thread === first.id;
    const terms: MessageTerms = {
      kind: KIND.post,
      timeMs: this.#timeOf(line),
      text: line.text === '' ? ' ' : line.text,
      mentions,
      replies: replies.map(({ id }) => id),
      ...(first === undefined || isFirst ? {} : { thread }),
    };
    const message = await signMessage(this.#options.primitives, author.seed, terms);
    return { id: message.id, bytes: message.bytes, thread };
  }

  async #links({ mentions, replies }: ImportedLine) {
    const known = replies.flatMap((id) => this.#placeById.get(id) ?? []);
    this.#unlinked += replies.length - known.length;
    this.#cut += Math.max(0, mentions.length - peerMentionsMax) + Math.max(0, known.length - peerRepliesMax);
    const keys = mentions.slice(0, peerMentionsMax).map((name) => this.#authors.key(name));
    return { mentions: await Promise.all(keys), replies: known.slice(0, peerRepliesMax) };
  }

  /** Lines of one minute keep their order, and two that say the same stay two. */
  #timeOf({ timeMs }: ImportedLine): number {
    this.#lastMs = timeMs > this.#lastMs || this.#lastMs - timeMs > MINUTE_MS ? timeMs : this.#lastMs + 1;
    return this.#lastMs;
  }

  async #store(bytes: Uint8Array, author: SignKey, counts: 0 | 1): Promise<void> {
    const { bytesMax } = this.#options;
    const put = await this.#ingest.take(bytes, { key: author.publicKey, bytesMax });
    if (put.kind === 'stored') this.#stored += counts;
    else if (put.kind === 'full' || put.kind === 'old') this.#refused += 1;
  }
}

const MINUTE_MS = 60_000;

function shortened(name: string): string {
  if (name.length <= nameBytesMax / 4) return name;
  throw new Fault(
    'usage',
    `The name \`${name.slice(0, 40)}…\` is too long: at most ${nameBytesMax / 4} characters.`,
  );
}
