import assert from 'node:assert/strict';
import { test } from 'node:test';
import { key, userId } from 'copse/internal/base/ids.ts';
import type { AccountBranch, AccountRow } from 'copse/internal/client/accounts.ts';
import { accountLine, accountTag, auditSentence, everyAccount, removalWords } from './account-words.ts';
import { accountNodesMax, accountsPicture } from './accounts-picture.ts';
import { wideMetrics } from './grants-picture.ts';

let places = 0;

function row(name: string, part: Partial<AccountRow> = {}): AccountRow {
  const place = ++places;
  return {
    place,
    key: key(new Uint8Array(32)),
    user: userId(String(place).padStart(16, '0')),
    name,
    quota: 0,
    bytes: 0,
    state: 'there',
    isAdmin: false,
    madeMs: 0,
    expiresMs: 0,
    children: 0,
    given: 0,
    removal: null,
    ...part,
  };
}

function branch(name: string, below: readonly AccountBranch[] = []): AccountBranch {
  return { account: row(name, { children: below.length }), below };
}

function many(count: number): readonly AccountBranch[] {
  return Array.from({ length: count }, (_, n) => branch(`somebody ${n}`));
}

const wishes = { opened: new Set<string>(), metrics: wideMetrics };

test('[Z19] everybody of a small tree is in its picture, once, right of who let her in and beside nobody else', () => {
  const tree = [branch('Ada', [branch('Bea', [branch('Cleo'), branch('Dora')]), branch('Eve')])];
  const { nodes, lines, omitted, width, height } = accountsPicture(tree, wishes);
  assert.deepEqual(
    new Set(nodes.map(({ account }) => account?.name)),
    new Set(['Ada', 'Bea', 'Cleo', 'Dora', 'Eve']),
  );
  assert.equal(lines.length, nodes.length - 1);
  assert.equal(omitted, 0);
  for (const a of nodes)
    for (const b of nodes) {
      const isApart = a.x !== b.x || Math.abs(a.y - b.y) >= wideMetrics.nodeHeight;
      assert.ok(a === b || isApart, `${a.account?.name} and ${b.account?.name}`);
    }
  for (const { x, y } of nodes)
    assert.ok(x >= 0 && y >= 0 && x + wideMetrics.nodeWidth <= width && y + wideMetrics.nodeHeight <= height);
});

test('[Z19] of many below one some are drawn and the others counted, until they are asked for', () => {
  const top = branch('Ada', many(20));
  const folded = accountsPicture([top], wishes);
  assert.equal(folded.omitted, 14);
  assert.deepEqual(
    folded.nodes.filter(({ account }) => account === null).map((node) => node.folded),
    [14],
  );
  const opened = accountsPicture([top], { ...wishes, opened: new Set([top.account.user]) });
  assert.equal(opened.omitted, 0);
  assert.equal(opened.nodes.length, 21);
});

test('[Z19] a picture has a bound, and counts whom it leaves out', () => {
  const top = branch('Ada', many(1000));
  const { nodes, omitted } = accountsPicture([top], { ...wishes, opened: new Set([top.account.user]) });
  assert.ok(nodes.length <= accountNodesMax + 1);
  assert.equal(nodes.length + omitted, everyAccount([top]).length);
});

test('[Z19] an account and what was done to it are told in words', () => {
  assert.equal(accountLine(row('Bea', { quota: 1200, children: 3 })), 'let in 3, may let in 1,200 more');
  assert.equal(accountTag(row('Ada', { isAdmin: true })), 'admin');
  assert.equal(accountTag(row('x', { state: 'link' })), 'link, not taken up');
  const removal = {
    atMs: 5,
    by: 'Ada',
    byKey: key(new Uint8Array(32)),
    whom: 'Bea',
    reason: 'spam',
    untilMs: 6,
  };
  const removed = row('Cleo', { state: 'removed', removal: { ...removal, extent: 'all', content: 'keep' } });
  assert.equal(
    removalWords(removed, () => 'today'),
    'Removed with Bea by Ada, today: spam',
  );
  const said = { number: 1, atMs: 0, actor: 'Ada', target: 'Bea' } as const;
  const to = key(new Uint8Array(32));
  assert.equal(
    auditSentence({ ...said, kind: 'give', act: { kind: 'give', to, count: 2 } }),
    'Ada gave Bea 2 accounts',
  );
  assert.match(auditSentence({ ...said, kind: 'remove', act: null }), /the proof does not hold/u);
});
