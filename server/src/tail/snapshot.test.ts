import { deepEqual, equal, rejects } from 'node:assert/strict';
import { test } from 'node:test';

import { permission } from 'copse/internal/api/model.ts';
import { snapshotApi, type Place, type SnapshotRemote } from 'copse/internal/api/snapshot.ts';
import type { Handle } from 'copse/internal/base/ids.ts';
import { snapshotAsksBurst, snapshotSpanMax } from 'copse/internal/base/limits-snapshot.ts';
import { joined, LOG, SITE, world, type Client, type World } from './testing/harness.ts';

class Maker {
  readonly client: Client;
  readonly handle: Handle;
  readonly remote: SnapshotRemote;

  constructor(client: Client, handle: Handle) {
    this.client = client;
    this.handle = handle;
    this.remote = client.dialed.facet(snapshotApi, {});
  }

  async newest(): Promise<Place | null> {
    return (await this.remote.newest({ handle: this.handle })).place;
  }

  async note(from: number, at: number, last = at): Promise<boolean> {
    return (await this.remote.note({ handle: this.handle, place: { from, at, last } })).isNewest;
  }
}

async function maker(w: World, n: number, want: 'read' | 'write' = 'write'): Promise<Maker> {
  const client = await joined(w, n);
  const answer = await client.remote.lease({ site: SITE, log: LOG, want });
  if (answer.kind === 'needProof') throw new Error('the lease needs a proof');
  return new Maker(client, answer.handle);
}

/** A log of ten values, two parts at 11 and 12 by the first device and one at 13 by the second. */
async function scene(): Promise<{ w: World; ada: Maker; bob: Maker }> {
  const w = await world();
  const [ada, bob] = [await maker(w, 1), await maker(w, 2)];
  ada.client.write(ada.handle, 10);
  ada.client.write(ada.handle, 2, { isPart: true });
  await w.settle();
  bob.client.write(bob.handle, 1, { isPart: true });
  await w.settle();
  return { w, ada, bob };
}

const place = (w: World): unknown => w.logs.find(SITE, LOG)?.snapshot;

test('[Q2] who asks is told where the newest snapshot stands, once that is durable', async () => {
  const { w, ada, bob } = await scene();
  await using _ = w;
  equal(await bob.newest(), null);
  w.logs.isHeld = true;
  equal(await ada.note(11, 11, 12), true);
  equal(await bob.newest(), null);
  w.logs.isHeld = false;
  w.logs.release();
  await w.settle();
  deepEqual(await bob.newest(), { from: 11, at: 11, last: 12 });
  equal(await bob.note(13, 13), true);
  await w.settle();
  deepEqual(await ada.newest(), { from: 13, at: 13, last: 13 });
});

test('[Q2] one that stands for no more is not the newest, whoever was first', async () => {
  const { w, ada, bob } = await scene();
  await using _ = w;
  equal(await bob.note(11, 13), true);
  await w.settle();
  equal(await ada.note(11, 11, 12), false);
  equal(await ada.note(4, 11, 12), false);
  await w.settle();
  deepEqual(place(w), { from: 11, at: 13, last: 13, isLeaders: true });
});

test('[Q2] a place that is none of a snapshot of this device is refused and changes nothing', async () => {
  const { w, ada, bob } = await scene();
  await using _ = w;
  for (const [from, at, last] of [
    [1, 11, 12],
    [12, 11, 12],
    [11, 12, 11],
    [11, 11, 14],
    [11, 11, 11 + snapshotSpanMax],
  ] as const) {
    await rejects(ada.note(from, at, last), { code: 'malformed' }, `${from} ${at} ${last}`);
  }
  await rejects(ada.note(3, 10), { code: 'forbidden' });
  await rejects(ada.note(3, 11, 13), { code: 'forbidden' });
  await rejects(bob.note(3, 11, 12), { code: 'forbidden' });
  await w.settle();
  equal(place(w), null);
});

test('[Q2, T5] who may only read makes no snapshot, and whose right has ended asks for none', async () => {
  const { w, ada } = await scene();
  await using _ = w;
  // He has made one, and comes back to read.
  const again = await maker(w, 2, 'read');
  await rejects(again.note(11, 13), { code: 'forbidden' });
  const eve = await maker(w, 3, 'read');
  await rejects(eve.note(11, 11, 12), { code: 'forbidden' });
  equal(await eve.newest(), null);
  await rejects(eve.remote.newest({ handle: ada.handle }), { code: 'unknown' });
});

test('[Q2, Q7] whether the maker may lead is noted with the snapshot', async () => {
  const { w, ada } = await scene();
  await using _ = w;
  w.authority.grant(ada.client.person.user, SITE, permission.read | permission.write);
  await w.settle();
  const again = await maker(w, 1);
  equal(await again.note(11, 11, 12), true);
  await w.settle();
  deepEqual(place(w), { from: 11, at: 11, last: 12, isLeaders: false });
});

test('[T7] questions about snapshots are limited per connection', async () => {
  const { w, ada, bob } = await scene();
  await using _ = w;
  for (let i = 0; i < snapshotAsksBurst; i++) await ada.newest();
  await rejects(ada.newest(), { code: 'tooMany' });
  equal(await bob.newest(), null);
});
