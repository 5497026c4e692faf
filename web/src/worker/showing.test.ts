/** What was chosen on this device, kept where page and worker read it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLess } from '../logic/showing.ts';
import { forgetShowing, keepShowing, showingHere, type Kept } from './showing.ts';

class MemoryCaches implements Kept {
  text: string | null = null;
  isBroken = false;

  async open() {
    if (this.isBroken) throw new Error('the disk is gone');
    return {
      match: async () => (this.text === null ? undefined : new Response(this.text)),
      put: async (_path: string, answer: Response) => {
        this.text = await answer.text();
      },
    };
  }

  async delete(): Promise<void> {
    this.text = null;
  }
}

test('[I21] until somebody chooses what was written is shown, and then what was chosen', async () => {
  const caches = new MemoryCaches();
  assert.equal(await showingHere(caches), 'words');
  for (const showing of ['nothing', 'place', 'words'] as const) {
    await keepShowing(caches, showing);
    assert.equal(await showingHere(caches), showing);
  }
  await keepShowing(caches, 'nothing');
  await forgetShowing(caches);
  assert.equal(await showingHere(caches), 'words');
});

test('[I21] a choice that cannot be read shows the least, and one that is not kept is told', async () => {
  const caches = new MemoryCaches();
  caches.text = 'everything';
  assert.equal(await showingHere(caches), 'nothing');
  caches.isBroken = true;
  assert.equal(await showingHere(caches), 'nothing');
  await assert.rejects(keepShowing(caches, 'place'));
  assert.equal(await showingHere(null), 'nothing');
  await assert.rejects(keepShowing(null, 'place'), { code: 'full' });
});

test('[I21] of two choices that follow one another at once the later one is kept', async () => {
  const caches = new MemoryCaches();
  const first = Promise.withResolvers<void>();
  let count = 0;
  const slow: Kept = {
    async open() {
      if (count++ === 0) await first.promise;
      return caches.open();
    },
    delete: () => caches.delete(),
  };
  const both = [keepShowing(slow, 'place'), keepShowing(slow, 'nothing')];
  first.resolve();
  await Promise.all(both);
  assert.equal(caches.text, 'nothing');
});

test('[I21] it is known what shows less', () => {
  assert.ok(isLess('nothing', 'place') && isLess('place', 'words') && isLess('nothing', 'words'));
  assert.ok(!isLess('words', 'words') && !isLess('words', 'nothing'));
});
