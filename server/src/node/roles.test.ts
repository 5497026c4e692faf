import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realEnv } from 'copse/internal/base/env.ts';
import { openRole } from './roles.ts';
import { readSettings } from './settings.ts';
import { journalForm, securedAddress } from './shards/journal-address.ts';

const JOURNAL = 'postgres://copse@127.0.0.1:1/copse';
const settingsOf = (flags: Readonly<Record<string, unknown>>) =>
  readSettings({ flags: { data: '/nowhere/to/be/made', ...flags }, environment: {}, file: {} });

test('[N1] what does not go with a role is refused before anything is made', async () => {
  const tail = { role: 'tail', journal: JOURNAL, auth: 'http://127.0.0.1:1' };
  const cases: readonly (readonly [Readonly<Record<string, unknown>>, RegExp])[] = [
    [{ journal: JOURNAL }, /`journal` is for/],
    [{ auth: 'https://a.example' }, /`auth` is for/],
    [{ role: 'tail', journal: JOURNAL }, /needs `auth`/],
    [{ ...tail, cold: 'old' }, /`cold`/],
    [{ ...tail, retainDays: 3 }, /`retain…`/],
    [{ ...tail, streams: 'open' }, /`streams`/],
    [{ role: 'auth', streams: 'open' }, /`streams`/],
  ];
  for (const [flags, message] of cases) {
    await assert.rejects(openRole(settingsOf(flags), realEnv()), { code: 'config', message });
  }
});

test('[N1, G6] the address of a journal is one of PostgreSQL without a password, which no message repeats', () => {
  assert.equal(journalForm(JOURNAL), null);
  assert.equal(journalForm(''), null);
  for (const wrong of [
    'mysql://copse@a/copse',
    'postgres://a/copse',
    'postgres://copse@a',
    'postgres://a@b/c?password=d',
    'x',
  ]) {
    assert.notEqual(journalForm(wrong), null, wrong);
  }
  assert.throws(
    () => settingsOf({ role: 'tail', journal: 'postgres://copse:plum-tree@a/copse' }),
    (thrown) =>
      thrown instanceof Error && /journal\.key/.test(thrown.message) && !/plum/.test(thrown.message),
  );
});

test('[J15] the line to a database on another machine is encrypted and checked, unless the address says otherwise', () => {
  for (const [given, used] of [
    [JOURNAL, JOURNAL],
    ['postgres://copse@localhost/copse', 'postgres://copse@localhost/copse'],
    ['postgres://copse@[::1]:5432/copse', 'postgres://copse@[::1]:5432/copse'],
    ['postgres://copse@db.example:5432/copse', 'postgres://copse@db.example:5432/copse?sslmode=verify-full'],
    [
      'postgres://copse@db.example/copse?sslrootcert=/etc/db.pem',
      'postgres://copse@db.example/copse?sslrootcert=%2Fetc%2Fdb.pem&sslmode=verify-full',
    ],
    [
      'postgres://copse@db.example/copse?sslmode=disable',
      'postgres://copse@db.example/copse?sslmode=disable',
    ],
  ] as const)
    assert.equal(securedAddress(given), used);
});
