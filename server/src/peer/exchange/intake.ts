/**
 * What another node shows comes in as anything does (SPEC Z84): it was asked for, its user has signed it, and it
 * counts for the account of that node. What nobody asked for or signed is counted: too much of it, and the node
 * is left alone for a while.
 */

import { equal, hex, NO_BYTES } from 'copse/internal/base/bytes.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import { exchangeLiesMax } from 'copse/internal/base/limits-exchange.ts';
import { peerCommitMax } from 'copse/internal/base/limits-peer.ts';
import type { MessageRow } from 'copse/internal/api/peer.ts';
import { isCurrentKind, isOwnState, KIND } from 'copse/internal/social/message/kinds.ts';
import { readMessage, type UnverifiedMessage } from 'copse/internal/social/message/message.ts';
import { refsOf } from 'copse/internal/social/message/refs.ts';
import type { Message } from 'copse/internal/social/message/terms.ts';
import type { Peer } from 'copse/internal/social/peer/peer.ts';

export interface IntakeOptions {
  readonly peer: Peer;
  /** Whose account what comes counts for. */
  readonly node: Key;
  readonly bytesMax: number;
  /** Somebody wrote something that came from there. */
  readonly heard: (author: Key) => void;
}

/** What a row of another node holds. */
export type Shown = Pick<MessageRow, 'message' | 'edit'>;

/** Names in hex. */
interface Names {
  has(name: string): boolean;
}

export class Intake {
  readonly #options: IntakeOptions;
  #lies = 0;
  /** Who has written what was taken last. */
  #author: Key | null = null;
  taken = 0;
  refused = 0;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /**
   * Returns when what is good of it is durable; throws `badProof` when the node has lied too often. `wanted` holds
   * the keys of messages that were asked for, by relation and key in hex, and `ids` theirs where those were named.
   */
  async take(rows: readonly Shown[], wanted: Names, ids: Names | null = null): Promise<void> {
    this.#author = null;
    // As many at once as one commit takes, so that those who write here find room between.
    for (let from = 0; from < rows.length; from += peerCommitMax) {
      const good = rows.slice(from, from + peerCommitMax).flatMap((row) => this.#read(row, wanted, ids));
      await Promise.all(good.map((message) => this.#one(message)));
    }
    if (this.#lies < exchangeLiesMax) return;
    this.#lies = 0;
    throw new Fault('badProof', 'that node shows what nobody signed or asked for');
  }

  /** The node has said something that cannot be. */
  lied(): void {
    this.#lies += 1;
    this.refused += 1;
  }

  async #one(message: UnverifiedMessage): Promise<void> {
    const { kind, bytes, from } = message;
    const { peer, node, bytesMax, heard } = this.#options;
    // Statements do not fall out, so that they are taken only where there is room.
    if (isCurrentKind(kind) && peer.options.store.usage(node).bytes + bytes.length >= bytesMax) return;
    try {
      const put = await peer.ingest.bring(message, { key: node, bytesMax });
      if (put.kind !== 'stored') return;
      this.taken += 1;
      // A page is mostly of one author, and what is known of her is asked of the file.
      if (this.#author !== null && equal(this.#author, from)) return;
      this.#author = from;
      heard(from);
    } catch (thrown) {
      const fault = asFault(thrown);
      if (fault.code === 'badProof') return this.lied();
      if (fault.code !== 'malformed' && fault.code !== 'tooLarge') throw fault;
      this.refused += 1;
    }
  }

  /** What of a row was asked for; the edit that stands beside a message is one of it. */
  #read({ message: bytes, edit }: Shown, wanted: Names, ids: Names | null): readonly UnverifiedMessage[] {
    const { primitives } = this.#options.peer.options;
    try {
      const message = readMessage(primitives, bytes);
      const isWanted = refsOf(primitives, message).some((ref) => wanted.has(hex(ref)));
      const isNamed = ids === null || ids.has(hex(message.id));
      if (isWanted && isNamed)
        return [message, ...this.#edit(edit, message)].filter(({ kind }) => !isOwnState(kind));
    } catch (thrown) {
      if (asFault(thrown).code === 'internal') throw thrown;
    }
    this.lied();
    return [];
  }

  #edit(bytes: Uint8Array | null, message: Message): readonly UnverifiedMessage[] {
    if (bytes === null) return [];
    const edit = readMessage(this.#options.peer.options.primitives, bytes);
    if (isEditOf(edit, message)) return [edit];
    this.lied();
    return [];
  }
}

function isEditOf({ kind, from, replies }: Message, message: Message): boolean {
  return kind === KIND.edit && equal(from, message.from) && equal(replies[0] ?? NO_BYTES, message.id);
}
