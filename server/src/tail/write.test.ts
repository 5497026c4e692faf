import assert from 'node:assert/strict';
import { test } from 'node:test';

import { concat, hex } from 'copse/internal/base/bytes.ts';
import { must } from 'copse/internal/base/assert.ts';
import { joined, LOG, log, person, SITE, world, type Client } from './testing/harness.ts';

const kinds = (client: Client): readonly string[] =>
  client.nacks.map(({ seq, reason }) => `${seq} ${reason.kind}`);
const runs = (client: Client): readonly string[] =>
  client.acks.map(({ seq, count, at }) => `${seq}+${count}@${at}`);

test('[L3] an entry is acknowledged after it is durable, not before', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  const handle = await client.open();
  w.logs.isHeld = true;
  client.write(handle);
  await w.settle();
  assert.deepEqual(runs(client), []);
  w.logs.release();
  await w.settle();
  assert.deepEqual(runs(client), ['1+1@1']);
});

test('[L1] what arrives together is committed together and acknowledged in one run', async () => {
  await using w = await world();
  const clients = [await joined(w, 1), await joined(w, 2), await joined(w, 3)];
  const handles = await Promise.all(clients.map((client) => client.open()));
  for (let round = 0; round < 16; round++) clients.forEach((client, i) => client.write(handles[i]!));
  await w.settle();
  for (const client of clients) {
    assert.equal(client.acks.length, 1);
    assert.equal(client.acks[0]!.count, 16);
  }
  assert.deepEqual(
    clients.map((client) => client.acks[0]!.at).toSorted((a, b) => a - b),
    [1, 17, 33],
  );
  assert.equal(w.logs.commitCount, 1);
});

test('[L2] an entry that comes again is answered with its position and stands once', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  const handle = await client.open();
  client.write(handle, 3);
  await w.settle();
  const again = concat(client.entry(1), client.entry(2), client.entry(3), client.entry(4));
  client.remote.write({ handle, at: null, entries: again });
  client.remote.write({ handle, at: null, entries: again });
  await w.settle();
  // First the entries themselves, then both repetitions, of which the first added one.
  assert.deepEqual(runs(client), ['1+3@1', '1+4@1', '1+4@1']);
  assert.equal(w.logs.entriesOf(must(w.logs.find(SITE, LOG), 'it exists')).length, 4);
});

test('[L2] on another connection too, and after the first was cut before its acknowledgement', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  const handle = await client.open();
  w.logs.isHeld = true;
  client.write(handle, 2);
  await w.settle();
  client.end.cut();
  const again = await joined(w, 1);
  const second = await again.open();
  again.write(second, 2);
  await w.settle();
  assert.deepEqual(runs(again), []);
  w.logs.release();
  await w.settle();
  assert.deepEqual(runs(again), ['1+2@1']);
  assert.equal(w.logs.entriesOf(must(w.logs.find(SITE, LOG), 'it exists')).length, 2);
});

test('[L5] a gap is refused with the expected seq, a future one too', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  const handle = await client.open();
  client.remote.write({ handle, at: null, entries: client.entry(2) });
  client.remote.write({ handle, at: null, entries: client.entry(1_000_000) });
  await w.settle();
  assert.deepEqual(
    client.nacks.map(({ seq, reason }) => [seq, reason]),
    [
      [2, { kind: 'gap', expected: 1 }],
      [1_000_000, { kind: 'gap', expected: 1 }],
    ],
  );
});

test('[L6] a writer epoch that was forgotten is fenced', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  const handle = await client.open();
  for (let epoch = 1; epoch <= 9; epoch++) {
    client.remote.write({ handle, at: null, entries: client.entry(1, { epoch }) });
  }
  client.remote.write({ handle, at: null, entries: client.entry(2, { epoch: 1 }) });
  await w.settle();
  assert.deepEqual(
    client.nacks.map(({ reason }) => reason),
    [{ kind: 'fenced', floor: 1 }],
  );
  const answer = await client.remote.lease({ site: SITE, log: LOG, want: 'write' });
  assert.equal(answer.kind === 'open' && answer.writerEpoch, 9);
});

test('[L7] a conditional write gets its position or changes nothing', async () => {
  await using w = await world();
  const [a, b] = [await joined(w, 1), await joined(w, 2)];
  const [ha, hb] = [await a.open(), await b.open()];
  a.remote.write({ handle: ha, at: 1, entries: a.entry(1) });
  await w.settle();
  b.remote.write({ handle: hb, at: 1, entries: b.entry(1) });
  await w.settle();
  assert.deepEqual(runs(a), ['1+1@1']);
  assert.deepEqual(
    b.nacks.map(({ reason }) => reason),
    [{ kind: 'conflict', tail: 2 }],
  );
  b.remote.write({ handle: hb, at: 2, entries: b.entry(1) });
  // What was accepted once is known by its identity, whatever the tail is now.
  a.remote.write({ handle: ha, at: 1, entries: a.entry(1) });
  await w.settle();
  assert.deepEqual(runs(b), ['1+1@2']);
  assert.deepEqual(runs(a), ['1+1@1', '1+1@1']);
});

test('[L10] more than 256 in flight of one writer are nacked full', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  const handle = await client.open();
  w.logs.isHeld = true;
  client.write(handle, 200);
  client.write(handle, 100);
  await w.settle();
  assert.deepEqual(kinds(client), ['257 full']);
  w.logs.release();
  await w.settle();
  assert.equal(
    client.acks.reduce((sum, { count }) => sum + count, 0),
    256,
  );
});

test('[T8] bytes in flight of one connection are bounded, and room returns with the acknowledgements', async () => {
  await using w = await world({ limits: { inFlightBytesMax: 10_000 } });
  const client = await joined(w, 1);
  const handles = [await client.open(log(1)), await client.open(log(2))];
  w.logs.isHeld = true;
  client.remote.write({ handle: handles[0]!, at: null, entries: client.entry(1, { size: 6000 }) });
  client.remote.write({ handle: handles[1]!, at: null, entries: client.entry(1, { size: 6000 }) });
  await w.settle();
  assert.deepEqual(kinds(client), ['1 full']);
  w.logs.release();
  await w.settle();
  client.remote.write({ handle: handles[1]!, at: null, entries: client.entry(1, { size: 6000 }) });
  await w.settle();
  assert.equal(client.acks.length, 2);
});

test('[J4] a commit that fails nacks all its writers, and the shard goes on when there is room', async () => {
  await using w = await world();
  const clients = [await joined(w, 1), await joined(w, 2)];
  const handles = await Promise.all(clients.map((client) => client.open()));
  clients[0]!.write(handles[0]!, 2);
  await w.settle();
  w.logs.failure = 'full';
  w.logs.isHeld = true;
  // Three batches: two under way, one being built.
  for (let i = 0; i < 3; i++) {
    clients.forEach((client, n) => client.write(handles[n]!));
    await w.settle();
  }
  // And an answer to a known entry among them.
  clients[0]!.remote.write({ handle: handles[0]!, at: null, entries: clients[0]!.entry(1) });
  w.logs.release();
  await w.settle();
  assert.deepEqual(kinds(clients[0]!), ['3 full', '4 full', '5 full', '1 full']);
  assert.deepEqual(kinds(clients[1]!), ['1 full', '2 full', '3 full']);
  const state = must(w.logs.find(SITE, LOG), 'it exists');
  assert.deepEqual([state.tail, state.durable], [3, 3]);
  w.logs.failure = null;
  clients[0]!.remote.write({
    handle: handles[0]!,
    at: null,
    entries: concat(clients[0]!.entry(1), clients[0]!.entry(2), clients[0]!.entry(3)),
  });
  clients[1]!.remote.write({ handle: handles[1]!, at: null, entries: clients[1]!.entry(1) });
  await w.settle();
  assert.deepEqual(runs(clients[0]!), ['1+2@1', '1+3@1']);
  assert.deepEqual(runs(clients[1]!), ['1+1@4']);
  assert.equal(state.durable, 5);
  assert.equal(
    clients.every((client) => client.endedWith === undefined),
    true,
  );
});

test('[J11] a shard that another node has sealed sends everybody away', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  const handle = await client.open();
  w.logs.failure = 'moved';
  client.write(handle);
  await w.settle();
  assert.deepEqual(kinds(client), ['1 full']);
  assert.equal(client.endedWith?.code, 'moved');
});

test('[T11] a device writes only as itself', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  const handle = await client.open();
  const other = await person(2);
  const forged = { ...client.person, deviceBytes: other.deviceBytes };
  Object.assign(client, { person: forged });
  client.write(handle);
  await w.settle();
  assert.equal(client.endedWith?.code, 'forbidden');
  assert.equal(w.logs.commitCount, 0);
});

test('[T11] what stood before the foreign entry in the same write is kept as if it had come alone', async () => {
  await using w = await world();
  const [client, foreign] = [await joined(w, 1), await joined(w, 2)];
  const handle = await client.open();
  client.remote.write({ handle, at: null, entries: concat(client.entry(1), foreign.entry(2)) });
  await w.settle();
  assert.equal(client.endedWith?.code, 'forbidden');
  const state = must(w.logs.find(SITE, LOG), 'it exists');
  assert.equal(hex(w.logs.entriesOf(state)[0]!), hex(client.entry(1)));
  assert.equal(state.durable, 2);
});

test('[L4] a writer who reconnects in the middle of everything has its entries once and in order', async () => {
  await using w = await world();
  const rival = await joined(w, 9);
  const rivalHandle = await rival.open();
  let acknowledged = 0;
  for (let life = 0; life < 20; life++) {
    const client = await joined(w, 1);
    const handle = await client.open();
    w.logs.isHeld = life % 3 === 0;
    w.logs.failure = life % 5 === 4 ? 'full' : null;
    client.seq = acknowledged;
    for (let i = 0; i < 7; i++) {
      client.write(handle, 1 + (i % 3));
      rival.remote.write({ handle: rivalHandle, at: null, entries: rival.entry(1) });
      if (i % 2 === 0) await w.settle();
    }
    if (life % 2 === 0) w.logs.release();
    await w.settle();
    acknowledged = Math.max(acknowledged, ...client.acks.map(({ seq, count }) => seq + count - 1));
    client.end.cut();
    w.logs.release();
    await w.settle();
  }
  w.logs.failure = null;
  const last = await joined(w, 1);
  const handle = await last.open();
  last.seq = acknowledged;
  last.write(handle, 1);
  await w.settle();
  const state = must(w.logs.find(SITE, LOG), 'it exists');
  const mine = w.logs.entriesOf(state).filter((entry) => hex(entry).includes(last.person.device));
  assert.deepEqual(
    mine.map(hex),
    mine.map((_, i) => hex(last.entry(i + 1))),
  );
  assert.ok(mine.length > acknowledged);
});
