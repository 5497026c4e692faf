import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { FaultCode } from 'copse/internal/base/fault.ts';
import { Client, joined, LOG, person, SITE, tokenOf, world } from './testing/harness.ts';

const isClosed = (client: Client): boolean => client.end.closedWith !== undefined;
const withCode = (code: FaultCode) => ({ name: 'Fault', code });

test('[T1] the first frame is hello, and a device that proves its key is connected', async () => {
  await using w = await world();
  const client = new Client(w, await person(1));
  await w.settle();
  assert.equal(client.hellos.length, 1);
  const answer = await client.remote.connect(await client.request());
  assert.equal(answer.user, client.person.user);
  assert.equal(answer.device, client.person.device);
});

test('[T1] before connect nothing else is answered', async () => {
  await using w = await world();
  const client = new Client(w, await person(1));
  await assert.rejects(client.remote.lease({ site: SITE, log: LOG, want: 'read' }), withCode('unauthorized'));
  const member = await joined(w, 3);
  const handle = await member.open();
  const other = new Client(w, await person(2));
  await w.settle();
  other.write(handle);
  await w.settle();
  assert.equal(other.endedWith?.code, 'unauthorized');
  assert.equal(w.authority.accessCount, 1);
  assert.equal(w.logs.commitCount, 0);
});

test('[T1] a connection connects once', async () => {
  await using w = await world();
  const client = new Client(w, await person(1));
  const request = await client.request();
  await client.remote.connect(request);
  await assert.rejects(client.remote.connect(request), withCode('unauthorized'));
});

test('[A5] wrong, expired, foreign and revoked tokens are refused with their own codes', async () => {
  await using w = await world();
  const me = await person(1);
  const good = tokenOf(w, me);
  const flipped = good.slice();
  flipped[9]! ^= 1;
  const foreignKey = new Uint8Array(32).fill(8);
  w.authority.change({ kind: 'device', device: (await person(2)).device, minEpoch: 2 });
  w.authority.change({ kind: 'user', user: (await person(3)).user, minEpoch: 2 });
  const cases: readonly (readonly [FaultCode, Uint8Array, number])[] = [
    ['malformed', new Uint8Array(80), 1],
    ['unauthorized', flipped, 1],
    ['unauthorized', tokenOf(w, me, {}, foreignKey), 1],
    ['unauthorized', tokenOf(w, me, { keyNumber: 2 }), 1],
    ['expired', tokenOf(w, me, { expiresAtMs: w.env.wallMs() - 1000 }), 1],
    ['badProof', tokenOf(w, await person(4)), 1],
    ['revoked', tokenOf(w, await person(2)), 2],
    ['revoked', tokenOf(w, await person(3)), 3],
  ];
  for (const [code, token, n] of cases) {
    const client = new Client(w, await person(n));
    await assert.rejects(client.connect(token), withCode(code), `${code} ${token[0]}`);
  }
  await new Client(w, await person(2)).connect(tokenOf(w, await person(2), { deviceEpoch: 2 }));
});

test('[A4] a token without the signature of its device opens nothing', async () => {
  await using w = await world();
  const thief = new Client(w, await person(2));
  const owner = new Client(w, await person(1));
  const stolen = await owner.request();
  await thief.request();
  // The owner's whole request, on another connection: the nonce is another.
  await assert.rejects(thief.remote.connect(stolen), withCode('badProof'));
  const second = new Client(w, await person(2));
  const own = await second.request(stolen.token);
  // Signed by the thief over the right nonce, in the name of the owner's device.
  await assert.rejects(second.remote.connect({ ...own, device: stolen.device }), withCode('badProof'));
  await owner.remote.connect(stolen);
});

test('[T1] another protocol version is told so', async () => {
  await using w = await world();
  const client = new Client(w, await person(1));
  const request = await client.request();
  await assert.rejects(client.remote.connect({ ...request, version: 2 }), withCode('version'));
});

test('[A6] a device that is revoked while its proof is checked does not get in', async () => {
  await using w = await world();
  const client = new Client(w, await person(1));
  const request = await client.request();
  const answer = client.remote.connect(request);
  client.dialed.flush();
  w.authority.change({ kind: 'device', device: client.person.device, minEpoch: 2 });
  await assert.rejects(answer, withCode('revoked'));
});

test('[T7] a stranger has five seconds, an address a number of strangers, a node a number of connections', async () => {
  await using w = await world({ limits: { strangersPerAddressMax: 2, connectionsMax: 4 } });
  const late = new Client(w, await person(1));
  const other = new Client(w, await person(2));
  const third = new Client(w, await person(3));
  await w.settle();
  assert.equal(third.endedWith?.code, 'tooMany');
  const elsewhere = new Client(w, await person(3), '10.0.0.2');
  await elsewhere.connect();
  await other.connect();
  await joined(w, 4);
  const fifth = new Client(w, await person(5), '10.0.0.3');
  await w.settle();
  assert.equal(fifth.endedWith?.code, 'tooMany');
  await w.env.advance(8000);
  assert.equal(late.endedWith?.code, 'deadline');
  assert.equal(other.endedWith, undefined);
});

test('[T7] strangers who have left count no more', async () => {
  await using w = await world({ limits: { strangersPerAddressMax: 2 } });
  for (let i = 0; i < 10; i++) {
    const stranger = new Client(w, await person(1));
    await w.settle();
    assert.equal(stranger.endedWith, undefined);
    stranger.end.cut();
  }
  assert.equal(w.tail.figures().find(({ name }) => name === 'tailStrangers')?.value, '0');
});

test('[T7] a connection that says nothing for two minutes is closed, one that pings is not', async () => {
  await using w = await world();
  const silent = await joined(w, 1);
  const alive = await joined(w, 2);
  for (let minute = 0; minute < 3; minute++) {
    await w.env.advance(55_000);
    const trip = alive.dialed.ping(1000);
    await w.settle();
    await trip;
  }
  assert.equal(silent.endedWith?.code, 'deadline');
  assert.equal(alive.endedWith, undefined);
});

test('[A5] a connection ends with its token', async () => {
  await using w = await world();
  const client = new Client(w, await person(1));
  await client.connect(tokenOf(w, client.person, { expiresAtMs: w.env.wallMs() + 60_000 }));
  for (let i = 0; i < 6; i++) {
    assert.equal(client.endedWith, undefined);
    await w.env.advance(10_000);
    await client.dialed.ping(1000).catch(() => 0);
  }
  await w.env.advance(2000);
  assert.equal(client.endedWith?.code, 'expired');
});

test('[T10] jumps of the wall clock end no connection and no lease', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  w.authority.expiresMs = w.env.wallMs() + 600_000;
  const handle = await client.open();
  w.env.jumpWall(30 * 24 * 3_600_000);
  await w.env.advance(3000);
  w.env.jumpWall(-60 * 24 * 3_600_000);
  await w.env.advance(3000);
  client.write(handle);
  await w.settle();
  assert.equal(client.acks.length, 1);
  assert.deepEqual(client.revoked, []);
  // The lease still ends after the time it had when it was given.
  await w.env.advance(50_000);
  await client.dialed.ping(1000);
  for (let i = 0; i < 11; i++) {
    await w.env.advance(50_000);
    await client.dialed.ping(1000);
  }
  assert.deepEqual(client.revoked, [{ handle, fault: 'expired' }]);
});

test('[T6] draining tells when to come back, acknowledges what was accepted, and closes', async () => {
  await using w = await world();
  const clients = [await joined(w, 1), await joined(w, 2)];
  const handle = await clients[0]!.open();
  w.logs.isHeld = true;
  clients[0]!.write(handle);
  await w.settle();
  const drained = w.tail.drain();
  await w.settle();
  for (const client of clients) assert.equal(client.goAways.length, 1);
  clients[0]!.write(handle);
  const late = new Client(w, await person(3));
  await w.settle();
  assert.equal(late.endedWith?.code, 'draining');
  assert.equal(clients[0]!.acks.length, 0);
  w.logs.release();
  await w.settle();
  await drained;
  await w.settle();
  assert.deepEqual(
    clients[0]!.acks.map(({ seq, count, at }) => ({ seq, count, at })),
    [{ seq: 1, count: 1, at: 1 }],
  );
  assert.deepEqual(
    clients[0]!.nacks.map(({ seq, reason }) => [seq, reason.kind]),
    [[2, 'full']],
  );
  for (const client of clients) assert.equal(client.endedWith?.code, 'draining');
});

test('[T6] a draining tail waits for a slow peer, but not for ever', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  client.end.isClogged = true;
  const drained = w.tail.drain();
  await w.env.advance(4000);
  assert.equal(isClosed(client), false);
  await w.env.advance(2000);
  await drained;
  assert.equal(isClosed(client), true);
});

test('[T6] a tail that is disposed of leaves no timer', async () => {
  const w = await world();
  const client = await joined(w, 1);
  const handle = await client.open();
  await client.page(handle, 1);
  await w[Symbol.asyncDispose]();
  await w.settle();
  assert.equal(client.endedWith?.code, 'draining');
  assert.equal(w.env.timerCount, 0);
});
