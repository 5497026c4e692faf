/** What is in a store of messages, counted from its tables: posts, who wrote them, mentions, answers. */

import { RELATION } from 'copse/internal/social/message/refs.ts';
import { openDatabase, type Database } from '../../store/sqlite.ts';

export interface Census {
  readonly messages: number;
  readonly authors: number;
  readonly mentions: number;
  readonly replies: number;
}

interface CountRow {
  readonly count: number;
}

/** Of a file; nothing in it is changed. */
export function censusOf(path: string): Census {
  using database = openDatabase(path, { readonly: true });
  return database.snapshot(() => ({
    messages: count(
      database,
      'SELECT count(seq) AS count FROM message WHERE is_post = 1 AND body IS NOT NULL',
    ),
    authors: refs(database, 'count(DISTINCT key)', RELATION.author),
    mentions: refs(database, 'count(seq)', RELATION.mention),
    replies: refs(database, 'count(seq)', RELATION.reply),
  }));
}

function refs(database: Database, what: string, relation: number): number {
  const sql = `SELECT ${what} AS count FROM ref WHERE key >= ? AND key < ?`;
  const row = database.prepare<CountRow>(sql).get(Uint8Array.of(relation), Uint8Array.of(relation + 1));
  return row?.count ?? 0;
}

function count(database: Database, sql: string): number {
  return database.prepare<CountRow>(sql).get()?.count ?? 0;
}
