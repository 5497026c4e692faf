/**
 * What a browser's peer follows at the node: what mentions its user, what is hers and of those she follows, always;
 * and what somebody looks at just now. The first is here whole; the second is kept as long as there is room.
 */

import type { Interest } from '../../api/peer.ts';
import { hex } from '../../base/bytes.ts';
import type { Key } from '../../base/ids.ts';
import { followedIn } from '../../social/exchange/followed.ts';
import { KIND } from '../../social/message/kinds.ts';
import { readMessage } from '../../social/message/message.ts';
import type { Message } from '../../social/message/terms.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import type { PeerStore } from '../../social/store/store.ts';

const KEY_BYTES = 16;

export function nameOf({ relation, key }: Interest): string {
  return `${relation} ${hex(key)}`;
}

export interface InterestsOptions {
  readonly store: PeerStore;
  readonly primitives: Primitives;
  readonly user: Key;
}

export class Interests {
  readonly #options: InterestsOptions;
  #people: ReadonlySet<string> = new Set();
  #held: ReadonlyMap<string, Interest> = new Map();
  /** What tabs look at, with how many do. */
  readonly #looked = new Map<string, { readonly interest: Interest; count: number }>();

  constructor(options: InterestsOptions) {
    this.#options = options;
    this.look();
  }

  /** What is always followed, the user's own first. */
  get held(): readonly Interest[] {
    return [...this.#held.values()];
  }

  /** What is followed in all. */
  get all(): readonly Interest[] {
    const looked = [...this.#looked.values()].map(({ interest }) => interest);
    return [...this.held, ...looked.filter((interest) => !this.#held.has(nameOf(interest)))];
  }

  isHeld(interest: Interest): boolean {
    return this.#held.has(nameOf(interest));
  }

  /** Whether somebody is the user, or followed by her. */
  isNear(person: Uint8Array): boolean {
    return this.#people.has(hex(person));
  }

  /** Whether a message is among what is always followed. */
  isOwn({ from, mentions }: Message): boolean {
    const { user } = this.#options;
    return this.isNear(from) || mentions.some((each) => hex(each) === hex(user));
  }

  /** Whom the user follows may be others now; answers whether they are. */
  look(): boolean {
    const { user } = this.#options;
    const people: readonly Uint8Array[] = [user, ...this.#follows()];
    const of = (relation: Interest['relation'], who: Uint8Array): Interest => ({
      relation,
      key: who.slice(0, KEY_BYTES),
    });
    const held = [of('mentions', user), ...people.flatMap((who) => [of('posts', who), of('other', who)])];
    const next = new Set(people.map(hex));
    const isSame = next.size === this.#people.size && [...next].every((each) => this.#people.has(each));
    this.#people = next;
    this.#held = new Map(held.map((interest) => [nameOf(interest), interest]));
    return !isSame;
  }

  /** A tab looks at these. */
  add(interests: readonly Interest[]): void {
    for (const interest of interests) {
      const name = nameOf(interest);
      const row = this.#looked.get(name);
      if (row === undefined) this.#looked.set(name, { interest, count: 1 });
      else row.count += 1;
    }
  }

  /** And no longer; answers those that nobody follows any more. */
  remove(interests: readonly Interest[]): readonly Interest[] {
    return interests.filter((interest) => {
      const name = nameOf(interest);
      const row = this.#looked.get(name);
      if (row === undefined) return false;
      row.count -= 1;
      if (row.count > 0) return false;
      this.#looked.delete(name);
      return !this.#held.has(name);
    });
  }

  #follows(): readonly Uint8Array[] {
    const { store, primitives, user } = this.#options;
    const stored = store.current(user, KIND.follows, '');
    return stored === null ? [] : followedIn(readMessage(primitives, stored.bytes).content);
  }
}
