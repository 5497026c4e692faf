import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Notice } from 'copse/internal/client/names.ts';
import { cosignersOf, noticeWords } from './audit-words.ts';

const notice = (changes: Partial<Notice>): Notice => ({
  index: 1,
  kind: 'statement',
  timeMs: 0,
  about: 'ada@example.org',
  isMine: true,
  ...changes,
});

test('[U25] what others did in my name is told apart from what I did', () => {
  assert.equal(noticeWords(notice({})).isStrange, false);
  const strange = noticeWords(notice({ isMine: false }));
  assert.equal(strange.isStrange, true);
  assert.equal(strange.what, 'Another key signed in as ada@example.org');
  assert.equal(noticeWords(notice({ kind: 'nodeRevoked', about: '' })).isStrange, true);
});

test('[U25] a cosigner counts when her signature stands below the checkpoint, not when her name does', () => {
  const known = ['ben.example/w+1a2b3c4d+AXq0', 'noor.example/w+99aa77bb+AZZ1'];
  const witnessed =
    'copse.example/log\n4\nroot\n\n— copse.example/log abc=\n— ben.example/w def=\nnoor.example/w\n';
  assert.deepEqual(cosignersOf({ witnessed }, known), [
    { name: 'ben.example/w', hasSigned: true },
    { name: 'noor.example/w', hasSigned: false },
  ]);
  assert.ok(cosignersOf({ witnessed: null }, known).every(({ hasSigned }) => !hasSigned));
});
