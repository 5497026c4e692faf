import assert from 'node:assert/strict';
import { test } from 'node:test';
import { siteId, userId } from 'copse/internal/base/ids.ts';
import type { HoldingRow } from 'copse/internal/client/rights.ts';
import { allowedSentence } from './grant-words.ts';
import { asLink, emptyForm, judge, placesOf, reachOf, type ShareForm } from './share-form.ts';

const nowMs = Date.UTC(2026, 10, 21, 12);
const log = 'ab'.repeat(16);
const ids = new Map([
  ['*', '*'],
  ['docs/plan', log],
  ['docs/*', `${'ab'.repeat(8)}*`],
]);
const at = { nowMs, idOf: (name: string) => ids.get(name) };

function holding(rights: Partial<HoldingRow['rights']>): HoldingRow {
  const all = { permissions: 31, resource: '*', delegations: 7, notBeforeMs: 0, expiresMs: 0, quota: 0 };
  return {
    site: siteId('00'.repeat(16)),
    user: userId('11'.repeat(8)),
    rights: { ...all, caveats: [], ...rights },
    via: '00'.repeat(32),
    shared: false,
    number: 1,
  };
}

const form = (changes: Partial<ShareForm>): ShareForm => ({ ...emptyForm, to: 'somebody', ...changes });

test('[U22] what one holds can be shared as it was filled in, and nothing wider', () => {
  const made = judge(form({ resource: 'docs/*', until: 'week', delegations: 2 }), [holding({})], at);
  assert.ok(made.kind === 'ok');
  assert.equal(made.expiresMs, nowMs + 7 * 86_400_000);
  assert.deepEqual(
    { ...made.options, until: made.options.until?.getTime() },
    { permissions: 3, resource: 'docs/*', delegations: 2, caveats: [], until: made.expiresMs },
  );
  const held = [holding({ permissions: 1, resource: log, delegations: 1 })];
  assert.equal(judge(form({ permissions: 1, resource: 'docs/plan' }), held, at).kind, 'ok');
  for (const wider of [
    form({ permissions: 3, resource: 'docs/plan' }),
    form({ permissions: 1, resource: 'docs/*' }),
    form({ permissions: 1, resource: '*' }),
    form({ permissions: 1, resource: 'docs/plan', delegations: 1 }),
  ])
    assert.deepEqual(judge(wider, held, at), {
      kind: 'wrong',
      words: 'You do not hold this yourself, or may not pass on so much of it.',
    });
});

test('[U22] without an end of its own a right ends with the one it is a part of', () => {
  const ends = nowMs + 1000;
  const made = judge(form({}), [holding({ expiresMs: ends })], at);
  assert.ok(made.kind === 'ok');
  assert.equal(made.expiresMs, ends);
  assert.equal(made.options.until, undefined);
  assert.equal(judge(form({ until: 'day' }), [holding({ expiresMs: ends })], at).kind, 'wrong');
});

test('[U22] a form that is not filled says what is missing', () => {
  const words = (changes: Partial<ShareForm>): string => {
    const made = judge(form(changes), [holding({})], at);
    return made.kind === 'wrong' ? made.words : 'accepted';
  };
  assert.equal(words({ to: '' }), 'Choose to whom.');
  assert.equal(words({ to: '', receiver: 'group' }), 'Choose a group.');
  assert.equal(words({ permissions: 0 }), 'Choose what they may do.');
  assert.equal(words({ until: 'date', date: '2020-01-01' }), 'Choose a day that is still to come.');
  assert.equal(
    words({ permissions: 9, resource: 'docs/*' }),
    'Inviting and managing are for the whole site.',
  );
});

test('[U22] a link gives the whole site; groups and conditions are not for it', () => {
  const link = asLink(form({ receiver: 'link', resource: 'docs/*', until: 'never' }));
  assert.deepEqual([link.resource, link.until, link.to], ['*', 'week', '']);
  assert.equal(judge(link, [holding({})], at).kind, 'ok');
  assert.equal(judge({ ...link, permissions: 3 }, [holding({ permissions: 1 })], at).kind, 'wrong');
});

test('[U22] only what may be passed on is offered', () => {
  assert.deepEqual(reachOf([holding({ permissions: 3, delegations: 1 })], '*'), {
    permissions: 3,
    delegationsMax: 0,
  });
  assert.deepEqual(reachOf([holding({ delegations: 0 })], '*'), { permissions: 0, delegationsMax: 0 });
  assert.deepEqual(placesOf(['chat', 'docs/plan']), ['*', 'docs/*', 'chat', 'docs/plan']);
});

test('[U22] one sentence says who may do what, where, until when, and how often it may be passed on', () => {
  const saying = { who: 'Tomás', site: 'Oak Lane', dateOf: () => '3 May 2027' };
  const rights = { permissions: 3, resource: '*', expiresMs: 1, delegations: 1 };
  assert.equal(
    allowedSentence(rights, saying),
    'Tomás may read and write – everything in Oak Lane until 3 May 2027 – and may pass it on once; who gets it then may not.',
  );
  assert.equal(
    allowedSentence({ permissions: 5, resource: 'docs/*', expiresMs: 0, delegations: 0 }, saying),
    'Tomás may read and lead – all of docs, without an end – and may not pass it on.',
  );
});

test('[U31, U32] an address needs somebody behind it; only what goes to one person is sealed', () => {
  const empty = judge(form({ receiver: 'email', to: '' }), [holding({})], at);
  assert.ok(empty.kind === 'wrong' && /address/u.test(empty.words));
  const byMail = judge(form({ receiver: 'email', to: 'ada@example.org', isSealed: true }), [holding({})], at);
  assert.ok(byMail.kind === 'ok' && byMail.options.sealed === undefined);
  const sealed = judge(form({ isSealed: true }), [holding({})], at);
  assert.ok(sealed.kind === 'ok' && sealed.options.sealed === true);
});
