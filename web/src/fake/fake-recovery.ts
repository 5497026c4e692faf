/** Recovery among the people of the fake node: three realms of friends, one PIN, and one that is offline. */

import { Fault } from 'copse/internal/base/fault.ts';
import { key, siteId, userId } from 'copse/internal/base/ids.ts';
import { weaknessesOf } from 'copse/internal/client/recovery-pin.ts';
import type {
  PendingMember,
  PinWeakness,
  RealmFailure,
  RealmStatus,
  Recovered,
  RecoverOptions,
  Recovery,
  ResetEntry,
  ResetRequest,
  SetUp,
  SiteId,
  UserId,
  WaitingReset,
} from '../model/sdk.ts';
import { pause, type FakeNet } from './fake-log.ts';
import { wiremu, yuki } from './people.ts';

const DAY_MS = 86_400_000;

/** What the fake realms take for the right one. */
export const FAKE_PIN = 'lentil-4711';
export const FAKE_CODE = 'copse-recovery:kD3vY0b2Rk6yqkqXo1gO0bQ2s1cXbC9mQm9la3VyZW4';

export const FAKE_RESET_CODE = 'K7QF-M2XA';

export class FakeRecovery implements Recovery {
  readonly #net: FakeNet;
  #realms: readonly string[] = [];
  #resets: readonly WaitingReset[] = [
    {
      request: '0'.repeat(32),
      user: yuki.user,
      name: yuki.name,
      words: 'My bag was stolen, with the telephone and the paper in it.',
      createdMs: Date.now() - 7_200_000,
      code: FAKE_RESET_CODE,
    },
  ];
  #pending: readonly PendingMember[] = [
    {
      site: siteId('0d5ac1f2e6b74398a1d0c2b3e4f50617'),
      user: userId('ae97ba94d0eda830'),
      was: wiremu.user,
      name: wiremu.name,
      permissions: 3,
      code: FAKE_RESET_CODE,
    },
  ];

  constructor(net: FakeNet) {
    this.#net = net;
  }

  weaknesses(pin: string): Promise<readonly PinWeakness[] | null> {
    return Promise.resolve(weaknessesOf(pin));
  }

  async setUp({ pin, realms, threshold }: Parameters<Recovery['setUp']>[0]): Promise<SetUp> {
    await this.#answer();
    this.#realms = realms.map((text) => text.replace(/\/#.*$/u, ''));
    return {
      code: FAKE_CODE,
      threshold: threshold ?? Math.floor(realms.length / 2) + 1,
      realms: this.#realms,
      failed: [],
      weaknesses: weaknessesOf(pin) ?? [],
    };
  }

  async status(code: string): Promise<readonly RealmStatus[]> {
    await this.#answer();
    if (!code.startsWith('copse-recovery:')) throw new Fault('malformed');
    const nowMs = Date.now();
    return this.#realms.map((url, at) => {
      if (at === 2) return { url, registered: null, fault: new Fault('closed') };
      const registered = { triesLeft: at === 1 ? 7 : 10, triesMax: 10, madeMs: nowMs - 1000, locked: false };
      const askedMs = at === 1 ? nowMs - 2 * DAY_MS : null;
      return { url, registered: { ...registered, askedMs, recoveredMs: null }, fault: null };
    });
  }

  async remove(): Promise<readonly RealmFailure[]> {
    await this.#answer();
    this.#realms = [];
    return [];
  }

  async grant(): Promise<string> {
    await this.#answer();
    return `${location.origin}/#realm=${'A'.repeat(86)}`;
  }

  async resets(): Promise<readonly WaitingReset[]> {
    await this.#answer();
    return this.#resets;
  }

  async decideReset(request: string): Promise<void> {
    await this.#answer();
    this.#resets = this.#resets.filter((row) => row.request !== request);
  }

  async pending(site: SiteId | null = null): Promise<readonly PendingMember[]> {
    await this.#answer();
    return site === null ? [] : this.#pending.filter((row) => row.site === site);
  }

  async readmit(of: { readonly user: UserId; readonly code: string }): Promise<void> {
    await this.#answer();
    const row = this.#pending.find(({ user }) => user === of.user);
    if (row?.code !== of.code.trim().toUpperCase()) throw new Fault('badProof');
    this.#pending = this.#pending.filter(({ user }) => user !== of.user);
  }

  async rejoin(): Promise<readonly SiteId[]> {
    await this.#answer();
    return [];
  }

  async #answer(): Promise<void> {
    await pause(this.#net.delayMs());
    const fault = this.#net.takeFault();
    if (fault !== null) throw fault;
  }
}

/** `copse-recovery:` and anything is a code; some of them are stories. */
export async function recoverFake({ code, pin }: RecoverOptions, delayMs: number): Promise<Recovered> {
  await pause(delayMs);
  if (!code.startsWith('copse-recovery:')) throw new Fault('malformed');
  const realms = [
    { url: 'https://ben.example', state: 'ok' as const },
    { url: 'https://chiara.example', state: 'ok' as const },
    { url: 'https://noor.example', state: 'offline' as const },
  ];
  if (code.endsWith('locked')) return { kind: 'locked', realms };
  if (code.endsWith('missing')) return { kind: 'missing', needed: 1, realms };
  if (pin !== FAKE_PIN) return { kind: 'wrongPin', triesLeft: 8, realms };
  const url = code.endsWith('elsewhere') ? 'https://elsewhere.example' : location.origin;
  const secret = Uint8Array.from({ length: 32 }, (_, at) => (at * 73 + 19) & 255);
  return { kind: 'ok', secret, home: { url, node: key(new Uint8Array(32)) }, realms };
}

/** A request to begin anew, which the story decides. */
export class FakeReset implements ResetEntry {
  readonly #delayMs: number;
  readonly #takeFault: () => Fault | null;
  #asked: ResetRequest | null = null;

  constructor(delayMs: number, takeFault: () => Fault | null) {
    this.#delayMs = delayMs;
    this.#takeFault = takeFault;
  }

  decide(state: ResetRequest['state']): void {
    if (this.#asked !== null) this.#asked = { ...this.#asked, state };
  }

  async ask({ user }: Parameters<ResetEntry['ask']>[0]): Promise<ResetRequest> {
    await pause(this.#delayMs);
    const fault = this.#takeFault();
    if (fault !== null) throw fault;
    this.#asked = { was: userId(user), code: FAKE_RESET_CODE, state: 'waiting' };
    return this.#asked;
  }

  async look(): Promise<ResetRequest | null> {
    await pause(this.#delayMs);
    return this.#asked;
  }

  async secret(): Promise<Uint8Array> {
    return new Uint8Array(32).fill(7);
  }

  async forget(): Promise<void> {
    this.#asked = null;
  }
}
