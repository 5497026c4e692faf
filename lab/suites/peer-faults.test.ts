/**
 * Whichever statement of SQLite fails in a store of messages: the act that it belongs to has happened as a whole
 * or not at all, and the store goes on as if it had known so (SPEC J4, J10).
 */

import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { must } from 'copse/internal/base/assert.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { signMessage } from 'copse/internal/social/message/message.ts';
import { MemoryPeer } from 'copse/internal/social/store/memory.ts';
import { SqlitePeer } from 'copse/internal/social/store/sqlite.ts';
import { migrate } from '../../server/src/store/migrate.ts';
import { PEER_SCHEMA } from '../../server/src/store/peer.ts';
import { openDatabase, type Database } from '../../server/src/store/sqlite.ts';
import { failing, FaultPlan, type FaultMode } from './failing-database.ts';
import { castOf, play, same, sceneOf, type Scene } from './peer-play.ts';

const SLOW = { timeout: 60_000 };
const primitives = nativePrimitives();
const env = realEnv();
/** Long enough that something is edited, taken back, replaced and falls out. */
const drawn = fc
  .sample(play, { seed: 7, numRuns: 60 })
  .toSorted((a, b) => b.acts.length + b.lines.length - a.acts.length - a.lines.length);
const cast = await castOf(primitives);
const scenes = await Promise.all(drawn.slice(0, 2).map((each) => sceneOf(cast, each)));

/** Plays with the n-th operation failing; answers whether there was one. */
function failAt(scene: Scene, n: number, mode: FaultMode): boolean {
  using database = openDatabase(':memory:');
  migrate(database, PEER_SCHEMA);
  const open = (plan: FaultPlan) => new SqlitePeer({ database: failing(database, plan), primitives, env });
  const never = new FaultPlan(Infinity, 'once');
  // The first one draws its epoch; opening again finds it.
  open(never);
  const plan = new FaultPlan(n, mode);
  let store = open(plan);
  const model = new MemoryPeer(primitives, env);
  for (const { what, perform } of scene.acts) {
    try {
      same(perform(store), perform(model), what);
    } catch (thrown) {
      if (!(thrown instanceof Fault) || thrown.code !== 'full') throw thrown;
      if (mode !== 'once') store = open(never);
    }
    same(scene.counters(store), scene.counters(model), `counters after ${what}`);
  }
  same(scene.everything(store), scene.everything(model), 'everything at the end');
  return plan.triggered;
}

for (const mode of ['once', 'from then on'] as const) {
  test(
    `[J10] whichever statement of the store of messages fails ${mode}, an act is whole or not`,
    SLOW,
    () => {
      let count = 0;
      for (const scene of scenes) for (let n = 1; failAt(scene, n, mode); n++) count = Math.max(count, n);
      ok(count > 100, `${count} operations were failed`);
    },
  );
}

test('[J2] a batch whose commit reached the disk untold is known when it comes again', async () => {
  const [seed = new Uint8Array(32)] = cast.seeds;
  const texts = Array.from({ length: 5 }, (_, n) => ({ kind: KIND.post, timeMs: 1_000 + n, text: `${n}` }));
  const messages = await Promise.all(texts.map((terms) => signMessage(primitives, seed, terms)));
  const payer = must(cast.keys[0], 'somebody');
  const batch = messages.map((message) => ({ message, payer, bytesMax: 10_000, atMs: 2_000 }));
  const open = (database: Database, plan: FaultPlan) =>
    new SqlitePeer({ database: failing(database, plan), primitives, env });
  // All operations before its COMMIT leave nothing behind; that one leaves everything.
  for (let n = 1; ; n++) {
    using database = openDatabase(':memory:');
    migrate(database, PEER_SCHEMA);
    open(database, new FaultPlan(Infinity, 'once'));
    const untold = open(database, new FaultPlan(n, 'after the commit'));
    throws(() => untold.put(batch));
    const again = open(database, new FaultPlan(Infinity, 'once'));
    if (again.head() === 0) continue;
    const usage = again.usage(payer);
    equal(usage.messages, batch.length);
    deepEqual(
      again.put(batch).map(({ kind }) => kind),
      batch.map(() => 'known'),
    );
    deepEqual(again.usage(payer), usage, 'it counts once');
    return;
  }
});
