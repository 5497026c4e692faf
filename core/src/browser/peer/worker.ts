/** The worker with the messages of a browser; `sqlite3.wasm` lies beside its file, or where a build has put it. */

import initSqlite, { type Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import { runPeerWorker } from './worker-home.ts';

/** Address of the WebAssembly, put in by a build that names files by their content. */
declare const SQLITE_FILE: string | undefined;

const init: (options: { readonly locateFile?: () => string }) => Promise<Sqlite3Static> = initSqlite;

runPeerWorker(self, () =>
  init(typeof SQLITE_FILE === 'string' ? { locateFile: () => new URL(SQLITE_FILE, location.href).href } : {}),
);
