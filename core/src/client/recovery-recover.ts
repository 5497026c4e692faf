/**
 * Recovering with a code and a PIN (SPEC P10). Cards are fetched from the realms that the code names and from
 * those that the cards name; the newest registration that enough realms have is the one that counts. Only as
 * many realms are asked as are needed, because each asking is a guess there; one that is offline, locked or
 * lies is replaced by another.
 */

import { equal, hex } from '../base/bytes.ts';
import { asFault, Fault } from '../base/fault.ts';
import { key, type Key } from '../base/ids.ts';
import { keyShape } from '../api/model.ts';
import type { Card } from '../capability/recovery-card.ts';
import { parseCode, type RecoveryCode } from '../capability/recovery-code.ts';
import { Guess } from '../capability/recovery.ts';
import { struct } from '../wire/compound.ts';
import { decode, fixed, text } from '../wire/shape.ts';
import { readOrigin } from './recovery-links.ts';
import { lookAtRealm, type Reached, type RecoveryTools, type Seen } from './recovery-realms.ts';

/** What a recovery gives back. */
export const payloadShape = struct({ secret: fixed(32), url: text(256), node: keyShape });

export interface RecoverOptions {
  /** The text of the code. */
  readonly code: string;
  readonly pin: string;
  /** Addresses of realms, when those in the code are not theirs any more. */
  readonly realms?: readonly string[];
}

export interface RealmReport {
  readonly url: string;
  /** `old`: has another registration than the one that counts. `lying`: its answer was not by its key. */
  readonly state: 'ok' | 'unasked' | 'offline' | 'unknown' | 'old' | 'locked' | 'lying' | 'busy';
}

export type Recovered =
  | {
      readonly kind: 'ok';
      /** Of the user: opens her account anywhere. */
      readonly secret: Uint8Array;
      readonly home: { readonly url: string; readonly node: Key };
      readonly realms: readonly RealmReport[];
    }
  | { readonly kind: 'wrongPin'; readonly triesLeft: number; readonly realms: readonly RealmReport[] }
  /** So many more realms are needed; try again when they can be reached. */
  | { readonly kind: 'missing'; readonly needed: number; readonly realms: readonly RealmReport[] }
  /** Too few realms have a share left: nobody recovers this any more. */
  | { readonly kind: 'locked'; readonly realms: readonly RealmReport[] };

type State = RealmReport['state'];

/** Recovers, or says why not. Throws `malformed` when the code is none. */
export async function recoverSecret(tools: RecoveryTools, options: RecoverOptions): Promise<Recovered> {
  const code = parseCode(options.code);
  if (code === null) throw new Fault('malformed', 'This is no recovery code.');
  const urls = [...new Set([...(options.realms ?? []).map(readOrigin), ...code.realms])];
  const seen = await lookAround(tools, code, urls);
  try {
    return await new Attempt(tools, options.pin, seen).run();
  } finally {
    for (const one of seen) if (one.kind === 'here') one.realm[Symbol.dispose]();
  }
}

/** Also at the realms that only a card names: a code is older than the last renewal. */
async function lookAround(
  tools: RecoveryTools,
  code: RecoveryCode,
  urls: readonly string[],
): Promise<Seen[]> {
  const seen = await Promise.all(urls.map((url) => lookAtRealm(tools, code, url)));
  const named = seen.flatMap((one) => (one.kind === 'here' ? one.realm.card.realms : []));
  const further = [...new Set(named.map(({ url }) => url))].filter((url) => !urls.includes(url));
  return [...seen, ...(await Promise.all(further.map((url) => lookAtRealm(tools, code, url))))];
}

class Attempt {
  readonly #tools: RecoveryTools;
  readonly #pin: string;
  readonly #seen: readonly Seen[];
  readonly #states = new Map<string, State>();
  #triesLeft = Infinity;

  constructor(tools: RecoveryTools, pin: string, seen: readonly Seen[]) {
    this.#tools = tools;
    this.#pin = pin;
    this.#seen = seen;
    for (const one of seen) {
      this.#states.set(one.kind === 'here' ? one.realm.url : one.url, one.kind === 'here' ? 'old' : one.kind);
    }
  }

  async run(): Promise<Recovered> {
    const here = this.#seen.flatMap((one) => (one.kind === 'here' ? [one.realm] : []));
    const card = cardThatCounts(here);
    if (card === null) return this.#missing(here[0]?.card.threshold ?? 2, here.length);
    const realms = here.filter((realm) => isOf(card, realm));
    for (const { url } of realms) this.#states.set(url, 'unasked');
    const { primitives, env } = this.#tools;
    const guess = await Guess.begin(primitives, env, card, this.#pin);
    await this.#askEnough(guess, realms);
    if (guess.missing > 0) return this.#tooFew(card, guess.missing);
    if (!guess.solve()) return { kind: 'wrongPin', triesLeft: this.#triesLeft, realms: this.#reports() };
    // All that can be reached are opened, so that none of them keeps counting against her.
    await Promise.all(realms.map((realm) => this.#open(guess, realm)));
    if (guess.missingShares > 0) return this.#tooFew(card, guess.missingShares);
    return this.#done(guess);
  }

  #done(guess: Guess): Recovered {
    const payload = guess.payload();
    if (payload === null) throw new Fault('corrupt', 'What was recovered does not open.');
    const { secret, url, node } = decode(payloadShape, payload);
    const home = { url, node: key(node.slice()) };
    return { kind: 'ok', secret: secret.slice(), home, realms: this.#reports() };
  }

  async #askEnough(guess: Guess, realms: readonly Reached[]): Promise<void> {
    let left = realms;
    while (guess.missing > 0 && left.length > 0) {
      const asked = left.slice(0, guess.missing);
      left = left.slice(asked.length);
      await Promise.all(asked.map((realm) => this.#ask(guess, realm)));
    }
  }

  async #ask(guess: Guess, realm: Reached): Promise<void> {
    const number = placeOf(guess.card, realm);
    try {
      const answer = await realm.remote.evaluate({ id: realm.id, blinded: guess.ask(number) });
      if (answer.kind === 'locked') return this.#note(realm, 'locked');
      this.#triesLeft = Math.min(this.#triesLeft, answer.triesLeft);
      this.#note(realm, guess.take(number, answer) ? 'ok' : 'lying');
    } catch (thrown) {
      this.#note(realm, asFault(thrown).code === 'tooMany' ? 'busy' : 'offline');
    }
  }

  async #open(guess: Guess, realm: Reached): Promise<void> {
    const number = placeOf(guess.card, realm);
    try {
      const answer = await realm.remote.unlock({ id: realm.id, tag: guess.tag(number) });
      if (answer.kind === 'ok') this.#note(realm, guess.give(number, answer.share) ? 'ok' : 'lying');
      else this.#note(realm, answer.kind === 'locked' ? 'locked' : 'lying');
    } catch {
      this.#note(realm, 'offline');
    }
  }

  #note(realm: Reached, state: State): void {
    this.#states.set(realm.url, state);
  }

  /** Locked for ever when the realms that are not could not be enough, whoever comes back. */
  #tooFew(card: Card, needed: number): Recovered {
    const lost = [...this.#states.values()].filter((state) => state === 'locked').length;
    if (card.realms.length - lost < card.threshold) return { kind: 'locked', realms: this.#reports() };
    return { kind: 'missing', needed, realms: this.#reports() };
  }

  #missing(threshold: number, count: number): Recovered {
    return { kind: 'missing', needed: Math.max(1, threshold - count), realms: this.#reports() };
  }

  #reports(): readonly RealmReport[] {
    return [...this.#states].map(([url, state]) => ({ url, state }));
  }
}

/** The newest one that enough realms have; null when none has. */
function cardThatCounts(here: readonly Reached[]): Card | null {
  const byAge = here.map(({ card }) => card).toSorted((a, b) => b.madeMs - a.madeMs);
  return byAge.find((card) => here.filter((realm) => isOf(card, realm)).length >= card.threshold) ?? null;
}

/** Whether a realm has this card and stands in it under its own key: another's place is not good for it. */
function isOf(card: Card, realm: Reached): boolean {
  return hex(realm.card.version) === hex(card.version) && placeOf(card, realm) > 0;
}

/** From 1; 0 when it is none of the card's. */
function placeOf(card: Card, realm: Reached): number {
  return card.realms.findIndex(({ node }) => equal(node, realm.node)) + 1;
}
