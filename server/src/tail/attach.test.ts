import assert from 'node:assert/strict';
import { test } from 'node:test';

import { concat, hex } from 'copse/internal/base/bytes.ts';
import type { FaultCode } from 'copse/internal/base/fault.ts';
import type { Handle } from 'copse/internal/base/ids.ts';
import { must } from 'copse/internal/base/assert.ts';
import { Follower } from 'copse/internal/log/follower.ts';
import { EntryCursor } from 'copse/internal/wire/entry.ts';
import { joined, LOG, log, SITE, world, type Client, type World } from './testing/harness.ts';

const isClosed = (client: Client): boolean => client.end.closedWith !== undefined;
const withCode = (code: FaultCode) => ({ name: 'Fault', code });

function split(bytes: Uint8Array): readonly string[] {
  const out: string[] = [];
  const cursor = new EntryCursor(bytes);
  while (cursor.next()) out.push(hex(bytes.subarray(cursor.start, cursor.end)));
  return out;
}

const inLog = (w: World): readonly string[] =>
  w.logs.entriesOf(must(w.logs.find(SITE, LOG), 'it exists')).map(hex);

test('[T3] a page that reaches the tail is live, and pushes follow from the next position', async () => {
  await using w = await world();
  const [writer, reader] = [await joined(w, 1), await joined(w, 2)];
  const [hw, hr] = [await writer.open(), await reader.open(LOG, 'read')];
  writer.write(hw, 5);
  await w.settle();
  const page = await reader.page(hr, 2);
  assert.deepEqual([page.at, page.count, page.tail, page.live], [2, 4, 6, true]);
  writer.write(hw, 2);
  writer.write(hw, 1);
  await w.settle();
  assert.deepEqual(
    reader.pushed.map(({ at, count }) => [at, count]),
    [[6, 3]],
  );
  assert.deepEqual([...split(page.entries), ...split(reader.pushed[0]!.entries)], inLog(w).slice(1));
});

test('[T3] a page that does not reach the tail is not live', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  const handle = await client.open();
  client.write(handle, 10);
  await w.settle();
  const page = await client.page(handle, 1, 100);
  assert.ok(page.count < 10);
  assert.equal(page.live, false);
  client.write(handle, 1);
  await w.settle();
  assert.deepEqual(client.pushed, []);
});

test('[T3] an attached reader that attaches further back is live no more', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  const handle = await client.open();
  client.write(handle, 10);
  await w.settle();
  assert.equal((await client.page(handle, 11)).live, true);
  assert.equal((await client.page(handle, 1, 100)).live, false);
  client.write(handle, 1);
  await w.settle();
  assert.deepEqual(client.pushed, []);
});

test('[T3] reading changes nothing, detaching and releasing end the pushes', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  const handle = await client.open();
  const page = await client.remote.read({ handle, from: 1, bytesMax: 1000 });
  assert.equal(page.kind === 'page' && page.live, false);
  client.write(handle);
  await w.settle();
  await client.page(handle, 2);
  await client.remote.detach({ handle });
  client.write(handle);
  await w.settle();
  assert.deepEqual(client.pushed, []);
  await client.page(handle, 3);
  await client.remote.release({ handle });
  assert.equal(client.end.topics.size, 0);
});

test('[T7] absurd positions are refused', async () => {
  await using w = await world();
  const client = await joined(w, 1);
  const handle = await client.open();
  await assert.rejects(client.page(handle, 0), withCode('malformed'));
  await assert.rejects(client.page(handle, 2), withCode('unknown'));
  await assert.rejects(client.page(handle, Number.MAX_SAFE_INTEGER), withCode('unknown'));
  assert.equal((await client.page(handle, 1, 0)).live, true);
});

test('[T3] only durable entries are seen', async () => {
  await using w = await world();
  const [writer, reader] = [await joined(w, 1), await joined(w, 2)];
  const [hw, hr] = [await writer.open(), await reader.open()];
  w.logs.isHeld = true;
  writer.write(hw, 3);
  await w.settle();
  const page = await reader.page(hr, 1);
  assert.deepEqual([page.count, page.tail, page.live], [0, 1, true]);
  assert.deepEqual(reader.pushed, []);
  w.logs.release();
  await w.settle();
  assert.deepEqual(
    reader.pushed.map(({ at, count }) => [at, count]),
    [[1, 3]],
  );
});

test('[T3] one push per log and commit reaches all its readers', async () => {
  await using w = await world();
  const writer = await joined(w, 1);
  const readers = await Promise.all(Array.from({ length: 50 }, (_, i) => joined(w, i + 2)));
  for (const reader of readers) await reader.page(await reader.open(), 1);
  const handle = await writer.open();
  const before = w.network.publishCount;
  for (let i = 0; i < 8; i++) writer.write(handle, 4);
  await w.settle();
  assert.equal(w.network.publishCount - before, 1);
  for (const reader of readers)
    assert.deepEqual(
      reader.pushed.map(({ at, count }) => [at, count]),
      [[1, 32]],
    );
});

test('[T3] a commit that is larger than a push comes in several, without a gap', async () => {
  await using w = await world({ limits: { inFlightBytesMax: 2 << 20 } });
  const reader = await joined(w, 9);
  await reader.page(await reader.open(), 1);
  w.logs.isHeld = true;
  const writers = await Promise.all([1, 2, 3].map((n) => joined(w, n)));
  for (const writer of writers) {
    const handle = await writer.open();
    for (let i = 0; i < 5; i++) writer.write(handle, 1, { size: 60_000 });
  }
  await w.settle();
  w.logs.release();
  await w.settle();
  assert.ok(reader.pushed.length >= 3);
  assert.deepEqual(
    reader.pushed.flatMap(({ entries }) => split(entries)),
    inLog(w),
  );
  assert.equal(inLog(w).length, 15);
  let next = 1;
  for (const { at, count } of reader.pushed) {
    assert.equal(at, next);
    next += count;
  }
});

/** A reader that follows the log with the machine of the client, whatever the tail does. */
class Following {
  readonly client: Client;
  readonly #handle: Handle;
  readonly #follower = new Follower(1);
  readonly seen: string[] = [];
  #pushes = 0;
  #lags = 0;

  constructor(client: Client, handle: Handle) {
    this.client = client;
    this.#handle = handle;
  }

  start(): void {
    this.#do(this.#follower.connected());
  }

  /** Takes what has come. */
  pump(): void {
    while (this.#pushes < this.client.pushed.length || this.#lags < this.client.lagging.length) {
      const push = this.client.pushed[this.#pushes];
      if (push === undefined) {
        this.#lags++;
        this.#do(this.#follower.lagging());
      } else {
        this.#pushes++;
        this.#do(this.#follower.pushed(push.at, push.count, push.entries));
      }
    }
  }

  #do(step: ReturnType<Follower['connected']>): void {
    if (step.deliver !== null) this.seen.push(...split(step.deliver.entries).slice(step.deliver.skip));
    if (step.attachFrom !== null) void this.#attach(step.attachFrom);
  }

  async #attach(from: number): Promise<void> {
    const page = await this.client.remote.attach({ handle: this.#handle, from, bytesMax: 20_000 });
    this.#do(this.#follower.page(page));
  }
}

test('[T4] a slow reader is told lagging once, holds a bounded buffer, catches up by pull and is live again', async () => {
  await using w = await world({ limits: { lagBytes: 50_000 } });
  const [writer, slow, quick] = [await joined(w, 1), await joined(w, 2), await joined(w, 3)];
  const followers = await Promise.all(
    [slow, quick].map(async (c) => new Following(c, await c.open(LOG, 'read'))),
  );
  for (const follower of followers) follower.start();
  await w.settle();
  const handle = await writer.open();
  slow.end.isClogged = true;
  for (let i = 0; i < 300; i++) {
    writer.write(handle, 1, { size: 2000 });
    await w.settle();
    followers[1]!.pump();
  }
  // What was published before the look that found it, and no more.
  assert.ok(slow.end.buffered() < 50_000 + 300_000, `${slow.end.buffered()} bytes`);
  assert.deepEqual(followers[1]!.seen, inLog(w));
  slow.end.unclog();
  await w.settle();
  assert.equal(slow.lagging.length, 1);
  const lastPush = slow.pushed.at(-1)!;
  assert.equal(slow.lagging[0]!.at, lastPush.at + lastPush.count);
  for (let i = 0; i < 60; i++) {
    followers[0]!.pump();
    await w.settle();
  }
  assert.deepEqual(followers[0]!.seen, inLog(w));
  writer.write(handle);
  await w.settle();
  followers.forEach((follower) => follower.pump());
  assert.deepEqual(
    followers.map(({ seen }) => seen.length),
    [301, 301],
  );
  assert.equal(slow.endedWith, undefined);
});

test('[T4] a connection that lags in one log is moved in all, each with its own position', async () => {
  await using w = await world({ limits: { lagBytes: 20_000 } });
  const [writer, slow] = [await joined(w, 1), await joined(w, 2)];
  const handles = [await writer.open(log(1)), await writer.open(log(2))];
  for (const n of [1, 2]) await slow.page(await slow.open(log(n)), 1);
  writer.remote.write({ handle: handles[1]!, at: null, entries: writer.entry(1) });
  await w.settle();
  slow.end.isClogged = true;
  for (let i = 0; i < 200; i++) {
    writer.write(handles[0]!, 1, { size: 2000 });
    await w.settle();
  }
  slow.end.unclog();
  await w.settle();
  assert.equal(slow.lagging.length, 2);
  const channels = new Map(slow.lagging.map(({ channel, at }) => [channel, at]));
  for (const [channel, at] of channels) {
    const last = slow.pushed.findLast((push) => push.channel === channel)!;
    assert.equal(at, last.at + last.count);
  }
});

test('[T4] pages are answered as fast as the peer takes them, and later calls wait behind them', async () => {
  await using w = await world({ limits: { lagBytes: 30_000 } });
  const client = await joined(w, 1);
  const handle = await client.open();
  for (let i = 0; i < 20; i++) client.write(handle, 1, { size: 10_000 });
  await w.settle();
  client.end.isClogged = true;
  const before = client.end.sentCount;
  const pages = Array.from({ length: 30 }, () => client.remote.read({ handle, from: 1, bytesMax: 40_000 }));
  const last = client.remote.detach({ handle });
  await w.settle();
  assert.ok(client.end.buffered() < 120_000, `${client.end.buffered()} bytes`);
  assert.ok(client.end.sentCount - before < 5);
  for (let i = 0; i < 40; i++) {
    client.end.isClogged = true;
    client.end.unclog();
    client.end.isClogged = true;
    await w.settle();
  }
  client.end.unclog();
  assert.equal((await Promise.all(pages)).length, 30);
  await last;
});

test('[T4] a detach behind an attach that waits is carried out behind it', async () => {
  await using w = await world({ limits: { lagBytes: 30_000 } });
  const client = await joined(w, 1);
  const handle = await client.open();
  for (let i = 0; i < 4; i++) client.write(handle, 1, { size: 10_000 });
  await w.settle();
  client.end.isClogged = true;
  const calls: Promise<unknown>[] = [
    client.remote.read({ handle, from: 1, bytesMax: 40_000 }),
    client.remote.attach({ handle, from: 5, bytesMax: 100 }),
    client.remote.detach({ handle }),
  ];
  await w.settle();
  client.end.unclog();
  await Promise.all(calls);
  assert.equal(client.end.topics.size, 0);
});

test('[T7] who asks for more pages than calls may wait loses the connection', async () => {
  await using w = await world({ limits: { lagBytes: 100 } });
  const client = await joined(w, 1);
  const handle = await client.open();
  client.write(handle, 1, { size: 1000 });
  await w.settle();
  client.end.isClogged = true;
  const pages: Promise<unknown>[] = [];
  for (let i = 0; i < 1024; i++) pages.push(client.remote.read({ handle, from: 1, bytesMax: 4000 }));
  client.dialed.flush();
  await w.settle();
  assert.equal(isClosed(client), false);
  // The link of the client counts too; a hostile one does not.
  const hostile = concat(Uint8Array.of(6, 1, 0x81, 0x10, 4, 0, 0));
  for (let i = 0; i < 3; i++) client.end.receive(hostile);
  await Promise.allSettled(pages);
  assert.equal(isClosed(client), true);
  assert.equal(client.endedWith?.code, 'tooMany');
});
