/** The worker with the messages of a browser; `sqlite3.wasm` lies beside its file. */

import initSqlite from '@sqlite.org/sqlite-wasm';
import { runPeerWorker } from './worker-home.ts';

runPeerWorker(self, () => initSqlite());
