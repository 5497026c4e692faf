/**
 * Up to which record of a shared journal news was told, written beside it. Who waits for a shard makes chunks without
 * knowing what its owner has told: the one that takes over looks here, and again at what came after (SPEC I2).
 */

import type { Env, Timer } from 'copse/internal/base/env.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import { newsLedgerMs } from 'copse/internal/base/limits-notify.ts';

import type { Journal } from './journal.ts';

const CELL = 'news';
const RECORD_BYTES = 8;

export interface NewsLedgerOptions {
  readonly journal: Pick<Journal, 'cas'>;
  readonly env: Env;
}

export class NewsLedger {
  readonly #options: NewsLedgerOptions;
  #version: number;
  #record: number;
  #written: number;
  #timer: Timer | null = null;
  #writing: Promise<void> = Promise.resolve();
  #isClosed = false;

  /** A journal of which nothing was ever said begins with this record. */
  static async open(options: NewsLedgerOptions, record: number): Promise<NewsLedger> {
    const { version, value } = await options.journal.cas(CELL, 0, bytesOf(record));
    return new NewsLedger(options, version, value === null ? record : recordOf(value));
  }

  private constructor(options: NewsLedgerOptions, version: number, record: number) {
    this.#options = options;
    this.#version = version;
    this.#record = record;
    this.#written = record;
  }

  get record(): number {
    return this.#record;
  }

  /** News up to this record has been told; it is written a moment later. */
  told(record: number): void {
    if (record <= this.#record) return;
    this.#record = record;
    if (this.#isClosed) return;
    this.#timer ??= this.#options.env.after(newsLedgerMs, () => {
      this.#timer = null;
      this.#writing = this.#writing.then(() => this.#write());
    });
  }

  async #write(): Promise<void> {
    const { journal, env } = this.#options;
    try {
      const record = this.#record;
      if (record <= this.#written) return;
      const { ok, version, value } = await journal.cas(CELL, this.#version, bytesOf(record));
      this.#version = version;
      this.#written = value === null ? 0 : recordOf(value);
      // Another owner has written something else since; what is told later is written over it.
      if (!ok) env.log('info', 'store.news.ledger', { record: this.#written });
    } catch (thrown) {
      env.log('info', 'store.news.ledger', { fault: asFault(thrown).code });
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#writing = this.#writing.then(() => this.#write());
    await this.#writing;
  }
}

function bytesOf(record: number): Uint8Array {
  const bytes = new Uint8Array(RECORD_BYTES);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(record));
  return bytes;
}

function recordOf(bytes: Uint8Array): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0));
}
