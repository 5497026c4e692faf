import assert from 'node:assert/strict';
import { test } from 'node:test';

import { World } from '../../../lab/sim/world.ts';
import { play, sleep } from '../../../lab/suites/sim-node.ts';
import { Fault } from '../base/fault.ts';
import type { Joined } from './backlog.ts';
import { deferred, type Deferred } from './deferred.ts';
import { Renaming } from './renaming.ts';

const entry = (seq: number, kept: Promise<void>): Joined => ({
  waiting: { id: '00'.repeat(8), epoch: 1, seq, from: 1, bytes: new Uint8Array(1), foreign: false },
  kept,
});

interface Scene {
  readonly world: World;
  readonly renaming: Renaming;
  readonly told: string[];
  /** The rows that were written at the last attempt. */
  rows: readonly Deferred<void>[];
}

/** Two entries that get another number, again and again. */
function scene(act: (scene: Scene) => Promise<void>): void {
  const world = new World(1);
  play(world, async () => {
    const told: string[] = [];
    const begin = (): void => {
      it.rows = [deferred<void>(), deferred<void>()];
      renaming.begin(it.rows.map(({ promise }, i) => entry(i + 1, promise)));
    };
    const owner = { env: world.env('it'), identity: { whenRaised: () => Promise.resolve() } };
    const renaming = new Renaming(owner, {
      onKept: (joined) => void told.push(`kept ${joined.map(({ waiting }) => waiting.seq).join(' ')}`),
      again: () => {
        told.push('again');
        begin();
      },
      onDone: () => void told.push('done'),
    });
    const it: Scene = { world, renaming, told, rows: [] };
    begin();
    await act(it);
  });
}

test('[S2] entries go together when all of them are kept under their next number', () => {
  scene(async ({ world, renaming, told, rows: [first, second] }) => {
    second?.resolve();
    await sleep(world, 1);
    assert.deepEqual([told, renaming.isUnderWay], [[], true]);
    first?.resolve();
    await sleep(world, 1);
    assert.deepEqual([told, renaming.isUnderWay], [['kept 1 2', 'done'], false]);
  });
});

test('[S2] what the keep refuses is tried again after a pause, and what comes meanwhile waits', () => {
  scene(async (it) => {
    const { world, renaming, told } = it;
    it.rows[0]?.resolve();
    it.rows[1]?.reject(new Fault('full'));
    await sleep(world, 500);
    assert.deepEqual([told, renaming.isUnderWay], [[], true]);
    await sleep(world, 1_000);
    assert.deepEqual([told, renaming.isUnderWay], [['again'], true]);
    for (const row of it.rows) row.resolve();
    await sleep(world, 1);
    assert.deepEqual(told, ['again', 'kept 1 2', 'done']);
  });
});

test('[S2] nothing is sent or tried after the end', () => {
  scene(async ({ world, renaming, told, rows }) => {
    renaming.stop();
    rows[0]?.reject(new Fault('full'));
    await sleep(world, 5_000);
    assert.deepEqual(told, []);
  });
});
