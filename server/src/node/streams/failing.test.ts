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
    const names = new StreamNames(primitives, new Uint8Array(32));
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
