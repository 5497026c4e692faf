import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { World } from '../../../../lab/sim/world.ts';
import { Pace } from './pace.ts';

test('[I13] crowds are worked off in slices, in order, and one alone at once', () => {
  const world = new World(1);
  const turns: (() => void)[] = [];
  const pace = new Pace(world.env('x'), (task) => void turns.push(task));
  const done: number[] = [];
  const work = (n: number) => () => {
    done.push(n);
    world.nowMs += 1;
  };
  pace.add(work(0));
  deepEqual(done, [0]);
  for (let n = 1; n < 6; n++) pace.add(work(n));
  deepEqual(done, [0]);
  turns.shift()?.();
  deepEqual(done, [0, 1, 2]);
  pace.add(work(6));
  while (turns.length > 0) turns.shift()?.();
  deepEqual(done, [0, 1, 2, 3, 4, 5, 6]);
  const fails = (): void => {
    throw new Error('a mistake');
  };
  throws(() => pace.add(fails), /a mistake/);
  pace.add(work(7));
  equal(done.length, 7);
  while (turns.length > 0) turns.shift()?.();
  deepEqual(done.at(-1), 7);
});
