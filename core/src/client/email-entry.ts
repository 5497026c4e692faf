/**
 * Signing in with e-mail on a device that has no user yet (SPEC E2, E4, E6): the node states the address for
 * the device's own key, a device of the user hands her secret over after a person has compared six digits, or,
 * where there is none, a new account begins to which the statement moves.
 */

import { pause } from '../base/env.ts';
import { asFault, Fault } from '../base/fault.ts';
import type { Key } from '../base/ids.ts';
import { emailLookMs } from '../base/limits.ts';
import { emailApi, type EmailRemote, type HandOverState } from '../api/email.ts';
import type { Meeting } from '../capability/hand-over.ts';
import { openAuth, type AuthSession } from './auth-session.ts';
import type { Copse } from './copse.ts';
import { stepOf, type EmailConfirmed, type EmailStep } from './email.ts';
import { copiedParty, HandOverEnd } from './email-hand-over.ts';
import type { HandedParts } from './handed.ts';
import { signKeyOf, type SignKey } from './identity.ts';
import { deviceSeedIn } from './device-seed.ts';
import type { Keep } from './keep.ts';
import type { RecoveryTools } from './recovery-realms.ts';
import type { OpenOptions } from './types.ts';

export interface EntryOptions {
  /** Id of a provider of the node (`emailProviders`). */
  readonly provider: string;
  /** What the other devices are told that this one is called. */
  readonly deviceName?: string;
}

export interface EntryParts {
  readonly tools: RecoveryTools;
  readonly url: string;
  readonly node: Key | undefined;
  /** Where the device will keep its keys; the caller disposes it. */
  readonly keep: Keep;
  /** Opens the account afterwards: with a secret that was handed over, or as a new user. */
  readonly open: (handed: Pick<OpenOptions, 'secret' | 'generations'>) => Promise<Copse>;
}

/** How it goes on after the digits of the browser were right. */
export type EntryConfirmed =
  | Exclude<EmailConfirmed, { readonly kind: 'ok' }>
  /** `isKnown`: other devices have been told, and one of them can hand over the keys. */
  | (Extract<EmailConfirmed, { readonly kind: 'ok' }> & { readonly isKnown: boolean });

export type EntryEnd = 'given' | 'denied' | 'over';

export class EmailEntry implements Disposable {
  /** To be opened in any browser, which shows digits for `confirm`. */
  readonly url: string;
  readonly untilMs: number;
  readonly #parts: EntryParts;
  readonly #line: StrangerLine;
  readonly #end: HandOverEnd;
  readonly #ticket: Uint8Array;
  #signedIn: { readonly email: string; readonly statement: number } | null = null;
  #meeting: Meeting | null = null;
  #handed: HandedParts | null = null;

  private constructor(
    parts: EntryParts,
    way: { readonly line: StrangerLine; readonly end: HandOverEnd },
    begun: { readonly ticket: Uint8Array; readonly url: string; readonly untilMs: number },
  ) {
    this.#parts = parts;
    this.#line = way.line;
    this.#end = way.end;
    this.#ticket = begun.ticket.slice();
    this.url = begun.url;
    this.untilMs = begun.untilMs;
  }

  static async begin(parts: EntryParts, { provider, deviceName = '' }: EntryOptions): Promise<EmailEntry> {
    const { tools, url, keep } = parts;
    const node = parts.node ?? (await tools.askKey(url));
    const seed = await deviceSeedIn(tools.env, keep);
    const device = await signKeyOf(tools.primitives, seed);
    const line = new StrangerLine(tools, url, node, device);
    try {
      const end = await HandOverEnd.make(tools, device.publicKey);
      const { commitment } = end;
      const begun = await line.call((remote) => remote.begin({ provider, deviceName, commitment }));
      return new EmailEntry(parts, { line, end }, begun);
    } catch (thrown) {
      line.close();
      throw thrown;
    }
  }

  async look(): Promise<EmailStep> {
    const ticket = this.#ticket;
    return stepOf(await this.#line.call((remote) => remote.look({ ticket })));
  }

  /** The digits that the browser shows. */
  async confirm(digits: string): Promise<EntryConfirmed> {
    const ticket = this.#ticket;
    const answer = await this.#line.call((remote) => remote.confirm({ ticket, code: digits }));
    if (answer.kind !== 'ok') return answer;
    const { email, statement, handOver } = answer;
    this.#signedIn = { email, statement };
    return { kind: 'ok', email, statement, isKnown: handOver.kind !== 'none' };
  }

  /** Waits until a device of the user answers; the digits to compare with those that it shows. Null: denied. */
  async digits(): Promise<string | null> {
    const state = await this.#until((hand) => hand.kind === 'met' || hand.kind === 'denied');
    if (state.kind !== 'met') return null;
    const signedIn = this.#signedIn;
    if (signedIn === null) throw new Fault('stale', 'The digits of the browser come first.');
    const ticket = this.#ticket;
    const { exchange, nonce } = this.#end.party;
    const giving = copiedParty(state);
    const meeting: Meeting = { node: this.#line.node, ...signedIn, asking: this.#end.party, giving };
    this.#meeting = meeting;
    await this.#line.call((remote) => remote.reveal({ ticket, exchange, nonce }));
    return this.#end.digits(meeting);
  }

  /** Waits for what the other device decides. */
  async handed(): Promise<EntryEnd> {
    const state = await this.#until((hand) => hand.kind === 'given' || hand.kind === 'denied');
    if (state.kind !== 'given') return state.kind === 'denied' ? 'denied' : 'over';
    if (this.#meeting === null) throw new Fault('stale', 'The digits are compared first.');
    this.#handed = await this.#end.open(this.#meeting, state.sealed);
    return 'given';
  }

  /** Opens the account whose keys were handed over, or a new one, and moves the statement to it. */
  async open(): Promise<Copse> {
    this.#line.close();
    const { secret, generations } = this.#handed ?? {};
    const copse = await this.#parts.open(secret === undefined ? {} : { secret, generations });
    if (this.#signedIn === null) return copse;
    const emails = await copse.emails();
    await emails.adopt();
    await (await copse.names()).watchEmail(this.#signedIn.email);
    return copse;
  }

  async #until(isThere: (hand: HandOverState) => boolean): Promise<HandOverState> {
    const { env } = this.#parts.tools;
    const ticket = this.#ticket;
    for (;;) {
      const answer = await this.#line.call((remote) => remote.look({ ticket }));
      if (answer.kind === 'failed') throw new Fault('expired', 'Nobody has let this device in.');
      if (answer.kind === 'signedIn' && isThere(answer.handOver)) return answer.handOver;
      if (answer.kind === 'signedIn' && answer.handOver.kind === 'none') return answer.handOver;
      await pause(env, emailLookMs);
    }
  }

  [Symbol.dispose](): void {
    this.#line.close();
  }
}

/** A stranger's session, opened again when it ends: a sign-in outlives its connection. */
class StrangerLine {
  readonly node: Key;
  readonly #tools: RecoveryTools;
  readonly #url: string;
  readonly #device: SignKey;
  #session: Promise<AuthSession> | null = null;
  #isClosed = false;

  constructor(tools: RecoveryTools, url: string, node: Key, device: SignKey) {
    this.#tools = tools;
    this.#url = url;
    this.node = node;
    this.#device = device;
  }

  /** One more try on a new connection when the first one has just ended. */
  async call<T>(work: (remote: EmailRemote) => Promise<T>): Promise<T> {
    try {
      return await work((await this.#open()).facet(emailApi, {}));
    } catch (thrown) {
      if (this.#isClosed || asFault(thrown).code !== 'closed') throw thrown;
      this.#session = null;
      return work((await this.#open()).facet(emailApi, {}));
    }
  }

  #open(): Promise<AuthSession> {
    if (this.#isClosed) throw new Fault('closed');
    const { env, primitives, dial } = this.#tools;
    this.#session ??= openAuth({
      env,
      primitives,
      link: dial(`${this.#url.replace(/^http/, 'ws')}/auth`),
      node: this.node,
      device: this.#device,
      blessing: null,
      events: { changed: () => {}, ended: () => {} },
    });
    return this.#session;
  }

  close(): void {
    this.#isClosed = true;
    this.#session?.then(
      (session) => session.close(),
      () => {},
    );
  }
}

/** The e-mail providers of a node, for who has no account on it. */
export async function providersOf(
  tools: RecoveryTools,
  url: string,
  node: Key | undefined,
): Promise<readonly { readonly id: string; readonly name: string }[]> {
  const device = await signKeyOf(tools.primitives, tools.env.random(32));
  const line = new StrangerLine(tools, url, node ?? (await tools.askKey(url)), device);
  try {
    return await line.call((remote) => remote.providers({}));
  } finally {
    line.close();
  }
}
