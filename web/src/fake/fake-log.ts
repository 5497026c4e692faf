/** A log of the fake node: in memory, with a connection that can be cut and people who write by themselves. */

import type { Fault } from 'copse/internal/base/fault.ts';
import { deviceId } from 'copse/internal/base/ids.ts';
import { permissionsAll } from 'copse/internal/api/model.ts';
import { Cell } from 'copse/internal/client/store.ts';
import type {
  DeviceId,
  Group,
  Log,
  LogEntry,
  LogView,
  LogWindow,
  PendingEntry,
  Present,
  Said,
  Status,
  Trouble,
} from '../model/sdk.ts';
import { ada, type Person } from './people.ts';
import type { Line } from './script.ts';

export interface FakeNet {
  readonly status: Cell<Status>;
  /** Time that an answer takes. */
  readonly delayMs: () => number;
  /** The next append is refused with it. */
  takeFault(): Fault | null;
  /** The groups that Ada is in. */
  readonly groups?: () => readonly Group[];
}

type Acknowledge = { readonly entry: PendingEntry; readonly done: (at: number) => void };

export class FakeLog implements Log {
  readonly name: string;
  readonly permissions = new Cell(permissionsAll);
  readonly trouble = new Cell<Trouble>(null);
  readonly presence = new Cell<readonly Present[]>([]);
  readonly #net: FakeNet;
  readonly #device: DeviceId;
  readonly #changed = new Cell(0);
  readonly #listeners = new Set<(message: Said) => void>();
  #entries: readonly LogEntry[];
  #waiting: readonly Acknowledge[] = [];
  #count = 0;

  constructor(name: string, device: DeviceId, net: FakeNet, lines: readonly Line[], nowMs: number) {
    this.name = name;
    this.#net = net;
    this.#device = device;
    this.#entries = lines.map(({ who, agoMinutes, value }, at) =>
      this.#entryOf(at + 1, who, nowMs - agoMinutes * 60_000, value),
    );
    net.status.subscribe(() => this.#touch());
    net.status.subscribe(() => this.#flush());
  }

  append(value: unknown): Promise<{ kind: 'ok'; at: number; durability: 'synced' }> {
    return new Promise((resolve, reject) => {
      const fault = this.#net.takeFault();
      const entry: PendingEntry = { id: String(++this.#count), timeMs: Date.now(), value };
      this.#waiting = [
        ...this.#waiting,
        { entry, done: (at) => resolve({ kind: 'ok', at, durability: 'synced' }) },
      ];
      this.#touch();
      if (fault === null) {
        this.#flush();
        return;
      }
      setTimeout(() => {
        this.#waiting = this.#waiting.filter((waiting) => waiting.entry !== entry);
        this.#touch();
        reject(fault);
      }, this.#net.delayMs());
    });
  }

  async *entries(): AsyncIterableIterator<LogEntry> {
    yield* this.#entries;
  }

  view({ last = 100 }: { readonly last?: number } = {}): LogWindow {
    let from = Math.max(0, this.#entries.length - last);
    let made: LogView | null = null;
    let madeOf = -1;
    const widened = new Cell(0);
    const get = (): LogView => {
      const version = this.#changed.get() + widened.get();
      if (made === null || version !== madeOf) made = this.#viewFrom(from);
      madeOf = version;
      return made;
    };
    return {
      get,
      subscribe: (listener) => {
        const ends = [this.#changed.subscribe(listener), widened.subscribe(listener)];
        return () => ends.forEach((end) => end());
      },
      older: async (count = 100) => {
        await pause(this.#net.delayMs());
        from = Math.max(0, from - count);
        widened.set(widened.get() + 1);
      },
    };
  }

  say(_value: unknown): void {}

  said(listener: (message: Said) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  appear(_state: unknown): void {}

  /** Somebody else writes. */
  arrive(who: Person, value: unknown): void {
    this.#push(this.#entryOf(this.#entries.length + 1, who, Date.now(), value));
  }

  /** Somebody comes or goes. */
  setPresent(people: readonly Person[]): void {
    const present = people.map(({ user, name }, at): Present => ({
      who: at + 1,
      user,
      device: deviceOf(user),
      name,
      state: {},
      mine: user === ada.user,
    }));
    this.presence.set(present);
  }

  hear(who: Person, value: unknown): void {
    const person = this.presence.get().find(({ user }) => user === who.user);
    if (person === undefined) return;
    for (const listener of this.#listeners)
      listener({ who: person.who, user: person.user, device: person.device, value });
  }

  #viewFrom(from: number): LogView {
    return {
      entries: this.#entries.slice(from),
      waiting: this.#waiting.map(({ entry }) => entry),
      status: this.#net.status.get(),
      first: 1,
      tail: this.#entries.length + 1,
    };
  }

  #entryOf(at: number, who: Person, timeMs: number, value: unknown): LogEntry {
    const mine = who.user === ada.user;
    return {
      at,
      device: mine ? this.#device : deviceOf(who.user),
      user: who.user,
      name: who.name,
      timeMs,
      value,
      broken: null,
      ruling: null,
      isPart: false,
      reason: null,
      mine,
    };
  }

  #push(entry: LogEntry): void {
    this.#entries = [...this.#entries, entry];
    this.#touch();
  }

  #touch(): void {
    this.#changed.set(this.#changed.get() + 1);
  }

  /** Acknowledges what waits, one after the other, while the connection is there. */
  #flush(): void {
    const next = this.#waiting[0];
    if (next === undefined || this.#net.status.get() !== 'live') return;
    setTimeout(() => {
      if (this.#waiting[0] !== next || this.#net.status.get() !== 'live') return;
      this.#waiting = this.#waiting.slice(1);
      const at = this.#entries.length + 1;
      this.#push(this.#entryOf(at, ada, next.entry.timeMs, next.entry.value));
      next.done(at);
      this.#flush();
    }, this.#net.delayMs());
  }
}

export function deviceOf(user: string): DeviceId {
  return deviceId(user.slice(8) + user.slice(0, 8));
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
