/** The log of the fake node, and what stands in it about Ada. */

import { Fault } from 'copse/internal/base/fault.ts';
import type { Store } from 'copse/internal/client/store.ts';
import type { ClaimedName, Names, NodeCheckpoint, Notice, Trouble } from '../model/sdk.ts';
import { pause, type FakeNet } from './fake-log.ts';
import { keyOf } from './fake-rights.ts';
import { ada } from './people.ts';

const DAY_MS = 86_400_000;

export function latestNotice(): Notice {
  return { index: 1_203, kind: 'statement', timeMs: Date.now(), about: 'ada@example.org', isMine: false };
}

export class FakeNames implements Names {
  readonly #net: FakeNet;
  readonly #alarm: Store<Trouble>;

  constructor(net: FakeNet, alarm: Store<Trouble>) {
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

  async #answer(): Promise<void> {
    await pause(this.#net.delayMs());
    const alarm = this.#alarm.get();
    if (alarm !== null) throw new Fault(alarm.code);
    if (this.#net.status.get() === 'offline') throw new Fault('closed');
  }
}
