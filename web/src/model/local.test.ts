import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noBackup } from '../logic/phrase-flow.ts';
import { localOver, type Local } from './local.ts';

function inMemory(): { readonly local: Local; readonly rows: Map<string, string> } {
  const rows = new Map<string, string>();
  const store = {
    getItem: (name: string) => rows.get(name) ?? null,
    setItem: (name: string, value: string) => void rows.set(name, value),
    removeItem: (name: string) => void rows.delete(name),
  };
  return { local: localOver(store, () => [...rows.keys()]), rows };
}

test('[U17] what was set is there again; signing out forgets the account and keeps the look', () => {
  const { local, rows } = inMemory();
  local.setTheme('dark');
  local.setReadAt('site', 'chat', 41);
  local.setDraft('site', 'chat', 'to be');
  local.setBackup({ isConfirmed: true, postponedCount: 2, postponedMs: 7 });
  rows.set('other', 'untouched');
  assert.equal(local.readAt('site', 'chat'), 41);
  assert.equal(local.draft('site', 'chat'), 'to be');
  assert.equal(local.backup().postponedCount, 2);
  local.forget();
  assert.equal(local.theme(), 'dark');
  assert.equal(local.readAt('site', 'chat'), null);
  assert.equal(local.draft('site', 'chat'), '');
  assert.deepEqual(local.backup(), noBackup);
  assert.equal(rows.get('other'), 'untouched');
});

test('[U17] a browser that refuses storage gets an app that forgets, not one that fails', () => {
  const refuse = (): never => {
    throw new DOMException('blocked', 'SecurityError');
  };
  const local = localOver({ getItem: refuse, setItem: refuse, removeItem: refuse }, refuse);
  local.setTheme('dark');
  local.setReadAt('site', 'chat', 1);
  local.forget();
  assert.equal(local.theme(), 'system');
  assert.equal(local.readAt('site', 'chat'), null);
  assert.deepEqual(local.backup(), noBackup);
});

test('[U17] texts of somebody else under our names are ignored', () => {
  const { local, rows } = inMemory();
  for (const text of ['', 'null', '{"isConfirmed":"yes"}', '[1]', '{']) {
    rows.set('copse/my/backup', text);
    assert.deepEqual(local.backup(), noBackup, text);
  }
  rows.set('copse/my/read/a/b', '-4');
  rows.set('copse/theme', 'pink');
  assert.equal(local.readAt('a', 'b'), null);
  assert.equal(local.theme(), 'system');
});

test('[U17, U32] sealed rights that were given and names that were verified are remembered as what they are', () => {
  const { local, rows } = inMemory();
  const given = { id: 'ab', name: 'Ben', what: 'Writer, everything', timeMs: 7 };
  local.setSealed('site', [given]);
  local.setKnown('site', { b1: 'Ben' });
  assert.deepEqual([local.sealed('site'), local.sealed('other')], [[given], []]);
  assert.deepEqual(local.known('site'), { b1: 'Ben' });
  for (const text of ['', 'null', '{}', '[1]', '[{"id":1}]']) {
    rows.set('copse/my/sealed/site', text);
    assert.deepEqual(local.sealed('site'), [], text);
  }
  for (const text of ['', 'null', '[1]', '{"b1":1}']) {
    rows.set('copse/my/known/site', text);
    assert.deepEqual(local.known('site'), {}, text);
  }
  local.setSealed('site', [given]);
  local.forget();
  assert.deepEqual(local.sealed('site'), []);
});
