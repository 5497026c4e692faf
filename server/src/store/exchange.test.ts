import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { key } from 'copse/internal/base/ids.ts';
import { ExchangeStore } from './exchange.ts';
import { EXCHANGE_SCHEMA } from './exchange-schema.ts';
import { openMigrated } from './migrate.ts';

const node = key(new Uint8Array(32).fill(1));
const target = new Uint8Array(32).fill(2);
const epoch = new Uint8Array(16).fill(3);

async function withFile(task: (path: string) => void): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'copse-exchange-store-'));
  try {
    task(join(scratch, 'exchange.sqlite'));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

test('[Z91] of a file of the first layout it stays how far was heard, and everybody is fetched again', async () => {
  await withFile((path) => {
    const old = openMigrated(path, { ...EXCHANGE_SCHEMA, steps: EXCHANGE_SCHEMA.steps.slice(0, 1) });
    old.prepare('INSERT INTO cursor (node, epoch, seq) VALUES (?, ?, 7)').run(node, epoch);
    old.prepare('INSERT INTO filled (node, target) VALUES (?, ?)').run(node, target);
    old.close();
    using store = new ExchangeStore(path);
    assert.deepEqual(store.cursor(node), { epoch, seq: 7 });
    assert.deepEqual([store.heardMs(node), store.filled(node)], [null, []]);
  });
});

test('[Z91] what was fetched from a node is known with the time from when on, and whether something was missed', async () => {
  await withFile((path) => {
    using store = new ExchangeStore(path);
    store.setFilled(node, target, 500);
    assert.deepEqual(store.filled(node), [{ target, fromMs: 500, isDue: false }]);
    store.setDue(node);
    assert.deepEqual(store.filled(node), [{ target, fromMs: 500, isDue: true }]);
    store.setFilled(node, target, 600);
    assert.deepEqual(store.filled(node), [{ target, fromMs: 600, isDue: false }]);
    store.forgetFilled(node, target);
    assert.deepEqual(store.filled(node), []);
    store.setCursor(node, { epoch, seq: 1 }, 1_234.5);
    assert.equal(store.heardMs(node), 1_234);
  });
});
