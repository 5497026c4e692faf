import assert from 'node:assert/strict';
import { test } from 'node:test';

import { permission } from 'copse/internal/api/model.ts';
import type { FaultCode } from 'copse/internal/base/fault.ts';
import { handle as asHandle, siteId } from 'copse/internal/base/ids.ts';
import { Client, joined, LOG, log, person, SITE, tokenOf, world } from './testing/harness.ts';

const withCode = (code: FaultCode) => ({ name: 'Fault', code });
const OTHER_SITE = siteId('77'.repeat(16));

test('[T2] a handle works on the connection that got it and on no other', async () => {
  await using w = await world();
  const [a, b] = [await joined(w, 1), await joined(w, 2)];
  const handle = await a.open();
  assert.equal(await a.open(), handle);
  assert.equal(await a.open(LOG, 'read'), handle);
  await assert.rejects(b.remote.attach({ handle, from: 1, bytesMax: 100 }), withCode('unknown'));
  b.write(handle);
  await w.settle();
  assert.deepEqual(
    b.nacks.map(({ seq, reason }) => [seq, reason.kind]),
    [[1, 'refused']],
  );
  assert.notEqual(await b.open(), handle);
});

test('[T2] handles do not follow from one another and a released one is dead', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  const handles = new Set<number>();
  for (let n = 0; n < 200; n++) {
    const handle = await client.open(log(n + 1));
    handles.add(handle >>> 10);
    await client.remote.release({ handle });
    await assert.rejects(client.remote.detach({ handle }), withCode('unknown'));
  }
  assert.ok(handles.size > 195, 'the random part of a handle hardly repeats');
});

test('[T2] a handle that was never given is unknown', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  for (const number of [0, 1, 1023, 0xffff_ffff]) {
    await assert.rejects(client.remote.release({ handle: asHandle(number) }), withCode('unknown'));
  }
});

test('[T5] who is no member is told needProof, who may not write is told forbidden', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  const answer = await client.remote.lease({ site: OTHER_SITE, log: LOG, want: 'read' });
  assert.equal(answer.kind, 'needProof');
  w.authority.grant(client.person.user, OTHER_SITE, permission.read);
  await assert.rejects(
    client.remote.lease({ site: OTHER_SITE, log: LOG, want: 'write' }),
    withCode('forbidden'),
  );
  const reading = await client.open(LOG, 'read', OTHER_SITE);
  client.write(reading);
  await w.settle();
  assert.deepEqual(
    client.nacks.map(({ reason }) => reason.kind),
    ['refused'],
  );
  assert.equal(w.logs.commitCount, 0);
});

test('[H5, A9] a device that is blessed for less than its user may gets no lease for more', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  const [reader, mute] = [permission.read, permission.write].map(
    (permissions) => new Client(w, client.person, `10.0.0.${permissions}`),
  );
  assert.ok(reader !== undefined && mute !== undefined);
  await reader.remote.connect(
    await reader.request(tokenOf(w, client.person, { permissions: permission.read })),
  );
  await assert.rejects(reader.remote.lease({ site: SITE, log: LOG, want: 'write' }), withCode('forbidden'));
  const answer = await reader.remote.lease({ site: SITE, log: LOG, want: 'read' });
  assert.ok(answer.kind === 'open');
  assert.equal(answer.permissions, permission.read);
  reader.write(answer.handle);
  await w.settle();
  assert.deepEqual(
    reader.nacks.map(({ reason }) => reason.kind),
    ['refused'],
  );
  await mute.remote.connect(await mute.request(tokenOf(w, client.person, { permissions: permission.write })));
  for (const want of ['read', 'write'] as const) {
    await assert.rejects(mute.remote.lease({ site: SITE, log: LOG, want }), withCode('forbidden'));
  }
  assert.equal(w.logs.commitCount, 0);
});

test('[A11] who was no member and has joined is let in, without any change being told', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  const ask = () => client.remote.lease({ site: OTHER_SITE, log: LOG, want: 'write' });
  assert.equal((await ask()).kind, 'needProof');
  w.authority.allow(OTHER_SITE);
  assert.equal((await ask()).kind, 'open');
});

test('[A14] a wider membership is asked for anew, and the leases that stand on the narrower stay', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  w.authority.allow(OTHER_SITE, permission.read);
  const handle = await client.open(LOG, 'read', OTHER_SITE);
  w.authority.allow(OTHER_SITE, permission.read | permission.write);
  await assert.rejects(client.open(LOG, 'write', OTHER_SITE), withCode('forbidden'));
  w.authority.raiseKey(OTHER_SITE, 1);
  assert.equal(await client.open(LOG, 'write', OTHER_SITE), handle);
  client.write(handle);
  await w.settle();
  assert.equal(client.acks.length, 1);
  assert.deepEqual(client.revoked, []);
});

test('[T2] a lease for reading does not write, also when its owner might', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  const handle = await client.open(LOG, 'read');
  client.write(handle);
  await w.settle();
  assert.equal(client.nacks.length, 1);
  await client.open(LOG, 'write');
  client.seq = 0;
  client.write(handle);
  await w.settle();
  assert.equal(client.acks.length, 1);
});

test('[T5] a withdrawn grant ends its leases in the same turn and refuses their writes', async () => {
  await using w = await world();
  const [a, b] = [await joined(w, 1), await joined(w, 2)];
  w.authority.grant(a.person.user, OTHER_SITE, 31);
  const hit = await a.open(LOG, 'write', OTHER_SITE);
  const spared = await a.open();
  const others = await b.open();
  await a.page(hit, 1);
  w.authority.grant(a.person.user, OTHER_SITE, 0);
  a.write(hit);
  await w.settle();
  assert.deepEqual(a.revoked, [{ handle: hit, fault: 'revoked' }]);
  assert.equal(a.nacks[0]?.reason.kind, 'refused');
  assert.equal(w.logs.commitCount, 0);
  assert.deepEqual(b.revoked, []);
  a.seq = 0;
  a.write(spared);
  b.write(others);
  await w.settle();
  assert.deepEqual([a.acks.length, b.acks.length], [1, 1]);
  assert.equal((await a.remote.lease({ site: OTHER_SITE, log: LOG, want: 'read' })).kind, 'needProof');
});

test('[T5] who still has a right after a change gets a new lease', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  const first = await client.open();
  w.authority.grant(client.person.user, SITE, permission.read);
  await w.settle();
  assert.deepEqual(client.revoked, [{ handle: first, fault: 'revoked' }]);
  await assert.rejects(client.remote.lease({ site: SITE, log: LOG, want: 'write' }), withCode('forbidden'));
  assert.notEqual(await client.open(LOG, 'read'), first);
});

test('[A6] a revoked device loses its leases and its connection in the same turn', async () => {
  await using w = await world();
  const [a, b, c] = [await joined(w, 1), await joined(w, 2), await joined(w, 3)];
  const handle = await a.open();
  await a.page(handle, 1);
  w.authority.change({ kind: 'device', device: a.person.device, minEpoch: 2 });
  a.write(handle);
  w.authority.change({ kind: 'user', user: b.person.user, minEpoch: 2 });
  await w.settle();
  assert.deepEqual(a.revoked, [{ handle, fault: 'revoked' }]);
  assert.equal(a.endedWith?.code, 'revoked');
  assert.equal(b.endedWith?.code, 'revoked');
  assert.equal(c.endedWith, undefined);
  assert.equal(w.logs.commitCount, 0);
  await joined(w, 3);
});

test('[L11] entries under a raised key epoch are refused from the change on', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  const handle = await client.open();
  w.authority.raiseKey(SITE, 2);
  client.write(handle);
  await w.settle();
  assert.deepEqual(
    client.nacks.map(({ reason }) => reason),
    [{ kind: 'staleKey', keyEpoch: 2 }],
  );
  client.remote.write({ handle, at: null, entries: client.entry(1, { keyEpoch: 2 }) });
  await w.settle();
  assert.equal(client.acks.length, 1);
});

test('[A14] an answer that a change overtook is asked again', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  w.authority.isSlow = true;
  const lease = client.remote.lease({ site: SITE, log: LOG, want: 'write' });
  await w.settle();
  w.authority.grant(client.person.user, SITE, permission.read);
  w.authority.deliver();
  await assert.rejects(lease, withCode('forbidden'));
  assert.equal(w.authority.accessCount, 2);

  w.authority.isSlow = true;
  const other = client.remote.lease({ site: SITE, log: log(2), want: 'read' });
  await w.settle();
  w.authority.raiseKey(SITE, 9);
  w.authority.deliver();
  const answer = await other;
  assert.equal(answer.kind === 'open' && answer.keyEpoch, 9);
});

test('[A14] wherever a change comes between the answer and the lease, nobody keeps a right that was taken', async () => {
  for (let hops = 0; hops < 12; hops++) {
    await using w = await world();
    const client = await joined(w, 1);
    w.authority.isSlow = true;
    const lease = client.remote.lease({ site: SITE, log: LOG, want: 'write' });
    await w.settle();
    w.authority.deliver();
    for (let hop = 0; hop < hops; hop++) await Promise.resolve();
    w.authority.grant(client.person.user, SITE, 0);
    const given = await lease.then(
      (answer) => answer.kind === 'open',
      () => false,
    );
    await w.settle();
    assert.equal(given && client.revoked.length === 0, false, `${hops} turns after the answer`);
  }
});

test('[A14] a known right is not asked for again, a changed one is', async () => {
  await using w = await world();
  const a = await joined(w, 1);
  await a.open();
  await a.open();
  assert.equal(w.authority.accessCount, 1);
  const again = await joined(w, 1);
  await again.open();
  assert.equal(w.authority.accessCount, 1);
  w.authority.raiseKey(SITE, 2);
  await again.open(LOG, 'read');
  assert.equal(w.authority.accessCount, 2);
});

test('[A14] a stale feed gives no new lease and keeps those that are', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  const handle = await client.open();
  w.authority.isDown = true;
  w.authority.isMuted = true;
  await w.env.advance(16_000);
  await assert.rejects(client.remote.lease({ site: SITE, log: log(2), want: 'read' }), withCode('stale'));
  client.write(handle);
  await w.settle();
  assert.equal(client.acks.length, 1);
  w.authority.isDown = false;
  await w.env.advance(2000);
  await client.open(log(2));
});

test('[A14] changes whose pushes were lost are fetched at the next beat', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  const handle = await client.open();
  w.authority.isMuted = true;
  w.authority.grant(client.person.user, SITE, 0);
  await w.settle();
  assert.deepEqual(client.revoked, []);
  w.authority.isMuted = false;
  w.authority.beat();
  await w.settle();
  assert.deepEqual(client.revoked, [{ handle, fault: 'revoked' }]);
});

test('[A14] a change behind a gap is applied at once and the gap is fetched', async () => {
  await using w = await world();
  const [a, b] = [await joined(w, 1), await joined(w, 2)];
  await a.open();
  await b.open();
  w.authority.isMuted = true;
  w.authority.change({ kind: 'device', device: a.person.device, minEpoch: 2 });
  w.authority.isMuted = false;
  w.authority.change({ kind: 'device', device: b.person.device, minEpoch: 2 });
  await w.settle();
  assert.equal(b.endedWith?.code, 'revoked');
  assert.equal(a.endedWith?.code, 'revoked');
});

test('[A14] an auth that lost its past makes the tail ask for everything anew', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  w.authority.change({ kind: 'device', device: (await person(9)).device, minEpoch: 2 });
  const handle = await client.open();
  w.authority.forget();
  await w.env.advance(6000);
  assert.deepEqual(client.revoked, [{ handle, fault: 'stale' }]);
  assert.notEqual(await client.open(), handle);
  // The device whose revocation was lost with the past is as good as any.
  await new Client(w, await person(9)).connect(tokenOf(w, await person(9)));
});

test('[T7] leases have a number and a rate', async () => {
  await using w = await world({ limits: { handlesPerConnectionMax: 2, leaseBurst: 5, leasesPerSecond: 1 } });
  const client = await joined(w, 1);
  const first = await client.open(log(1));
  await client.open(log(2));
  await assert.rejects(client.open(log(3)), withCode('tooMany'));
  await client.remote.release({ handle: first });
  await client.open(log(3));
  await client.open(log(3));
  await assert.rejects(client.open(log(3)), withCode('tooMany'));
  await w.env.advance(2000);
  await client.open(log(3));
});

test('[T5] a right ends at its time', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  w.authority.expiresMs = w.env.wallMs() + 5000;
  const handle = await client.open();
  await client.page(handle, 1);
  await w.env.advance(6500);
  assert.deepEqual(client.revoked, [{ handle, fault: 'expired' }]);
  await assert.rejects(client.open(), withCode('forbidden'));
  assert.equal(client.endedWith, undefined);
});
