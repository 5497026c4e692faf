/** E-mail among the people of the fake node: one provider, right digits, and other devices that answer. */

import { Fault } from 'copse/internal/base/fault.ts';
import { deviceId, key } from 'copse/internal/base/ids.ts';
import { utf8 } from 'copse/internal/base/bytes.ts';
import type {
  Copse,
  EmailConfirmed,
  EmailEntry,
  EmailProvider,
  EmailRow,
  Emails,
  EmailVisit,
  EntryConfirmed,
  Knock,
  LettingIn,
} from '../model/sdk.ts';
import { pause, type FakeNet } from './fake-log.ts';
import { keyOf } from './fake-rights.ts';
import { stranger } from './people.ts';

const DAY_MS = 86_400_000;
const ADDRESS = 'ada@example.org';
/** What the page of the provider shows in the stories. */
export const RIGHT_DIGITS = '481516';
export const SAME_DIGITS = '204 718';

export const fakeProviders: readonly EmailProvider[] = [
  { id: 'example', name: 'Example Mail' },
  { id: 'post', name: 'Posthorn' },
];

function confirmedBy(digits: string): EmailConfirmed {
  const clean = digits.replaceAll(/\D/gu, '');
  if (clean === RIGHT_DIGITS) return { kind: 'ok', email: ADDRESS, statement: 7 };
  if (clean === '000000') return { kind: 'failed', reason: 'wrongCode' };
  return { kind: 'wrong', triesLeft: 2 };
}

const visitUrl = (): string => `${location.origin}/favicon.svg`;

export class FakeEmails implements Emails {
  readonly #net: FakeNet;
  #rows: readonly EmailRow[] = [];
  #knocks: readonly Knock[] = [];

  constructor(net: FakeNet) {
    this.#net = net;
  }

  arrive(deviceName: string): void {
    const timeMs = Date.now();
    const id = utf8(deviceName.padEnd(16, '.').slice(0, 16));
    this.#knocks = [
      {
        id,
        email: ADDRESS,
        device: key(new Uint8Array(32).fill(9)),
        deviceName,
        provider: 'example',
        timeMs,
        untilMs: timeMs + 600_000,
        sameAccount: !deviceName.startsWith('Strange'),
      },
    ];
  }

  async invite(
    site: Parameters<Emails['invite']>[0],
    _email: string,
    options: Parameters<Emails['invite']>[2],
  ): ReturnType<Emails['invite']> {
    await site.invite(options);
    const text = `copse-invitation:${'A'.repeat(160)}`;
    return [{ user: keyOf(stranger.user), trust: 'checked', text }];
  }

  async open(): Promise<string> {
    await pause(this.#net.delayMs());
    throw new Fault('badProof');
  }

  async providers(): Promise<readonly EmailProvider[]> {
    await this.#answer();
    return fakeProviders;
  }

  async begin(): Promise<EmailVisit> {
    await this.#answer();
    return {
      url: visitUrl(),
      untilMs: Date.now() + 600_000,
      look: () => Promise.resolve({ kind: 'away' }),
      confirm: async (digits) => {
        await this.#answer();
        const answer = confirmedBy(digits);
        if (answer.kind === 'ok') this.#rows = [rowOf(answer.email)];
        return answer;
      },
    };
  }

  async list(): Promise<readonly EmailRow[]> {
    await this.#answer();
    return this.#rows;
  }

  async forget(email: string): Promise<number> {
    await this.#answer();
    this.#rows = this.#rows.filter((row) => row.email !== email);
    return 1;
  }

  async knocks(): Promise<readonly Knock[]> {
    await pause(this.#net.delayMs());
    return this.#knocks;
  }

  async meet(): Promise<LettingIn> {
    await this.#answer();
    return {
      digits: SAME_DIGITS,
      give: async () => {
        await this.#answer();
        this.#knocks = [];
      },
      deny: () => this.deny(),
    };
  }

  async deny(): Promise<void> {
    await this.#answer();
    this.#knocks = [];
  }

  async #answer(): Promise<void> {
    await pause(this.#net.delayMs());
    const fault = this.#net.takeFault();
    if (fault !== null) throw fault;
  }
}

function rowOf(email: string): EmailRow {
  const device = key(utf8(deviceId('d0c5a7e31b9f2468').repeat(2)));
  return { email, device, method: 'oidc:example', statement: 7, timeMs: Date.now() - 3 * DAY_MS };
}

/** A stranger's sign-in; `end` is what the other device decides. */
export class FakeEntry implements EmailEntry {
  readonly url = visitUrl();
  readonly untilMs = Date.now() + 600_000;
  readonly #delayMs: number;
  readonly #isKnown: boolean;
  readonly #decided = Promise.withResolvers<'given' | 'denied'>();
  readonly open: () => Promise<Copse>;

  constructor(delayMs: number, isKnown: boolean, open: () => Promise<Copse>) {
    this.#delayMs = delayMs;
    this.#isKnown = isKnown;
    this.open = open;
  }

  end(how: 'given' | 'denied'): void {
    this.#decided.resolve(how);
  }

  async confirm(digits: string): Promise<EntryConfirmed> {
    await pause(this.#delayMs);
    const answer = confirmedBy(digits);
    return answer.kind === 'ok' ? { ...answer, isKnown: this.#isKnown } : answer;
  }

  async digits(): Promise<string> {
    await pause(this.#delayMs);
    return SAME_DIGITS;
  }

  handed(): Promise<'given' | 'denied'> {
    return this.#decided.promise;
  }

  [Symbol.dispose](): void {}
}
