/** A page of a log as a connection gets it. */

import type { Page } from 'copse/internal/api/tail.ts';
import { NO_BYTES } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { LogState } from 'copse/internal/log/batch.ts';
import type { ReadPage } from '../store/log-store.ts';
import type { Shard } from './shard.ts';

/** Or what has to be awaited before there is one (SPEC B4). */
export type PageOrCold = Page | Extract<ReadPage, { readonly kind: 'cold' }>;

export function pageOf(
  { logs }: Shard,
  log: LogState,
  { from, bytesMax }: { readonly from: number; readonly bytesMax: number },
): PageOrCold {
  const tail = log.durable;
  if (from < 1) throw new Fault('malformed', 'positions begin with 1');
  if (from > tail) throw new Fault('unknown', `the tail is ${tail}`);
  if (from === tail) return { kind: 'page', at: from, count: 0, tail, live: false, entries: NO_BYTES };
  const page = logs.read(log, from, bytesMax);
  if (page.kind === 'cold') return page;
  return page.kind === 'page' ? { ...page, tail, live: false } : { ...page, tail };
}
