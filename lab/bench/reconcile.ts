/**
 * Two sets of a million items that differ in a few: bytes, messages and CPU of each side until both differences are
 * known. The rival is `nostr-tools`, which can ask and not be asked, with its own store, of the same ids and the same
 * side that answers; it counts times with 32 bits, so there they are seconds. Beside it what a change of a set costs and what an item takes.
 */

import { nip77 } from 'nostr-tools';
import { must } from 'copse/internal/base/assert.ts';
import { fromHex, hex } from 'copse/internal/base/bytes.ts';
import { reconcileFrameBytesMax } from 'copse/internal/base/limits-reconcile.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { Initiator } from 'copse/internal/social/reconcile/initiator.ts';
import type { Item } from 'copse/internal/social/reconcile/item.ts';
import { ItemSet } from 'copse/internal/social/reconcile/item-set.ts';
import { Responder } from 'copse/internal/social/reconcile/responder.ts';
import { decodeSketch, Sketch, sketchCellBytes } from 'copse/internal/social/reconcile/sketch.ts';
import type { Snapshot } from 'copse/internal/social/reconcile/snapshot.ts';
import { drawItems, reconcile, setOf, type Answering, type Asking } from '../suites/reconciling.ts';
import { median, spread, type Bench, type BenchOptions, type Figure } from './figure.ts';

const DIFFERENCES = [0, 100, 1_000, 100_000];
/** Up to here the rival ends within a minute. */
const RIVAL_DIFFERENCES_MAX = 1_000;
/** Differences that come out of a sketch in the benchmark, and the cells of one: 180 kB beside a set. */
const SKETCHED = 100;
const SKETCH_CELLS = 4096;
/** A message every four seconds is a million in six weeks. */
const timeOf = (n: number): number => 1_700_000_000_000 + 4000 * n + ((7919 * n) % 997);
const primitives = nativePrimitives();

export const reconcileBench: Bench = {
  name: 'reconcile',
  async run(options) {
    const count = options.quick ? 200_000 : 1_000_000;
    const items = drawItems(77, count, timeOf);
    const figures: Figure[] = [...changes(items)];
    for (const differing of DIFFERENCES) figures.push(...compared(items, differing, options));
    return [...figures, ...sketched(items)];
  },
};

interface Pair {
  readonly ours: readonly Item[];
  readonly theirs: readonly Item[];
}

/** Half of what differs is missing on either side, here and there. */
function pairOf(items: readonly Item[], differing: number): Pair {
  if (differing === 0) return { ours: items, theirs: items };
  const every = items.length / differing;
  const isApart = (n: number): boolean => Math.floor((n + 1) / every) > Math.floor(n / every);
  const isOurs = (n: number): boolean => Math.floor(n / every) % 2 === 0;
  return {
    ours: items.filter((_, n) => !isApart(n) || isOurs(n)),
    theirs: items.filter((_, n) => !isApart(n) || !isOurs(n)),
  };
}

interface Run {
  readonly bytes: number;
  readonly messages: number;
  readonly askingMs: number;
  readonly answeringMs: number;
}

function compared(items: readonly Item[], differing: number, options: BenchOptions): readonly Figure[] {
  const { ours, theirs } = pairOf(items, differing);
  const [asked, asking] = [setOf(theirs).snapshot(), setOf(ours).snapshot()];
  const runs = Array.from({ length: options.quick ? 3 : 7 }, () =>
    run(new Initiator({ primitives, snapshot: asking }), asked, differing),
  );
  const rival = differing <= RIVAL_DIFFERENCES_MAX ? rivalRun({ ours, theirs }, differing) : null;
  const what = `${items.length} items, ${differing} apart`;
  const told = (of: Run): string => `${of.messages} messages and as many answers`;
  options.note(`${what}: ${told(must(runs[0], 'a run'))}`);
  if (rival !== null) options.note(`${what}, nostr-tools: ${told(rival)}`);
  const figure = (name: string, unit: string, of: (run: Run) => number): Figure => ({
    name: `${what}, ${name}`,
    unit,
    value: median(runs.map(of)),
    spread: spread(runs.map(of)),
    cpuPerOp: null,
    rivals: rival === null ? {} : { 'nostr-tools asks us': of(rival) },
    rssMb: null,
  });
  return [
    figure('both ways', 'kB', ({ bytes }) => bytes / 1000),
    figure('CPU of who asks', 'ms', ({ askingMs }) => askingMs),
    figure('CPU of who is asked', 'ms', ({ answeringMs }) => answeringMs),
  ];
}

function run(asking: Asking, asked: Snapshot, differing: number): Run {
  const responder = new Responder({ primitives, snapshot: asked });
  const clocks = { asking: new Stopwatch(), answering: new Stopwatch() };
  const answering: Answering = {
    on: (message) => clocks.answering.time(() => responder.on(message)),
  };
  const outcome = reconcile(
    {
      start: () => clocks.asking.time(() => asking.start()),
      on: (answer) => clocks.asking.time(() => asking.on(answer)),
    },
    answering,
  );
  // It says one twice where its frame was full.
  if (new Set([...outcome.have, ...outcome.need]).size !== differing) throw new Error('not what differs');
  return {
    bytes: outcome.upBytes + outcome.downBytes,
    messages: outcome.messages,
    askingMs: clocks.asking.ms,
    answeringMs: clocks.answering.ms,
  };
}

/** CPU of the process, as everything here is done in one thread and in turn. */
class Stopwatch {
  ms = 0;

  time<T>(work: () => T): T {
    const before = process.cpuUsage();
    try {
      return work();
    } finally {
      const { user, system } = process.cpuUsage(before);
      this.ms += (user + system) / 1000;
    }
  }
}

function rivalRun({ ours, theirs }: Pair, differing: number): Run {
  const inSeconds = ({ time, id }: Item): Item => ({ time: Math.floor(time / 1000), id });
  const asked = setOf(theirs.map(inSeconds)).snapshot();
  const storage = new nip77.NegentropyStorageVector();
  for (const { time, id } of ours.map(inSeconds)) storage.insert(time, hex(id));
  storage.seal();
  const rival = new nip77.Negentropy(storage, reconcileFrameBytesMax);
  const bytes = (text: string): Uint8Array => must(fromHex(text), 'bytes');
  const asking: Asking = {
    start: () => bytes(rival.initiate()),
    on(answer) {
      const have: { readonly id: Uint8Array }[] = [];
      const need: Uint8Array[] = [];
      const next = rival.reconcile(
        hex(answer),
        (id) => have.push({ id: bytes(id) }),
        (id) => need.push(bytes(id)),
      );
      return { have, need, message: next === null ? null : bytes(next) };
    },
  };
  return run(asking, asked, differing);
}

/** The same hundred by sketches that are kept with the sets: what the beginning of one takes until it comes out. */
function sketched(items: readonly Item[]): readonly Figure[] {
  const { ours, theirs } = pairOf(items, SKETCHED);
  const [a, b] = [new Sketch(SKETCH_CELLS), new Sketch(SKETCH_CELLS)];
  const keeping = new Stopwatch();
  keeping.time(() => {
    for (const { id } of ours) a.insert(id);
  });
  for (const { id } of theirs) b.insert(id);
  const bytes = b.bytes();
  const decoding = new Stopwatch();
  const decoded = must(
    decoding.time(() => decodeSketch(a, bytes)),
    'it comes out',
  );
  if (decoded.have.length + decoded.need.length !== SKETCHED) throw new Error('not what differs');
  const what = `${items.length} items, ${SKETCHED} apart, by sketches`;
  return [
    one(`${what}, one way`, 'kB', (decoded.cells * sketchCellBytes) / 1000),
    one(`${what}, CPU of who decodes`, 'ms', decoding.ms),
    one(`an item in a sketch of ${SKETCH_CELLS} cells`, 'µs', (keeping.ms * 1000) / ours.length),
  ];
}

/** Of what is measured once. */
function one(name: string, unit: string, value: number): Figure {
  return { name, unit, value, spread: [value, value], cpuPerOp: null, rivals: {}, rssMb: null };
}

/** What comes at the newer end, what comes and goes anywhere, and what an item takes. */
function changes(items: readonly Item[]): readonly Figure[] {
  const set = new ItemSet();
  const watch = new Stopwatch();
  watch.time(() => {
    for (const item of items) set.insert(item);
  });
  const { bytes, size } = set.snapshot();
  const anywhere = new Stopwatch();
  const count = items.length / 50;
  anywhere.time(() => {
    for (let n = 0; n < count; n++) {
      const item = must(items[(Math.imul(n, 0x9e3779b1) >>> 0) % items.length], 'an item');
      set.remove(item);
      set.insert({ ...item, time: item.time + 1 });
    }
    set.snapshot();
  });
  return [
    one('memory of an item in a set', 'bytes', bytes / size),
    one('an item that comes at the newer end', 'µs', (watch.ms * 1000) / items.length),
    one('an item that comes or goes anywhere', 'µs', (anywhere.ms * 1000) / (2 * count)),
  ];
}
