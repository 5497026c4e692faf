/** The store of a tail, in memory, with a disk that a test can stop, fill and restart. */

import { must } from 'copse/internal/base/assert.ts';
import { concat } from 'copse/internal/base/bytes.ts';
import { Fault, type FaultCode } from 'copse/internal/base/fault.ts';
import type { LogId, SiteId } from 'copse/internal/base/ids.ts';
import { newLog, type Batch, type LogState } from 'copse/internal/log/batch.ts';
import { EntryCursor } from 'copse/internal/wire/entry.ts';
import type { ColdChunk } from '../../store/chunks.ts';
import type { Logs, ReadPage } from '../../store/log-store.ts';

interface Kept {
  readonly state: LogState;
  readonly entries: Uint8Array[];
}

export class MemoryLogs implements Logs {
  readonly #keptByNumber = new Map<number, Kept>();
  readonly #numberByName = new Map<string, number>();
  /** Commits wait while this is set; `release` lets them go in order. */
  isHeld = false;
  /** What the next commits fail with. */
  failure: FaultCode | null = null;
  #held: (() => void)[] = [];
  commitCount = 0;

  find(site: SiteId, log: LogId): LogState | undefined {
    const number = this.#numberByName.get(site + log);
    return number === undefined ? undefined : this.#keptByNumber.get(number)?.state;
  }

  open(site: SiteId, log: LogId): LogState {
    const known = this.find(site, log);
    if (known !== undefined) return known;
    const number = this.#keptByNumber.size + 1;
    const state = newLog(number, site, log);
    this.#numberByName.set(site + log, number);
    this.#keptByNumber.set(number, { state, entries: [] });
    return state;
  }

  writersReady(): void {}

  async commit(batch: Batch<unknown>): Promise<void> {
    // Copied here: what a writer's message becomes afterwards is nobody's business.
    const runs = batch.runs.map((run) => ({ number: run.log.number, bytes: concat(...run.parts) }));
    if (this.isHeld) {
      await new Promise<void>((resolve) => {
        this.#held.push(resolve);
      });
    }
    if (this.failure !== null) throw new Fault(this.failure, 'as the test asked');
    this.commitCount++;
    for (const { number, bytes } of runs) {
      const { entries } = must(this.#keptByNumber.get(number), 'a log was opened');
      const cursor = new EntryCursor(bytes);
      while (cursor.next()) entries.push(bytes.slice(cursor.start, cursor.end));
    }
  }

  /** Lets the commits go that are held. */
  release(): void {
    this.isHeld = false;
    const held = this.#held;
    this.#held = [];
    for (const go of held) go();
  }

  read(log: LogState, from: number, bytesMax: number): ReadPage {
    if (from < log.first) return { kind: 'trimmed', first: log.first };
    const { entries } = must(this.#keptByNumber.get(log.number), 'a log was opened');
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for (let at = from; at < log.durable; at++) {
      const entry = must(entries[at - 1], 'what is durable was kept');
      if (parts.length > 0 && bytes + entry.length > bytesMax) break;
      parts.push(entry);
      bytes += entry.length;
    }
    return { kind: 'page', at: from, count: parts.length, entries: concat(...parts) };
  }

  coldFrom(_log: LogState, _from: number, _countMax: number): readonly ColdChunk[] {
    return [];
  }

  /** Every durable entry of a log, in order. */
  entriesOf(log: LogState): readonly Uint8Array[] {
    return this.#keptByNumber.get(log.number)?.entries.slice(0, log.durable - 1) ?? [];
  }

  untoldNews(): readonly [] {
    return [];
  }

  async *olderNews(): AsyncGenerator<never> {}

  newsTold(): void {}
  async retain(): Promise<void> {}
  async compact(): Promise<void> {}
  async *verify(): AsyncGenerator<never> {}
  figures(): readonly [] {
    return [];
  }
  async [Symbol.asyncDispose](): Promise<void> {}
}
