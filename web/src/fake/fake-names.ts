/** The log of the fake node, and what stands in it about Ada. */

import { hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { key, type Key } from 'copse/internal/base/ids.ts';
import type { Cell } from 'copse/internal/client/store.ts';
import type {
  ClaimedName,
  KeyOfEmail,
  Names,
  NodeCheckpoint,
  Notice,
  PastAlarm,
  Trouble,
  Trust,
  UserId,
} from '../model/sdk.ts';
import { pause, type FakeNet } from './fake-log.ts';
import { keyOf } from './fake-rights.ts';
import { ada, ben, chiara, noor, stranger } from './people.ts';

const DAY_MS = 86_400_000;

/** Whom Ada has checked so far. */
export function fakeTrust(): Map<string, Trust> {
  return new Map<string, Trust>([
    [hex(keyOf(ben.user)), 'compared'],
    [hex(keyOf(chiara.user)), 'checked'],
  ]);
}

export function latestNotice(): Notice {
  return { index: 1_203, kind: 'statement', timeMs: Date.now(), about: 'ada@example.org', isMine: false };
}

const FAKE_EVIDENCE = [
  'copse.example/log/7f3a90c2\n1204\nBzBZgqvU/SZPeKHK8xxFbpfA6RI7ZI223wgxWoOs1f4=\n\n— copse.example/log/7f3a90c2 3q2+7w==',
  'copse.example/log/7f3a90c2\n1131\nKHK8xxFbpfA6RI7ZI223wgxWoOs1f4BzBZgqvU/SZPe=\n\n— copse.example/log/7f3a90c2 9f1+aa==',
].join('\n\n');

export const FAKE_DIGITS = '204718 330912 771045 000318 914206 558123';

export class FakeNames implements Names {
  readonly #net: FakeNet;
  readonly #alarm: Cell<Trouble>;
  readonly #past: PastAlarm[];
  readonly #trust: Map<string, Trust>;

  constructor(
    net: FakeNet,
    { alarm, past }: { readonly alarm: Cell<Trouble>; readonly past: PastAlarm[] },
    trust: Map<string, Trust>,
  ) {
    this.#past = past;
    this.#trust = trust;
    this.#net = net;
    this.#alarm = alarm;
  }

  async checkpoint(): Promise<NodeCheckpoint> {
    await this.#answer();
    const origin = 'copse.example/log/7f3a90c2';
    const root = Uint8Array.from({ length: 32 }, (_, at) => (at * 41 + 7) & 255);
    const note = `${origin}\n1204\nBzBZgqvU/SZPeKHK8xxFbpfA6RI7ZI223wgxWoOs1f4=\n\n— ${origin} 3q2+7w==\n`;
    return { origin, size: 1_204, root, note, witnessed: `${note}— ben.example/witness 1a2b3c4d\n` };
  }

  async cosigners(): Promise<readonly string[]> {
    await this.#answer();
    return ['ben.example/witness+1a2b3c4d+AXq0', 'choir.example/witness+99aa77bb+AZZ1'];
  }

  async notices(): Promise<readonly Notice[]> {
    await this.#answer();
    const nowMs = Date.now();
    return [
      { ...latestNotice(), timeMs: nowMs - 2 * 3_600_000 },
      { index: 990, kind: 'keyChange', timeMs: nowMs - 9 * DAY_MS, about: '', isMine: true },
      { index: 402, kind: 'claim', timeMs: nowMs - 60 * DAY_MS, about: 'garden/ada', isMine: true },
    ];
  }

  async claims(): Promise<readonly ClaimedName[]> {
    await this.#answer();
    const timeMs = Date.now() - 60 * DAY_MS;
    return [{ namespace: 'garden', name: 'ada', number: 3, user: keyOf(ada.user), timeMs }];
  }

  async keysOf(email: string): Promise<readonly KeyOfEmail[]> {
    await this.#answer();
    const fault = this.#net.takeFault();
    if (fault !== null) throw fault;
    const row = (user: UserId, number: number): KeyOfEmail => ({
      statement: number,
      user: keyOf(user),
      device: key(new Uint8Array(32).fill(number)),
      method: 'oidc/example',
      timeMs: Date.now() - number * DAY_MS,
    });
    const users = email.startsWith('sam@') ? [stranger] : email.startsWith('two@') ? [stranger, ben] : [];
    if (email.startsWith('ada@')) return [row(ada.user, 9)];
    return users.flatMap(({ user }, at) => [row(user, 3 + at), row(user, 20 + at)]);
  }

  async trustIn(users: readonly Key[]): Promise<readonly Trust[]> {
    await this.#answer();
    return users.map((user) => this.#trust.get(hex(user)) ?? 'unverified');
  }

  async check(user: Key): Promise<Trust> {
    await this.#answer();
    // The log says nothing of Noor.
    if (hex(user) === hex(keyOf(noor.user))) return 'unverified';
    this.#trust.set(hex(user), 'checked');
    return 'checked';
  }

  async digitsWith(): Promise<string> {
    await this.#answer();
    return FAKE_DIGITS;
  }

  async compared(user: Key, digits: string): Promise<boolean> {
    await this.#answer();
    const isRight = digits.replaceAll(/\D/gu, '') === FAKE_DIGITS.replaceAll(' ', '');
    if (isRight) this.#trust.set(hex(user), 'compared');
    return isRight;
  }

  async alarms(): ReturnType<Names['alarms']> {
    await pause(this.#net.delayMs());
    return { evidence: this.#alarm.get() === null ? '' : FAKE_EVIDENCE, past: this.#past };
  }

  async acknowledgeAlarm(): Promise<void> {
    await pause(this.#net.delayMs());
    const fault = this.#net.takeFault();
    if (fault !== null) throw fault;
    const alarm = this.#alarm.get();
    if (alarm === null) return;
    const { code, detail } = alarm;
    this.#past.unshift({ code, detail, timeMs: Date.now(), evidence: FAKE_EVIDENCE });
    for (const [user, trust] of this.#trust) if (trust === 'checked') this.#trust.delete(user);
    this.#alarm.set(null);
  }

  async #answer(): Promise<void> {
    await pause(this.#net.delayMs());
    const alarm = this.#alarm.get();
    if (alarm !== null) throw new Fault(alarm.code);
    if (this.#net.status.get() === 'offline') throw new Fault('closed');
  }
}
