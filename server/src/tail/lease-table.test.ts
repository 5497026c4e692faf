import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Handle } from 'copse/internal/base/ids.ts';
import { Lease } from './lease.ts';
import { LeaseTable } from './lease-table.ts';

/** A lease as far as the table looks at it. */
const leaseOf = (handle: Handle): Lease => {
  const session = {};
  const topic = { log: { number: 1 } };
  return new Lease(session as Lease['session'], handle, topic as Lease['topic']);
};
const SAME = Uint8Array.of(1, 2, 3);

test('[T2] a handle that has ended does not work again, even when chance repeats itself', () => {
  const table = new LeaseTable();
  const first = table.add(4, SAME, leaseOf)!;
  table.end(first, 5);
  assert.equal(table.find(first.handle)?.endedBy, 5);
  const second = table.add(4, SAME, leaseOf)!;
  assert.notEqual(second.handle, first.handle);
  assert.equal(table.find(first.handle), undefined);
  assert.equal(table.find(second.handle), second);
});

test('[T2] every place of the table has its own handles', () => {
  const table = new LeaseTable();
  const handles = new Set<number>();
  for (let n = 0; n < 1024; n++) handles.add(table.add(1024, SAME, leaseOf)!.handle);
  assert.equal(handles.size, 1024);
  assert.equal(table.add(1024, SAME, leaseOf), null);
  for (const handle of handles) assert.equal(table.find(handle)?.handle, handle);
  for (const lease of table.live()) table.end(lease, 1);
  assert.deepEqual([table.liveCount, table.live().length], [0, 0]);
  for (let n = 0; n < 1024; n++) assert.ok(!handles.has(table.add(1024, SAME, leaseOf)!.handle));
});
