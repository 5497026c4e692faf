/** Streams that end by time: what of them is let go, and when (SPEC F2, F8). */

import { equal, ok, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LogId, SiteId } from 'copse/internal/base/ids.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { fromUtf8, utf8 } from 'copse/internal/base/bytes.ts';
import type { Retention } from '../../store/log-store.ts';
import { primitives, world, type World } from '../../tail/testing/harness.ts';
import { MemoryLogs } from '../../tail/testing/memory-logs.ts';
import type { StreamConfig } from './config.ts';
import { events } from './events.ts';
import { StreamNames } from './names.ts';
import type { Stream } from './stream.ts';
import { StreamTable } from './table.ts';

class NotingLogs extends MemoryLogs {
  readonly rules = new Map<string, Retention | null>();

  override async retain(_site?: SiteId, log?: LogId | null, rule?: Retention | null): Promise<void> {
    this.rules.set(String(log), rule ?? null);
  }
}

const config = (ttlS: number | null, from: string | null = null): StreamConfig => ({
  contentType: 'text/plain',
  ttlS,
  expires: null,
  closed: false,
  fork: from === null ? null : { from, asked: '', sub: 0 },
});

function tableOf(made: World, openMax = 100): StreamTable {
  const names = new StreamNames(primitives);
  return new StreamTable({ logs: made.tail.inside(), env: made.env, names, openMax });
}

async function makeIn(table: StreamTable, path: string, asked: StreamConfig): Promise<Stream> {
  const { created, durable } = table.create(path, asked);
  await durable;
  ok(created.kind === 'made');
  return created.stream;
}

test('[F2] nothing of a stream is let go while it can be used, and all of it some time after', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 1_000 }),
      fc.array(fc.double({ min: 0, max: 0.99, noNaN: true }), { maxLength: 20 }),
      async (ttlS, pauses) => {
        const logs = new NotingLogs();
        await using made = await world({ logs });
        const table = tableOf(made);
        const stream = await makeIn(table, 's', config(ttlS));
        const { log } = stream.parts.data;
        const madeMs = made.env.wallMs();
        const keptUntilMs = (): number => madeMs + (logs.rules.get(log)?.ageMs ?? Number.POSITIVE_INFINITY);
        for (const part of pauses) {
          await made.env.advance(Math.floor(part * ttlS * 1000));
          equal(table.get('s'), stream);
          table.touch(stream);
          await made.settle();
          // Unused from now on it could be read this long.
          ok(keptUntilMs() >= made.env.wallMs() + ttlS * 1000);
        }
        ok(keptUntilMs() <= made.env.wallMs() + 2 * ttlS * 1000 + 60_000);
      },
    ),
    { numRuns: 40 },
  );
});

test('[F8] what forks have of a stream is not let go with its time', async () => {
  const logs = new NotingLogs();
  await using made = await world({ logs });
  const table = tableOf(made);
  const source = await makeIn(table, 'source', config(10));
  const { log } = source.parts.data;
  await source.append(source.nameless(), utf8('kept'));
  const fork = await makeIn(table, 'fork', config(1_000, 'source'));
  equal(logs.rules.get(log), null);
  await made.env.advance(11_000);
  equal(table.find('source')?.state.life, 'kept');
  equal(logs.rules.get(log), null);
  equal(fork.read(0, 100).messages.length, 1);
  await table.delete(fork);
  equal(logs.rules.get(log)?.count, 0);
});

test('[F2, F3] streams that are let go from memory are the same when they are asked for again', async () => {
  await using made = await world();
  const table = tableOf(made, 3);
  const paths = Array.from({ length: 12 }, (_, at) => `s${at}`);
  for (const path of paths) await makeIn(table, path, config(null));
  ok(table.size <= 3);
  for (let seq = 1; seq <= 5; seq++) {
    for (const path of paths) {
      const stream = table.get(path);
      const place = stream.place('p');
      equal(place.next, seq, 'a producer goes on where it was');
      await stream.append(stream.writer('p', 1), utf8(`${seq}`));
      await stream.append(stream.nameless(), utf8('n'));
    }
  }
  for (const path of paths) {
    const { messages } = table.get(path).read(0, 1_000);
    equal(messages.map((bytes) => fromUtf8(bytes)).join(''), '1n2n3n4n5n');
  }
  ok(table.size <= 3);
});

test('[F5] what goes wrong with one reader stops neither the shard nor others', async () => {
  await using made = await world();
  const table = tableOf(made);
  const stream = await makeIn(table, 's', config(null));
  const options = { env: made.env, stream, cursor: null, check: () => 0, onEnd: () => {} };
  const reader = events({ ...options, from: 0 }).getReader();
  await reader.read();
  stream.read = () => {
    throw new Fault('trimmed');
  };
  await stream.append(stream.nameless(), utf8('x'));
  await rejects(reader.read(), Fault);
  await stream.append(stream.nameless(), utf8('y'));
  equal(stream.tail, 2);
});
