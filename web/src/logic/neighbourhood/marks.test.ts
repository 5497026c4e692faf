import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex, utf8 } from 'copse/internal/base/bytes.ts';
import { peerContentBytesMax } from 'copse/internal/base/limits-peer.ts';
import fc from 'fast-check';
import { keyDigits, keyIn } from './person-words.ts';
import {
  decodeQuiet,
  encodeQuiet,
  quietListMax,
  withQuiet,
  type Quiet,
} from 'copse/internal/client/neighbourhood/quiet-list.ts';
import { allRead, decodeMarks, encodeMarks, isUnread, merged, noMarks, withRead } from './read-marks.ts';

const post = (seq: number, timeMs = seq) => ({
  id: seq.toString(16).padStart(16, '0').padEnd(64, '0'),
  timeMs,
});
const at = (epoch: string, seq: number | null) => ({ epoch, seq });

test('[U41] what arrived up to the mark was read, and what was opened behind it', () => {
  const marks = withRead(allRead('e', 10, 1_000), [post(12).id]);
  assert.deepEqual(
    [9, 10, 11, 12, 13].map((seq) => isUnread(post(seq), marks, at('e', seq))),
    [false, false, true, false, true],
  );
  // Late, with an early time: it has not been seen.
  assert.equal(isUnread(post(11, 5), marks, at('e', 11)), true);
  // Another store counts from the beginning: then the time decides.
  assert.deepEqual(
    [999, 1_001].map((timeMs) => isUnread(post(3, timeMs), marks, at('other', 3))),
    [false, true],
  );
  // So does it where the place is not known on this device.
  assert.deepEqual(
    [999, 1_001].map((timeMs) => isUnread(post(3, timeMs), marks, at('e', null))),
    [false, true],
  );
  assert.equal(isUnread(post(1), noMarks, at('e', 1)), true);
});

test('[U41] what two devices have read is read, in whichever order they say so', () => {
  const marks = fc.record({
    epoch: fc.constant('e'),
    seq: fc.nat(20),
    timeMs: fc.nat(20),
    ids: fc.array(
      fc.nat(20).map((seq) => post(seq).id.slice(0, 16)),
      { maxLength: 5 },
    ),
  });
  fc.assert(
    fc.property(marks, marks, fc.nat(20), (one, other, seq) => {
      const expected = isUnread(post(seq), one, at('e', seq)) && isUnread(post(seq), other, at('e', seq));
      assert.equal(isUnread(post(seq), merged(one, other), at('e', seq)), expected);
      assert.equal(isUnread(post(seq), merged(other, one), at('e', seq)), expected);
      assert.deepEqual(decodeMarks(encodeMarks(one)), { ...one });
    }),
  );
});

test('[U41, U42] what another program has kept under these names reads as nothing', () => {
  for (const text of ['', '{', '[]', '[2,"e",1,2,[]]', '[1,1,1,2,[]]', '[1,"e",-1,2,[]]', 'null']) {
    assert.deepEqual(decodeMarks(utf8(text)), noMarks, text);
    assert.equal(decodeQuiet(utf8(text)).size, 0, text);
  }
  assert.deepEqual(decodeMarks(null), noMarks);
  fc.assert(fc.property(fc.uint8Array(), (bytes) => assert.equal(decodeQuiet(bytes).size, 0)));
});

test('[U42] whom one does not want to hear is kept whole, and fits into one statement', () => {
  const people = Array.from({ length: quietListMax }, (_, at) => at.toString(16).padStart(64, '0'));
  const list = people.reduce<ReadonlyMap<string, Quiet>>(
    (all, person, at) => withQuiet(all, person, at % 2 === 0 ? 'muted' : 'blocked'),
    new Map(),
  );
  const bytes = encodeQuiet(list);
  assert.ok(bytes.length + 64 < peerContentBytesMax, `${bytes.length} bytes`);
  const found = decodeQuiet(bytes);
  assert.deepEqual(
    [found.size, people.filter((person) => found.get(person) !== list.get(person))],
    [list.size, []],
  );
  assert.equal(withQuiet(list, people[0] ?? '', null).size, quietListMax - 1);
});

test('[U43] a key is found in what people paste, and in nothing else', () => {
  const bytes = Uint8Array.from({ length: 32 }, (_, at) => at * 7);
  const digits = hex(bytes);
  for (const text of [
    digits,
    digits.toUpperCase(),
    `https://node.example/u/${digits}`,
    `https://a.b/#/person/${digits}/`,
  ])
    assert.equal(keyIn(` ${text} `), digits, text);
  for (const text of ['', 'Ada', digits.slice(2), `${digits}00`]) assert.equal(keyIn(text), null, text);
  assert.equal(keyDigits(digits), '0007 0e15');
});
