/** What could not be delivered, page by page, as an operator looks at it. */

import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { notifyInternal } from 'copse/internal/api/notify.ts';
import { utf8 } from 'copse/internal/base/bytes.ts';
import { deviceId, userId } from 'copse/internal/base/ids.ts';
import { deadLettersPageMax } from 'copse/internal/base/limits-notify.ts';
import { encode } from 'copse/internal/wire/shape.ts';
import { MemoryNews } from '../store/news-memory.ts';
import { Letters } from './letters.ts';
import { shortened } from './shortened.ts';

const LETTER = {
  user: userId('aa'.repeat(8)),
  device: deviceId('dd'.repeat(8)),
  atMs: 1,
  why: 'refused',
  last: '403',
  origin: 'https://push.example',
};

test('[I15] every letter is on one page, also when the last page is full', async () => {
  for (const extra of [0, 1]) {
    await using store = new MemoryNews();
    const letters = new Letters({ env: { wallMs: () => 0 }, store });
    const count = 2 * deadLettersPageMax + extra;
    await store.commit({ letters: Array.from({ length: count }, () => LETTER) });
    const ids: number[] = [];
    let pages = 0;
    for (let after: number | null = 0; after !== null; pages++) {
      const page: Awaited<ReturnType<Letters['page']>> = await letters.page(after);
      ids.push(...page.rows.map(({ id }) => id));
      after = page.more;
    }
    deepEqual(
      ids,
      Array.from({ length: count }, (_, n) => n + 1),
    );
    equal(pages, 2 + extra);
  }
});

test('[I15] what a push service said fits into the answer, whatever it wrote', async () => {
  await using store = new MemoryNews();
  const letters = new Letters({ env: { wallMs: () => 0 }, store });
  await store.commit({ letters: [{ ...LETTER, last: `403 ${'\u{1f333}'.repeat(98)}` }] });
  const page = await letters.page(0);
  equal(page.rows[0]?.last, `403 ${'\u{1f333}'.repeat(49)}`);
  encode(notifyInternal.calls.letters.answer, page);
});

test('[I15, I20] a text is cut between two characters', () => {
  for (let before = 0; before < 8; before++) {
    const short = shortened(`${'x'.repeat(before)}${'\u{1f333}'.repeat(9)}`, 10);
    equal(short.isWellFormed(), true);
    equal(utf8(short).length, before + 4 * Math.floor((10 - before) / 4));
  }
  equal(shortened('\ufeffshort', 20), '\ufeffshort');
});
