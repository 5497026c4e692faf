/** The worker with the messages of a browser; `sqlite3.wasm` lies beside its file, or where a build has put it. */

import initSqlite, { type Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import type { Env } from '../../base/env.ts';
import { runPeerWorker } from './worker-home.ts';

/** Address of the WebAssembly, put in by a build that names files by their content. */
declare const SQLITE_FILE: string | undefined;

const init: (options: { readonly locateFile?: () => string }) => Promise<Sqlite3Static> = initSqlite;

/** A worker has no application that would hear it: what is wrong is seen with the tools of the browser. */
const log: Env['log'] = (level, event, fields = {}) => {
  // oxlint-disable-next-line no-console -- what mends itself is no warning of the page
  if (level === 'warn') console.info(event, fields);
  // oxlint-disable-next-line no-console -- our own mistake
  if (level === 'error') console.error(event, fields);
};

runPeerWorker(self, {
  loadSqlite: () =>
    init(
      typeof SQLITE_FILE === 'string' ? { locateFile: () => new URL(SQLITE_FILE, location.href).href } : {},
    ),
  log,
});
