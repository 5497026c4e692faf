/**
 * The doorstep of the neighbourhood (SPEC Z70 to Z77): how one reaches a user of a node without an account there,
 * and what a user does about those who knock.
 */

import { equal, fromHex } from '../../base/bytes.ts';
import type { Env } from '../../base/env.ts';
import { Fault } from '../../base/fault.ts';
import type { Key } from '../../base/ids.ts';
import {
  knockBytesMax,
  knockDaysMax,
  knocksPerUserMax,
  workAttemptsMax,
  workStampMsMax,
} from '../../base/limits-work.ts';
import {
  strangersApi,
  type Price,
  type Purpose,
  type Reach,
  type StrangersApi,
} from '../../api/strangers.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { headOf, nonceBytes, WORK_ALGORITHM, type Stamp } from '../../crypto/work.ts';
import { KIND } from '../../social/message/kinds.ts';
import type { Message } from '../../social/message/terms.ts';
import type { Remote } from '../../wire/contract.ts';
import type { SignKey } from '../identity.ts';
import { checkDraft, signDraft } from './draft.ts';
import type { PlaceLine } from './place-line.ts';
import { postOf } from './read.ts';
import type { Draft, MessageId, Post } from './types.ts';
import type { WorkDoer, WorkWatch } from './work.ts';

export interface DoorstepParts {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly line: Pick<PlaceLine, 'facet'>;
  readonly node: Key;
  readonly user: SignKey | null;
  readonly work: WorkDoer;
}

export interface KnockOptions extends WorkWatch {
  /** How long it waits for an answer. */
  readonly days?: number;
  /** More than so many bits of work is refused with what is asked. */
  readonly bitsMax?: number;
}

/** It waits; it is among her mentions already, because she has accepted one before; it is there, or was. */
export type Knocked =
  | { readonly kind: 'waiting'; readonly untilMs: number; readonly message: Message }
  | { readonly kind: 'delivered' | 'known'; readonly message: Message };

/** Somebody who has knocked. */
export interface Knock {
  readonly post: Post;
  readonly purpose: Purpose;
  /** Work that was done for it. */
  readonly bits: number;
  readonly atMs: number;
  readonly untilMs: number;
}

export type ReachState = Awaited<ReturnType<StrangersApi['reach']>>;
export type ReportRow = Awaited<ReturnType<StrangersApi['reports']>>['rows'][number];
type Whose = Parameters<StrangersApi['requests']>[0]['whose'];

/** What one is willing to do unless one says otherwise: a minute of a browser, on average. */
const BITS_MAX = 26;
/** A stamp that is made within this is taken. */
const STAMP_MS = workStampMsMax - 60_000;

export class Doorstep {
  readonly #parts: DoorstepParts;

  constructor(parts: DoorstepParts) {
    this.#parts = parts;
  }

  /** What reaching somebody costs at least, and until when that does not rise. */
  async terms(): Promise<{ readonly bits: number; readonly untilMs: number }> {
    return (await this.#remote()).terms({});
  }

  /** What a message costs now; null: nobody is reached there by who has no account. */
  async price(to: Key, size: number, days = knockDaysMax): Promise<Price | null> {
    const asked = { to, size, days, purpose: this.#purpose(to) };
    return (await (await this.#remote()).price(asked)).price;
  }

  /** Leaves a message with a user, or asks the admins of the node, by its key, for an account. */
  async knock(to: Key, draft: Draft, options: KnockOptions = {}): Promise<Knocked> {
    const { env, primitives, user } = this.#parts;
    if (user === null) throw new Fault('forbidden', 'who knocks signs with a key');
    checkDraft(draft);
    const mentions = [to, ...(draft.mentions ?? []).filter((each) => !equal(each, to))];
    const terms = { ...draft, kind: KIND.post, timeMs: env.wallMs(), mentions };
    const message = await signDraft(primitives, user.seed, terms);
    if (message.bytes.length > knockBytesMax)
      throw new Fault('tooLarge', `one knocks with at most ${knockBytesMax} bytes`);
    return this.#knock(to, message, options);
  }

  /** Who has knocked, those with the most work first. */
  async requests(whose: Whose = 'mine'): Promise<readonly Knock[]> {
    const remote = await this.#remote();
    const knocks: Knock[] = [];
    for (;;) {
      const { count, rows } = await remote.requests({ whose, skip: knocks.length, rows: knocksPerUserMax });
      knocks.push(...(await Promise.all(rows.map((row) => this.#read(row)))));
      if (rows.length === 0 || knocks.length >= count) return knocks;
    }
  }

  /** Her message is one like others from now on, and for a while she may write without work. */
  accept(id: MessageId, whose: Whose = 'mine'): Promise<void> {
    return this.#answer({ id, whose, isAccepted: true });
  }

  decline(id: MessageId, whose: Whose = 'mine'): Promise<void> {
    return this.#answer({ id, whose, isAccepted: false });
  }

  async reach(): Promise<ReachState> {
    return (await this.#remote()).reach({});
  }

  async setReach(reach: Reach): Promise<void> {
    await (await this.#remote()).setReach({ reach });
  }

  async keepAway(whom: Key): Promise<void> {
    await (await this.#remote()).keepAway({ whom, isAway: true });
  }

  async letNear(whom: Key): Promise<void> {
    await (await this.#remote()).keepAway({ whom, isAway: false });
  }

  /** Tells the admins of the node. */
  async report(about: Key, why: string, id: MessageId | null = null): Promise<void> {
    await (await this.#remote()).report({ about, why, id: id === null ? null : bytesOf(id) });
  }

  /** What was reported, the oldest first; for admins. */
  async reports(after = 0): Promise<readonly ReportRow[]> {
    return (await (await this.#remote()).reports({ after })).rows;
  }

  /** The message of a report, as it was when somebody reported it; null: it is about a person alone. */
  async reported({ message }: ReportRow): Promise<Post | null> {
    if (message === null) return null;
    return postOf(this.#parts.primitives, { seq: 0, message, edit: null });
  }

  async settle(number: number): Promise<void> {
    await (await this.#remote()).settle({ number });
  }

  /** Takes a post away from the node, whoever wrote it; for admins. Other nodes keep what they have. */
  async takeAway(id: MessageId): Promise<void> {
    await (await this.#remote()).takeAway({ id: bytesOf(id) });
  }

  async #knock(to: Key, message: Message, options: KnockOptions): Promise<Knocked> {
    const { days = knockDaysMax } = options;
    const purpose = this.#purpose(to);
    const common = { to, message: message.bytes, purpose, days };
    // Who was accepted needs none; whoever was not is told the price.
    let answer = await (await this.#remote()).knock({ ...common, stamp: null, price: null });
    for (let attempt = 0; answer.kind === 'work'; attempt++) {
      const { price } = answer;
      if (attempt >= workAttemptsMax) throw tooDear(price, 'the price rises faster than this device works');
      await this.#requireOpen(to, message);
      const stamp = await this.#stamp(to, message, { ...options, price });
      answer = await (await this.#remote()).knock({ ...common, stamp, price });
    }
    return { ...answer, message };
  }

  /** Nobody works for who wants no work. */
  async #requireOpen(to: Key, { bytes }: Message): Promise<void> {
    if ((await this.price(to, bytes.length)) === null)
      throw new Fault('forbidden', 'she cannot be reached here by who has no account');
  }

  async #stamp(
    to: Key,
    { id }: Message,
    { price, bitsMax = BITS_MAX, ...watch }: KnockOptions & { readonly price: Price },
  ): Promise<Stamp> {
    const { env, node, work } = this.#parts;
    const { bits } = price;
    if (bits > bitsMax) throw tooDear(price, `this program works for ${bitsMax} at most`);
    const expiresMs = env.wallMs() + STAMP_MS;
    const head = headOf({ id, node, recipient: to }, { bits, expiresMs });
    const nonce = await work({ head, bits, first: env.random(nonceBytes) }, watch);
    return { algorithm: WORK_ALGORITHM, bits, expiresMs, nonce };
  }

  async #read({
    message,
    ...rest
  }: Awaited<ReturnType<StrangersApi['requests']>>['rows'][number]): Promise<Knock> {
    return { ...rest, post: await postOf(this.#parts.primitives, { seq: 0, message, edit: null }) };
  }

  async #answer({
    id,
    whose,
    isAccepted,
  }: {
    id: MessageId;
    whose: Whose;
    isAccepted: boolean;
  }): Promise<void> {
    await (await this.#remote()).answer({ whose, id: bytesOf(id), isAccepted });
  }

  #purpose(to: Key): Purpose {
    return equal(to, this.#parts.node) ? 'invitation' : 'letter';
  }

  #remote(): Promise<Remote<typeof strangersApi>> {
    return this.#parts.line.facet(strangersApi, {});
  }
}

function tooDear({ bits, untilMs }: Price, why: string): Fault {
  const until = new Date(untilMs).toISOString().slice(11, 16);
  return new Fault('full', `reaching her takes ${bits} bits of work until ${until} UTC: ${why}`);
}

function bytesOf(id: MessageId): Uint8Array {
  const bytes = fromHex(id);
  if (bytes?.length !== 32) throw new Fault('malformed', 'the id of a message has 64 hex digits');
  return bytes;
}
