/**
 * What was read is durable before it is answered: who has read, and lost that in a crash, would be told nothing of
 * what comes next (SPEC I3, I12). Each site of a user is written once, in commits as small as others.
 */

import type { SiteId, UserId } from 'copse/internal/base/ids.ts';
import { newsSaveRows } from 'copse/internal/base/limits-notify.ts';
import type { NewsStore } from '../store/news.ts';
import { batchOf } from './keeping.ts';
import type { News } from './news/news.ts';
import type { Row } from './news/saving.ts';

interface Place {
  readonly user: UserId;
  readonly site: SiteId;
}

interface Keeping {
  readonly news: Pick<News, 'rowsRead'>;
  readonly store: Pick<NewsStore, 'commit'>;
}

export async function keepReads(reads: readonly Place[], { news, store }: Keeping): Promise<void> {
  const places = new Map(reads.map((read) => [`${read.user} ${read.site}`, read]));
  let rows: Row[] = [];
  for (const { user, site } of places.values()) {
    rows.push(...news.rowsRead(user, site));
    if (rows.length < newsSaveRows) continue;
    await store.commit(batchOf(rows));
    rows = [];
  }
  if (rows.length > 0) await store.commit(batchOf(rows));
}
