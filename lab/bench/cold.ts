/**
 * Reads of logs that are in no memory of ours: a page of a random log at a random position. Of a thousand
 * logs the node remembers the last chunk of 64, so one read in a hundred meets one it knows. The files are
 * in the page cache of the system: what is measured is the work, not the disk. Beside it, in turns and in
 * the same process, the same pages from SQLite with a row per entry.
 */

import { join } from 'node:path';
import { concat, equal, utf8 } from 'copse/internal/base/bytes.ts';
import type { LogStore } from '../../server/src/store/log-store.ts';
import { openDatabase, type Database } from '../../server/src/store/sqlite.ts';
import { median, spread, type BenchOptions, type Figure } from './figure.ts';
import {
  entryOf,
  fill,
  inDirectory,
  LOGS,
  noise,
  open,
  Source,
  timed,
  type Payload,
  type Timed,
} from './store-stage.ts';

const ENTRY_BYTES = 200;
const RIVAL = 'SQLite, a row per entry';

/** Entries of a page: one; what fills a screen; a chunk's worth, mostly from two chunks; two of them. */
const PAGES = [1, 20, 160, 320] as const;
const CHAT_PAGE = 20;

/** Reads `count` entries of a log from a position on; answers their bytes, end to end. */
type Read = (log: number, at: number, count: number) => Uint8Array;

interface Subject {
  readonly ours: Read;
  readonly rows: Read;
  /** Entries of a log. */
  readonly length: number;
}

export async function coldFigures(options: BenchOptions): Promise<readonly Figure[]> {
  const total = options.quick ? 400_000 : 1_000_000;
  options.note(`writing ${2 * total} entries, twice each`);
  const sealed = await withSubject({ total, payload: noise }, async (subject) => {
    const figures: Figure[] = [];
    for (const count of PAGES) figures.push(await coldFigure(subject, count, options));
    return figures;
  });
  const chat = await withSubject({ total, payload: text }, (subject) =>
    coldFigure(subject, CHAT_PAGE, options),
  );
  return [...sealed, { ...chat, name: `${chat.name}, of compressed text` }];
}

interface Filling {
  readonly total: number;
  readonly payload: Payload;
}

/** The same entries in a store whose journal is empty, and in rows. */
function withSubject<T>(filling: Filling, task: (subject: Subject) => Promise<T>): Promise<T> {
  const { total, payload } = filling;
  return inDirectory(async (directory) => {
    {
      await using store = await open(directory);
      await fill(store, total, payload);
      await store.compact();
    }
    fillRows(directory, total, payload);
    await using store = await open(directory);
    using database = openDatabase(rowsPath(directory), { readonly: true });
    return await task({ ours: chunkRead(store), rows: rowRead(database), length: total / LOGS });
  });
}

const rowsPath = (directory: string): string => join(directory, 'rows.sqlite');

function fillRows(directory: string, total: number, payload: Payload): void {
  using database = openDatabase(rowsPath(directory));
  database.execute(
    'CREATE TABLE entry (log INTEGER, at INTEGER, bytes BLOB, PRIMARY KEY (log, at)) STRICT, WITHOUT ROWID',
  );
  const insert = database.prepare('INSERT INTO entry (log, at, bytes) VALUES (?, ?, ?)');
  // Log by log: the tables' best case, as if somebody had rewritten them in order.
  database.transaction(() => {
    for (let i = 0; i < total; i++) {
      const [log, at] = [Math.floor(i / (total / LOGS)), 1 + (i % (total / LOGS))];
      insert.run(log, at, entryOf(at, payload((at - 1) * LOGS + log)));
    }
  });
}

function chunkRead(store: LogStore): Read {
  const { logs } = new Source(store);
  return (log, at, count) => {
    const page = store.read(logs[log]!, at, count * ENTRY_BYTES);
    if (page.kind !== 'page') throw new Error('entries are missing');
    return page.entries;
  };
}

function rowRead(database: Database): Read {
  const select = database.prepare<{ readonly bytes: Uint8Array }>(
    'SELECT bytes FROM entry WHERE log = ? AND at >= ? ORDER BY at LIMIT ?',
  );
  return (log, at, count) => concat(...select.all(log, at, count).map((row) => row.bytes));
}

async function coldFigure(subject: Subject, count: number, { quick }: BenchOptions): Promise<Figure> {
  compare(subject, count);
  const reads = Math.ceil(400_000 / (20 + count));
  const [ours, rows]: [Timed[], Timed[]] = [[], []];
  for (let round = 0; round < (quick ? 3 : 7); round++) {
    ours.push(await read(subject.ours, { ...subject, count, reads }));
    rows.push(await read(subject.rows, { ...subject, count, reads }));
  }
  const rates = ours.map(({ perSecond }) => perSecond);
  const rowsCpu = median(rows.map(({ cpuPerOp }) => cpuPerOp)).toPrecision(3);
  return {
    name: `cold reads at random, a page of ${count} × ${ENTRY_BYTES} bytes`,
    unit: '/s',
    value: median(rates),
    spread: spread(rates),
    cpuPerOp: median(ours.map(({ cpuPerOp }) => cpuPerOp)),
    rivals: { [`${RIVAL} (${rowsCpu} µs CPU/op)`]: median(rows.map(({ perSecond }) => perSecond)) },
    rssMb: process.memoryUsage.rss() / 2 ** 20,
  };
}

/** Both answer the same bytes, as far as a page that ends by bytes and one that ends by rows can. */
function compare({ ours, rows, length }: Subject, count: number): void {
  for (let log = 0; log < LOGS; log += 100) {
    const at = 1 + ((log * 13) % (length - count));
    const [page, same] = [ours(log, at, count), rows(log, at, count)];
    const size = Math.min(page.length, same.length);
    if (Math.abs(page.length - same.length) > 2 * ENTRY_BYTES) throw new Error('a page of another size');
    if (!equal(page.subarray(0, size), same.subarray(0, size))) throw new Error('other entries');
  }
}

interface Reading {
  readonly count: number;
  readonly reads: number;
  readonly length: number;
}

function read(task: Read, { count, reads, length }: Reading): Promise<Timed> {
  return timed(reads, async () => {
    for (let i = 0; i < reads; i++) {
      const at = 1 + Math.floor(Math.random() * (length - count));
      if (task(Math.floor(Math.random() * LOGS), at, count).length === 0)
        throw new Error('entries are missing');
    }
  });
}

const WORDS =
  'a log of the site that its writer and every reader of this chunk will have at any later time'.split(' ');

/** A message as an open log has it, about as long as `noise`; the same for the same number. */
function text(n: number): Uint8Array {
  let state = n + 1;
  // Numbers of a linear congruential generator (Numerical Recipes), the upper bits.
  const draw = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const id = Array.from({ length: 4 }, () =>
    draw(2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
  const body = Array.from({ length: 20 }, () => WORDS[draw(WORDS.length)]).join(' ');
  return utf8(
    JSON.stringify({ id, at: 1_800_000_000_000 + 977 * n, body: body.slice(0, 85).padEnd(85, '.') }),
  );
}
