/**
 * The desk of e-mail (SPEC E1-E5): begins sign-ins with providers, takes their returns, and when the device has
 * repeated the digits that its browser was shown, states in the log of the node whose address it is. Without
 * the digits a link that somebody sends to another would sign the sender in as that other.
 */

import type { EmailFailure } from 'copse/internal/api/email.ts';
import { base64url, concat, equal, hex, utf8 } from 'copse/internal/base/bytes.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import {
  devicesPerEmailMax,
  emailCodeTries,
  emailsPerUserMax,
  handOverMs,
  knocksPerEmailMax,
  methodBytesMax,
} from 'copse/internal/base/limits.ts';
import { domain } from 'copse/internal/crypto/domain.ts';
import { hashOf, userIdOf } from 'copse/internal/crypto/hash.ts';
import { emailLabel, normalEmail, openingOf } from 'copse/internal/transparency/label.ts';
import type { EmailRecord } from '../store/email.ts';
import type { EmailProviders } from './email-providers.ts';
import {
  EmailVisits,
  type Caller,
  type NewVisit,
  type Phase,
  type SignedIn,
  type Visit,
} from './email-visits.ts';
import type { Grounds } from './grounds.ts';
import { HandOver } from './hand-over.ts';
import type { Live, LiveSession } from './live.ts';
import type { NamesParts } from './names-facet.ts';
import type { SignedInAs } from './statements.ts';

export interface EmailDeskOptions {
  readonly grounds: Grounds;
  readonly names: NamesParts;
  readonly live: Live;
  readonly providers: EmailProviders;
  /** Makes the statement; resolves with its index. */
  readonly state: (signedIn: SignedInAs, except: LiveSession | null) => Promise<number>;
}

/** What the page in the browser says. */
export type Returned =
  | { readonly kind: 'ok'; readonly code: string; readonly email: string; readonly deviceName: string }
  | { readonly kind: 'failed'; readonly reason: EmailFailure };

const NONCE = domain('email/nonce');
const ACCOUNT = domain('email/account');
const DIGITS = 1_000_000;

export class EmailDesk {
  readonly visits: EmailVisits;
  readonly #options: EmailDeskOptions;

  constructor(options: EmailDeskOptions) {
    this.#options = options;
    this.visits = new EmailVisits(options.grounds.env);
  }

  get providers(): EmailProviders['list'] {
    return this.#options.providers.list;
  }

  async begin(part: NewVisit): Promise<{ readonly visit: Visit; readonly url: string }> {
    if (!this.providers.some(({ id }) => id === part.provider)) throw new Fault('unknown', 'a provider');
    const visit = this.visits.add(part);
    const state = base64url(this.#random(32));
    const nonce = this.#nonceOf(part.caller);
    try {
      const { url, verifier } = await this.#options.providers.start({
        provider: part.provider,
        state,
        nonce,
      });
      this.visits.away(visit, { at: 'away', state, nonce, verifier });
      return { visit, url };
    } catch (thrown) {
      this.visits.fail(visit, 'unreachable');
      throw asFault(thrown);
    }
  }

  /** A browser came back; `url` is what it asked for, `provider` the one whose address that is. */
  async returned(provider: string, url: URL): Promise<Returned> {
    const taken = this.visits.takeState(url.searchParams.get('state') ?? '');
    if (taken === null) return { kind: 'failed', reason: 'expired' };
    const { visit, asked } = taken;
    if (visit.provider !== provider) return this.#fail(visit, 'mismatch');
    const { state, nonce, verifier } = asked;
    const answer = await this.#options.providers.finish({ provider, url, state, nonce, verifier });
    if (visit.phase.at !== 'busy') return { kind: 'failed', reason: 'expired' };
    if (answer.kind === 'failed') return this.#fail(visit, answer.reason);
    const email = normalEmail(answer.email);
    if (email === null || utf8(methodOf(answer.issuer)).length > methodBytesMax)
      return this.#fail(visit, 'mismatch');
    const code = this.#code();
    const { issuer, subject } = answer;
    visit.phase = { at: 'returned', email, issuer, subject, code, triesLeft: emailCodeTries };
    return { kind: 'ok', code, email, deviceName: visit.deviceName };
  }

  /** The digits from the device; the phase that they lead to. */
  async confirm(visit: Visit, code: string): Promise<Phase> {
    const { phase } = visit;
    if (phase.at !== 'returned') return phase;
    const digits = code.replaceAll(/\D/gu, '');
    if (!equal(utf8(digits), utf8(phase.code))) {
      phase.triesLeft--;
      if (phase.triesLeft === 0) this.visits.fail(visit, 'wrongCode');
      return visit.phase;
    }
    visit.phase = { at: 'busy' };
    try {
      await this.#signIn(visit, phase);
    } catch (thrown) {
      this.visits.fail(visit, 'refused');
      throw asFault(thrown);
    }
    return visit.phase;
  }

  /** States it, and tells all sessions of the user but one. */
  state(signedIn: SignedInAs, except: LiveSession | null): Promise<number> {
    return this.#options.state(signedIn, except);
  }

  /** The label under which the log has an address, in hex. */
  labelOf(email: string): string {
    const { primitives } = this.#options.grounds;
    return hex(emailLabel(primitives, openingOf(primitives, this.#options.names.openings, email), email));
  }

  tell(users: readonly Key[], except: Caller | null): void {
    const { live, grounds } = this.#options;
    for (const user of users) {
      const told = { what: 'devices', site: null } as const;
      live.tellUser(userIdOf(grounds.primitives, user), told, except?.session ?? null);
    }
  }

  async #signIn(visit: Visit, returned: Phase & { at: 'returned' }): Promise<void> {
    const { grounds } = this.#options;
    const { emails } = grounds.accounts;
    const { email, issuer, subject } = returned;
    const { user, device } = visit.caller;
    const label = this.labelOf(email);
    const known = await emails.ofLabel(label, devicesPerEmailMax);
    const waiting = this.visits
      .waiting()
      .filter(({ phase }) => phase.at === 'signedIn' && phase.label === label);
    if (visit.commitment !== null && waiting.length >= knocksPerEmailMax)
      throw new Fault('tooMany', 'devices that wait for this address');
    await this.#requireRoom(known, user);
    const account = hex(hashOf(grounds.primitives, ACCOUNT, utf8(`${issuer}\n${subject}`)));
    const method = methodOf(issuer);
    const statement = await this.state({ email, user, device, method }, visit.caller.session);
    const timeMs = grounds.env.wallMs();
    const { provider } = visit;
    await emails.put({ user, device, email, label, provider, method, account, statement, atMs: timeMs });
    const others = known.filter((record) => !equal(record.user, user));
    const holders = different(others.filter((record) => !equal(record.user, record.device)));
    const isWaiting = visit.commitment !== null && holders.length > 0;
    const handOver = new HandOver(isWaiting ? 'waiting' : 'none');
    const sameAccount = others.every((record) => record.account === account);
    const common = { email, label, statement, timeMs, holders, sameAccount };
    visit.phase = { at: 'signedIn', ...common, handOver };
    if (isWaiting) {
      visit.untilMs = grounds.env.nowMs() + handOverMs;
      this.visits.knocks(visit);
    }
    this.tell(holders, visit.caller);
  }

  async #requireRoom(known: readonly EmailRecord[], user: Key): Promise<void> {
    if (known.length >= devicesPerEmailMax) throw new Fault('full', 'devices of this address');
    const own = await this.#options.grounds.accounts.emails.ofUser(user, emailsPerUserMax);
    if (own.length >= emailsPerUserMax) throw new Fault('full', 'addresses of this user');
  }

  #fail(visit: Visit, reason: EmailFailure): Returned {
    this.visits.fail(visit, reason);
    return { kind: 'failed', reason };
  }

  /** Bound to device, user and node: an answer for another of them is good for nothing here. */
  #nonceOf({ device, user }: Caller): string {
    const { primitives, node } = this.#options.grounds;
    return base64url(hashOf(primitives, NONCE, concat(device, user, node, this.#random(32))));
  }

  #code(): string {
    const random = this.#random(8);
    const number = new DataView(random.buffer, random.byteOffset).getBigUint64(0) % BigInt(DIGITS);
    return String(number).padStart(6, '0');
  }

  #random(size: number): Uint8Array {
    return this.#options.grounds.env.random(size);
  }
}

function methodOf(issuer: string): string {
  return `oidc ${issuer}`;
}

/** Their users, each once. */
function different(records: readonly EmailRecord[]): readonly Key[] {
  return [...new Map(records.map(({ user }) => [hex(user), user])).values()];
}

export function signedInOf({ phase }: Visit): SignedIn {
  if (phase.at !== 'signedIn') throw new Fault('unknown', 'a device that signed in');
  return phase;
}
