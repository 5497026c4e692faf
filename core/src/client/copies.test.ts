import assert from 'node:assert/strict';
import { test } from 'node:test';

import { World } from '../../../lab/sim/world.ts';
import { SimMachine } from '../../../lab/suites/sim-machine.ts';
import { play, SimNode, sleep, until } from '../../../lab/suites/sim-node.ts';
import { copyLogsMax } from '../base/limits.ts';
import type { Copse } from './copse.ts';
import type { Log } from './log.ts';
import type { Site } from './site.ts';
import type { LogWindow } from './types.ts';

interface Scene {
  readonly world: World;
  readonly node: SimNode;
  readonly adas: SimMachine;
  readonly bob: Copse;
  readonly garden: Site;
}

/** Ada has read ten entries of Bob and her device is off. */
function scene(act: (scene: Scene) => Promise<void>, count = 10): void {
  const world = new World(1);
  const node = new SimNode(world);
  play(world, async () => {
    await node.start();
    const [adas, bobs] = [new SimMachine(world, node, 'ada'), new SimMachine(world, node, 'bob')];
    const ada = await adas.open({ name: 'Ada' });
    const garden = await ada.found({ title: 'Garden' });
    const bob = await bobs.open({ name: 'Bob' });
    const shared = await bob.join(await garden.invite());
    for (let n = 1; n <= count; n++) await shared.log('chat').append(n);
    const view = garden.log('chat').view();
    const leave = view.subscribe(() => {});
    await until(world, () => view.get().entries.length === Math.min(count, 100), 'read');
    await until(world, () => view.get().entries[0]?.name === 'Bob', 'the name');
    leave();
    await adas.close();
    await act({ world, node, adas, bob, garden: shared });
    await adas.close();
    await bobs.close();
  });
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

function chatOf(copse: Copse, garden: Site): Log {
  return copse.site(garden.id)?.log('chat') ?? assert.fail('the site is known');
}

interface Watched {
  readonly view: LogWindow;
  /** Everything that the window has shown, one list of positions after the other. */
  readonly shown: readonly (readonly number[])[];
  readonly leave: () => void;
}

function watch(log: Log, last = 100): Watched {
  const view = log.view({ last });
  const shown: number[][] = [];
  const leave = view.subscribe(() => shown.push(view.get().entries.map(({ at }) => at)));
  return { view, shown, leave };
}

function assertWhole(shown: Watched['shown']): void {
  for (const positions of shown) {
    const [first] = positions;
    if (first !== undefined) assert.deepEqual(positions, numbers(first, first + positions.length));
  }
}

/** No list is shorter than the one before it, or ends earlier. */
function assertOnlyGrew(shown: Watched['shown']): void {
  for (const [i, positions] of shown.entries()) {
    const before = shown[i - 1] ?? [];
    assert.ok(positions.length >= before.length, `${before.length} became ${positions.length}`);
    assert.ok((positions.at(-1) ?? 0) >= (before.at(-1) ?? 0), `${before.at(-1)} became ${positions.at(-1)}`);
  }
}

/** Ada has a look, so that her copy is up to date, and her device is off again. */
async function readAll(world: World, adas: SimMachine, garden: Site, count: number): Promise<void> {
  const { view, leave } = watch(chatOf(await adas.open({}), garden));
  await until(world, () => view.get().entries.length === count, 'all read', 60_000);
  leave();
  await adas.close();
}

function off(node: SimNode, isDown = true): void {
  node.isDown = isDown;
  if (isDown) node.cut();
}

test('[S15] what was read is there without the node, with the names of its writers', () => {
  scene(async ({ world, node, adas, bob, garden }) => {
    off(node);
    const log = chatOf(await adas.open({}), garden);
    const { view, leave } = watch(log);
    await until(world, () => view.get().entries.length === 10, 'the copy', 1_000);
    const { entries, first, tail, status } = view.get();
    assert.deepEqual(
      entries.map(({ value }) => value),
      numbers(1, 11),
    );
    assert.deepEqual([entries[0]?.user, entries[0]?.name], [bob.user, 'Bob']);
    assert.deepEqual([first, tail], [1, 11]);
    assert.notEqual(status, 'live');
    leave();
  });
});

test('[S15] what the node then answers follows without a hole or a double', () => {
  for (const more of [0, 3, 95, 300]) {
    scene(async ({ world, node, adas, garden }) => {
      await Promise.all(numbers(0, more).map((n) => garden.log('chat').append(`more ${n}`)));
      off(node);
      const log = chatOf(await adas.open({}), garden);
      const { view, shown, leave } = watch(log);
      await until(world, () => view.get().entries.length === 10, 'the copy', 1_000);
      log.append('mine').catch(() => {});
      await sleep(world, 2_000);
      off(node, false);
      await until(world, () => view.get().entries.at(-1)?.value === 'mine', 'the rest', 60_000);
      const tail = 10 + more + 2;
      assert.deepEqual(
        view.get().entries.map(({ at }) => at),
        numbers(Math.max(1, tail - 100), tail),
      );
      assert.deepEqual(view.get().waiting, []);
      assertWhole(shown);
      leave();
    });
  }
});

test('[S15] what a window shows of the copy stays until what takes its place is there, as long as before', () => {
  // Pages of a node hold 32 of these, a copy twelve.
  const long = 'x'.repeat(8_000);
  for (const [count, readCount, more] of [
    [10, 0, 60],
    [10, 60, 3],
    [10, 60, 150],
    [120, 0, 150],
  ] as const) {
    scene(async ({ world, node, adas, garden }) => {
      const chat = garden.log('chat');
      for (let n = 0; n < readCount; n++) await chat.append(long);
      if (readCount > 0) await readAll(world, adas, garden, count + readCount);
      for (let n = 0; n < more; n++) await chat.append(long);
      off(node);
      const { view, shown, leave } = watch(chatOf(await adas.open({}), garden));
      await until(world, () => view.get().entries.length >= 10, 'the copy', 1_000);
      off(node, false);
      const tail = count + readCount + more + 1;
      const wanted = numbers(Math.max(1, tail - 100), tail);
      const isAll = (): boolean => view.get().entries.at(-1)?.at === tail - 1;
      await until(world, () => isAll() && view.get().entries.length === wanted.length, 'the rest', 60_000);
      assert.deepEqual(
        view.get().entries.map(({ at }) => at),
        wanted,
      );
      assertWhole(shown);
      assertOnlyGrew(shown);
      leave();
    }, count);
  }
});

test('[S15] a window that is larger than the copy is filled from the node', () => {
  scene(async ({ world, node, adas, garden }) => {
    off(node);
    const log = chatOf(await adas.open({}), garden);
    const { view, shown, leave } = watch(log, 130);
    await until(world, () => view.get().entries.length === 100, 'the copy', 1_000);
    off(node, false);
    await until(world, () => view.get().entries.length === 130, 'the rest', 60_000);
    assert.deepEqual(
      view.get().entries.map(({ value }) => value),
      numbers(21, 151),
    );
    assertWhole(shown);
    leave();
  }, 150);
});

test('[L8] who reads from a position reads on from the copy, once and in order', () => {
  scene(async ({ world, node, adas, garden }) => {
    off(node);
    const log = chatOf(await adas.open({}), garden);
    const values: unknown[] = [];
    const reading = (async () => {
      for await (const entry of log.entries({ from: 4 })) {
        values.push(entry.value);
        if (values.length === 9) return;
      }
    })();
    await until(world, () => values.length === 7, 'the copy', 2_000);
    off(node, false);
    await garden.log('chat').append('eleven');
    await garden.log('chat').append('twelve');
    await reading;
    assert.deepEqual(values, [...numbers(4, 11), 'eleven', 'twelve']);
  });
});

test('[S15] a copy that is damaged, in whatever way, is dropped and the log opens', () => {
  scene(async ({ world, node, adas, garden }) => {
    const [row] = await adas.keep.list('copy/');
    assert.ok(row !== undefined);
    const damages: ((bytes: Uint8Array) => Uint8Array)[] = [
      () => new Uint8Array(0),
      (bytes) => bytes.subarray(0, bytes.length >> 1),
      (bytes) => bytes.map((byte, i) => (i % 37 === 20 ? byte ^ 0x55 : byte)),
      (bytes) => bytes.map((byte, i) => (i > 40 && i < bytes.length - 60 ? 0 : byte)),
      (bytes) => bytes.map(() => 255),
    ];
    for (const damage of damages) {
      await adas.keep.write([{ name: row.name, value: damage(row.value.slice()) }]);
      const log = chatOf(await adas.open({}), garden);
      const { view, leave } = watch(log);
      await until(
        world,
        () => view.get().entries.length === 10 && view.get().status === 'live',
        'read',
        60_000,
      );
      assert.deepEqual(
        view.get().entries.map(({ value }) => value),
        numbers(1, 11),
      );
      leave();
      await adas.close();
    }
    await adas.keep.write([{ name: 'copies', value: new Uint8Array([1, 2, 3]) }]);
    off(node);
    const log = chatOf(await adas.open({}), garden);
    const { view, leave } = watch(log);
    await sleep(world, 1_000);
    assert.deepEqual(view.get().entries, []);
    assert.deepEqual(await adas.keep.list('copy/'), [], 'rows that nobody lists are gone');
    leave();
  });
});

test('[S15] a copy that knows more than its node is dropped, and the log is what the node says', () => {
  scene(async ({ world, node, adas, garden }) => {
    const [row] = await adas.keep.list('copy/');
    assert.ok(row !== undefined);
    // As if the node had been restored from a backup that was made before the last hundred entries.
    const shifted = row.value.slice();
    shifted[0] = 101;
    await adas.keep.write([{ name: row.name, value: shifted }]);
    off(node);
    const log = chatOf(await adas.open({}), garden);
    const { view, shown, leave } = watch(log);
    await until(world, () => view.get().entries.at(-1)?.at === 110, 'the copy', 1_000);
    off(node, false);
    await until(world, () => view.get().entries.at(-1)?.at === 10, 'the log', 60_000);
    await garden.log('chat').append('next');
    await until(world, () => view.get().entries.at(-1)?.value === 'next', 'the next one');
    assert.deepEqual(
      view.get().entries.map(({ at }) => at),
      numbers(1, 12),
    );
    assertWhole(shown);
    leave();
  });
});

test('[S15] leaving a site and signing out take the copies along', () => {
  scene(async ({ world, adas, garden }) => {
    assert.equal((await adas.keep.list('copy/')).length, 1);
    const ada = await adas.open({});
    await until(world, () => ada.status.get() === 'live', 'live');
    await ada.site(garden.id)?.leave();
    await sleep(world, 5_000);
    assert.deepEqual(await adas.keep.list('copy/'), []);
    await ada.logout();
    assert.deepEqual(await adas.keep.list(''), []);
  });
});

test('[G2] copies are written together and later, and of a bounded number of logs', () => {
  scene(async ({ world, adas, garden }) => {
    const writes: number[] = [];
    const write = adas.keep.write.bind(adas.keep);
    adas.keep.write = (changes) => {
      const rows = changes.filter(({ name }) => name.startsWith('copy/'));
      if (rows.length > 0) writes.push(rows.length);
      return write(changes);
    };
    const ada = await adas.open({});
    const leaves = numbers(0, 20).map((n) => {
      const log = ada.site(garden.id)?.log(`log ${n}`) ?? assert.fail();
      return watch(log).leave;
    });
    const appending = numbers(0, 100).map(async (n) => {
      await sleep(world, 100 * n);
      await garden.log(`log ${n % 20}`).append(n);
    });
    await Promise.all(appending);
    await sleep(world, 5_000);
    assert.ok(writes.length >= 3 && writes.length <= 8, `${writes.length} writes in ten seconds`);
    for (const leave of leaves) leave();
    for (const n of numbers(0, copyLogsMax + 10)) {
      await ada.site(garden.id)?.log(`further ${n}`).append(n);
      const { view, leave } = watch(ada.site(garden.id)?.log(`further ${n}`) ?? assert.fail());
      await until(world, () => view.get().entries.length === 1, 'read');
      leave();
    }
    await sleep(world, 5_000);
    assert.equal((await adas.keep.list('copy/')).length, copyLogsMax);
  });
});
