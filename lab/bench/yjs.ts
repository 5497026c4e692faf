/**
 * A document of 260,000 edits (the trace `automerge-paper`) and one that two people type in, on a real node: how long
 * until it is open, from its entries, from a snapshot and from what the device has kept, and until what one types is
 * at the other. Beside Hocuspocus and y-websocket, which hold the document merged and in clear.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CopseProvider, documentCodec } from 'copse-yjs';
import { must } from 'copse/internal/base/assert.ts';
import { MemoryKeep, type Copse, type Log } from 'copse/internal/client/index.ts';
import { openCopse } from 'copse/internal/native/index.ts';
import { applyUpdate, Doc } from 'yjs';
import { readTrace, type Trace } from '../../server/src/cli/replay/trace.ts';
import { startNode, type NodeChild } from '../e2e/support/node.ts';
import { tracePath } from '../suites/yjs-trace.ts';
import { median, quantile, spread, type Bench, type BenchOptions, type Figure } from './figure.ts';
import { hocuspocus, yWebsocket, type RivalServer } from './rivals/documents.ts';

const QUICK_EDITS = 30_000;
/** Entries on their way while the document is written: below what a connection may have in flight. */
const APPENDS = 200;
const SNAPSHOT_MS = 60_000;
const WHOLE = 1;

export const yjsBench: Bench = {
  name: 'yjs',
  async run(options) {
    const servers: RivalServer[] = [];
    for (const begin of [hocuspocus, yWebsocket]) {
      try {
        servers.push(await begin());
      } catch (thrown) {
        options.note(`a rival did not run: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
      }
    }
    const directory = mkdtempSync(join(tmpdir(), 'copse-bench-'));
    try {
      await using node = await startNode(join(directory, 'data'), ['--log-level', 'warn']);
      const scene: Scene = { node, servers, options };
      return [...(await opening(scene)), ...(await typing(scene))];
    } finally {
      for (const server of servers) await server[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

interface Scene {
  readonly node: NodeChild;
  readonly servers: readonly RivalServer[];
  readonly options: BenchOptions;
}

interface Edits {
  readonly updates: readonly Uint8Array[];
  readonly text: string;
}

/** The change of each edit, as a page makes it. */
function editsOf({ start, transactions }: Trace, count: number): Edits {
  const doc = new Doc();
  const text = doc.getText('text');
  const updates: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) => updates.push(update));
  text.insert(0, start);
  for (const patches of transactions.slice(0, count)) {
    doc.transact(() => {
      for (const [at, removed, inserted] of patches) {
        if (removed > 0) text.delete(at, removed);
        if (inserted !== '') text.insert(at, inserted);
      }
    });
  }
  return { updates, text: text.toJSON() };
}

function figure(name: string, ms: readonly number[], rivals: Readonly<Record<string, number>> = {}): Figure {
  return { name, unit: 'ms', value: median(ms), spread: spread(ms), cpuPerOp: null, rivals, rssMb: null };
}

/** With CPU microseconds per opening. */
function openingFigure(
  name: string,
  openings: readonly Opening[],
  rivals: Readonly<Record<string, number>> = {},
): Figure {
  const measured = figure(
    name,
    openings.map(({ ms }) => ms),
    rivals,
  );
  return { ...measured, cpuPerOp: 1000 * median(openings.map(({ cpuMs }) => cpuMs)) };
}

function documentIn(copse: Copse): Log<Uint8Array> {
  return must(copse.sites.get()[0], 'she is in the site').log('documents/paper', { codec: documentCodec });
}

async function opening({ node, options, servers }: Scene): Promise<readonly Figure[]> {
  const count = options.quick ? QUICK_EDITS : Number.POSITIVE_INFINITY;
  const edits = editsOf(readTrace(tracePath('automerge-paper')), count);
  await using ada = await openCopse(node.setup, { keep: new MemoryKeep(), name: 'Ada' });
  const site = await ada.found({ title: 'Library' });
  const log = documentIn(ada);
  const beganMs = performance.now();
  await write(log, edits.updates);
  const perSecond = Math.round((1000 * edits.updates.length) / (performance.now() - beganMs));
  options.note(`${edits.updates.length} edits, an entry each, ${perSecond}/s`);
  const newcomer = async (): Promise<Copse> => {
    const link = await site.invite();
    const copse = await openCopse(link, { keep: new MemoryKeep(), name: 'Reader' });
    await copse.join(link);
    return copse;
  };
  const runs = options.quick ? 2 : 5;
  const fromEntries: Opening[] = [];
  for (let run = 0; run < runs; run++) {
    await using copse = await newcomer();
    fromEntries.push(await opened(documentIn(copse), edits.text));
  }
  await snapshot(log, options);
  const fromSnapshot: Opening[] = [];
  const fromKept: Opening[] = [];
  for (let run = 0; run < 2 * runs; run++) {
    await using copse = await newcomer();
    fromSnapshot.push(await opened(documentIn(copse), edits.text));
    fromKept.push(await opened(documentIn(copse), edits.text));
  }
  const rivals = await rivalOpenings(servers, edits, 2 * runs);
  return [
    openingFigure('open, an entry per edit, no snapshot', fromEntries),
    openingFigure('open from a snapshot', fromSnapshot, rivals),
    openingFigure('open again on the same device', fromKept),
  ];
}

async function write(log: Log<Uint8Array>, updates: readonly Uint8Array[]): Promise<void> {
  const flying = new Set<Promise<unknown>>();
  for (const update of updates) {
    const value = new Uint8Array(1 + update.length);
    value[0] = WHOLE;
    value.set(update, 1);
    const append: Promise<unknown> = log.append(value).finally(() => flying.delete(append));
    flying.add(append);
    if (flying.size >= APPENDS) await Promise.race(flying);
  }
  await Promise.all(flying);
}

interface Opening {
  readonly ms: number;
  /** Of this process, which holds the reader alone: on a busy machine the truer one. */
  readonly cpuMs: number;
}

/** What it takes until the document is whole and the node has nothing more; it is let go again afterwards. */
async function opened(log: Log<Uint8Array>, text: string): Promise<Opening> {
  const doc = new Doc();
  const before = process.cpuUsage();
  const beganMs = performance.now();
  const provider = new CopseProvider(log, doc, { awareness: null, snapshots: false });
  await new Promise<void>((resolve) => provider.on('sync', (isSynced) => isSynced && resolve()));
  const ms = performance.now() - beganMs;
  const { system, user } = process.cpuUsage(before);
  if (doc.getText('text').toJSON() !== text) throw new Error('the document is another one');
  await provider.close();
  doc.destroy();
  return { ms, cpuMs: (system + user) / 1000 };
}

/** Folds the log until a snapshot stands in it. */
async function snapshot(log: Log<Uint8Array>, options: BenchOptions): Promise<void> {
  const { tail } = await log.read({ last: 1 });
  const doc = new Doc();
  const provider = new CopseProvider(log, doc, { awareness: null });
  await provider.ready;
  const endMs = performance.now() + SNAPSHOT_MS;
  let parts = 0;
  while (parts === 0 && performance.now() < endMs) {
    await Bun.sleep(500);
    parts = (await log.read({ last: 1 })).tail - tail;
  }
  await Bun.sleep(1_000);
  await provider.close();
  doc.destroy();
  if (parts === 0) throw new Error('there is no snapshot');
  options.note(`the snapshot is ${parts} entries`);
}

/** A server holds the document because somebody has it open, as while people work on it. */
async function rivalOpenings(
  servers: readonly RivalServer[],
  edits: Edits,
  runs: number,
): Promise<Readonly<Record<string, number>>> {
  const rivals: Record<string, number> = {};
  for (const server of servers) {
    const source = new Doc();
    source.transact(() => {
      for (const update of edits.updates) applyUpdate(source, update);
    });
    const writer = server.open(source, 'paper');
    await writer.synced;
    await Bun.sleep(500);
    const times: number[] = [];
    for (let run = 0; run < runs; run++) {
      const doc = new Doc();
      const beganMs = performance.now();
      const reader = server.open(doc, 'paper');
      await reader.synced;
      times.push(performance.now() - beganMs);
      if (doc.getText('text').toJSON() !== edits.text) throw new Error(`${server.name} has another document`);
      reader.close();
    }
    writer.close();
    rivals[server.name] = median(times);
  }
  return rivals;
}

interface Pair {
  readonly from: Doc;
  readonly to: Doc;
  close(): void;
}

async function typing({ node, options, servers }: Scene): Promise<readonly Figure[]> {
  const keys = options.quick ? 100 : 500;
  await using ada = await openCopse(node.url, { keep: new MemoryKeep(), name: 'Ada' });
  const site = await ada.found({ title: 'Desk' });
  const link = await site.invite();
  await using ben = await openCopse(link, { keep: new MemoryKeep(), name: 'Ben' });
  await ben.join(link);
  const ours = await typed(await pairOn(documentIn(ada), documentIn(ben)), keys);
  const rivals: Record<string, readonly number[]> = {};
  for (const server of servers) {
    const [from, to] = [new Doc(), new Doc()];
    const [writer, reader] = [server.open(from, 'desk'), server.open(to, 'desk')];
    await Promise.all([writer.synced, reader.synced]);
    const close = (): void => [writer, reader].forEach((each) => each.close());
    rivals[server.name] = await typed({ from, to, close }, keys);
  }
  const at = (q: number): Record<string, number> =>
    Object.fromEntries(Object.entries(rivals).map(([name, ms]) => [name, quantile(ms, q)]));
  const row = (name: string, q: number): Figure => ({
    ...figure(name, ours, at(q)),
    value: quantile(ours, q),
  });
  return [row('a key until it is at the other, p50', 0.5), row('the same, p99', 0.99)];
}

async function pairOn(adas: Log<Uint8Array>, bens: Log<Uint8Array>): Promise<Pair> {
  const [from, to] = [new Doc(), new Doc()];
  const providers = [new CopseProvider(adas, from), new CopseProvider(bens, to)];
  await Promise.all(providers.map(({ ready }) => ready));
  return { from, to, close: () => providers.forEach((provider) => provider.destroy()) };
}

/** One key after the other, at the pace of a fast typist. */
async function typed(pair: Pair, keys: number): Promise<readonly number[]> {
  const { from, to } = pair;
  const ms: number[] = [];
  for (let key = 0; key < keys; key++) {
    const arrived = new Promise<void>((resolve) => to.once('update', () => resolve()));
    const beganMs = performance.now();
    from.getText('text').insert(key, 'x');
    await arrived;
    ms.push(performance.now() - beganMs);
    await Bun.sleep(20);
  }
  pair.close();
  return ms;
}
