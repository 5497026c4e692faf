import assert from 'node:assert/strict';
import { test } from 'node:test';

import { clientScene, type ClientScene } from '../../../lab/suites/client-scene.ts';
import { sleep, until } from '../../../lab/suites/sim-node.ts';
import type { Copse } from './copse.ts';
import type { Log } from './log.ts';
import type { LogView } from './types.ts';

interface Scene extends Omit<ClientScene, 'machine'> {
  readonly copse: Copse;
  readonly log: Log;
}

function scene(seed: number, act: (scene: Scene) => Promise<void>): void {
  clientScene(seed, async ({ world, node, machine }) => {
    const copse = await machine('ada').open({ name: 'Ada' });
    const log = (await copse.found({ title: 'Garden' })).log('chat');
    await act({ world, node, copse, log });
  });
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const valuesOf = (view: LogView): readonly unknown[] => view.entries.map((entry) => entry.value);

test('[S9] a window shows the last entries and no more', () => {
  scene(1, async ({ world, log }) => {
    await Promise.all(numbers(1, 31).map((n) => log.append(n)));
    const view = log.view({ last: 10 });
    assert.deepEqual(view.get().entries, []);
    const leave = view.subscribe(() => {});
    await until(world, () => view.get().entries.length === 10, 'ten entries');
    assert.deepEqual(valuesOf(view.get()), numbers(21, 31));
    await log.append(31);
    await until(world, () => valuesOf(view.get()).at(-1) === 31, 'the new one');
    assert.deepEqual(valuesOf(view.get()), numbers(22, 32));
    assert.deepEqual([view.get().first, view.get().tail], [1, 32]);
    leave();
  });
});

test('[S9] a window grows backwards as far as the log goes, and keeps its end', () => {
  scene(2, async ({ world, log }) => {
    await Promise.all(numbers(1, 26).map((n) => log.append(n)));
    const view = log.view({ last: 10 });
    const leave = view.subscribe(() => {});
    await until(world, () => view.get().entries.length === 10, 'ten entries');
    await view.older(8);
    assert.deepEqual(valuesOf(view.get()), numbers(8, 26));
    await view.older(100);
    assert.deepEqual(valuesOf(view.get()), numbers(1, 26));
    await view.older();
    await log.append(26);
    await until(world, () => view.get().tail === 27 && view.get().entries.length === 25, 'the same size');
    assert.deepEqual(valuesOf(view.get()), numbers(2, 27));
    leave();
  });
});

test('[S9] an own entry is shown at every moment between its append and its place, and never twice', () => {
  for (let seed = 1; seed <= 15; seed++) {
    scene(seed, async ({ world, log }) => {
      const view = log.view();
      const problems: string[] = [];
      const appended = new Set<unknown>();
      const leave = view.subscribe(() => {
        const { entries, waiting } = view.get();
        const shown = [...entries, ...waiting].map((entry) => entry.value);
        for (const value of appended)
          if (!shown.includes(value)) problems.push(`${String(value)} is not shown`);
        if (new Set(shown).size !== shown.length) problems.push(`twice in ${JSON.stringify(shown)}`);
      });
      await until(world, () => view.get().status === 'live', 'live');
      const done = numbers(1, 20).map(async (n) => {
        await sleep(world, 10 * n);
        const result = log.append(n);
        await Promise.resolve();
        appended.add(n);
        return result;
      });
      await Promise.all(done);
      await until(world, () => view.get().entries.length === 19, 'all in their places');
      assert.deepEqual(problems, [], `seed ${seed}`);
      leave();
    });
  }
});

test('[S9] a window that nobody watches costs nothing, and goes on where it was', () => {
  scene(4, async ({ world, node, log }) => {
    await Promise.all(numbers(1, 6).map((n) => log.append(n)));
    const view = log.view();
    const first = view.subscribe(() => {});
    await until(world, () => view.get().entries.length === 5, 'five entries');
    first();
    await sleep(world, 60_000);
    assert.equal(node.tailFigure('tailLeases'), '0');
    assert.equal(view.get().entries.length, 5);
    await Promise.all(numbers(6, 9).map((n) => log.append(n)));
    const second = view.subscribe(() => {});
    await until(world, () => view.get().entries.length === 8, 'eight entries');
    assert.deepEqual(valuesOf(view.get()), numbers(1, 9));
    second();
  });
});

test('[S9] a snapshot is the same object until something changed', () => {
  scene(5, async ({ world, log }) => {
    const view = log.view();
    const leave = view.subscribe(() => {});
    await log.append(1);
    await until(world, () => view.get().entries.length === 1, 'one entry');
    await sleep(world, 1_000);
    const before = view.get();
    await sleep(world, 10_000);
    assert.equal(view.get(), before);
    await log.append(2);
    await until(world, () => view.get() !== before, 'a change');
    assert.equal(view.get().entries[0], before.entries[0]);
    leave();
  });
});
