/** What the settings of a node let go, seen by who writes and reads (SPEC J6). */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileKeep, openCopse, type Copse } from '../../core/src/native/index.ts';
import { scratch } from './support/garden.ts';
import { startNode } from './support/node.ts';

const PATIENCE_MS = 20_000;
/** A second on a quiet machine; the runner gives five. */
const SLOW = { timeout: 60_000 };
const HASTY = 'lab/e2e/support/hasty-node.ts';
/** Four of them fill a chunk. */
const LARGE = 'plum '.repeat(4_000);

interface Read {
  readonly at: number;
  readonly broken: string | null;
}

async function readAll(copse: Copse, until: number): Promise<readonly Read[]> {
  const found: Read[] = [];
  const signal = AbortSignal.timeout(PATIENCE_MS);
  for await (const { at, broken } of copse.sites.get()[0]!.log('chat').entries({ from: 1, signal })) {
    found.push({ at, broken });
    if (at >= until) return found;
  }
  throw new Error(`read only ${JSON.stringify(found)}`);
}

/** Waits until the node has let this many go: it does so in several steps. */
async function dropped(url: string, least: number): Promise<number> {
  const endMs = performance.now() + PATIENCE_MS;
  while (performance.now() < endMs) {
    const text = await (await fetch(`${url}/metrics`)).text();
    const count = Number(/^copse_store_dropped_entries_total (\d+)$/m.exec(text)?.[1]);
    if (count >= least) return count;
    await pause(50);
  }
  throw new Error('too little was dropped');
}

test(
  '[J6] what the node lets go is gone after a restart; who reads from the start is told and goes on',
  SLOW,
  async () => {
    await using folder = await scratch();
    await using node = await startNode(join(folder.path, 'data'), ['--retain-count', '5'], HASTY);
    const keepOf = () =>
      fileKeep(join(folder.path, 'ada'), { machineKeyPath: join(folder.path, 'machine.key') });
    {
      await using ada = await openCopse(node.setup, { name: 'Ada', keep: await keepOf() });
      const site = await ada.found({ title: 'Garden' });
      const chat = site.log('chat');
      for (let i = 1; i <= 40; i++) await chat.append(`${i} ${LARGE}`);
      await dropped(node.url, 10);
    }
    await node.kill();
    await node.restart();
    await using ada = await openCopse(node.url, { keep: await keepOf() });
    const chat = ada.sites.get()[0]!.log('chat');
    const { at } = await chat.append('the last');
    assert.equal(at, 41);
    const [gap, ...rest] = await readAll(ada, 41);
    assert.deepEqual(gap, { at: 1, broken: 'trimmed' });
    const first = rest[0]?.at ?? 0;
    assert.ok(first > 10 && first <= 36, `the first kept one is ${first}`);
    // From there on every one, once, and each can be read.
    assert.deepEqual(
      rest,
      Array.from({ length: 42 - first }, (_, i) => ({ at: first + i, broken: null })),
    );
  },
);

test('[J6] what is set for the whole node is told by its figures', async () => {
  await using folder = await scratch();
  const flags = ['--retain-days', '3', '--retain-bytes', '1000'];
  await using node = await startNode(join(folder.path, 'data'), flags);
  const text = await (await fetch(`${node.url}/metrics`)).text();
  assert.match(text, /^copse_store_retain_age_s 259200$/m);
  assert.match(text, /^copse_store_retain_size_bytes 1000$/m);
  assert.doesNotMatch(text, /retain_count/);
  assert.match(text, /^copse_store_dropped_entries_total 0$/m);
});
