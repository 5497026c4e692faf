/**
 * What a tail does with a log store, without connections: offers entries to a sequencer, commits its
 * batches, and keeps a diary of what was promised, against which any later store can be checked.
 */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { crc32 } from 'copse/internal/base/crc32.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { asFault, type Fault } from 'copse/internal/base/fault.ts';
import { deviceId, logId, siteId, type LogId, type SiteId } from 'copse/internal/base/ids.ts';
import { must } from 'copse/internal/base/assert.ts';
import {
  type Batch,
  type Lead,
  type LogState,
  type Settled,
  type SnapshotPlace,
} from 'copse/internal/log/batch.ts';
import { Sequencer } from 'copse/internal/log/sequencer.ts';
import { encodeEntry, EntryCursor } from 'copse/internal/wire/entry.ts';
import type { Logs, ReadPage } from '../../server/src/store/log-store.ts';

/** An entry somebody wrote: which one it is, and what became of it. */
export interface Written {
  readonly log: number;
  readonly writer: number;
  readonly seq: number;
  readonly bytes: Uint8Array;
  /** Its position once it was acknowledged, else 0. */
  at: number;
}

export const siteOf = (log: number): SiteId => siteId(hex(new Uint8Array(16).fill(1 + (log % 3))));
export const logOf = (log: number): LogId =>
  logId(hex(Uint8Array.of(log >> 8, log & 255, ...new Uint8Array(14))));

/** What was written and promised; it outlives the stores. */
export class Diary {
  readonly entries: Written[] = [];
  readonly #lastSeq = new Map<string, number>();

  /** The next entry of a writer in a log. */
  write(log: number, writer: number, size: number): Written {
    const name = `${log}/${writer}`;
    const seq = (this.#lastSeq.get(name) ?? 0) + 1;
    this.#lastSeq.set(name, seq);
    const payload = new Uint8Array(size);
    for (let i = 0; i < size; i++) payload[i] = (seq * 31 + writer * 7 + log + i * (seq % 5)) & 255;
    const header = { sealed: false, device: deviceBytes(writer), epoch: 1, seq, keyEpoch: 1, timeMs: seq };
    const written = { log, writer, seq, bytes: encodeEntry({ ...header, payload }), at: 0 };
    this.entries.push(written);
    return written;
  }

  of(log: number): Written[] {
    return this.entries.filter((entry) => entry.log === log);
  }

  get unknown(): Written[] {
    return this.entries.filter(({ at }) => at === 0);
  }
}

function deviceBytes(writer: number): Uint8Array {
  return Uint8Array.of(writer, 0, 0, 0, 0, 0, 0, 1);
}

export class ShardDriver {
  readonly logs: Logs;
  readonly #diary: Diary;
  readonly #sequencer = new Sequencer<Written[]>();
  #line: Promise<void> = Promise.resolve();
  /** Faults of commits, in order. */
  readonly faults: Fault[] = [];

  constructor(logs: Logs, diary: Diary) {
    this.logs = logs;
    this.#diary = diary;
  }

  state(log: number): LogState {
    const state = this.logs.open(siteOf(log), logOf(log));
    this.logs.writersReady(state);
    return state;
  }

  /** Offers entries of one writer in one log, consecutive ones; what is refused stays unknown. */
  offer(entries: readonly Written[]): void {
    const [first] = entries;
    if (first === undefined) return;
    const bytes = Buffer.concat(entries.map((entry) => entry.bytes));
    const device = deviceBytes(first.writer);
    // A refusal is a gap behind entries that failed: `resend` brings all of them.
    this.#sequencer.offer({
      who: [...entries],
      log: this.state(first.log),
      device: deviceId(hex(device)),
      deviceBytes: device,
      at: null,
      keyEpoch: 0,
      cursor: new EntryCursor(bytes, crc32),
    });
  }

  /** Makes a device the leader of a log. */
  lead(log: number, lead: Lead): Promise<void> {
    this.#sequencer.lead(this.state(log), lead);
    return this.flush();
  }

  snapshot(log: number, place: SnapshotPlace): Promise<void> {
    this.#sequencer.snapshot(this.state(log), place);
    return this.flush();
  }

  /** Hands over what was offered; resolves when it is settled, in order, whatever the outcome. */
  flush(): Promise<void> {
    const batch = this.#sequencer.take();
    if (batch !== null) this.#line = this.#settle(batch, this.logs.commit(batch), this.#line);
    return this.#line;
  }

  async #settle(batch: Batch<Written[]>, commit: Promise<void>, before: Promise<void>): Promise<void> {
    const fault = await commit.then(() => null, asFault);
    await before;
    if (fault === null) {
      this.#sequencer.committed(batch);
      for (const settled of batch.settled) this.#acknowledge(settled);
      return;
    }
    // The sequencer undoes everything at the first failure; what fails behind it was told with it.
    if (this.#sequencer.takenCount > 0) this.#sequencer.failed();
    this.faults.push(fault);
  }

  #acknowledge({ who, seq, count, at }: Settled<Written[]>): void {
    for (const entry of who) {
      if (entry.seq < seq || entry.seq >= seq + count) continue;
      const position = at + entry.seq - seq;
      if (entry.at !== 0) equal(position, entry.at, 'an entry never changes its position');
      entry.at = position;
    }
  }

  /** Writes `count` entries of one writer and waits until they are durable. */
  async write(log: number, writer: number, count: number, size = 60): Promise<void> {
    const entries = Array.from({ length: count }, () => this.#diary.write(log, writer, size));
    this.offer(entries);
    await this.flush();
  }

  /** Resends everything whose outcome is unknown, each writer's in order. */
  async resend(): Promise<void> {
    const byWriter = Map.groupBy(this.#diary.unknown, ({ log, writer }) => `${log}/${writer}`);
    for (const entries of byWriter.values()) this.offer(entries);
    await this.flush();
  }

  /** Everything in a log from its first kept position on, read in pages of `bytesMax`. */
  readAll(log: number, bytesMax = 4096): { readonly first: number; readonly entries: Uint8Array[] } {
    const state = this.logs.find(siteOf(log), logOf(log));
    if (state === undefined) return { first: 1, entries: [] };
    const entries: Uint8Array[] = [];
    for (let at = state.first; ;) {
      const page = this.logs.read(state, at, bytesMax);
      ok(page.kind === 'page', 'what is kept can be read');
      equal(page.at, at);
      if (page.count === 0) break;
      const before = entries.length;
      const cursor = new EntryCursor(page.entries.slice(), crc32);
      while (cursor.next()) entries.push(cursor.bytes.slice(cursor.start, cursor.end));
      equal(entries.length - before, page.count, 'a page has as many entries as it says');
      at += page.count;
    }
    equal(state.first + entries.length, state.durable, 'a reader gets to the tail');
    return { first: state.first, entries };
  }

  /**
   * What every store must answer after whatever happened: acknowledged entries at their positions, no
   * entry twice, each writer's in order, nothing that nobody wrote.
   */
  check(logs: Iterable<number>): void {
    for (const log of logs) {
      const { first, entries } = this.readAll(log);
      const written = new Map(this.#diary.of(log).map((entry) => [hex(entry.bytes), entry]));
      const lastSeq = new Map<number, number>();
      const found = new Map<Written, number>();
      for (const [i, bytes] of entries.entries()) {
        const entry = must(written.get(hex(bytes)), `log ${log} holds only what was written`);
        ok(!found.has(entry), 'no entry is there twice');
        found.set(entry, first + i);
        const last = lastSeq.get(entry.writer);
        if (last !== undefined) equal(entry.seq, last + 1, "a writer's entries are in order");
        lastSeq.set(entry.writer, entry.seq);
      }
      for (const entry of written.values()) {
        if (entry.at < first) continue;
        equal(
          found.get(entry),
          entry.at,
          `entry ${entry.seq} of writer ${entry.writer} is where it was acknowledged`,
        );
      }
    }
  }

  /** Every answer of `read` from every position, for comparing. */
  answers(log: number): readonly string[] {
    const state = this.state(log);
    const answers: string[] = [];
    for (let at = 1; at <= state.durable; at++) {
      for (const bytesMax of [1, 300, 5000]) {
        const page = this.logs.read(state, at, bytesMax);
        answers.push(answerOf(page));
      }
    }
    return answers;
  }
}

function answerOf(page: ReadPage): string {
  if (page.kind === 'page') return `${page.count} ${Bun.hash.crc32(page.entries)}`;
  return page.kind === 'trimmed' ? `first ${page.first}` : 'cold';
}

/** Compares two lists of answers without printing thousands of lines. */
export function sameAnswers(a: readonly string[], b: readonly string[]): void {
  equal(a.length, b.length);
  for (const [i, answer] of a.entries()) deepEqual(b[i], answer, `answer ${i}`);
}
