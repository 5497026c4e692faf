/**
 * The newest entries of a log that this device has read, as they were received: what is shown at once when
 * the log is opened, also without a connection (SPEC S15). It has no hole, and it is bounded.
 */

import { concat } from '../base/bytes.ts';
import { copyBytesMax, copyCountMax } from '../base/limits.ts';
import { Reader } from '../wire/buffer.ts';
import type { Run } from './log-items.ts';

export class LogCopy {
  #first = 1;
  #entries: Uint8Array[] = [];
  #bytes = 0;
  /** Counts what has changed. */
  #version = 0;

  /** First position in the copy. */
  get first(): number {
    return this.#first;
  }

  /** Position after the last one in the copy. */
  get next(): number {
    return this.#first + this.#entries.length;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  get version(): number {
    return this.#version;
  }

  /**
   * Takes what was read when it continues the copy at either end. What lies behind a gap takes its place,
   * what lies before one is left out. Throws `malformed` for bytes that are no entries.
   */
  took(run: Run): void {
    const end = run.at + run.count;
    if (run.count === 0) return;
    if (this.isEmpty || run.at > this.next) this.#replace(run);
    else if (end > this.next) this.#append(run);
    else if (run.at < this.#first && end >= this.#first) this.#prepend(run);
  }

  #replace(run: Run): void {
    this.clear();
    this.#first = run.at;
    this.#append(run);
  }

  #append(run: Run): void {
    const from = Math.max(this.next, run.at + run.count - copyCountMax);
    const fresh = entriesOf(run).slice(from - run.at);
    // Those that are left out in between were never in the copy.
    if (from > this.next) {
      this.clear();
      this.#first = from;
    }
    for (const entry of fresh) this.#push(entry);
    this.#version++;
  }

  #push(entry: Uint8Array): void {
    this.#entries.push(entry.slice());
    this.#bytes += entry.length;
    while (this.#bytes > copyBytesMax || this.#entries.length > copyCountMax) this.#shift();
  }

  #shift(): void {
    this.#bytes -= this.#entries.shift()?.length ?? 0;
    this.#first++;
  }

  #prepend(run: Run): void {
    const older = entriesOf(run).slice(0, this.#first - run.at);
    for (const entry of older.toReversed()) {
      if (this.#bytes + entry.length > copyBytesMax || this.#entries.length === copyCountMax) return;
      this.#entries.unshift(entry.slice());
      this.#bytes += entry.length;
      this.#first--;
      this.#version++;
    }
  }

  /** The node keeps nothing before `first`. */
  trimTo(first: number): void {
    if (this.isEmpty || first <= this.#first) return;
    while (this.#first < first && !this.isEmpty) this.#shift();
    this.#version++;
  }

  clear(): void {
    if (!this.isEmpty) this.#version++;
    this.#first = 1;
    this.#entries = [];
    this.#bytes = 0;
  }

  /** Everything from `position` on, or undefined when that is not in the copy. */
  find(position: number): Run | undefined {
    if (position < this.#first || position >= this.next) return undefined;
    const entries = this.#entries.slice(position - this.#first);
    return { at: position, count: entries.length, entries: concat(...entries) };
  }
}

/** The bytes of each entry; what is in them is looked at when they are opened. */
function entriesOf(run: Run): Uint8Array[] {
  const reader = new Reader(run.entries);
  const entries: Uint8Array[] = [];
  for (let i = 0; i < run.count; i++) {
    const start = reader.at;
    reader.raw(reader.uint());
    entries.push(run.entries.subarray(start, reader.at));
  }
  return entries;
}
