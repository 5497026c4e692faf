import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeWords,
  draftBytesMax,
  draftFileDaysMax,
  draftFileId,
  draftFilesMax,
  encodeWords,
  outlived,
} from './draft-files.ts';

const NOW_MS = Date.UTC(2026, 5, 1);
const DAY_MS = 86_400_000;
const file = (daysAgo: number, count: number, size = 1) => ({
  id: draftFileId(NOW_MS - daysAgo * DAY_MS, count),
  size,
});

test('[U51] files of drafts that nobody has posted for a month go', () => {
  const [old, young] = [file(draftFileDaysMax + 1, 1), file(draftFileDaysMax - 1, 2)];
  assert.deepEqual(outlived([old, young], NOW_MS), [old.id]);
});

test('[U51] of too many, or too large ones, the oldest go', () => {
  const many = Array.from({ length: draftFilesMax + 2 }, (_, count) => file(1, count));
  assert.deepEqual(outlived(many, NOW_MS), [many[1]?.id, many[0]?.id]);
  const half = draftBytesMax / 2;
  const large = [file(3, 1, half), file(2, 1, half), file(1, 1, half)];
  assert.deepEqual(outlived(large, NOW_MS), [large[0]?.id]);
  assert.deepEqual(outlived(large.slice(1), NOW_MS), []);
});

test('[U51, U17] what is said of files is kept as long as they, and what cannot be read is nothing', () => {
  const [old, young] = [file(draftFileDaysMax + 1, 1).id, file(1, 2).id];
  const text = encodeWords(
    new Map([
      [old, 'A tree'],
      [young, 'A “pear”'],
    ]),
    NOW_MS,
  );
  assert.deepEqual([...decodeWords(text)], [[young, 'A “pear”']]);
  assert.equal(encodeWords(new Map(), NOW_MS), '');
  for (const odd of ['', '[', '{}', '[1]', '[["a", 2]]']) assert.equal(decodeWords(odd).size, 0);
});
