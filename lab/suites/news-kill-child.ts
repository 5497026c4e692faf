/**
 * A process that commits batches into the store of notify as fast as it can and prints the number of each one
 * that was answered, until it is killed. Run by `news-kill.test.ts`.
 */

import { writeSync } from 'node:fs';
import { SqliteNews } from '../../server/src/store/news-sqlite.ts';
import { numbered } from './news-numbers.ts';

const [path = '', first = '1'] = process.argv.slice(2);
const store = SqliteNews.open({ path });
for (let n = Number(first); ; n++) {
  await store.commit(numbered(n));
  writeSync(1, `${n}\n`);
}
