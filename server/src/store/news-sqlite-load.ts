/**
 * Loading what notify keeps: page by page along the keys, so that a million listeners are never in memory as
 * rows and nothing waits for more than a page.
 */

import { logId, siteId, userId, deviceId } from 'copse/internal/base/ids.ts';
import { newsPageRows } from 'copse/internal/base/limits-notify.ts';
import { quietOf } from './held-rows.ts';
import type { NewsPage } from './news.ts';
import {
  endpointRecordOf,
  listenerRecordOf,
  markOf,
  SQL,
  type EndpointRow,
  type ListenerRow,
  type MarkRow,
  type UserRow,
} from './news-sqlite-rows.ts';
import type { Database, Value } from './sqlite.ts';

interface SiteRow {
  readonly id: string;
  readonly ordinal: number;
}

interface LogRow {
  readonly site: string;
  readonly log: string;
  readonly length: number;
  readonly ordinal: number;
  readonly place: number;
}

interface PauseRow {
  readonly user: string;
  readonly device: string;
  readonly step: number;
  readonly until_ms: number;
}

export function* newsPages(database: Database): Generator<NewsPage> {
  for (const rows of along<SiteRow>(database, SQL.pageOfSites, (row) => [row.id]))
    yield { kind: 'sites', rows: rows.map(({ id, ordinal }) => ({ site: siteId(id), ordinal })) };
  for (const rows of along<LogRow>(database, SQL.pageOfLogs, (row) => [row.site, row.log]))
    yield {
      kind: 'logs',
      rows: rows.map(({ site, log, place, ...row }) => ({
        site: siteId(site),
        log: logId(log),
        order: place,
        ...row,
      })),
    };
  for (const rows of along<UserRow>(database, SQL.pageOfUsers, (row) => [row.id]))
    yield {
      kind: 'users',
      rows: rows.map((row) => {
        const { id, version, hash, digest } = row;
        return { user: userId(id), version, hash, digest, quiet: quietOf(row) };
      }),
    };
  for (const rows of along<EndpointRow>(database, SQL.pageOfEndpoints, (row) => [row.user, row.device]))
    yield { kind: 'endpoints', rows: rows.map(endpointRecordOf) };
  for (const rows of along<PauseRow>(database, SQL.pageOfPauses, (row) => [row.user, row.device]))
    yield {
      kind: 'windows',
      rows: rows.map(({ user, device, step, until_ms: untilMs }) => ({
        user: userId(user),
        device: deviceId(device),
        step,
        untilMs,
      })),
    };
  const listenerKey = (row: ListenerRow): readonly Value[] => [row.user, row.device, row.site];
  for (const rows of along(database, SQL.pageOfListeners, listenerKey))
    yield { kind: 'listeners', rows: rows.map(listenerRecordOf) };
  for (const rows of along<MarkRow>(database, SQL.pageOfMarks, (row) => [row.user, row.site, row.log]))
    yield { kind: 'marks', rows: rows.map(markOf) };
}

/** Full pages and a last one. `SQL` takes the key of the last row before, and how many to read. */
function* along<Row>(
  database: Database,
  sql: string,
  keyOf: (row: Row) => readonly Value[],
): Generator<readonly Row[]> {
  const statement = database.prepare<Row>(sql);
  // One question mark is the count; nothing is before an empty text.
  let key: readonly Value[] = Array.from({ length: sql.split('?').length - 2 }, () => '');
  for (;;) {
    const rows = statement.all(...key, newsPageRows);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    if (rows.length < newsPageRows) return;
    key = keyOf(last);
  }
}
