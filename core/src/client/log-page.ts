/** A page of a log for an application that asks once and does not follow; loaded with the first one. */

import { assert } from '../base/assert.ts';
import { pageBytesMax, pageCountMax, viewCountMax, viewCountUsual } from '../base/limits.ts';
import { entryOf, type Beginning } from './log-entries.ts';
import type { Log } from './log.ts';
import type { LogEntry, LogPage, PageOptions } from './types.ts';

/** A page and where the log ends, without following it; `closed` when the node is not reached in time. */
export async function readPage<T>(log: Log<T>, options: PageOptions): Promise<LogPage<T>> {
  const limit = Math.min(options.limit ?? options.last ?? viewCountUsual, viewCountMax);
  const entries: LogEntry<T>[] = [];
  assert(limit > 0, 'a page has room for an entry');
  let { from, last }: Beginning = { from: options.from ?? null, last: options.last ?? null };
  for (;;) {
    const countMax = Math.min(limit - entries.length, pageCountMax);
    const home = await log.home();
    const page = await home.read({ log: log.number, from, last, countMax, bytesMax: pageBytesMax });
    for (const item of page.items) entries.push(entryOf(log, item));
    [from, last] = [page.next, null];
    const { first, tail } = page;
    if (entries.length >= limit || from >= tail || page.items.length === 0) return { entries, first, tail };
  }
}
