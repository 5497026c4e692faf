import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Cell, derived } from './store.ts';

const turn = (): Promise<void> => new Promise((resolve) => queueMicrotask(resolve));

test('[S9] a snapshot is the same object until something changed', () => {
  const cell = new Cell<readonly number[]>([1]);
  assert.equal(cell.get(), cell.get());
  const doubled = derived(cell, (list) => list.map((n) => 2 * n));
  assert.equal(doubled.get(), doubled.get());
  assert.deepEqual(doubled.get(), [2]);
  cell.set([3]);
  assert.deepEqual(doubled.get(), [6]);
  assert.equal(doubled.get(), doubled.get());
});

test('[S9] several changes in one turn are told once, after them', async () => {
  const cell = new Cell(0);
  const seen: number[] = [];
  cell.subscribe(() => seen.push(cell.get()));
  for (let i = 1; i <= 5; i++) cell.set(i);
  assert.deepEqual(seen, []);
  await turn();
  assert.deepEqual(seen, [5]);
  cell.set(5);
  await turn();
  assert.deepEqual(seen, [5]);
});

test('[S9] who has left is told nothing, even when it leaves while others are told', async () => {
  const cell = new Cell(0);
  const seen: string[] = [];
  const leave: (() => void)[] = [];
  cell.subscribe(() => {
    seen.push('a');
    leave[0]?.();
  });
  leave.push(cell.subscribe(() => seen.push('b')));
  cell.set(1);
  await turn();
  assert.deepEqual(seen, ['a']);
});

test('[S9] a store wakes with its first listener and sleeps after its last', () => {
  const states: string[] = [];
  const cell = new Cell(0, {
    wake: () => {
      states.push('awake');
      return () => states.push('asleep');
    },
  });
  const one = cell.subscribe(() => {});
  const two = cell.subscribe(() => {});
  one();
  one();
  assert.deepEqual(states, ['awake']);
  two();
  cell.subscribe(() => {})();
  assert.deepEqual(states, ['awake', 'asleep', 'awake', 'asleep']);
});

test('[S9] one function subscribed twice leaves twice', async () => {
  const cell = new Cell(0);
  let count = 0;
  const listener = (): void => void count++;
  const [one, two] = [cell.subscribe(listener), cell.subscribe(listener)];
  cell.set(1);
  await turn();
  one();
  cell.set(2);
  await turn();
  assert.equal(count, 3);
  two();
});

test('[S9] a derived store tells only when its own value changed', async () => {
  const cell = new Cell({ title: 'Garden', members: 1 });
  const title = derived(cell, (site) => site.title);
  const seen: string[] = [];
  title.subscribe(() => seen.push(title.get()));
  cell.set({ title: 'Garden', members: 2 });
  await turn();
  cell.set({ title: 'Forest', members: 2 });
  await turn();
  assert.deepEqual(seen, ['Forest']);
});
