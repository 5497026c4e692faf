/** The doorstep of the fake node: who knocks, who may, and what was reported. */

import { hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import type {
  Doorstep,
  Knock,
  Knocked,
  KnockOptions,
  Post,
  PostDraft,
  Reach,
  ReachState,
  ReportRow,
} from '../model/sdk-street.ts';
import { pause } from './fake-log.ts';
import { FAKE_PICTURES } from './fake-pictures.ts';
import { keyOf } from './fake-rights.ts';
import { ben, chiara, noor, stranger, tomas, wiremu, yuki, type Person } from './people.ts';

const HOUR_MS = 3_600_000;

export interface FakeDoorstepOptions {
  readonly delayMs: number;
  readonly isEmpty: boolean;
  /** The work for a stamp does not come to its end. */
  readonly isSlow: boolean;
  readonly takeFault: () => Fault | null;
}

export class FakeDoorstep implements Doorstep {
  readonly #options: FakeDoorstepOptions;
  #mine: readonly Knock[];
  #ofNode: readonly Knock[];
  #reports: readonly ReportRow[];
  #reach: Reach = 'everybody';
  #away: readonly Key[];
  #guests: ReachState['guests'] = [];

  constructor(options: FakeDoorstepOptions) {
    const { isEmpty } = options;
    this.#options = options;
    this.#mine = isEmpty ? [] : sampleKnocks();
    this.#ofNode = isEmpty ? [] : [knock(3, wiremu, 'May I join? I live next door.', 22)];
    this.#reports = isEmpty ? [] : sampleReports();
    this.#away = isEmpty ? [] : [keyOf(yuki.user)];
  }

  async terms(): ReturnType<Doorstep['terms']> {
    await this.#answer();
    return { bits: 18, untilMs: Date.now() + HOUR_MS };
  }

  /** Nobody reaches Yuki. */
  async price(to: Key, size: number, days = 7): ReturnType<Doorstep['price']> {
    await this.#answer();
    if (hex(to) === hex(keyOf(yuki.user))) return null;
    const bits = Math.round(18 + Math.log2((size * days) / 512));
    return { bits, size, days, untilMs: Date.now() + HOUR_MS, mac: new Uint8Array(16) };
  }

  async knock(to: Key, { text }: PostDraft, { onProgress, signal }: KnockOptions = {}): Promise<Knocked> {
    await this.#change();
    const bits = 21;
    for (let step = 1; step < 5 || this.#options.isSlow; step++) {
      if (signal?.aborted === true) throw new Fault('closed');
      onProgress?.({ bits, tries: step * 300_000, progress: 1 - 0.8 ** step });
      await pause(100);
    }
    const id = new TextEncoder().encode(`${hex(to)}${text}`.padEnd(96, '.')).slice(64, 96);
    return { kind: 'waiting', untilMs: Date.now() + 168 * HOUR_MS, message: { id } };
  }

  async requests(whose: 'mine' | 'node' = 'mine'): Promise<readonly Knock[]> {
    await this.#answer();
    // As over a line: nothing is the object of before.
    return (whose === 'mine' ? this.#mine : this.#ofNode).map((each) => ({ ...each }));
  }

  /** Somebody knocks. */
  leave(who: Person, text: string): void {
    this.#mine = [...this.#mine, knock(1, who, text, 17)];
  }

  async accept(id: string): Promise<void> {
    await this.#change();
    const found = this.#mine.find(({ post }) => post.id === id);
    if (found !== undefined)
      this.#guests = [...this.#guests, { who: found.post.from, untilMs: Date.now() + 30 * 24 * HOUR_MS }];
    this.#take(id);
  }

  async decline(id: string): Promise<void> {
    await this.#change();
    this.#take(id);
  }

  async reach(): Promise<ReachState> {
    await this.#answer();
    return { reach: this.#reach, guests: this.#guests, away: this.#away };
  }

  async setReach(reach: Reach): Promise<void> {
    await this.#change();
    this.#reach = reach;
  }

  async keepAway(whom: Key): Promise<void> {
    await this.#change();
    this.#away = [...this.#away, whom];
    this.#mine = this.#mine.filter(({ post }) => hex(post.from) !== hex(whom));
  }

  async letNear(whom: Key): Promise<void> {
    await this.#change();
    this.#away = this.#away.filter((each) => hex(each) !== hex(whom));
  }

  async report(about: Key, why: string): Promise<void> {
    await this.#change();
    this.#reports = [...this.#reports, reportRow(this.#reports.length + 9, noor, { about, why })];
  }

  async reports(after = 0): Promise<readonly ReportRow[]> {
    await this.#answer();
    return this.#reports.filter(({ number }) => number > after);
  }

  async reported({ message }: ReportRow): Promise<Post | null> {
    await this.#answer();
    if (message === null) return null;
    return {
      ...postBy(7, keyOf(ben.user), 'Buy now! https://pills.example'),
      attachments: FAKE_PICTURES.slice(0, 1),
    };
  }

  async takeAway(): Promise<void> {
    await this.#change();
  }

  async settle(number: number): Promise<void> {
    await this.#change();
    this.#reports = this.#reports.filter((row) => row.number !== number);
  }

  #take(id: string): void {
    this.#mine = this.#mine.filter(({ post }) => post.id !== id);
    this.#ofNode = this.#ofNode.filter(({ post }) => post.id !== id);
  }

  #answer(): Promise<void> {
    return pause(this.#options.delayMs);
  }

  async #change(): Promise<void> {
    await this.#answer();
    const fault = this.#options.takeFault();
    if (fault !== null) throw fault;
  }
}

function postBy(number: number, from: Key, text: string): Post {
  const id = `d${String(number).padStart(63, '0')}`;
  const timeMs = Date.now() - number * HOUR_MS;
  return {
    id,
    from,
    timeMs,
    text,
    mentions: [],
    answers: null,
    thread: id,
    attachments: [],
    tags: [],
    isEdited: false,
    shares: null,
    cursor: { timeMs, seq: 0 },
  };
}

function knock(number: number, who: Person, text: string, bits: number): Knock {
  const atMs = Date.now() - number * HOUR_MS;
  const post = postBy(number, keyOf(who.user), text);
  return { post, purpose: number === 3 ? 'invitation' : 'letter', bits, atMs, untilMs: atMs + 72 * HOUR_MS };
}

function sampleKnocks(): readonly Knock[] {
  return [
    knock(2, stranger, 'We met at the market. Is the seed swap on Saturday again?', 24),
    knock(30, wiremu, 'I have your ladder. Where do I leave it?', 18),
  ];
}

interface Told {
  readonly about: Key;
  readonly why: string;
  readonly message?: Uint8Array;
}

function reportRow(number: number, by: Person, { about, why, message }: Told): ReportRow {
  const atMs = Date.now() - (20 - number) * HOUR_MS;
  return { number, by: keyOf(by.user), about, why, message: message ?? null, atMs };
}

function sampleReports(): readonly ReportRow[] {
  const sold = { about: keyOf(ben.user), message: Uint8Array.of(1) };
  return [
    reportRow(1, chiara, { about: keyOf(yuki.user), why: 'Somebody passes for another' }),
    reportRow(2, chiara, { ...sold, why: 'Advertising or fraud: the third time this week' }),
    reportRow(3, noor, { ...sold, why: 'Advertising or fraud' }),
    reportRow(4, tomas, { ...sold, why: 'Something else: I do not want to read this' }),
  ];
}
