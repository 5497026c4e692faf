/**
 * What a browser's peer and the one of its node tell each other (SPEC Z53): the node what its user follows, what
 * mentions her and what she wrote elsewhere; the browser what she wrote here, also while it was offline. All of it
 * is checked when it comes in, as anybody's messages are.
 */

import type { Interest, MessageRow, PeerEvents, PeerRemote, Published } from '../../api/peer.ts';
import { equal, hex } from '../../base/bytes.ts';
import type { Env } from '../../base/env.ts';
import { asFault } from '../../base/fault.ts';
import type { Key } from '../../base/ids.ts';
import { peerFollowsMax, peerInterestsPerCallMax, peerPageRowsMax } from '../../base/limits-peer.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { publicKeyBytes } from '../../crypto/sign.ts';
import { KIND } from '../../social/message/kinds.ts';
import { readMessage } from '../../social/message/message.ts';
import { refOf, RELATION } from '../../social/message/refs.ts';
import type { Payer } from '../../social/peer/ingest.ts';
import type { Peer } from '../../social/peer/peer.ts';
import type { StoredMessage } from '../../social/store/store.ts';
import type { MarkKeep } from './marks.ts';

export interface UpstreamOptions {
  readonly env: Env;
  readonly primitives: Primitives;
  /** The one here. */
  readonly peer: Peer;
  readonly payer: Payer;
  readonly marks: MarkKeep;
  /** What the node does not take; it stays here. */
  readonly onRefused: (id: Uint8Array, answer: Published) => void;
}

/** Positions that are looked through at once for what has to be sent. */
const SENT_SPAN = 512;
/** Messages of one call: with the largest of them below one protocol message. */
const SENT_ROWS = 8;
/** Pages of a feed that come when nothing is known yet: what is read in the first days without the node. */
const FIRST_PAGES = 10;
const KEY_BYTES = 16;

export class Upstream {
  readonly #options: UpstreamOptions;
  #remote: PeerRemote | null = null;
  readonly #followed = new Set<string>();
  /** What the node tells comes in one after the other. */
  #telling: Promise<void> = Promise.resolve();
  #sending: Promise<void> | null = null;
  #isAgain = false;
  /** Something could not be kept: what is told behind it would leave a gap. */
  #isBehind = false;

  constructor(options: UpstreamOptions) {
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#remote !== null;
  }

  readonly events: PeerEvents = {
    messages: ({ rows, at }) => {
      // Views into what has arrived do not outlive this turn.
      const kept = rows.map(copied);
      this.#tell(() => this.#told(kept, at));
    },
    caughtUp: ({ at }) => this.#tell(() => this.#told([], at)),
  };

  /** A new connection to the node. */
  async up(remote: PeerRemote): Promise<void> {
    this.#remote = remote;
    this.#followed.clear();
    await this.#telling;
    this.#isBehind = false;
    await this.#tried(() => this.#begin(remote));
    await this.send();
  }

  down(): void {
    this.#remote = null;
  }

  /** Brings to the node what its user has written here. */
  send(): Promise<void> {
    this.#isAgain = true;
    this.#sending ??= this.#tried(async () => {
      while (this.#isAgain && this.#remote !== null) {
        this.#isAgain = false;
        await this.#sendAll(this.#remote);
      }
    }).finally(() => {
      this.#sending = null;
    });
    return this.#sending;
  }

  /** The newest of what somebody looks at here comes from the node, if it can be reached. */
  async refresh(of: readonly Interest[]): Promise<void> {
    const remote = this.#remote;
    if (remote === null || of.length === 0) return;
    await this.#tried(() => this.#fetch(remote, of, 1));
  }

  /** Whom the user follows may be others now. */
  async follow(): Promise<void> {
    const remote = this.#remote;
    if (remote === null) return;
    await this.#tried(async () => {
      const fresh = await this.#follow(remote);
      for (const interest of fresh) await this.#fetch(remote, [interest], 1);
    });
  }

  async #begin(remote: PeerRemote): Promise<void> {
    const { epoch, head } = await remote.hello({});
    const { marks } = this.#options;
    const before = marks.read();
    const isSame = before.epoch !== null && equal(before.epoch, epoch) && before.at <= head;
    const interests = await this.#follow(remote);
    if (!isSame) {
      await this.#fetch(remote, interests.slice(0, 3), 1);
      await this.#fetch(remote, interests, FIRST_PAGES);
      marks.write({ ...before, epoch: epoch.slice(), at: head });
      // Among what came may be whom she follows.
      for (const interest of await this.#follow(remote)) await this.#fetch(remote, [interest], 1);
    }
    await remote.listen({ epoch: epoch.slice(), after: marks.read().at });
  }

  /** Follows what is not followed yet; answers what that is. */
  async #follow(remote: PeerRemote): Promise<readonly Interest[]> {
    const all = this.#interests();
    const fresh = all.filter((each) => !this.#followed.has(nameOf(each)));
    for (let from = 0; from < fresh.length; from += peerInterestsPerCallMax)
      await remote.follow({ add: fresh.slice(from, from + peerInterestsPerCallMax), remove: [] });
    for (const each of fresh) this.#followed.add(nameOf(each));
    return fresh;
  }

  /** What mentions the user, what is hers, and of those she follows. */
  #interests(): readonly Interest[] {
    const { key } = this.#options.payer;
    const people: Uint8Array[] = [key, ...this.#follows(key)];
    const of = (relation: Interest['relation'], who: Uint8Array): Interest => ({
      relation,
      key: who.slice(0, KEY_BYTES),
    });
    return [of('mentions', key), ...people.flatMap((who) => [of('posts', who), of('other', who)])];
  }

  #follows(user: Key): readonly Uint8Array[] {
    const { peer, primitives } = this.#options;
    const stored = peer.options.store.current(user, KIND.follows, '');
    if (stored === null) return [];
    const { content } = readMessage(primitives, stored.bytes);
    const count = Math.min(peerFollowsMax, Math.floor(content.length / publicKeyBytes));
    return Array.from({ length: count }, (_, at) =>
      content.slice(at * publicKeyBytes, (at + 1) * publicKeyBytes),
    );
  }

  async #fetch(remote: PeerRemote, of: readonly Interest[], pagesMax: number): Promise<void> {
    const some = of.slice(0, peerInterestsPerCallMax);
    let before: { timeMs: number; seq: number } | null = null;
    for (let page = 0; page < pagesMax && some.length > 0; page++) {
      const answer: { readonly rows: readonly MessageRow[] } = await remote.page({
        of: some,
        before,
        rows: peerPageRowsMax,
      });
      const last = answer.rows.at(-1);
      if (last === undefined) return;
      before = { timeMs: readMessage(this.#options.primitives, last.message).timeMs, seq: last.seq };
      await this.#take(answer.rows.map(copied));
    }
  }

  async #told(rows: readonly MessageRow[], at: number): Promise<void> {
    if (this.#isBehind) return;
    this.#isBehind = true;
    await this.#take(rows);
    this.#isBehind = false;
    const { marks } = this.#options;
    const before = marks.read();
    if (at > before.at) marks.write({ ...before, at });
    if (rows.length > 0) await this.follow();
  }

  async #take(rows: readonly MessageRow[]): Promise<void> {
    const { peer, payer } = this.#options;
    const all = rows.flatMap(({ message, edit }) => (edit === null ? [message] : [message, edit]));
    const results = await Promise.allSettled(all.map((bytes) => peer.ingest.take(bytes, payer)));
    for (const result of results) {
      if (result.status === 'fulfilled') continue;
      const { code } = asFault(result.reason);
      // What cannot be kept now has to come again.
      if (code === 'full' || code === 'internal' || code === 'tooMany') throw result.reason;
      this.#options.env.log('warn', 'peer.upstream', { fault: code });
    }
  }

  async #sendAll(remote: PeerRemote): Promise<void> {
    const { peer, marks, payer } = this.#options;
    const { store } = peer.options;
    const refs = [refOf(RELATION.author, payer.key), refOf(RELATION.other, payer.key)];
    for (;;) {
      const { sent } = marks.read();
      const to = Math.min(store.head(), sent + SENT_SPAN);
      if (to <= sent) return;
      const seqs = refs
        .flatMap((ref) => store.seqs(ref, { from: sent, to }, SENT_SPAN))
        .toSorted((a, b) => a - b);
      for (let from = 0; from < seqs.length; from += SENT_ROWS)
        await this.#bring(remote, store.at(seqs.slice(from, from + SENT_ROWS)));
      this.#sentUpTo(to);
    }
  }

  async #bring(remote: PeerRemote, rows: readonly StoredMessage[]): Promise<void> {
    if (rows.length === 0) return;
    const { answers } = await remote.publish({ messages: rows.map(({ bytes }) => bytes) });
    for (const [at, row] of rows.entries()) {
      const answer = answers[at];
      if (answer === undefined || (answer.kind !== 'refused' && answer.kind !== 'full')) continue;
      this.#options.onRefused(readMessage(this.#options.primitives, row.bytes).id, answer);
    }
    this.#sentUpTo(rows.at(-1)?.seq ?? 0);
  }

  #sentUpTo(seq: number): void {
    const { marks } = this.#options;
    const before = marks.read();
    if (seq > before.sent) marks.write({ ...before, sent: seq });
  }

  #tell(task: () => Promise<void>): void {
    this.#telling = this.#telling.then(() => this.#tried(task));
  }

  /** What goes wrong is tried again with the next connection. */
  async #tried(task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (thrown) {
      this.#options.env.log('info', 'peer.upstream', { fault: asFault(thrown).code });
    }
  }
}

function copied({ seq, message, edit }: MessageRow): MessageRow {
  return { seq, message: message.slice(), edit: edit?.slice() ?? null };
}

function nameOf({ relation, key }: Interest): string {
  return relation + hex(key);
}
