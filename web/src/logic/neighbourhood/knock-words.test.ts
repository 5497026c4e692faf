import assert from 'node:assert/strict';
import { test } from 'node:test';
import { knockBytesMax } from 'copse/internal/base/limits-work.ts';
import {
  costWords,
  decodeLeft,
  encodeLeft,
  knockRefusal,
  knockRoomLeft,
  leftWords,
  pricedSize,
} from './knock-words.ts';

test('[U53] the price is asked once for each doubling of the words, and never for more than one may send', () => {
  assert.equal(pricedSize(''), 512);
  assert.equal(pricedSize('a'.repeat(256)), 512);
  assert.equal(pricedSize('a'.repeat(257)), 1024);
  // Letters count as the bytes that they are.
  assert.equal(pricedSize('ä'.repeat(200)), 1024);
  assert.equal(pricedSize('a'.repeat(100_000)), knockBytesMax);
});

test('[U53] the end of the room is told before it is reached', () => {
  const most = knockBytesMax - 256;
  assert.deepEqual(knockRoomLeft('Hello'), { isOver: false, words: '' });
  assert.match(knockRoomLeft('a'.repeat(most - 100)).words, /about 100 more/u);
  assert.equal(knockRoomLeft('a'.repeat(most)).isOver, false);
  assert.equal(knockRoomLeft('a'.repeat(most + 1)).isOver, true);
});

test('[U53] work is told as time of this device, by its own pace, and says when it takes longer than usual', () => {
  assert.match(costWords(24), /about 10 seconds of this device/u);
  assert.match(leftWords({ bits: 20, tries: 0 }, 0), /begins/u);
  // A quarter of the usual attempts in five seconds: three quarters are left.
  assert.equal(leftWords({ bits: 20, tries: 2 ** 18 }, 5_000), 'Usually about 15 seconds more.');
  assert.match(leftWords({ bits: 20, tries: 2 ** 20 }, 20_000), /longer than usual/u);
});

test('[U53] what went wrong is told with what to do, and a price that has risen from a node that is full', () => {
  assert.match(knockRefusal('full', true).title, /more work/u);
  assert.match(knockRefusal('full', false).title, /no room/u);
  assert.match(knockRefusal('closed', false).hint, /connection/u);
  assert.match(knockRefusal('tooMany', true).hint, /minute/u);
  assert.match(knockRefusal('expired', false).hint, /network/u);
  for (const code of ['internal', 'forbidden', 'version'] as const) {
    assert.equal(knockRefusal(code, false).code, code);
    assert.notEqual(knockRefusal(code, false).hint, '');
  }
});

test('[U53, U17] what was left is remembered with its time, and what cannot be read is nothing', () => {
  const left = { id: 'a7'.repeat(32), untilMs: 1_790_000_000_000 };
  assert.deepEqual(decodeLeft(encodeLeft(left)), left);
  assert.deepEqual(decodeLeft(left.id), { ...left, untilMs: 0 });
  for (const odd of ['', 'abc', `${left.id} soon`, `${left.id} 1 2`]) assert.equal(decodeLeft(odd), null);
});
