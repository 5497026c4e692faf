/** Runs inside a worker of a browser: puts messages into the store that the app opens afterwards. */

import initSqlite, { type Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import { realEnv } from 'copse/internal/base/env.ts';
import { key } from 'copse/internal/base/ids.ts';
import { peerCommitMax } from 'copse/internal/base/limits-peer.ts';
import { openSql } from 'copse/internal/browser/peer/open-sql.ts';
import { browserPrimitives } from 'copse/internal/browser/primitives.ts';
import { readMessage } from 'copse/internal/social/message/message.ts';
import { SqlitePeer } from 'copse/internal/social/store/sqlite.ts';

export interface Opening {
  readonly sqlite: string;
  readonly name: string;
  readonly user: readonly number[];
}

/** First how to open it, then signed messages, each with its length before it; at last nothing. */
type Word = Opening | Uint8Array;

const env = realEnv();
const primitives = browserPrimitives();
const ROOMY = 2 ** 40;
const INDEXED = 4_096;
const init: (options: { readonly locateFile: () => string }) => Promise<Sqlite3Static> = initSqlite;
let store: SqlitePeer | null = null;
let payer = key(new Uint8Array(32));

async function hear(word: Word): Promise<number> {
  if (!(word instanceof Uint8Array)) {
    const sqlite = await init({ locateFile: () => word.sqlite });
    const { database } = await openSql({ sqlite, env, name: word.name, mustKeep: true });
    store = new SqlitePeer({ database, primitives, env });
    payer = key(Uint8Array.from(word.user));
    return 0;
  }
  if (store === null) throw new Error('the store is not open');
  const all = messagesIn(word);
  for (let from = 0; from < all.length; from += peerCommitMax) {
    const some = all.slice(from, from + peerCommitMax).map((bytes) => readMessage(primitives, bytes));
    store.put(some.map((message) => ({ message, payer, bytesMax: ROOMY, atMs: message.timeMs })));
  }
  if (all.length > 0) return store.totals().messages;
  while (store.indexWords(INDEXED));
  const { messages } = store.totals();
  await store[Symbol.asyncDispose]();
  return messages;
}

function messagesIn(packed: Uint8Array): readonly Uint8Array[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const out: Uint8Array[] = [];
  for (let at = 0; at < packed.length;) {
    const size = view.getUint32(at);
    out.push(packed.slice(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return out;
}

self.addEventListener('message', (event: MessageEvent<Word>) => {
  hear(event.data).then(
    (messages) => self.postMessage({ messages }, []),
    (thrown: unknown) => self.postMessage({ why: String(thrown) }, []),
  );
});
