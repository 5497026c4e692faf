/**
 * Which records of the journal hold news that may not have been told. They wait for chunks until it was, because a
 * start looks through the journal alone: what it does not have was told before (SPEC I2). Where telling takes so
 * long that too much would wait, chunks come first. Of a journal that is shared a ledger says what was told, because
 * others have made chunks of it, too.
 */

import type { Run } from 'copse/internal/log/batch.ts';

import type { Journal } from './journal.ts';
import { newsIn, type FoundNews } from './log-store-recover.ts';
import type { NewsLedger } from './news-ledger.ts';
import type { HeardNews } from './untold-news.ts';

type Named = Pick<HeardNews, 'site' | 'log'>;

export interface StoreNewsOptions {
  /** What a start has found in the records that are not in chunks. */
  readonly found: readonly FoundNews[];
  readonly nameOf: (number: number) => Named;
  readonly journal: Pick<Journal, 'scan'>;
  /** Null: this journal is nobody else's. */
  readonly ledger: NewsLedger | null;
  /** Up to this record everything was in chunks at the start. */
  readonly compacted: number;
}

export class StoreNews {
  readonly #options: StoreNewsOptions;
  /** Records, the oldest first. */
  #records: number[];
  #found: readonly FoundNews[];
  /** Whether somebody tells what becomes durable now. */
  #isTold = false;
  #newest = 0;
  /** From this record on the ledger says what was told: what was found late is told by then. Null: the look goes on. */
  #ledgerFrom: number | null = null;

  constructor(options: StoreNewsOptions) {
    this.#options = options;
    const told = options.ledger?.record ?? 0;
    this.#found = options.found.filter(({ record }) => record > told);
    this.#records = this.#found.map(({ record }) => record);
    this.#newest = this.#records.at(-1) ?? 0;
  }

  /** The oldest record that waits. */
  get first(): number {
    return this.#records[0] ?? Number.POSITIVE_INFINITY;
  }

  /** A record is durable. */
  durable(record: number, runs: readonly Run[]): void {
    this.#newest = record;
    let isNews = false;
    for (const { news } of runs) {
      if (news === undefined) continue;
      news.record = record;
      isNews = true;
    }
    if (isNews && this.#isTold) this.#records.push(record);
  }

  take(): readonly HeardNews[] {
    const found = this.#found.map((news) => this.#named(news));
    this.#found = [];
    this.#isTold = true;
    return found;
  }

  /** What is in chunks and was not told by who owned the shard before. */
  async *older(): AsyncGenerator<HeardNews> {
    const { ledger, journal, compacted } = this.#options;
    if (ledger === null) return;
    if (ledger.record < compacted) {
      for await (const record of journal.scan(ledger.record + 1)) {
        if (record.seq > compacted) break;
        for (const news of newsIn(record)) yield this.#named(news);
      }
    }
    this.#ledgerFrom = Math.max(this.#newest, compacted);
  }

  #named(news: FoundNews): HeardNews {
    return { ...news, ...this.#options.nameOf(news.number) };
  }

  told(record: number): void {
    const at = this.#records.findIndex((waiting) => waiting > record);
    this.#records = at < 0 ? [] : this.#records.slice(at);
    if (this.#ledgerFrom !== null && record >= this.#ledgerFrom) this.#options.ledger?.told(record);
  }

  async close(): Promise<void> {
    await this.#options.ledger?.close();
  }
}
