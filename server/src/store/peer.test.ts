/** The stores of messages run the contract suite: the model in memory and SQLite, in memory and in a file. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { realEnv } from 'copse/internal/base/env.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { MemoryPeer } from 'copse/internal/social/store/memory.ts';
import type { PeerStore } from 'copse/internal/social/store/store.ts';
import { castOf } from '../../../lab/suites/peer-play.ts';
import { peerCases } from '../../../lab/suites/peer-store.suite.ts';
import { openPeerStore } from './peer.ts';

const primitives = nativePrimitives();
const env = realEnv();
const cast = await castOf(primitives);
const directory = mkdtempSync(join(tmpdir(), 'copse-peer-'));
after(() => rmSync(directory, { recursive: true }));
let files = 0;

interface Engine {
  readonly name: string;
  readonly plays: number;
  readonly open: () => PeerStore;
}

const MODEL: Engine = { name: 'memory', plays: 0, open: () => new MemoryPeer(primitives, env) };
const FAST: Engine = {
  name: 'SQLite in memory',
  plays: 200,
  open: () => openPeerStore({ path: ':memory:', primitives, env }),
};
const DURABLE: Engine = {
  name: 'SQLite in a file',
  plays: 10,
  open: () => openPeerStore({ path: join(directory, `${++files}.sqlite`), primitives, env }),
};

for (const { name, plays, open } of [MODEL, FAST, DURABLE]) {
  const under = { cast, env, plays, open };
  test(`[Z4] a message is found by whom and what it names, once (${name})`, async () => {
    await peerCases.found(under);
    await peerCases.alike(under);
  });
  test(`[Z5] the newest edit of its author counts, in whatever order they come (${name})`, async () => {
    await peerCases.edits(under);
    await peerCases.foreign(under);
  });
  test(`[Z5] what its author takes back is gone and stays gone (${name})`, () => peerCases.deletions(under));
  test(`[Z25] a message counts once, for who brought it (${name})`, () => peerCases.payers(under));
  test(`[Z78] what an admin takes away is gone with its edit, and does not come again (${name})`, async () => {
    await peerCases.takenAway(under);
  });

  test(`[Z26, Z27] the oldest falls out, and what fell out stays out (${name})`, async () => {
    await peerCases.oldest(under);
    await peerCases.tooOld(under);
    await peerCases.lowered(under);
    await peerCases.prunedAccount(under);
  });
  test(`[Z105] what counts for one account goes over to another whole (${name})`, () =>
    peerCases.inherited(under));
  test(`[Z2, Z28] of a statement that replaces the newest is there, and they are bounded (${name})`, async () => {
    await peerCases.current(under);
    await peerCases.currentBounds(under);
  });
  test(`[Z3, Z29] a page of several keys is their sorted union (${name})`, () => peerCases.pages(under));
  test(`[Z29] a search finds all posts with the words, as they read now (${name})`, () =>
    peerCases.search(under));
  if (plays === 0) continue;
  test(`[Z28] a user has a bounded number of statements (${name})`, () => peerCases.currentCount(under));
  test(
    `[Z25, Z26, Z27, Z28, Z29] a drawn play leaves what the model says (${name})`,
    { timeout: 60_000 },
    () => peerCases.drawn(under),
  );
}
