/** Streams on a disk that is full now and then: what was acknowledged is there, what was refused is not. */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromUtf8, utf8 } from 'copse/internal/base/bytes.ts';
import { payloadBytesMax } from 'copse/internal/base/limits.ts';
import { primitives, world, type World } from '../../tail/testing/harness.ts';
import { append, type Append } from './append.ts';
import type { StreamConfig } from './config.ts';
import { StreamNames } from './names.ts';
import type { Stream } from './stream.ts';
import { StreamTable } from './table.ts';

const CONFIG: StreamConfig = {
  contentType: 'text/plain',
  ttlS: null,
  expires: null,
  closed: false,
  fork: null,
};

interface Op {
  readonly by: 'nobody' | 'producer';
  readonly isLarge: boolean;
  readonly sequence: boolean;
  /** Whether the disk is full from now on. */
  readonly isFull: boolean;
  /** Whether everything under way is waited for first. */
  readonly waits: boolean;
}

const op = fc.record<Op>({
  by: fc.constantFrom('nobody', 'producer'),
  isLarge: fc.boolean(),
  sequence: fc.boolean(),
  isFull: fc.boolean(),
  waits: fc.boolean(),
});

class Scene {
  readonly world: World;
  readonly table: StreamTable;
  readonly #logs;

  constructor(made: World) {
    this.world = made;
    this.#logs = made.tail.inside();
    const names = new StreamNames(primitives);
    this.table = new StreamTable({ logs: this.#logs, env: made.env, names });
  }

  append(stream: Stream, asked: Append): Promise<unknown> {
    return append(stream, asked, (offers) => this.#logs.together(offers));
  }
}

const asked = (text: string, more: Partial<Append> = {}): Append => ({
  contentType: 'text/plain',
  producer: null,
  sequence: null,
  closes: false,
  body: utf8(text),
  ...more,
});

const textOf = (stream: Stream): string =>
  stream
    .read(0, 1 << 30)
    .messages.map((bytes) => fromUtf8(bytes) ?? '')
    .join('');

test('[F2, F3] what was refused for want of room is not there, what was acknowledged is, and writing goes on', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(op, { minLength: 1, maxLength: 14 }), async (ops) => {
      await using made = await world();
      const scene = new Scene(made);
      const { created, durable } = scene.table.create('s', CONFIG);
      await durable;
      ok(created.kind === 'made');
      const { stream } = created;
      const acknowledged = new Set<number>();
      const under: Promise<unknown>[] = [];
      for (const [at, { by, isLarge, sequence, isFull, waits }] of ops.entries()) {
        if (waits) await Promise.all(under);
        made.logs.failure = isFull ? 'full' : null;
        const text = `<${at}>${isLarge ? 'x'.repeat(payloadBytesMax) : ''}`;
        const place = stream.place('p');
        const producer = by === 'nobody' ? null : { id: 'p', epoch: 0, seq: Math.max(0, place.next - 1) };
        const seq = sequence ? String(at).padStart(3, '0') : null;
        const sent = async (): Promise<unknown> =>
          scene.append(stream, asked(text, { producer, sequence: seq }));
        under.push(
          sent().then(
            () => acknowledged.add(at),
            () => {},
          ),
        );
      }
      await Promise.all(under);
      made.logs.failure = null;
      const found = [...textOf(stream).matchAll(/<(\d+)>/g)].map(([, at]) => Number(at));
      deepEqual(
        found.toSorted((a, b) => a - b),
        [...acknowledged].toSorted((a, b) => a - b),
      );
      await scene.append(stream, asked('<end>'));
      ok(textOf(stream).endsWith('<end>'));
    }),
    { numRuns: 80 },
  );
});

test('[F2] a stream whose making failed was never made, and one whose closing failed is open', async () => {
  await using made = await world();
  const { table } = new Scene(made);
  made.logs.failure = 'full';
  const failed = await table.create('s', CONFIG).durable.then(
    () => false,
    () => true,
  );
  ok(failed);
  equal(table.find('s')?.state.life, 'gone');
  made.logs.failure = null;
  const { created, durable } = table.create('s', CONFIG);
  await durable;
  ok(created.kind === 'made');
  made.logs.failure = 'full';
  await created.stream.change({ closed: true }).catch(() => {});
  equal(created.stream.state.closed, false);
});

test('[F3] a repetition is acknowledged when the first is durable, and not when the first is lost', async () => {
  await using made = await world();
  const scene = new Scene(made);
  const { created, durable } = scene.table.create('s', CONFIG);
  await durable;
  ok(created.kind === 'made');
  const { stream } = created;
  const producer = { id: 'p', epoch: 0, seq: 0 };
  const outcomes: string[] = [];
  const send = (): void => {
    scene.append(stream, asked('x', { producer })).then(
      () => outcomes.push('there'),
      () => outcomes.push('lost'),
    );
  };
  made.logs.isHeld = true;
  send();
  send();
  await made.settle();
  deepEqual(outcomes, []);
  made.logs.failure = 'full';
  made.logs.release();
  await made.settle();
  deepEqual(outcomes, ['lost', 'lost']);
  made.logs.failure = null;
  made.logs.isHeld = true;
  send();
  send();
  await made.settle();
  equal(outcomes.length, 2);
  made.logs.release();
  await made.settle();
  deepEqual(outcomes.slice(2), ['there', 'there']);
  equal(textOf(stream), 'x');
});

test('[F2] an append that closes is there with its end or not at all', async () => {
  await using made = await world();
  const scene = new Scene(made);
  const { created, durable } = scene.table.create('s', CONFIG);
  await durable;
  ok(created.kind === 'made');
  const { stream } = created;
  const commits = made.logs.commitCount;
  await scene.append(stream, asked('last', { closes: true, sequence: 'a' }));
  equal(made.logs.commitCount, commits + 1);
  equal(stream.isClosed, true);
});

test('[F4] as long as a large append is durable in part, readers stand before it', async () => {
  await using made = await world();
  const scene = new Scene(made);
  const { created, durable } = scene.table.create('s', CONFIG);
  await durable;
  ok(created.kind === 'made');
  const { stream } = created;
  await scene.append(stream, asked('before'));
  const before = stream.tail;
  const body = 'x'.repeat(5 << 20);
  made.logs.isHeld = true;
  const appending = scene.append(stream, asked(body));
  await made.settle();
  // The commits under way go through, and those behind them are held.
  made.logs.release();
  made.logs.isHeld = true;
  await made.settle();
  ok(stream.parts.data.durable - 1 > before, 'some of its parts are durable');
  ok(stream.parts.data.durable < stream.parts.data.tail, 'others are not');
  equal(stream.tail, before);
  deepEqual(stream.read(before, 1 << 20), { messages: [], next: before });
  made.logs.release();
  await appending;
  equal(textOf(stream), `before${body}`);
});
