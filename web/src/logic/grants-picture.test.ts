import assert from 'node:assert/strict';
import { test } from 'node:test';
import { key, siteId, userId } from 'copse/internal/base/ids.ts';
import type { GrantRow } from 'copse/internal/client/rights.ts';
import { everyTwig, mayTakeBack, standing, twigsOf } from './grants.ts';
import { arrowsMax, narrowMetrics, pictureOf, unfoldedMax, wideMetrics } from './grants-picture.ts';

const nowMs = 1_000_000;
const anyKey = key(new Uint8Array(32));

function grant(number: number, above: number | null, changes: Partial<GrantRow> = {}): GrantRow {
  const user = (id: number | null) => userId((id ?? 0).toString(16).padStart(16, '0'));
  const id = (of: number) => of.toString(16).padStart(64, '0');
  return {
    id: id(number),
    number,
    site: siteId('00'.repeat(16)),
    above: above === null ? null : id(above),
    issuer: anyKey,
    issuerUser: user(above),
    issuerName: '',
    subject: anyKey,
    subjectKind: 'user',
    subjectUser: user(number),
    subjectName: `Person ${number}`,
    rights: {
      permissions: 3,
      resource: '*',
      delegations: 1,
      notBeforeMs: 0,
      expiresMs: 0,
      quota: 0,
      caveats: [],
    },
    below: 0,
    atMs: 0,
    endedMs: null,
    ...changes,
  };
}

const how = { nowMs, opened: new Set<string>(), metrics: wideMetrics };

test('[U21] a person is one node however often she was given something, with an arrow for each', () => {
  const ben = userId('bb'.repeat(8));
  const twigs = twigsOf([
    grant(1, null),
    grant(2, 1, { subjectUser: ben }),
    grant(3, 1, { subjectUser: ben }),
    grant(4, 1),
    grant(5, 4, { subjectUser: ben }),
  ]);
  const { nodes, arrows, omitted } = pictureOf(twigs, how);
  assert.equal(nodes.length, 3);
  assert.equal(arrows.length, 4);
  assert.equal(omitted, 0);
  assert.equal(new Set(arrows.map(({ path }) => path)).size, 4, 'no arrow hides another');
});

test('[U21] a link that was taken up is no person; an open one is', () => {
  const twigs = twigsOf([
    grant(1, null),
    grant(2, 1, { subjectKind: 'oneTime' }),
    grant(3, 2),
    grant(4, 1, { subjectKind: 'oneTime' }),
  ]);
  const { nodes } = pictureOf(twigs, how);
  assert.deepEqual(nodes.map(({ kind }) => kind).toSorted(), ['link', 'person', 'person']);
  const ben = everyTwig(twigs).find(({ grant: { number } }) => number === 3);
  assert.equal(ben?.link?.number, 2);
});

test('[U21] who gave it is in the picture also when what it stands on is not shown', () => {
  const { nodes, arrows, omitted } = pictureOf(
    twigsOf([grant(5, 4, { issuerName: 'Ada' }), grant(6, 5)]),
    how,
  );
  assert.deepEqual(nodes.map(({ name }) => name).toSorted(), ['Ada', 'Person 5', 'Person 6']);
  assert.equal(arrows.length, 2);
  assert.equal(omitted, 0);
});

test('[U21] strength, coming ends and past ends are told apart', () => {
  const rights = grant(0, null).rights;
  const twigs = twigsOf([
    grant(1, null, { rights: { ...rights, permissions: 31 } }),
    grant(2, 1, { rights: { ...rights, permissions: 31 } }),
    grant(3, 1, { rights: { ...rights, permissions: 11 } }),
    grant(4, 1, { rights: { ...rights, expiresMs: nowMs + 1000 } }),
    grant(5, 1, { rights: { ...rights, permissions: 1, expiresMs: nowMs - 1 } }),
  ]);
  const { arrows } = pictureOf(twigs, how);
  assert.deepEqual(
    arrows.map(({ tone, state }) => `${tone} ${state}`),
    ['admin open', 'host open', 'writer due', 'reader ended'],
  );
});

test('[U21] nodes never overlap, and many are folded into numbers that add up', () => {
  const many = [grant(1, null), ...Array.from({ length: 300 }, (_, at) => grant(at + 2, 1 + (at % 9)))];
  const twigs = twigsOf(many);
  for (const metrics of [wideMetrics, narrowMetrics]) {
    const { nodes, arrows, omitted } = pictureOf(twigs, { ...how, metrics });
    const places = new Set(nodes.map(({ x, y }) => `${x} ${y}`));
    assert.equal(places.size, nodes.length);
    const people = nodes.filter(({ kind }) => kind !== 'fold');
    const folded = nodes.reduce((sum, node) => sum + node.folded, 0);
    assert.ok(people.length <= 2 * unfoldedMax);
    assert.equal(people.length + folded, many.length);
    assert.equal(arrows.filter(({ tone }) => tone !== 'fold').length + omitted, many.length - 1);
  }
});

test('[U21] what is opened is drawn up to a bound, and the rest is counted', () => {
  const many = [grant(1, null), ...Array.from({ length: 300 }, (_, at) => grant(at + 2, 1))];
  const [root] = twigsOf(many);
  const opened = new Set([root?.grant.subjectUser ?? '']);
  const { arrows, omitted } = pictureOf(twigsOf(many), { ...how, opened });
  assert.equal(arrows.length, arrowsMax);
  assert.equal(omitted, 300 - arrowsMax);
});

test('[U23] what was taken back is not shown, nor what stood on it, although the node still lists it', () => {
  const rows = [grant(1, null), grant(2, 1), grant(3, 2), grant(4, 1, { endedMs: 5 }), grant(5, 4)];
  const numbers = (gone: ReadonlySet<string>) => standing(rows, gone).map(({ number }) => number);
  assert.deepEqual(numbers(new Set()), [1, 2, 3]);
  assert.deepEqual(numbers(new Set([rows[1]?.id ?? ''])), [1]);
});

test('[U23] the issuer and everybody above may take a grant back, nobody else', () => {
  const rows = [grant(1, null), grant(2, 1), grant(3, 2), grant(4, 1)];
  const user = (number: number) => rows[number - 1]?.subjectUser ?? '';
  assert.equal(mayTakeBack(rows, rows[2]?.id ?? '', user(1)), true);
  assert.equal(mayTakeBack(rows, rows[2]?.id ?? '', user(2)), true);
  assert.equal(mayTakeBack(rows, rows[2]?.id ?? '', user(4)), false);
});
