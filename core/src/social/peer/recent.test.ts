import assert from 'node:assert/strict';
import { test } from 'node:test';
import { peerRecentBytesMax } from '../../base/limits-peer.ts';
import { peerStage } from '../../../../lab/suites/peer-stage.ts';
import type { Message } from '../message/terms.ts';
import { Recent } from './recent.ts';

const stage = peerStage();
const author = await stage.person();
const message = await author.sign({ text: 'one' });
const seqs = (found: ReturnType<Recent['after']>): readonly number[] | null =>
  found?.map(({ seq }) => seq) ?? null;
const weighing = (bytes: number): Message => ({ ...message, bytes: new Uint8Array(bytes) });

test('[Z21] what was stored last is known without the disk, and who is further behind hears that it is not all', () => {
  const recent = new Recent(7);
  assert.deepEqual([seqs(recent.after(7, 9)), seqs(recent.after(6, 9))], [[], null]);
  recent.take([9, 10, 12].map((seq) => ({ seq, message })));
  assert.deepEqual(
    [seqs(recent.after(7, 9)), seqs(recent.after(9, 9)), seqs(recent.after(7, 2)), seqs(recent.after(12, 9))],
    [[9, 10, 12], [10, 12], [9, 10], []],
  );
  assert.deepEqual([recent.get(10), recent.get(11), recent.get(13)], [message, null, null]);
});

test('[Z21] of what was stored last a bounded number of bytes is held, whatever the messages are', () => {
  const recent = new Recent(0);
  const third = weighing(Math.floor(peerRecentBytesMax / 3));
  recent.take([1, 2, 3, 4].map((seq) => ({ seq, message: third })));
  assert.deepEqual([seqs(recent.after(1, 9)), seqs(recent.after(2, 9)), recent.get(2)], [null, [3, 4], null]);
  recent.take([{ seq: 5, message: weighing(peerRecentBytesMax + 1) }]);
  assert.deepEqual([seqs(recent.after(4, 9)), seqs(recent.after(5, 9))], [null, []]);
  for (let seq = 6; seq < 60_000; seq++) recent.take([{ seq, message }]);
  const held = recent.after(59_000, 2_000);
  assert.equal(held?.length, 999);
  assert.equal(recent.after(6, 9), null);
});
