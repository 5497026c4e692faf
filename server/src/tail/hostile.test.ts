import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { tailApi } from 'copse/internal/api/tail.ts';
import { concat, NO_BYTES } from 'copse/internal/base/bytes.ts';
import { handle as asHandle } from 'copse/internal/base/ids.ts';
import { Writer } from 'copse/internal/wire/buffer.ts';
import { frameKind, putCall, putFrame, putNote } from 'copse/internal/wire/frame.ts';
import { joined, LOG, log, SITE, world, type Client, type World } from './testing/harness.ts';

function frame(put: (writer: Writer) => void): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  put(writer);
  return writer.take();
}

/** A well-behaved member whose work in a log of its own must go on, whatever another connection does. */
async function witness(w: World): Promise<() => Promise<void>> {
  const client = await joined(w, 50, '10.9.9.9');
  const handle = await client.open(log(7));
  const page = await client.page(handle, 1);
  let next = page.tail;
  return async () => {
    client.write(handle);
    await w.settle();
    assert.equal(client.acks.at(-1)?.seq, client.seq);
    assert.equal(client.acks.at(-1)?.at, next);
    const last = client.pushed.at(-1)!;
    assert.equal(last.at + last.count, next + 1);
    next++;
    assert.equal(client.endedWith, undefined);
  };
}

test('[T7] messages that are no frames end their own connection only', async () => {
  await using w = await world();
  const check = await witness(w);
  const bad: readonly (readonly [string, Uint8Array])[] = [
    ['a length of nothing', Uint8Array.of(0)],
    ['a length beyond the message', Uint8Array.of(200, 4, 16)],
    ['a length in a long form', Uint8Array.of(0x81, 0x00, 6)],
    ['a length that does not end', new Uint8Array(9).fill(0xff)],
    ['an unknown kind', Uint8Array.of(1, 9)],
    ['a frame of a service', frame((to) => putFrame(to, frameKind.answer, (body) => body.uint(1)))],
    ['an unknown cast', frame((to) => putFrame(to, frameKind.cast, (body) => body.uint(99)))],
    ['a truncated call', Uint8Array.of(2, 1, 1)],
    ['a call that is cut in its request', Uint8Array.of(4, 1, 1, 2, 7)],
    ['a write without anything', Uint8Array.of(2, 4, 16)],
    ['a write without entries', writeOf(1, NO_BYTES)],
    ['a write of noise', writeOf(1, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9))],
    ['text', new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n')],
  ];
  for (const [what, message] of bad) {
    const client = await joined(w, 1);
    client.end.receive(message);
    await w.settle();
    assert.equal(client.endedWith?.code, 'malformed', what);
    await check();
  }
  assert.equal(w.tail.figures().find(({ name }) => name === 'tailConnections')?.value, '1');
});

function writeOf(handle: number, entries: Uint8Array): Uint8Array {
  return frame((to) =>
    putNote(to, frameKind.cast, tailApi.casts.write, { handle: asHandle(handle), at: null, entries }),
  );
}

test('[W5] frames kept for extensions are skipped', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  client.end.receive(concat(Uint8Array.of(3, 64, 1, 2), Uint8Array.of(2, 127, 9)));
  await client.dialed.ping(1000);
  assert.equal(client.endedWith, undefined);
});

test('[T7] an unknown method is unknown, an absurd request malformed', async () => {
  await using w = await world();
  const check = await witness(w);
  const client = await joined(w, 1);
  client.end.receive(
    frame((to) =>
      putFrame(to, frameKind.call, (body) => {
        body.uint(77);
        body.uint(200);
      }),
    ),
  );
  await client.dialed.ping(1000);
  const lease = tailApi.calls.lease;
  const absurd = frame((to) =>
    putCall(to, 5, lease.number, lease.request, { site: SITE, log: LOG, want: 'read' }),
  );
  absurd[absurd.length - 1] = 7;
  client.end.receive(absurd);
  await w.settle();
  assert.equal(client.endedWith?.code, 'malformed');
  await check();
});

test('[T7] entries with a wrong checksum, of two writers, or not in order end the connection', async () => {
  await using w = await world();
  const check = await witness(w);
  const spoil = (client: Client, how: number): Uint8Array => {
    const entry = client.entry(1);
    if (how === 0) entry[entry.length - 6]! ^= 1;
    if (how === 1) return concat(entry, client.entry(2, { epoch: 2 }));
    if (how === 2) return concat(entry, client.entry(3));
    if (how === 3) return concat(client.entry(2), entry);
    if (how === 4) return entry.subarray(0, entry.length - 1);
    return how === 5 ? concat(entry, entry.subarray(0, 5)) : entry;
  };
  for (let how = 0; how < 6; how++) {
    const client = await joined(w, 10 + how);
    const handle = await client.open();
    const state = w.logs.open(SITE, LOG);
    const before = state.durable;
    client.remote.write({ handle, at: null, entries: spoil(client, how) });
    await w.settle();
    // A gap is an expected outcome: it is told, not punished.
    if (how === 3) assert.equal(client.nacks[0]?.reason.kind, 'gap');
    else assert.equal(client.endedWith?.code, 'malformed', `${how}`);
    assert.ok(state.durable - before <= 1);
    await check();
  }
});

test('[T7] any bytes at all cost at most their own connection', async () => {
  await using w = await world({ limits: { strangersPerAddressMax: 10_000 } });
  const check = await witness(w);
  const noise = fc.uint8Array({ maxLength: 60 });
  const framed = fc
    .tuple(fc.integer({ min: 1, max: 7 }), fc.uint8Array({ maxLength: 40 }))
    .map(([kind, body]) => frame((to) => putFrame(to, kind, (writer) => writer.raw(body))));
  const called = fc
    .tuple(fc.integer({ min: 1, max: 7 }), fc.uint8Array({ maxLength: 40 }))
    .map(([number, body]) =>
      frame((to) =>
        putFrame(to, frameKind.call, (writer) => {
          writer.uint(1);
          writer.uint(number);
          writer.raw(body);
        }),
      ),
    );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(noise, framed, called), { maxLength: 4 }),
      fc.boolean(),
      async (messages, late) => {
        const client = late ? await joined(w, 1) : w.network.connect(w.tail);
        const end = 'end' in client ? client.end : client;
        for (const message of messages) end.receive(message);
        end.cut();
        await w.settle();
      },
    ),
    { numRuns: 300 },
  );
  await check();
  assert.deepEqual(
    w.env.lines.filter((line) => line.includes('mistake') || line.includes('broken')),
    [],
  );
});

test('[T7] replayed frames of another connection do nothing', async () => {
  await using w = await world();
  const check = await witness(w);
  const victim = await joined(w, 1);
  const handle = await victim.open();
  const recorded = writeOf(handle, victim.entry(1));
  const thief = await joined(w, 2);
  await thief.open();
  thief.end.receive(recorded);
  await w.settle();
  assert.equal(thief.nacks[0]?.reason.kind ?? thief.endedWith?.code, 'refused');
  // Replayed on its own connection it is known, and stands once.
  for (let i = 0; i < 3; i++) victim.end.receive(recorded);
  await w.settle();
  assert.equal(new Set(victim.acks.map(({ at }) => at)).size, 1);
  const state = w.logs.open(SITE, LOG);
  assert.equal(state.durable, 2);
  await check();
});

test('[L4] frames in another order than they were written lose nothing', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  const handle = await client.open();
  const frames = [1, 2, 3, 4].map((seq) => writeOf(handle, client.entry(seq)));
  for (const i of [1, 0, 3, 2]) client.end.receive(frames[i]!);
  await w.settle();
  assert.deepEqual(
    client.nacks.map(({ seq, reason }) => [seq, reason.kind]),
    [
      [2, 'gap'],
      [4, 'gap'],
      [3, 'gap'],
    ],
  );
  for (const message of frames) client.end.receive(message);
  await w.settle();
  assert.equal(w.logs.open(SITE, LOG).durable, 5);
});

test('[T4] a hundred clogged readers cost a quick one nothing', async () => {
  await using w = await world({ limits: { lagBytes: 20_000, strangersPerAddressMax: 1000 } });
  const quick = await joined(w, 1);
  const handle = await quick.open();
  await quick.page(handle, 1);
  for (let n = 0; n < 100; n++) {
    const slow = await joined(w, 2 + (n % 80));
    await slow.page(await slow.open(LOG, 'read'), 1);
    slow.end.isClogged = true;
  }
  for (let i = 0; i < 100; i++) {
    quick.write(handle, 1, { size: 2000 });
    await w.settle();
    assert.equal(quick.acks.at(-1)?.seq, i + 1);
  }
  assert.equal(quick.pushed.length, 100);
  const held = [...w.network.ends].map((end) => end.buffered());
  assert.ok(Math.max(...held) < 20_000 + 3 * 65_536, `${Math.max(...held)}`);
  assert.equal(w.tail.figures().find(({ name }) => name === 'tailLaggingTotal')?.value, '100');
});

test('[T8] a shard whose disk stands still takes what fits and nacks the rest', async () => {
  await using w = await world({ limits: { inFlightBytesMax: 1 << 30, strangersPerAddressMax: 10_000 } });
  w.logs.isHeld = true;
  const clients = await Promise.all(Array.from({ length: 12 }, (_, i) => joined(w, i + 1)));
  let sent = 0;
  for (const client of clients) {
    const handle = await client.open();
    for (let i = 0; i < 120; i++) {
      client.write(handle, 1, { size: 60_000 });
      sent++;
    }
    await w.settle();
  }
  const full = clients
    .flatMap((client) => client.nacks)
    .filter(({ reason }) => reason.kind === 'full').length;
  const gaps = clients.flatMap((client) => client.nacks).filter(({ reason }) => reason.kind === 'gap').length;
  assert.ok(full > 0, 'the shard says that it is full');
  const pending = Number(w.tail.figures().find(({ name }) => name === 'tailPending')?.value);
  assert.ok(pending <= (64 << 20) + 60_100, `${pending} bytes`);
  w.logs.release();
  await w.settle();
  const acked = clients.flatMap((client) => client.acks).reduce((sum, { count }) => sum + count, 0);
  assert.equal(acked + full + gaps, sent);
  assert.equal(w.logs.open(SITE, LOG).durable, acked + 1);
});
