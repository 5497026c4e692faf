/**
 * E-mail addresses as an application of a signed-in user sees them (SPEC E2, E4-E6): signing in with one more,
 * and letting a device in that signed in with one. Loaded when it is first used.
 */

import { equal } from '../base/bytes.ts';
import { pause } from '../base/env.ts';
import { Fault } from '../base/fault.ts';
import { key, type Key } from '../base/ids.ts';
import { emailLookMs } from '../base/limits.ts';
import { emailApi, type EmailFailure, type EmailRemote, type EmailRow, type KnockRow } from '../api/email.ts';
import { isCommitted, type Meeting } from '../capability/hand-over.ts';
import { tunnelled } from './facet-tunnel.ts';
import { copiedParty, HandOverEnd } from './email-hand-over.ts';
import type { EmailInvitation, EmailSelf } from './email-types.ts';
import type { Site } from './site.ts';
import type { InviteOptions } from './types.ts';

export type { EmailFailure, EmailRow };

export interface EmailProvider {
  readonly id: string;
  readonly name: string;
}

/** What became of a sign-in that this device began. */
export type EmailStep =
  | { readonly kind: 'away' }
  | { readonly kind: 'returned'; readonly triesLeft: number }
  | { readonly kind: 'failed'; readonly reason: EmailFailure }
  | { readonly kind: 'signedIn'; readonly email: string; readonly statement: number };

export type EmailConfirmed =
  | { readonly kind: 'ok'; readonly email: string; readonly statement: number }
  | { readonly kind: 'wrong'; readonly triesLeft: number }
  | { readonly kind: 'failed'; readonly reason: EmailFailure };

/** A sign-in under way: the address is opened in any browser, which shows digits for `confirm`. */
export interface EmailVisit {
  readonly url: string;
  readonly untilMs: number;
  look(): Promise<EmailStep>;
  confirm(digits: string): Promise<EmailConfirmed>;
}

/** A device that signed in with an address of this user and waits to be let in. */
export interface Knock {
  readonly id: Uint8Array;
  readonly email: string;
  readonly device: Key;
  readonly deviceName: string;
  readonly provider: string;
  readonly timeMs: number;
  readonly untilMs: number;
  /** Whether it is the same account at the provider as before: if not, ask twice. */
  readonly sameAccount: boolean;
}

/** The answer to a knock. */
export interface LettingIn {
  /** To be compared with those that the waiting device shows, by a person who sees both. */
  readonly digits: string;
  /** Gives it everything that this user has: only after the comparison. */
  give(): Promise<void>;
  deny(): Promise<void>;
}

export class Emails {
  readonly #self: EmailSelf;
  readonly #remote: EmailRemote;

  constructor(self: EmailSelf) {
    this.#self = self;
    this.#remote = tunnelled(emailApi, self.pass);
  }

  async providers(): Promise<readonly EmailProvider[]> {
    return this.#remote.providers({});
  }

  /** Begins to sign in with one more address. */
  async begin(provider: string, deviceName = ''): Promise<EmailVisit> {
    const begun = await this.#remote.begin({ provider, deviceName, commitment: null });
    const { url, untilMs } = begun;
    const ticket = begun.ticket.slice();
    return {
      url,
      untilMs,
      look: async () => stepOf(await this.#remote.look({ ticket })),
      confirm: async (digits) => {
        const answer = await this.#remote.confirm({ ticket, code: digits });
        // From now on this device notices whoever else signs in with the address.
        if (answer.kind === 'ok') await (await this.#self.names()).watchEmail(answer.email);
        return confirmedOf(answer);
      },
    };
  }

  /** The addresses of this user and the devices that signed in with them. */
  async list(): Promise<readonly EmailRow[]> {
    return this.#remote.emails({});
  }

  /** Ends all statements that this user is who has an address; answers how many. */
  async forget(email: string): Promise<number> {
    const { ended } = await this.#remote.forget({ email });
    await (await this.#self.names()).watchEmail(email, { isWanted: false });
    return ended;
  }

  /** Restates for this user what this device signed in with before it had one. */
  async adopt(): Promise<readonly number[]> {
    return (await this.#remote.adopt({})).statements;
  }

  /** Devices that signed in with an address of this user and wait; `copse.devicesChanged` says when to ask. */
  async knocks(): Promise<readonly Knock[]> {
    return (await this.#remote.knocks({})).map(knockOf);
  }

  /**
   * Answers a knock, and resolves when the digits can be compared. Before that the log of the node is asked
   * whether its key still counts and whether it has really stated that device: what a node says without
   * stating it in public lets nobody in.
   */
  async meet(knock: Knock): Promise<LettingIn> {
    const row = await this.#require(knock.id);
    const names = await this.#self.names();
    await names.requireNode();
    const stated = await names.keysOf(row.email);
    if (!stated.some(({ statement, device }) => statement === row.statement && equal(device, row.device)))
      throw new Fault('badProof', 'The node has not stated in its log that this device signed in.');
    const { node, handing } = this.#self;
    const given = await handing();
    const handed = given.handed.slice();
    const end = await HandOverEnd.make(this.#self, key(given.device.slice()));
    const { exchange, nonce } = end.party;
    await this.#remote.meet({ knock: knock.id, exchange, nonce });
    const asking = await this.#revealed(knock.id);
    const { email, statement } = row;
    const meeting: Meeting = { node, email, statement, asking, giving: end.party };
    return {
      digits: end.digits(meeting),
      give: async () => {
        const sealed = await end.seal(meeting, handed);
        await this.#remote.give({ knock: knock.id, sealed });
      },
      deny: () => this.deny(knock),
    };
  }

  /** Invitations to a site for each user who signs in with an address, sealed so that only her devices open them. */
  async invite(
    site: Pick<Site, 'invite'>,
    email: string,
    options: InviteOptions = {},
  ): Promise<readonly EmailInvitation[]> {
    const { inviteEmail } = await import('./email-invite.ts');
    return inviteEmail(this.#self, email, () => site.invite(options));
  }

  /** The link in an invitation that somebody has sealed to this user. */
  async open(invitation: string): Promise<string> {
    const { openInvitation } = await import('./email-invite.ts');
    return openInvitation(this.#self, invitation);
  }

  async deny({ id }: Pick<Knock, 'id'>): Promise<void> {
    await this.#remote.deny({ knock: id });
  }

  async #require(id: Uint8Array): Promise<KnockRow> {
    const rows = await this.#remote.knocks({});
    const found = rows.find(({ knock }) => equal(knock, id));
    if (found === undefined) throw new Fault('unknown', 'This device does not wait any more.');
    return found;
  }

  /** What the waiting device opens its commitment to, as soon as it does. */
  async #revealed(id: Uint8Array): Promise<Meeting['asking']> {
    for (;;) {
      const row = await this.#require(id);
      if (row.revealed !== null) {
        const party = copiedParty(row.revealed);
        if (!isCommitted(this.#self.primitives, row.commitment, party))
          throw new Fault('badProof', 'The waiting device has committed to another key.');
        return party;
      }
      await pause(this.#self.env, emailLookMs);
    }
  }
}

function knockOf(row: KnockRow): Knock {
  const { email, deviceName, provider, timeMs, untilMs, sameAccount } = row;
  const device = key(row.device.slice());
  return { id: row.knock.slice(), email, device, deviceName, provider, timeMs, untilMs, sameAccount };
}

export function stepOf(answer: Awaited<ReturnType<EmailRemote['look']>>): EmailStep {
  if (answer.kind !== 'signedIn') return answer;
  return { kind: 'signedIn', email: answer.email, statement: answer.statement };
}

function confirmedOf(answer: Awaited<ReturnType<EmailRemote['confirm']>>): EmailConfirmed {
  if (answer.kind !== 'ok') return answer;
  return { kind: 'ok', email: answer.email, statement: answer.statement };
}
