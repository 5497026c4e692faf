import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from 'copse/internal/base/bytes.ts';
import { key } from 'copse/internal/base/ids.ts';
import { reportWhyBytesMax } from 'copse/internal/base/limits-work.ts';
import {
  decodeSettled,
  encodeSettled,
  grouped,
  reporters,
  reportWhy,
  settledMax,
  withSettled,
  type Settled,
} from './report-words.ts';

const who = (number: number) => key(new Uint8Array(32).fill(number));

test('[U50] reports of one post by several people are one thing, and those of most people come first', () => {
  const row = (number: number, by: number, about: number, message: Uint8Array | null) => ({
    number,
    by: who(by),
    about: who(about),
    why: '',
    message,
    atMs: number,
  });
  const post = Uint8Array.of(7);
  const things = grouped([
    row(1, 1, 9, null),
    row(2, 1, 8, post),
    row(3, 2, 8, post),
    row(4, 2, 8, post),
    row(5, 3, 8, Uint8Array.of(6)),
  ]);
  assert.deepEqual(
    things.map((thing) => [thing.rows.length, reporters(thing), thing.hasMessage]),
    [
      [3, 2, true],
      [1, 1, false],
      [1, 1, true],
    ],
  );
  assert.equal(things[0]?.about, '08'.repeat(32));
});

test('[U50] a report has a reason, and words within the bound', () => {
  assert.equal(reportWhy('', 'words'), '');
  assert.equal(reportWhy('Fraud', ' '), 'Fraud');
  assert.equal(reportWhy('Fraud', 'twice'), 'Fraud: twice');
  assert.equal(utf8(reportWhy('Fraud', '🌳'.repeat(500))).length <= reportWhyBytesMax, true);
});

test('[U50] what was dealt with is remembered, the newest first and no more than a bounded number', () => {
  const one = (at: number): Settled => ({ about: 'ab', line: `line ${at}`, what: 'left', atMs: at });
  let all: readonly Settled[] = [];
  for (let at = 0; at < settledMax + 5; at++) all = withSettled(all, one(at));
  assert.equal(all.length, settledMax);
  assert.deepEqual(decodeSettled(encodeSettled(all)), all);
  assert.equal(all[0]?.atMs, settledMax + 4);
  for (const spoilt of [
    null,
    utf8('{}'),
    utf8('[2,[]]'),
    utf8('[1,[["a",1,"left",2],["a","b","gone",1]]]'),
    utf8('x'),
  ])
    assert.deepEqual(decodeSettled(spoilt), []);
});
