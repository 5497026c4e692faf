/**
 * What the store under a tail does on its own: durable commits with compaction running beside them,
 * reading chunks that are in no cache of ours, and starting again with a million entries. The rival is
 * the same SQLite with a row per entry, which is what most would write first.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hex } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { logId, siteId } from 'copse/internal/base/ids.ts';
import { commitsInFlightMax } from 'copse/internal/base/limits.ts';
import type { Batch, LogState, Run } from 'copse/internal/log/sequencer.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { encodeEntry } from 'copse/internal/wire/entry.ts';
import { openLogStore } from '../../server/src/store/log-store-directory.ts';
import type { LogStore, LogStoreOptions } from '../../server/src/store/log-store.ts';
import { openDatabase } from '../../server/src/store/sqlite.ts';
import { median, spread, type Bench, type BenchOptions, type Figure } from './figure.ts';

const LOGS = 1000;
/** With its header an entry of 200 bytes. */
const PAYLOAD_BYTES = 175;
const primitives = nativePrimitives();
/** Encrypted payloads do not compress; neither do these: a window of a log's chunk comes once. */
const NOISE = realEnv().random(32 << 20);

/** Entries of one device per log, placed as a sequencer would, without the cost of one. */
class Source {
  readonly #store: LogStore;
  readonly logs: readonly LogState[];
  #next = 0;

  constructor(store: LogStore) {
    this.#store = store;
    this.logs = Array.from({ length: LOGS }, (_, i) =>
      store.open(siteId(hex(id(i >> 4, 1))), logId(hex(id(i, 2)))),
    );
  }

  batch(count: number): Batch<unknown> {
    const runs = new Map<LogState, Run>();
    for (let i = 0; i < count; i++) {
      const log = this.logs[this.#next % LOGS]!;
      const entry = entryOf(log.tail, this.#next++);
      const run = runs.get(log);
      if (run === undefined)
        runs.set(log, { log, first: log.tail, count: 1, parts: [entry], declare: log.tail === 1 });
      else {
        run.count++;
        run.parts.push(entry);
      }
      log.tail++;
    }
    return { runs: [...runs.values()], settled: [], bytes: count * 200, count };
  }

  async commit(batch: Batch<unknown>): Promise<void> {
    await this.#store.commit(batch);
    for (const run of batch.runs) run.log.durable = run.first + run.count;
  }
}

function id(i: number, kind: number): Uint8Array {
  return Uint8Array.of(kind, i >> 8, i & 255, ...new Uint8Array(13));
}

function entryOf(seq: number, i: number): Uint8Array {
  const at = (i * PAYLOAD_BYTES) % (NOISE.length - PAYLOAD_BYTES);
  const payload = NOISE.subarray(at, at + PAYLOAD_BYTES);
  const device = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  return encodeEntry({
    sealed: true,
    device,
    epoch: 1,
    seq,
    keyEpoch: 1,
    timeMs: 1_800_000_000_000,
    payload,
  });
}

/** A directory of its own, for as long as `task` takes. */
async function inDirectory<T>(task: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'copse-bench-store-'));
  try {
    return await task(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const open = (directory: string, limits: LogStoreOptions['limits'] = {}) =>
  openLogStore({ directory, env: realEnv(), primitives, limits });

/** What has not left the journal stays there until it is asked to. */
const UNCOMPACTED = { compactBytesMin: Infinity };

export interface Timed {
  readonly perSecond: number;
  readonly cpuPerOp: number;
}

async function timed(count: number, task: () => Promise<void>): Promise<Timed> {
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  await task();
  const ms = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: (count / ms) * 1000, cpuPerOp: (user + system) / count };
}

/** Commits of `size` entries, as many under way as a tail has. */
export function commits(total: number, size: number): Promise<Timed> {
  return inDirectory(async (directory) => {
    await using store = await open(directory);
    const source = new Source(store);
    const batches = Array.from({ length: total / size }, () => source.batch(size));
    return await timed(total, async () => {
      const flights: Promise<void>[] = [];
      for (const batch of batches) {
        if (flights.length >= commitsInFlightMax) await flights.shift();
        flights.push(source.commit(batch));
      }
      await Promise.all(flights);
    });
  });
}

/** The same entries, a row each, the same number per transaction; answers entries per second. */
export function rows(total: number, size: number): Promise<Timed> {
  return inDirectory(async (directory) => {
    using database = openDatabase(join(directory, 'rows.sqlite'));
    database.execute(
      'CREATE TABLE entry (log INTEGER, at INTEGER, bytes BLOB, PRIMARY KEY (log, at)) STRICT, WITHOUT ROWID',
    );
    const insert = database.prepare('INSERT INTO entry (log, at, bytes) VALUES (?, ?, ?)');
    const entries = Array.from({ length: total }, (_, i) => entryOf(1, i));
    return await timed(total, async () => {
      for (let from = 0; from < total; from += size) {
        database.transaction(() => {
          for (let i = from; i < from + size; i++) insert.run(i % LOGS, Math.floor(i / LOGS), entries[i]!);
        });
      }
    });
  });
}

async function fill(store: LogStore, total: number): Promise<void> {
  const source = new Source(store);
  for (let i = 0; i < total; i += 1000) await source.commit(source.batch(1000));
}

/** Moving `total` entries from the journal into chunks. */
export function compaction(total: number): Promise<Timed> {
  return inDirectory(async (directory) => {
    await using store = await open(directory, UNCOMPACTED);
    await fill(store, total);
    return await timed(total, () => store.compact());
  });
}

/** Single reads of a store that was just opened, each from another chunk than the ones before. */
export function coldReads(total: number, reads: number): Promise<Timed> {
  return inDirectory(async (directory) => {
    {
      await using store = await open(directory);
      await fill(store, total);
      await store.compact();
    }
    await using store = await open(directory);
    const { logs } = new Source(store);
    return await timed(reads, async () => {
      for (let i = 0; i < reads; i++) {
        const log = logs[(i * 7) % LOGS]!;
        const page = store.read(log, 1 + ((i * 13) % (total / LOGS)), 1);
        if (page.kind !== 'page' || page.count !== 1) throw new Error('an entry is missing');
      }
    });
  });
}

/** Opening again with `total` entries in the journal, or in chunks as after a rest; answers milliseconds. */
export function restart(total: number, where: 'journal' | 'chunks'): Promise<number> {
  return inDirectory(async (directory) => {
    {
      await using store = await open(directory, UNCOMPACTED);
      await fill(store, total);
      if (where === 'chunks') await store.compact();
    }
    const startMs = performance.now();
    await using store = await open(directory, UNCOMPACTED);
    const ms = performance.now() - startMs;
    const [log] = new Source(store).logs;
    if (log?.durable !== 1 + total / LOGS) throw new Error('entries are missing');
    return ms;
  });
}

async function repeat<T>(times: number, task: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let i = 0; i < times; i++) results.push(await task());
  return results;
}

function rate(name: string, runs: readonly Timed[], rivals: Figure['rivals'] = {}): Figure {
  const rates = runs.map(({ perSecond }) => perSecond);
  const cpuPerOp = median(runs.map((run) => run.cpuPerOp));
  return { name, unit: '/s', value: median(rates), spread: spread(rates), cpuPerOp, rivals, rssMb: null };
}

function duration(name: string, runs: readonly number[]): Figure {
  return {
    name,
    unit: 'ms',
    value: median(runs),
    spread: spread(runs),
    cpuPerOp: null,
    rivals: {},
    rssMb: null,
  };
}

async function commitFigure(options: BenchOptions, size: number): Promise<Figure> {
  const total = options.quick ? 200_000 : 1_000_000;
  const runs = await repeat(options.quick ? 2 : 5, () => commits(total, size));
  const rival = await rows(total / 5, size);
  const rivals = { 'SQLite, a row per entry': rival.perSecond };
  return rate(`durable entries, ${size} per commit, compaction beside`, runs, rivals);
}

export const storeBench: Bench = {
  name: 'store',
  async run(options) {
    const times = options.quick ? 2 : 5;
    const total = options.quick ? 400_000 : 1_000_000;
    const figures: Figure[] = [];
    for (const size of [100, 1000]) figures.push(await commitFigure(options, size));
    const compacted = await repeat(times, () => compaction(total));
    const cold = await repeat(times, () => coldReads(total, 50_000));
    figures.push(rate('entries compacted', compacted), rate('cold chunk reads', cold));
    for (const where of ['journal', 'chunks'] as const) {
      const runs = await repeat(times, () => restart(1_000_000, where));
      figures.push(duration(`restart with 1 M entries in the ${where}`, runs));
    }
    return figures;
  },
};
