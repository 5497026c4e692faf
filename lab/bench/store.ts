/**
 * What the store under a tail does on its own: durable commits with compaction running beside them, cold
 * reads (`cold.ts`), and starting again with a million entries. The rival is the same SQLite with a row
 * per entry, which is what most would write first.
 */

import { join } from 'node:path';
import { commitsInFlightMax } from 'copse/internal/base/limits.ts';
import { openDatabase } from '../../server/src/store/sqlite.ts';
import { coldFigures } from './cold.ts';
import { median, spread, type Bench, type BenchOptions, type Figure } from './figure.ts';
import {
  entryOf,
  fill,
  inDirectory,
  LOGS,
  noise,
  open,
  Source,
  timed,
  UNCOMPACTED,
  type Timed,
} from './store-stage.ts';

/** Commits of `size` entries, as many under way as a tail has. */
function commits(total: number, size: number): Promise<Timed> {
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
function rows(total: number, size: number): Promise<Timed> {
  return inDirectory(async (directory) => {
    using database = openDatabase(join(directory, 'rows.sqlite'));
    database.execute(
      'CREATE TABLE entry (log INTEGER, at INTEGER, bytes BLOB, PRIMARY KEY (log, at)) STRICT, WITHOUT ROWID',
    );
    const insert = database.prepare('INSERT INTO entry (log, at, bytes) VALUES (?, ?, ?)');
    const entries = Array.from({ length: total }, (_, i) => entryOf(1, noise(i)));
    return await timed(total, async () => {
      for (let from = 0; from < total; from += size) {
        database.transaction(() => {
          for (let i = from; i < from + size; i++) insert.run(i % LOGS, Math.floor(i / LOGS), entries[i]!);
        });
      }
    });
  });
}

/** Moving `total` entries from the journal into chunks. */
function compaction(total: number): Promise<Timed> {
  return inDirectory(async (directory) => {
    await using store = await open(directory, UNCOMPACTED);
    await fill(store, total);
    return await timed(total, () => store.compact());
  });
}

/** Opening again with `total` entries in the journal, or in chunks as after a rest; answers milliseconds. */
function restart(total: number, where: 'journal' | 'chunks'): Promise<number> {
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
    figures.push(rate('entries compacted', compacted), ...(await coldFigures(options)));
    for (const where of ['journal', 'chunks'] as const) {
      const runs = await repeat(times, () => restart(1_000_000, where));
      figures.push(duration(`restart with 1 M entries in the ${where}`, runs));
    }
    return figures;
  },
};
