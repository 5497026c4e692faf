/** Who said something is answered when it is in the store, and not before (SPEC I12). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { World } from '../../../lab/sim/world.ts';
import type { NewsBatch } from '../store/news.ts';
import { Saver } from './saver.ts';

/** News as numbers: so many at most are in one batch, and one that is held back is in none. */
function stage(perBatch: number) {
  const world = new World(1);
  const waiting: number[] = [];
  const stored: number[] = [];
  /** Of those, what was only noted. */
  const noted: number[] = [];
  const disk = { isFull: false, isHeld: false };
  const moved = { by: 0 };
  const saver = new Saver({
    env: world.env('notify'),
    store: {
      async commit(batch: NewsBatch) {
        if (disk.isFull) throw new Error('no space');
        stored.push(...(batch.lettersGone ?? []));
      },
      async note({ lettersGone = [] }: NewsBatch) {
        noted.push(...lettersGone);
        return this.commit({ lettersGone });
      },
    },
    next: () => {
      const numbers = disk.isHeld ? [] : waiting.splice(0, perBatch);
      return numbers.length === 0 ? null : { lettersGone: numbers };
    },
    isBehind: () => waiting.length > 0,
    renewed: ({ lettersGone = [] }) => ({ lettersGone: lettersGone.map((number) => number + moved.by) }),
  });
  const answers: string[] = [];
  const say = (...numbers: readonly number[]): void => {
    waiting.push(...numbers);
    saver.kept().then(
      () => answers.push(`${numbers.join()} with ${stored.length}`),
      () => answers.push(`${numbers.join()} not`),
    );
  };
  const run = (ms: number): void => {
    const end = { isOver: false };
    world.at(ms, () => void (end.isOver = true));
    while (!end.isOver) world.step();
  };
  return { run, moved, disk, stored, noted, waiting, saver, answers, say };
}

test('[I12] an answer comes with the batch in which the last of it is, or at once when there is nothing to write', async () => {
  const { run, say, saver, stored, answers } = stage(2);
  say();
  run(1_000);
  assert.deepEqual(answers, [' with 0']);
  say(1, 2, 3);
  say(4);
  run(10_000);
  assert.deepEqual(stored, [1, 2, 3, 4]);
  assert.deepEqual(answers.slice(1), ['1,2,3 with 4', '4 with 4']);
  await saver[Symbol.asyncDispose]();
});

test('[I12] while the disk takes nothing, or a sweep holds it back, nobody is answered; afterwards all are', async () => {
  const { run, say, saver, disk, answers } = stage(8);
  disk.isFull = true;
  say(1);
  run(10_000);
  say(2);
  run(10_000);
  assert.deepEqual(answers, []);
  disk.isFull = false;
  disk.isHeld = true;
  run(10_000);
  assert.deepEqual(answers, ['1 with 1']);
  disk.isHeld = false;
  run(10_000);
  assert.deepEqual(answers, ['1 with 1', '2 with 2']);
  await saver[Symbol.asyncDispose]();
});

test('[I12] what the disk refused is written as it is by then', async () => {
  const { run, say, saver, disk, moved, stored } = stage(8);
  disk.isFull = true;
  say(1, 2);
  run(1_000);
  moved.by = 10;
  disk.isFull = false;
  say(3);
  run(10_000);
  assert.deepEqual(stored, [11, 12, 3]);
  await saver[Symbol.asyncDispose]();
});

test('[I12] whoever waits when the service ends is told that it is not kept', async () => {
  const { run, say, saver, disk, answers } = stage(8);
  disk.isFull = true;
  say(1);
  run(10_000);
  say(2);
  await assert.rejects(saver[Symbol.asyncDispose]());
  run(1_000);
  assert.deepEqual(answers, ['1 not', '2 not']);
});

test('[I12, I13] what somebody waits for is durable; what nobody does is noted', () => {
  const { run, say, saver, stored, noted, waiting } = stage(2);
  waiting.push(1, 2);
  saver.wake();
  run(1_000);
  assert.deepEqual(
    [stored, noted],
    [
      [1, 2],
      [1, 2],
    ],
  );
  say(3);
  run(1_000);
  assert.deepEqual(
    [stored, noted],
    [
      [1, 2, 3],
      [1, 2],
    ],
  );
});
