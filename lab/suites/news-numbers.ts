/** Batches for the store of notify of which every part has one number, so that half a batch is seen. */

import { must } from 'copse/internal/base/assert.ts';
import type { NewsBatch, NewsStore } from '../../server/src/store/news.ts';
import { deviceAt, joins, logAt, siteAt, subscribed, userAt } from './news.suite.ts';

const at = { user: userAt(1), device: deviceAt(1), site: siteAt(1) } as const;

export function numbered(n: number): NewsBatch {
  return {
    subscriptions: [subscribed(joins(), n)],
    sites: [{ site: at.site, ordinal: n }],
    logs: [{ site: at.site, log: logAt(1), length: n, ordinal: n, order: n }],
    readings: [{ ...at, readAll: n, told: n, isOutstanding: false, isShown: false, mentions: [] }],
    marks: [{ user: at.user, site: at.site, log: logAt(1), ordinal: n }],
    windows: [{ user: at.user, device: at.device, step: 1, untilMs: n }],
    told: [{ ...at, atMs: n, what: 'sent' }],
  };
}

/** The numbers of all parts: one, or a batch is there by half. */
export async function numbersIn(store: NewsStore): Promise<ReadonlySet<number>> {
  const numbers: number[] = [(await store.stored(at.user)).version];
  for await (const page of store.load()) {
    if (page.kind === 'sites' || page.kind === 'marks')
      numbers.push(...page.rows.map(({ ordinal }) => ordinal));
    if (page.kind === 'logs') numbers.push(...page.rows.map(({ length }) => length));
    if (page.kind === 'windows') numbers.push(...page.rows.map(({ untilMs }) => untilMs));
    if (page.kind === 'listeners') numbers.push(...page.rows.map(({ readAll }) => readAll));
  }
  const [newest] = await store.told(at.user, 1);
  return new Set([...numbers, must(newest, 'what was told').atMs]);
}
