/**
 * Another key in the place of one's own (SPEC Z107): the account goes over by the signatures of both, what one has
 * said of oneself and others is said again by the new key, and who follows the old one finds the new one. What was
 * posted stays signed by the old key, as it was.
 */

import { concat, equal, hex } from '../../base/bytes.ts';
import type { Key } from '../../base/ids.ts';
import { formerKeysMax, peerFollowsMax, peerPageRowsMax } from '../../base/limits-peer.ts';
import type { Env } from '../../base/env.ts';
import { asFault, Fault } from '../../base/fault.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { signMessage } from '../../social/message/message.ts';
import { isCurrentKind, KIND } from '../../social/message/kinds.ts';
import { encodeMoved, formersIn, movedTo } from '../../social/message/moved.ts';
import type { Message } from '../../social/message/terms.ts';
import type { Accounts } from '../accounts.ts';
import { userKeysOf, type SignKey } from '../identity.ts';
import type { There } from './account-file.ts';
import { interest } from './interest.ts';
import { requireKept } from './kept.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { PlaceLine } from './place-line.ts';
import { checkedRow } from './read.ts';
import type { Sealing } from './sealed.ts';
import type { Page, PostCursor } from './types.ts';

/** The neighbourhood of the same node for another secret. */
export interface Opened {
  readonly place: Neighbourhood;
  readonly line: PlaceLine;
}

export interface MovingParts {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly user: SignKey | null;
  readonly sealing: Sealing | null;
  readonly there: There;
}

/** Somebody who is followed goes on as somebody else. */
export interface Succession {
  readonly from: Key;
  readonly to: Key;
}

/** Followed keys that are asked for at once. */
const AT_ONCE = 16;

export class Moving {
  readonly #place: Neighbourhood;
  readonly #parts: MovingParts;

  constructor(place: Neighbourhood, parts: MovingParts) {
    this.#place = place;
    this.#parts = parts;
  }

  /** The key by which somebody goes on, through all that she had; null: it is the one that she has. */
  async successor(of: Key): Promise<Key | null> {
    let last: Key | null = null;
    for (let hops = 0; hops < formerKeysMax; hops++) {
      const next = await this.#next(last ?? of);
      if (next === null || equal(next, of)) return last;
      last = next;
    }
    return last;
  }

  /** The keys that somebody had before, as those say themselves; the last one first. */
  async formers(of: Key): Promise<readonly Key[]> {
    const message = await this.#place.current(of, KIND.formerly);
    const found: Key[] = [];
    for (const each of message === null ? [] : formersIn(message.content)) {
      const last = await this.successor(each);
      if (last !== null && equal(last, of)) found.push(each);
    }
    return found;
  }

  /** What somebody has posted by this key and by those that she had before, the newest first. */
  async postsOf(of: Key, before: PostCursor | null = null): Promise<Page> {
    const keys = [of, ...(await this.formers(of))];
    return this.#place.page(
      keys.map((each) => interest('posts', each)),
      before,
    );
  }

  /** Follows those, too, as whom somebody goes on whom one follows, where she was; answers who. */
  async followSuccessors(): Promise<readonly Succession[]> {
    const place = this.#place;
    const follows = await place.follows();
    const known = new Set(follows.map(hex));
    const found: Succession[] = [];
    for (let at = 0; at < follows.length; at += AT_ONCE) {
      const asked = follows.slice(at, at + AT_ONCE);
      const successors = await Promise.all(asked.map((from) => this.successor(from)));
      for (const [index, from] of asked.entries()) {
        const to = successors[index];
        if (to === undefined || to === null || known.has(hex(to))) continue;
        known.add(hex(to));
        found.push({ from, to });
      }
    }
    for (const { from, to } of found) await this.#introduce(from, to);
    const keys = [...follows, ...found.map(({ to }) => to)].slice(0, peerFollowsMax);
    if (found.length > 0) await place.publish({ kind: KIND.follows, content: concat(...keys) });
    return found;
  }

  /**
   * Gives this account to the key of another secret, and says again what this one has said. Answers the
   * neighbourhood of the new key; done again, after it was interrupted, it goes on. Memberships of sites stay with
   * the old key, because what opens them is sealed to it: have the new one invited to them.
   */
  async moveTo(secret: Uint8Array, accounts: Pick<Accounts, 'replaceKey'>): Promise<Neighbourhood> {
    const { user, there } = this.#parts;
    if (user === null) throw new Fault('forbidden', 'sign in to have another key');
    const next = await there.as(secret);
    try {
      if (!(await this.#hasMoved(user.publicKey, next.place))) {
        await this.#announce(user, secret);
        await accounts.replaceKey(secret);
      }
      await this.#sayAgain(user.publicKey, next);
      const formers = [user.publicKey, ...(await next.place.moving.formers(user.publicKey))];
      const content = concat(...formers.slice(0, formerKeysMax));
      await next.place.publish({ kind: KIND.formerly, content });
      return next.place;
    } catch (thrown) {
      next.place[Symbol.dispose]();
      throw thrown;
    }
  }

  /** Whether the account is with the other key already. One that has an account beside this one takes none over. */
  async #hasMoved(old: Key, next: Neighbourhood): Promise<boolean> {
    if (next.me === null || equal(next.me, old)) throw new Fault('usage', 'that is the key that you have');
    if ((await next.hello()).standing !== 'friend') return false;
    if (await this.#isRefused()) return true;
    throw new Fault('taken', 'the other key has an account of its own here');
  }

  /** The key of an account that has gone over is let in by its node no more. */
  async #isRefused(): Promise<boolean> {
    const line = this.#parts.there.apart();
    try {
      return (await line.hello()).standing !== 'friend';
    } catch (thrown) {
      if (asFault(thrown).code === 'revoked') return true;
      throw thrown;
    } finally {
      line.close();
    }
  }

  /** Answered by the node itself: afterwards it takes nothing of the old key. */
  async #announce(user: SignKey, secret: Uint8Array): Promise<void> {
    const { env, primitives, there } = this.#parts;
    const { sign } = await userKeysOf(primitives, secret);
    const content = await encodeMoved(primitives, user.publicKey, sign.seed);
    const terms = { kind: KIND.moved, timeMs: Math.floor(env.wallMs()), content };
    const { bytes } = await signMessage(primitives, user.seed, terms);
    const line = there.apart();
    try {
      const { answers } = await (await line.get()).publish({ messages: [bytes] });
      for (const answer of answers) requireKept(answer);
    } finally {
      line.close();
    }
  }

  async #next(of: Key): Promise<Key | null> {
    const message = await this.#place.current(of, KIND.moved);
    return message === null ? null : movedTo(this.#parts.primitives, of, message.content);
  }

  /** So that the node looks for her where she was. */
  async #introduce(from: Key, to: Key): Promise<void> {
    const place = this.#place;
    const addresses = await place.addressesOf(from).catch(() => null);
    if (addresses !== null) await place.vouch(to, { addresses: addresses.outbox });
  }

  async #sayAgain(old: Key, { place, line }: Opened): Promise<void> {
    const { primitives, sealing } = this.#parts;
    for await (const { kind, name, content, text, timeMs } of statementsOf({ line, primitives }, old)) {
      if (kind === KIND.moved || kind === KIND.formerly) continue;
      const before = await place.current(place.me ?? old, kind, name);
      if (before !== null && before.timeMs >= timeMs) continue;
      if (kind !== KIND.state) await place.publish({ kind, name, content, text });
      else {
        const opened = sealing?.open(name, content) ?? null;
        if (opened !== null) await place.setShared(name, opened);
      }
    }
  }
}

interface Reader {
  readonly line: Pick<PlaceLine, 'get'>;
  readonly primitives: Primitives;
}

/** What somebody has said that replaces what she said before. */
async function* statementsOf({ line, primitives }: Reader, of: Key): AsyncGenerator<Message> {
  for (let before: PostCursor | null = null; ;) {
    const asked = { of: [interest('other', of)], before, rows: peerPageRowsMax };
    const { rows } = await (await line.get()).page(asked);
    const page = await Promise.all(rows.map(({ message }) => checkedRow(primitives, message)));
    yield* page.filter(({ kind, from }) => isCurrentKind(kind) && equal(from, of));
    const last = rows.at(-1);
    if (last === undefined) return;
    before = { timeMs: page.at(-1)?.timeMs ?? 0, seq: last.seq };
  }
}
