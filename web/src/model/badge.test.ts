/** When the number on the icon is asked for, and what becomes of the answer. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ASK_AFTER_MS, BadgeKeeper } from './badge.ts';

/** A page whose time passes when it is told to. */
class Scene {
  nowMs = 0;
  readonly shown: number[] = [];
  /** Each question, until it is answered. */
  readonly asked: ((count: number | null) => void)[] = [];
  #task: { readonly atMs: number; readonly run: () => void } | null = null;
  readonly keeper = new BadgeKeeper({
    ask: () => new Promise((resolve) => void this.asked.push(resolve)),
    show: (count) => void this.shown.push(count),
    after: (delayMs, run) => {
      const task = { atMs: this.nowMs + delayMs, run };
      this.#task = task;
      return () => {
        if (this.#task === task) this.#task = null;
      };
    },
  });

  async pass(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    while (this.#task !== null && this.#task.atMs <= endMs) {
      const { atMs, run } = this.#task;
      this.nowMs = atMs;
      this.#task = null;
      run();
    }
    this.nowMs = endMs;
    await this.settle();
  }

  async answer(count: number | null): Promise<void> {
    this.asked.shift()?.(count);
    await this.settle();
  }

  async settle(): Promise<void> {
    for (let i = 0; i < 5; i++) await Promise.resolve();
  }
}

test('[I10] it is asked for once when a moment is over, again a little later, and then now and then', async () => {
  const scene = new Scene();
  scene.keeper.touch();
  await scene.pass(ASK_AFTER_MS[0] - 1);
  scene.keeper.touch();
  await scene.pass(ASK_AFTER_MS[0] - 1);
  assert.equal(scene.asked.length, 0);
  await scene.pass(1);
  assert.equal(scene.asked.length, 1);
  await scene.pass(ASK_AFTER_MS[1]);
  assert.equal(scene.asked.length, 2);
  await scene.pass(3 * ASK_AFTER_MS[2]);
  assert.equal(scene.asked.length, 5);
  scene.keeper.touch();
  await scene.pass(ASK_AFTER_MS[0]);
  assert.equal(scene.asked.length, 6);
});

test('[I10] what cannot be asked leaves the number as it is, and an older answer comes to nothing', async () => {
  const scene = new Scene();
  scene.keeper.touch();
  await scene.pass(ASK_AFTER_MS[0]);
  await scene.answer(3);
  await scene.pass(ASK_AFTER_MS[1]);
  await scene.answer(null);
  assert.deepEqual(scene.shown, [3]);
  await scene.pass(2 * ASK_AFTER_MS[2]);
  const [older, newer] = scene.asked;
  newer?.(0);
  await scene.settle();
  older?.(3);
  await scene.settle();
  assert.deepEqual(scene.shown, [3, 0]);
});

test('[I10] a device that is notified no more is asked about no more', async () => {
  const scene = new Scene();
  scene.keeper.touch();
  await scene.pass(ASK_AFTER_MS[0]);
  scene.keeper.stop();
  await scene.answer(7);
  await scene.pass(10 * ASK_AFTER_MS[2]);
  assert.deepEqual([scene.shown, scene.asked.length], [[], 0]);
});
