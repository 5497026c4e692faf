import assert from 'node:assert/strict';
import { test } from 'node:test';

import { deviceId, logId, siteId } from 'copse/internal/base/ids.ts';
import { emptyBatch, newLog, type Batch } from 'copse/internal/log/batch.ts';
import { LeadWatch, type KeptLeads } from './lead-watch.ts';
import { World } from './world.ts';

const log = newLog(1, siteId('01'.repeat(16)), logId('02'.repeat(16)));

function led(epoch: number, at: number, first = at): Batch<string> {
  return {
    ...emptyBatch(),
    runs: [{ log, first, count: 1, parts: [], declare: false }],
    settled: [{ who: 'a', log, epoch, seq: at, at, count: 1, bytes: 1, placed: 'led' }],
  };
}

function leads(epoch: number): Batch<string> {
  const device = deviceId('03'.repeat(8));
  return { ...emptyBatch(), leads: [{ log, epoch, device, before: null, declare: false }] };
}

test('[V2] the judge finds what a leader places behind the record of the next one', () => {
  const watch = new LeadWatch(new World(1));
  watch.commit(leads(1));
  watch.commit(led(1, 1));
  watch.commit(leads(2));
  // What stood there already is only acknowledged once more.
  watch.commit(led(1, 1, 2));
  watch.commit(led(2, 2));
  assert.throws(() => watch.commit(led(1, 3)), { rule: 'V2' });
});

test('[V2] a lead that was never written ends none', () => {
  const watch = new LeadWatch(new World(1));
  watch.commit(leads(1));
  watch.commit(leads(2))();
  watch.commit(led(1, 1));
});

test('[V2] the judge finds a lead that begins again with an epoch which the disk had', () => {
  const kept: KeptLeads = new Map();
  const watch = new LeadWatch(new World(1), kept);
  watch.commit(leads(1));
  watch.keep(leads(1));
  watch.commit(leads(2));
  // The second never became durable: after a restart it may come again.
  const next = new LeadWatch(new World(1), kept);
  next.commit(leads(2));
  next.keep(leads(2));
  assert.throws(() => new LeadWatch(new World(1), kept).commit(leads(1)), { rule: 'V2' });
});
