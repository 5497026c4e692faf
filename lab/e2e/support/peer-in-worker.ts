/** Runs inside a worker of a browser: stores of messages on SQLite in WebAssembly, as a test asks for them. */

import initSqlite, { type Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import { must } from 'copse/internal/base/assert.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import { openSql, prepareSql } from 'copse/internal/browser/peer/open-sql.ts';
import { WasmSql } from 'copse/internal/browser/peer/wasm-sql.ts';
import { browserPrimitives } from 'copse/internal/browser/primitives.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { signMessage } from 'copse/internal/social/message/message.ts';
import { refOf, RELATION } from 'copse/internal/social/message/refs.ts';
import type { Message } from 'copse/internal/social/message/terms.ts';
import { SqlitePeer } from 'copse/internal/social/store/sqlite.ts';
import { castOf } from '../../suites/peer-play.ts';
import { peerCases, type PeerCase } from '../../suites/peer-store.suite.ts';

export type Ask =
  | { readonly kind: 'suite' }
  | { readonly kind: 'open'; readonly name: string }
  /** Puts `count` messages in batches; with `isTelling` it says after each what is stored. */
  | { readonly kind: 'put'; readonly count: number; readonly batch: number; readonly isTelling: boolean }
  | { readonly kind: 'look'; readonly ids: readonly string[] }
  | { readonly kind: 'page'; readonly times: number }
  | { readonly kind: 'close' };

const env = realEnv();
const primitives = browserPrimitives();
const loading: Promise<Sqlite3Static> = initSqlite();
const PLAYS = 25;
const SUITE_FILE = '/suite.sqlite';
let store: SqlitePeer | null = null;
let database: WasmSql | null = null;

const asks: { readonly [K in Ask['kind']]: (ask: Ask & { readonly kind: K }) => Promise<unknown> } = {
  async suite() {
    const sqlite = await loading;
    const cast = await castOf(primitives);
    const pool = await sqlite.installOpfsSAHPoolVfs({ name: 'suite', directory: '/suite' });
    const open = (): SqlitePeer => {
      pool.unlink(SUITE_FILE);
      const database = new WasmSql(sqlite, new pool.OpfsSAHPoolDb(SUITE_FILE));
      prepareSql(database);
      return new SqlitePeer({ database, primitives, env });
    };
    const results: { readonly name: string; readonly problem: string | null }[] = [];
    for (const [name, run] of Object.entries<PeerCase>(peerCases)) {
      try {
        await run({ cast, env, plays: PLAYS, open });
        results.push({ name, problem: null });
      } catch (thrown) {
        results.push({ name, problem: String(thrown) });
      }
    }
    return results;
  },
  async open({ name }) {
    const opened = await openSql({ sqlite: await loading, env, name });
    store = new SqlitePeer({ database: opened.database, primitives, env });
    database = opened.database;
    return { isKept: opened.isKept, isNew: opened.isNew, epoch: hex(store.epoch), head: store.head() };
  },
  async put({ count, batch, isTelling }) {
    const { seeds, keys } = await castOf(primitives);
    const [seed, payer] = [must(seeds[0], 'a seed'), must(keys[0], 'a key')];
    const messages: Message[] = [];
    const first = held().head();
    for (let n = first; n < first + count; n++)
      messages.push(
        await signMessage(primitives, seed, {
          kind: KIND.post,
          timeMs: 1_700_000_000_000 + n,
          text: `${'x'.repeat(180)} ${n}`,
          mentions: [must(keys[1], 'a key')],
        }),
      );
    const beganMs = env.nowMs();
    for (let from = 0; from < count; from += batch) {
      const some = messages.slice(from, from + batch);
      held().put(some.map((message) => ({ message, payer, bytesMax: 2 ** 40, atMs: message.timeMs })));
      if (isTelling) self.postMessage({ stored: some.map(({ id }) => hex(id)) }, []);
    }
    return { ms: env.nowMs() - beganMs, head: held().head() };
  },
  async look({ ids }) {
    const bytes = ids.map((id) => Uint8Array.from(id.match(/../g) ?? [], (pair) => parseInt(pair, 16)));
    const check = must(database, 'a database').prepare<{ readonly integrity_check: string }>(
      'PRAGMA integrity_check',
    );
    return { known: bytes.filter((id) => held().knows(id)).length, sound: check.get()?.integrity_check };
  },
  async page({ times }) {
    const { keys } = await castOf(primitives);
    const refs = [refOf(RELATION.mention, must(keys[1], 'a key'))];
    const each: number[] = [];
    for (let n = 0; n < times; n++) {
      const beganMs = env.nowMs();
      held().page({ refs, before: null, rowsMax: 100, bytesMax: 1 << 20 });
      each.push(env.nowMs() - beganMs);
    }
    return each;
  },
  async close() {
    await held()[Symbol.asyncDispose]();
    return null;
  },
};

function held(): SqlitePeer {
  return must(store, 'a store is open');
}

self.addEventListener('message', (event: MessageEvent<{ readonly id: number; readonly ask: Ask }>) => {
  const { id, ask } = event.data;
  const task: (ask: never) => Promise<unknown> = asks[ask.kind];
  task(ask as never).then(
    (answer) => self.postMessage({ id, answer }, []),
    (thrown: unknown) => self.postMessage({ id, fault: asFault(thrown).code, why: String(thrown) }, []),
  );
});
