/** The tail behind the real listener: what only a real socket does (SPEC T3, T4). */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { tailApi } from 'copse/internal/api/tail.ts';
import { must } from 'copse/internal/base/assert.ts';
import { concat, hex } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { key, type Handle } from 'copse/internal/base/ids.ts';
import { connecting, prove } from 'copse/internal/capability/possession.ts';
import { dial, type Dialed } from 'copse/internal/link/remote.ts';
import type { LinkEvents } from 'copse/internal/link/link.ts';
import { Follower, type FollowerStep } from 'copse/internal/log/follower.ts';
import { encodeEntry, EntryCursor } from 'copse/internal/wire/entry.ts';
import { HEAD_ROOM, open, putHead, type Wire } from '../../../lab/bench/tail/wire.ts';
import { listenWith } from '../../../lab/suites/door-stage.ts';
import type { Listener } from '../node/listen.ts';
import { LOG, person, primitives, SITE, tokenOf, world, type World } from './testing/harness.ts';

interface Stage extends AsyncDisposable {
  readonly world: World;
  readonly port: number;
}

/** A tail behind Bun's sockets, on a store in memory. */
async function stage(): Promise<Stage> {
  let listener: Listener | null = null;
  const fanout = {
    publish: (topic: string, message: Uint8Array<ArrayBuffer>) => listener?.publish(topic, message),
  };
  const w = await world({ fanout, env: realEnv() });
  listener = listenWith({ '/tail': (socket) => w.tail.open(socket) });
  const { port } = listener;
  const dispose = async (): Promise<void> => {
    await w[Symbol.asyncDispose]();
    await listener.stop();
  };
  return { world: w, port, [Symbol.asyncDispose]: dispose };
}

/** A device on a real socket that follows the log and writes to it. */
class Device {
  readonly seen: string[] = [];
  readonly lagging: number[] = [];
  acked = 0;
  isOver = false;
  #wire: Wire | null = null;
  #dialed: Dialed<typeof tailApi> | null = null;
  readonly #follower = new Follower(1);
  #handle: Handle | null = null;
  #seq = 0;
  readonly #me;

  constructor(me: Awaited<ReturnType<typeof person>>) {
    this.#me = me;
  }

  get wire(): Wire {
    return must(this.#wire, 'connected');
  }

  get #remote(): Dialed<typeof tailApi>['remote'] {
    return must(this.#dialed, 'connected').remote;
  }

  async connect({ world: w, port }: Stage): Promise<void> {
    const hello = Promise.withResolvers<{ readonly nonce: Uint8Array; readonly node: Uint8Array }>();
    let events: LinkEvents | null = null;
    const early: Uint8Array[] = [];
    const wire = await open(port, '/tail', (bytes, from, to) => {
      const message = bytes.slice(from, to);
      if (events === null) early.push(message);
      else events.onMessage(message);
    });
    this.#wire = wire;
    const ignore = (): void => {};
    this.#dialed = dial(
      tailApi,
      {
        send: (message) => {
          const bytes = concat(new Uint8Array(HEAD_ROOM), message);
          wire.send(bytes, putHead(bytes, bytes.length), bytes.length);
        },
        listen: (heard) => {
          events = heard;
          for (const message of early) heard.onMessage(message);
        },
        buffered: () => 0,
        close: () => wire.close(),
      },
      {
        hello: ({ nonce, node }) => hello.resolve({ nonce: nonce.slice(), node: node.slice() }),
        ack: ({ runs }) => {
          for (const { count } of runs) this.acked += count;
        },
        entries: ({ at, count, entries }) => this.#do(this.#follower.pushed(at, count, entries)),
        lagging: ({ at }) => {
          this.lagging.push(at);
          this.#do(this.#follower.lagging());
        },
        nack: () => assert.fail('nothing is refused here'),
        revoke: ignore,
        goAway: ignore,
        said: ignore,
        present: ignore,
      },
      realEnv(),
    );
    void this.#dialed.ended.finally(() => {
      this.isOver = true;
    });
    const { nonce, node } = await hello.promise;
    const token = tokenOf(w, this.#me);
    const proof = await prove(primitives, this.#me.seed, connecting({ nonce, node: key(node), token }));
    await this.#remote.connect({ version: 1, token, device: this.#me.deviceKey, proof });
    const leased = await this.#remote.lease({ site: SITE, log: LOG, want: 'write' });
    this.#handle = leased.kind === 'open' ? leased.handle : null;
  }

  follow(): void {
    this.#do(this.#follower.connected());
  }

  #do({ deliver, attachFrom }: FollowerStep): void {
    if (deliver !== null) {
      const cursor = new EntryCursor(deliver.entries);
      for (let i = 0; cursor.next(); i++) {
        if (i >= deliver.skip) this.seen.push(hex(cursor.bytes.subarray(cursor.start, cursor.end)));
      }
    }
    if (attachFrom !== null) void this.#attach(attachFrom);
  }

  async #attach(from: number): Promise<void> {
    const handle = must(this.#handle, 'leased');
    const page = await this.#remote.attach({ handle, from, bytesMax: 64 * 1024 });
    this.#do(this.#follower.page(page));
  }

  write(size: number): void {
    const handle = must(this.#handle, 'leased');
    const { deviceBytes } = this.#me;
    const payload = new Uint8Array(size).fill(++this.#seq);
    const entries = encodeEntry({
      sealed: false,
      device: deviceBytes,
      epoch: 1,
      seq: this.#seq,
      keyEpoch: 1,
      timeMs: 0,
      payload,
    });
    this.#remote.write({ handle, at: null, entries });
  }

  close(): void {
    this.#dialed?.close();
  }
}

async function until(what: string, condition: () => boolean): Promise<void> {
  const endMs = performance.now() + 20_000;
  while (!condition()) {
    assert.ok(performance.now() < endMs, `${what} did not happen in time`);
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
}

const inLog = ({ world: w }: Stage): readonly string[] =>
  w.logs.entriesOf(must(w.logs.find(SITE, LOG), 'it exists')).map(hex);

const figure = ({ world: w }: Stage, name: string): number =>
  Number(w.tail.figures().find((each) => each.name === name)?.value);

test('[T3] readers that attach in the middle of the writing see every entry once and in order', async () => {
  await using it = await stage();
  const writer = new Device(await person(1));
  await writer.connect(it);
  const readers: Device[] = [];
  for (let i = 0; i < 400; i++) {
    writer.write(100 + (i % 7) * 300);
    if (i % 20 === 0) {
      const reader = new Device(await person(2 + i / 20));
      readers.push(reader);
      await reader.connect(it);
      reader.follow();
    }
    if (i % 5 === 0) await until('an acknowledgement', () => writer.acked > i - 100);
  }
  await until('the last acknowledgement', () => writer.acked === 400);
  await until('the last delivery', () => readers.every(({ seen }) => seen.length === 400));
  for (const reader of readers) assert.deepEqual(reader.seen, inLog(it));
  for (const device of [writer, ...readers]) device.close();
});

test('[T4] a reader that stops reading is moved to pull, loses nothing, is not cut off, and costs others nothing', async () => {
  await using it = await stage();
  const [writer, slow, quick] = [
    new Device(await person(1)),
    new Device(await person(2)),
    new Device(await person(3)),
  ];
  for (const device of [writer, slow, quick]) await device.connect(it);
  slow.follow();
  quick.follow();
  await until('presence in both', () => figure(it, 'tailAttached') === 2);
  slow.wire.pause();
  // More than the buffers of both ends of the socket take.
  const [rounds, size] = [1500, 20_000];
  for (let i = 0; i < rounds; i++) {
    writer.write(size);
    if (i % 20 === 19) await until('an acknowledgement', () => writer.acked === i + 1);
  }
  await until('the quick reader', () => quick.seen.length === rounds);
  assert.deepEqual(quick.seen, inLog(it));
  assert.equal(figure(it, 'tailLaggingTotal'), 1);
  assert.ok(slow.seen.length < rounds);
  slow.wire.resume();
  await until('the slow reader', () => slow.seen.length === rounds);
  assert.deepEqual(slow.seen, inLog(it));
  assert.equal(slow.lagging.length, 1);
  // And it is live again.
  writer.write(10);
  await until('both are live', () => slow.seen.length === rounds + 1 && quick.seen.length === rounds + 1);
  assert.equal(slow.isOver, false);
  for (const device of [writer, slow, quick]) device.close();
});
