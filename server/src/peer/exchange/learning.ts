/**
 * What a node learns from its own messages, behind a position of its own (SPEC Z83, Z85): whom its users follow,
 * where somebody publishes, which threads of elsewhere they write in, and what has to be brought to another node.
 */

import { equal } from 'copse/internal/base/bytes.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import {
  exchangeCarryAgeMs,
  exchangeKnownMax,
  exchangeLearnRows,
  exchangeLookMs,
} from 'copse/internal/base/limits-exchange.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { aboutWhom, decodeAbout } from 'copse/internal/social/exchange/about.ts';
import { writePeerAddress, type PeerAddress } from 'copse/internal/social/exchange/address.ts';
import { decodeAddresses } from 'copse/internal/social/exchange/addresses.ts';
import { followedIn } from 'copse/internal/social/exchange/followed.ts';
import { KIND, isCurrentKind } from 'copse/internal/social/message/kinds.ts';
import { readMessage } from 'copse/internal/social/message/message.ts';
import { threadOf } from 'copse/internal/social/message/refs.ts';
import type { Message } from 'copse/internal/social/message/terms.ts';
import type { Stored } from 'copse/internal/social/peer/ingest.ts';
import type { Peer } from 'copse/internal/social/peer/peer.ts';
import { PLACE_SOURCE, type ExchangeStore, type Place } from '../../store/exchange.ts';

export interface LearningOptions {
  readonly peer: Peer;
  readonly store: ExchangeStore;
  /** This node. */
  readonly node: Key;
  readonly isUser: (user: Key) => Promise<boolean>;
}

/** What a message changes in the store of the exchange. */
type Lesson = () => void;

interface KnownUser {
  readonly isUser: boolean;
  readonly untilMs: number;
}

export class Learning {
  readonly #options: LearningOptions;
  readonly #known = new Cache<string, KnownUser>(exchangeKnownMax);
  #seq: number;
  #written: number;

  constructor(options: LearningOptions) {
    this.#options = options;
    const { peer, store } = options;
    const own = store.own();
    const { epoch } = peer.options.store;
    const isSame = own !== null && equal(own.epoch, epoch) && own.seq <= peer.options.store.head();
    if (own !== null && !isSame) store.forget();
    this.#seq = isSame ? own.seq : 0;
    this.#written = this.#seq;
  }

  /** Looks through the next messages; answers whether there were any, and whether they changed something. */
  async step(): Promise<{ readonly any: boolean; readonly changed: boolean }> {
    const rows = this.#next();
    const last = rows.at(-1);
    if (last === undefined) return { any: false, changed: false };
    const lessons: Lesson[] = [];
    for (const { message } of rows) lessons.push(...(await this.#lessons(message)));
    this.#write(lessons, last.seq);
    this.#seq = last.seq;
    return { any: true, changed: lessons.length > 0 };
  }

  #next(): readonly Stored[] {
    const { recent, options } = this.#options.peer;
    const known = recent.after(this.#seq, exchangeLearnRows);
    if (known !== null) return known;
    const rows = options.store.after(this.#seq, exchangeLearnRows);
    return rows.map(({ seq, bytes }) => ({ seq, message: readMessage(options.primitives, bytes) }));
  }

  /**
   * The position is written with what was learned, and seldom by itself: looking again changes nothing. Where that
   * fails, the position stays, here and on the disk, and the same messages are looked through again.
   */
  #write(lessons: readonly Lesson[], seq: number): void {
    const { peer, store } = this.#options;
    if (lessons.length === 0 && seq - this.#written < exchangeKnownMax) return;
    store.together(() => {
      for (const lesson of lessons) lesson();
      store.setOwn({ epoch: peer.options.store.epoch, seq });
    });
    this.#written = seq;
  }

  /** Those who are users of this node no more follow nobody; answers whether there were any. */
  async forgetOthers(): Promise<boolean> {
    const { store } = this.#options;
    let any = false;
    for (const user of store.followers()) {
      if (await this.#isUser(user)) continue;
      store.setFollows(user, []);
      any = true;
    }
    return any;
  }

  async #lessons(message: Message): Promise<readonly Lesson[]> {
    const { kind, from, name } = message;
    const { store } = this.#options;
    if (kind === KIND.addresses && name === '') return tried(() => this.#places(from, message));
    if (kind !== KIND.follows && kind !== KIND.about && isCurrentKind(kind)) return [];
    if (kind === KIND.post && message.mentions.length === 0 && message.replies.length === 0) return [];
    if (!(await this.#isUser(from))) return [];
    if (kind === KIND.follows && name === '')
      return [() => store.setFollows(from, followedIn(message.content))];
    if (kind === KIND.about) return tried(() => this.#told(message));
    if (kind === KIND.post) return [...(await this.#thread(message)), ...(await this.#mentions(message))];
    return kind === KIND.share ? this.#mentions(message) : [];
  }

  #places(whom: Key, { content }: Message): Lesson {
    const places = decodeAddresses(content).outbox.map(placeOf);
    return () => this.#options.store.setPlaces(whom, PLACE_SOURCE.herself, places);
  }

  /** What a user of this node says of where somebody is. */
  #told({ name, content }: Message): Lesson {
    const whom = aboutWhom(name);
    const places = decodeAbout(content).addresses.map(placeOf);
    return () => {
      // Who names no place does not take back what somebody else here has said.
      if (whom !== null && places.length > 0)
        this.#options.store.setPlaces(whom, PLACE_SOURCE.follower, places);
    };
  }

  /** A thread of somebody elsewhere in which a user of this node has written. */
  async #thread(message: Message): Promise<readonly Lesson[]> {
    const { peer, store, node } = this.#options;
    const beginning = threadOf(message);
    const stored = beginning === null ? null : peer.options.store.get(beginning);
    if (beginning === null || stored === null) return [];
    const { from } = readMessage(peer.options.primitives, stored.bytes);
    if (await this.#isUser(from)) return [];
    const place = store.placesOf(from).find((each) => !equal(each.node, node));
    return place === undefined ? [] : [() => store.addThread(place.node, beginning)];
  }

  /** Of messages that a node has lost, those that have to be brought there; answers whether there are any. */
  async bringAgain(node: Key, ids: readonly Uint8Array[]): Promise<boolean> {
    const { peer, store } = this.#options;
    const nowMs = peer.options.env.wallMs();
    let any = false;
    for (const id of ids) {
      const stored = peer.options.store.get(id);
      if (stored === null) continue;
      const { from, mentions } = readMessage(peer.options.primitives, stored.bytes);
      if (!(await this.#isUser(from))) continue;
      const place = mentions
        .map((mention) => this.#inbox(mention))
        .find((each) => each !== null && equal(each.node, node));
      if (place === undefined || place === null) continue;
      store.addCarried(place, id, nowMs);
      any = true;
    }
    return any;
  }

  async #mentions({ id, mentions, timeMs }: Message): Promise<readonly Lesson[]> {
    const { peer, store, node } = this.#options;
    const nowMs = peer.options.env.wallMs();
    if (timeMs < nowMs - exchangeCarryAgeMs) return [];
    const lessons: Lesson[] = [];
    for (const mention of mentions) {
      if (await this.#isUser(mention)) continue;
      const place = this.#inbox(mention);
      if (place === null || equal(place.node, node)) continue;
      lessons.push(() => store.addCarried(place, id, nowMs));
    }
    return lessons;
  }

  /** Where somebody wants to be reached first. */
  #inbox(whom: Key): Place | null {
    const { peer } = this.#options;
    const stored = peer.options.store.current(whom, KIND.addresses, '');
    if (stored === null) return null;
    const { content } = readMessage(peer.options.primitives, stored.bytes);
    try {
      const first = decodeAddresses(content).inbox[0];
      return first === undefined ? null : placeOf(first);
    } catch {
      return null;
    }
  }

  async #isUser(user: Key): Promise<boolean> {
    const { env } = this.#options.peer.options;
    const name = hex(user);
    const known = this.#known.get(name);
    if (known !== undefined && known.untilMs > env.nowMs()) return known.isUser;
    const isUser = await this.#options.isUser(user);
    this.#known.set(name, { isUser, untilMs: env.nowMs() + exchangeLookMs });
    return isUser;
  }
}

function placeOf(address: PeerAddress): Place {
  return { node: address.key, address: writePeerAddress(address) };
}

/** What cannot be read teaches nothing. */
function tried(make: () => Lesson): readonly Lesson[] {
  try {
    return [make()];
  } catch {
    return [];
  }
}
