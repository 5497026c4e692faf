/**
 * Between the state of notifications and its store: rows that changed as a batch, pages of the store as rows,
 * and an update as it changes the state. Who listens where is written with the update that says so, and
 * only what was read and told comes from the state (SPEC I11, I12).
 */

import { hex } from 'copse/internal/base/bytes.ts';
import type { UserId } from 'copse/internal/base/ids.ts';
import {
  resourcesOf,
  tagsOf,
  type Difference,
  type Listener,
} from 'copse/internal/social/subscriptions/held.ts';
import type { ListenerRecord, NewsBatch, NewsPage } from '../store/news.ts';
import { rank } from './news/judge.ts';
import type { Levels, News } from './news/news.ts';
import type { Row } from './news/saving.ts';

/** What overrides a level without an end takes its place until the next change. */
export function levelsOf({ level, override }: Listener): Levels {
  if (override === null) return { base: level, override: null, untilMs: 0 };
  if (override.untilMs === 0) return { base: override.level, override: null, untilMs: 0 };
  return { base: level, override: override.level, untilMs: override.untilMs };
}

/** An update, in the state. Once more it changes nothing. */
export function applyTo(
  news: Pick<News, 'join' | 'leave' | 'level' | 'tags'>,
  user: UserId,
  { listeners }: Difference,
): void {
  for (const { device, site, listener } of listeners) {
    if (listener === null) {
      news.leave(device, site);
      continue;
    }
    news.join(user, device, site, resourcesOf(listener.audience));
    news.level(device, site, levelsOf(listener));
    news.tags(device, site, tagsOf(listener.tags));
  }
}

/** Rows of the state as they are to be written. */
export function batchOf(rows: readonly Row[]): NewsBatch {
  const of = <K extends Row['kind']>(kind: K) =>
    rows.filter((row): row is Extract<Row, { readonly kind: K }> => row.kind === kind);
  return {
    sites: of('site'),
    logsGone: of('logs-gone').map((row) => row.site),
    logs: of('log'),
    readings: of('listener'),
    marksGone: of('mark-gone'),
    marks: of('mark'),
    windows: [...of('window-gone').map((row) => ({ ...row, step: 0, untilMs: 0 })), ...of('window')],
    sitesGone: of('site-gone').map((row) => row.site),
  };
}

/** All that a start reads, for `News.loadParts`. */
export async function* partsOf(pages: AsyncIterable<NewsPage>): AsyncGenerator<readonly Row[]> {
  for await (const page of pages) yield rowsOf(page);
}

/** What a page of the store means to the state; the other kinds mean nothing to it. */
function rowsOf(page: NewsPage): readonly Row[] {
  switch (page.kind) {
    case 'sites':
      return page.rows.map((row) => ({ kind: 'site', ...row }));
    case 'logs':
      return page.rows.map((row) => ({ kind: 'log', ...row }));
    case 'listeners':
      return page.rows.map(listenerRow);
    case 'marks':
      return page.rows.map((row) => ({ kind: 'mark', ...row }));
    case 'windows':
      return page.rows.map((row) => ({ kind: 'window', ...row }));
    case 'users':
    case 'endpoints':
      return [];
  }
}

function listenerRow({ listener, ...reading }: ListenerRecord): Row {
  const { base, override, untilMs } = levelsOf(listener);
  return {
    kind: 'listener',
    ...reading,
    audience: resourcesOf(listener.audience),
    base: rank[base],
    override: override === null ? 0 : rank[override] + 1,
    untilMs,
    tags: tagsOf(listener.tags).map(hex),
  };
}
