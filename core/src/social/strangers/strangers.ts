/**
 * How strangers reach the users of a node (SPEC Z70 to Z77): a message with work waits in a queue of its
 * recipient, apart from what others read. What costs nothing is looked at first, then the one hash of the work,
 * then whether the recipient wants it, and only then a signature is checked and something is kept.
 */

import { must } from '../../base/assert.ts';
import { equal } from '../../base/bytes.ts';
import type { Env, Timer } from '../../base/env.ts';
import { asFault, Fault } from '../../base/fault.ts';
import { key, type Key } from '../../base/ids.ts';
import { peerClockAheadMs, peerCommitMax } from '../../base/limits-peer.ts';
import {
  guestBytesMax,
  guestMs,
  guestsBytesMax,
  knockAgeMsMax,
  knockDaysMax,
  knocksBurst,
  knocksPendingMax,
  knocksPerSecond,
  knocksSweepMs,
  knocksSweptMax,
  workStampMsMax,
} from '../../base/limits-work.ts';
import { Meter } from '../../base/meter.ts';
import type { Knocked, StrangersApi } from '../../api/strangers.ts';
import { domain } from '../../crypto/domain.ts';
import { hashOf } from '../../crypto/hash.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { isWork, type Stamp } from '../../crypto/work.ts';
import { KIND } from '../message/kinds.ts';
import { readMessage, type UnverifiedMessage } from '../message/message.ts';
import type { Ingest, Payer } from '../peer/ingest.ts';
import type { PeerStore } from '../store/store.ts';
import { unlessFull } from '../store/unless-full.ts';
import { isNear } from './near.ts';
import { plainBits, Pricing, type Asked, type Queue } from './price.ts';
import { StrangerSession } from './session.ts';
import type { Left, NewKnock, StrangerStore } from './store.ts';

export interface StrangersOptions {
  readonly store: PeerStore;
  readonly strangers: StrangerStore;
  readonly ingest: Pick<Ingest, 'take'>;
  readonly primitives: Primitives;
  readonly env: Env;
  /** Runs a task behind what has already arrived. */
  readonly soon: (task: () => void) => void;
  readonly node: Key;
  /** Whether a key is that of a user of this node. */
  readonly knows: (user: Key) => Promise<boolean>;
  readonly isAdmin: (user: Key) => Promise<boolean>;
  /** Somebody has knocked, and it is durable. */
  readonly onKnocked?: () => void;
}

export interface StrangerFigures {
  readonly knocked: number;
  readonly refused: number;
  readonly waitingBytes: number;
  readonly loadBits: number;
}

type Knock = Parameters<StrangersApi['knock']>[0];

interface Waiting extends NewKnock {
  readonly resolve: (left: Left) => void;
  readonly reject: (thrown: unknown) => void;
}

const GUESTS = domain('id/guests');

/** The account of what guests bring: nobody's key, and of this node only. */
export function guestsKey(primitives: Primitives, node: Key): Key {
  return key(hashOf(primitives, GUESTS, node));
}

export class Strangers implements Disposable {
  readonly options: StrangersOptions;
  readonly pricing: Pricing;
  readonly guests: Payer;
  readonly #signatures = new Meter(knocksPerSecond, knocksBurst);
  #waiting: Waiting[] = [];
  #pending = 0;
  #sweeping: Timer | null = null;
  #knocked = 0;
  #refused = 0;

  constructor(options: StrangersOptions) {
    const { primitives, env, node } = options;
    this.options = options;
    this.pricing = new Pricing(primitives, env);
    this.guests = { key: guestsKey(primitives, node), bytesMax: guestsBytesMax };
    this.#sweep();
  }

  /** What one connection may ask; `user` is by whose blessing it speaks. */
  open(user: Key | null): StrangerSession {
    return new StrangerSession(this, user);
  }

  figures(): StrangerFigures {
    const { bits: loadBits } = this.pricing.load();
    const waitingBytes = this.options.strangers.bytes;
    return { knocked: this.#knocked, refused: this.#refused, waitingBytes, loadBits };
  }

  /** Who may be reached at all: an admin answers for the node. */
  async isHere(to: Key, purpose: Knock['purpose']): Promise<boolean> {
    if (equal(to, this.options.node)) return purpose === 'invitation';
    return this.options.knows(to);
  }

  queue(to: Key, size: number): Queue {
    const { strangers } = this.options;
    return { count: strangers.count(to), least: strangers.leastOf(to, size) };
  }

  async knock(knock: Knock): Promise<Knocked> {
    try {
      return await (knock.stamp === null ? this.#letter(knock) : this.#stamped(knock, knock.stamp));
    } catch (thrown) {
      this.#refused += 1;
      throw asFault(thrown);
    }
  }

  async #stamped(knock: Knock, stamp: Stamp): Promise<Knocked> {
    const asked = this.#asked(knock);
    const { to } = asked;
    this.#checkTerm(stamp);
    // Claims that no price can be as low as are answered before anything is decoded.
    if (stamp.bits < plainBits(asked)) return this.#tooLittle(asked);
    const { primitives, node, strangers, store } = this.options;
    const message = readMessage(primitives, knock.message.slice());
    if (!isWork(primitives, { id: message.id, node, recipient: to }, stamp))
      throw new Fault('badProof', 'the stamp is no work for this message, this recipient and this node');
    if (stamp.bits < this.pricing.least(asked, knock.price, this.queue(to, asked.size)))
      return this.#tooLittle(asked);
    this.#checkLetter(message, to);
    if (store.knows(message.id) || strangers.knows(to, message.id)) return { kind: 'known' };
    await this.#checkReach(to, message.from, knock.purpose);
    await this.#checkSigned(message);
    this.pricing.took();
    const untilMs = this.options.env.wallMs() + knock.days * DAY_MS;
    const left = await this.#leave({
      recipient: to,
      id: message.id,
      sender: message.from,
      bits: stamp.bits,
      isInvitation: knock.purpose === 'invitation',
      atMs: this.options.env.wallMs(),
      untilMs,
      body: message.bytes,
    });
    if (left.kind === 'known') return left;
    if (left.kind === 'crowded') return this.#tooLittle(asked);
    this.#knocked += 1;
    this.options.onKnocked?.();
    return { kind: 'waiting', untilMs };
  }

  /** Without work: by somebody who was accepted. */
  async #letter(knock: Knock): Promise<Knocked> {
    const asked = this.#asked(knock);
    const { primitives, strangers, store, env } = this.options;
    const { to } = asked;
    const message = readMessage(primitives, knock.message.slice());
    if (strangers.guest(to, message.from, env.wallMs()) === null) return this.#tooLittle(asked);
    this.#checkLetter(message, to);
    if (store.knows(message.id) || strangers.knows(to, message.id)) return { kind: 'known' };
    if (strangers.reach(to) === 'nobody') throw closed();
    await this.#checkSigned(message);
    // Others of hers may have been counted while the signature was checked, or she was kept away.
    const now = strangers.guest(to, message.from, env.wallMs());
    if (now === null) return this.#tooLittle(asked);
    if (now.bytes + message.bytes.length > guestBytesMax)
      throw new Fault('full', 'you have written to her as much as you may without an account: knock again');
    strangers.guestWrote(to, message.from, message.bytes.length);
    return (await this.keep(message.bytes)) === 'known' ? { kind: 'known' } : { kind: 'delivered' };
  }

  /** Among the messages of the node, in the account of the guests. */
  async keep(bytes: Uint8Array): Promise<'stored' | 'known'> {
    const put = await this.options.ingest.take(bytes, this.guests);
    if (put.kind === 'stored' || put.kind === 'known') return put.kind;
    throw new Fault('full', 'this node has no room for older messages of guests');
  }

  /** What somebody who was accepted may do from now on. */
  welcome(user: Key, who: Key): void {
    const nowMs = this.options.env.wallMs();
    this.options.strangers.setGuest(user, who, { nowMs, untilMs: nowMs + guestMs });
  }

  #asked({ to, message, days, purpose }: Knock): Asked & { readonly to: Key } {
    if (days < 1 || days > knockDaysMax)
      throw new Fault('malformed', `a knock waits 1 to ${knockDaysMax} days`);
    // A copy: what arrived is a view into a buffer that is used again.
    return { to: key(to.slice()), size: message.length, days, purpose };
  }

  #tooLittle(asked: Asked & { readonly to: Key }): Knocked {
    return { kind: 'work', price: this.pricing.price(asked, this.queue(asked.to, asked.size)) };
  }

  #checkTerm({ expiresMs }: Stamp): void {
    const nowMs = this.options.env.wallMs();
    if (expiresMs <= nowMs) throw new Fault('expired', 'the stamp is over: work anew');
    if (expiresMs > nowMs + workStampMsMax)
      throw new Fault('malformed', 'a stamp counts for an hour at most: set the clock of this device');
  }

  #checkLetter({ kind, mentions, timeMs }: UnverifiedMessage, to: Key): void {
    if (kind !== KIND.post) throw new Fault('malformed', 'one knocks with a post');
    if (!mentions.some((each) => equal(each, to)))
      throw new Fault('malformed', 'one knocks with a message that mentions whom it is for');
    const nowMs = this.options.env.wallMs();
    if (timeMs > nowMs + peerClockAheadMs || timeMs < nowMs - knockAgeMsMax)
      throw new Fault('malformed', 'one knocks with a message of today: set the clock of its device');
  }

  /** Nobody learns whether there is no such user, or whether she wants nobody: both are answered alike. */
  async #checkReach(to: Key, from: Key, purpose: Knock['purpose']): Promise<void> {
    const { strangers } = this.options;
    if (!(await this.isHere(to, purpose)) || strangers.isAway(to, from)) throw closed();
    const reach = strangers.reach(to);
    if (reach === 'everybody') return;
    if (reach !== 'friendsOfFriends' || !(await isNear(this.options, to, from))) throw closed();
  }

  async #checkSigned(message: UnverifiedMessage): Promise<void> {
    if (this.#signatures.take(this.options.env.nowMs()) > 0)
      throw new Fault('tooMany', 'many knock at this node: again in a while, the stamp still counts');
    if (!(await message.isSigned())) throw new Fault('badProof', 'its user has not signed it');
  }

  #leave(knock: NewKnock): Promise<Left> {
    if (this.#pending >= knocksPendingMax) throw new Fault('tooMany', 'knocks wait already');
    this.#pending += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...knock, resolve, reject });
      if (this.#waiting.length === 1) this.options.soon(() => this.#commit());
    });
  }

  /** What came in one turn is one commit. */
  #commit(): void {
    const batch = this.#waiting.splice(0, peerCommitMax);
    this.#pending -= batch.length;
    try {
      const left = this.options.strangers.leave(batch);
      for (const [at, { resolve }] of batch.entries()) resolve(must(left[at], 'every knock is answered'));
    } catch (thrown) {
      for (const { reject } of batch) reject(asFault(thrown));
    }
  }

  #sweep(): void {
    const { strangers, env } = this.options;
    const gone = unlessFull(env, 'strangers.full', () => strangers.sweep(env.wallMs())) ?? 0;
    this.#sweeping = env.after(gone === knocksSweptMax ? 0 : knocksSweepMs, () => this.#sweep());
  }

  [Symbol.dispose](): void {
    this.#sweeping?.cancel();
  }
}

const DAY_MS = 86_400_000;

function closed(): Fault {
  return new Fault('forbidden', 'she cannot be reached here by who has no account');
}
