import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from 'copse/internal/base/fault.ts';
import { createRoot } from 'solid-js';
import type { PostPage } from '../sdk-street.ts';
import { createReading } from './reading.ts';

const empty: PostPage = { posts: [], next: null };

/** A list whose pages come as a test says. */
function listOf(load: () => Promise<PostPage>) {
  const book = {
    take() {},
    isGone: () => false,
  };
  const everybody = (): boolean => true;
  return createRoot(() => createReading({ load, book, isShown: everybody, isOwn: everybody }));
}

test('[U38] an answer that does not come holds up no later one, and changes nothing when it does', async () => {
  let late: (thrown: unknown) => void = () => {};
  let isFirst = true;
  const reading = listOf(() => {
    if (!isFirst) return Promise.resolve(empty);
    isFirst = false;
    return new Promise((_, reject) => {
      late = reject;
    });
  });
  const hanging = reading.refresh();
  await reading.refresh();
  assert.equal(reading.state().kind, 'ready');
  late(new Fault('closed'));
  await hanging;
  assert.equal(reading.state().kind, 'ready');
});

test('[U38] what could not be read again is when the connection is back, and only then', async () => {
  let count = 0;
  let isAway = true;
  const reading = listOf(async () => {
    count += 1;
    if (isAway) throw new Fault('closed');
    return empty;
  });
  await reading.refresh();
  assert.equal(reading.state().kind, 'failed');
  isAway = false;
  await reading.catchUp();
  assert.equal(reading.state().kind, 'ready');
  await reading.catchUp();
  assert.equal(count, 2);
});
