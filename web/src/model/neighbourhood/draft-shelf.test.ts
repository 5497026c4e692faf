import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localOver } from '../local.ts';
import { draftShelf } from './draft-shelf.ts';

test('[U17, U51] what is typed of a file when somebody signs out is kept no more', async () => {
  const texts = new Map<string, string>();
  const store = {
    getItem: (name: string) => texts.get(name) ?? null,
    setItem: (name: string, value: string) => void texts.set(name, value),
    removeItem: (name: string) => void texts.delete(name),
  };
  const local = localOver(store, () => [...texts.keys()]);
  local.setAccount(true);
  const shelf = draftShelf({ name: 'files', local });
  const id = `${Date.now()}`.padStart(15, '0');
  shelf.describe(id, 'A pear');
  assert.equal(texts.size, 2);
  local.forget();
  shelf.describe(id, 'A pear tree');
  await assert.rejects(shelf.remove(id), { code: 'closed' });
  assert.deepEqual([...texts], []);
});
