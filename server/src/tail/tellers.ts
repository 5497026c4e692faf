/** What a tail tells notify, put together: news and who is here. */

import type { NotifyRemote } from 'copse/internal/api/notify.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import type { Logs } from '../store/log-store.ts';
import { Authors, type AuthorsOptions } from './authors.ts';
import { Here } from './here.ts';
import { Herald } from './herald.ts';

/** What of notify a tail speaks to. */
export type NotifySink = Pick<NotifyRemote, 'publish' | 'presence' | 'read'>;

export interface TellerParts {
  readonly env: Env;
  readonly logs: Logs;
  readonly notify: NotifySink | null;
  readonly shard: number;
  readonly soon: (task: () => void) => void;
  /** Asked whose devices write. */
  readonly authority: AuthorsOptions['authority'];
}

/** Null: nobody is notified. */
export interface Tellers {
  readonly herald: Herald | null;
  readonly authors: Authors | null;
  readonly here: Here | null;
}

/** Begins with the news of which nobody may have been told before the last end. */
export function tellersOf({ env, logs, notify, shard, soon, authority }: TellerParts): Tellers {
  if (notify === null) {
    logs.newsTold(Number.MAX_SAFE_INTEGER);
    return { herald: null, authors: null, here: null };
  }
  const authors = new Authors({ env, authority });
  const herald = new Herald({ env, notify, authors, soon, onTold: (record) => logs.newsTold(record) });
  for (const news of logs.untoldNews()) herald.hear(news);
  void tellOlder(herald, { env, logs });
  return { herald, authors, here: new Here({ env, notify, shard }) };
}

/** Beside the work of a shard that was just taken over: nobody waits for it. */
async function tellOlder(herald: Herald, { env, logs }: Pick<TellerParts, 'env' | 'logs'>): Promise<void> {
  try {
    for await (const news of logs.olderNews()) herald.hear(news);
  } catch (thrown) {
    env.log('warn', 'tail.news.older', { fault: asFault(thrown).code });
  }
}
