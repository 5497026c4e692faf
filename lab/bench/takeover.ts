/**
 * Two tails that share a journal in PostgreSQL, as processes, with devices that append without pause: how long
 * nothing is acknowledged when the owner is killed or asked to end, and what an append costs beside a node that
 * keeps its journal in SQLite.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { MemoryKeep, type Log } from 'copse/internal/client/index.ts';
import { openCopse } from 'copse/internal/native/index.ts';
import { startHouse, type House, type TailChild } from '../e2e/support/house.ts';
import { startNode } from '../e2e/support/node.ts';
import { Crew } from '../e2e/support/writers.ts';
import { postgresMissing, startCluster } from '../suites/postgres-cluster.ts';
import { quantile, spread, type Bench, type Figure } from './figure.ts';

const DEVICES = 4;
const BATCH = 200;

export const takeoverBench: Bench = {
  name: 'takeover',
  async run(options) {
    const { quick } = options;
    const missing = postgresMissing();
    if (missing !== null) throw new Error(missing);
    const folder = mkdtempSync(join(tmpdir(), 'copse-bench-'));
    try {
      await using cluster = await startCluster();
      await using house = await startHouse(folder, await cluster.database(), ['oak', 'elm']);
      await house.owner();
      await using crew = await Crew.open(folder, house.auth.setup, DEVICES);
      crew.begin();
      const killed = await kills(house, crew, quick ? 5 : 24);
      options.note('kills');
      const given = await handOvers(house, crew, quick ? 3 : 12);
      await crew.stop();
      await crew.check();
      options.note(`${crew.acknowledged.size} entries acknowledged, each there once`);
      const rates = await throughput(folder, house, quick ? 2_000 : 20_000);
      return [
        figure('owner killed until an entry is acknowledged elsewhere, p50', killed.first, 0.5),
        figure('the same, p99', killed.first, 0.99),
        figure('the same, longest', killed.first, 1),
        figure('until every device has one acknowledged, p50', killed.every, 0.5),
        figure('the same, p99', killed.every, 0.99),
        figure('owner asked to end until an entry is acknowledged elsewhere, p50', given, 0.5),
        figure('the same, longest', given, 1),
        rates,
      ];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

function figure(name: string, ms: readonly number[], q: number): Figure {
  const common = { cpuPerOp: null, rivals: {}, rssMb: null };
  return { name, unit: 'ms', value: quantile(ms, q), spread: spread(ms), ...common };
}

interface Kills {
  readonly first: number[];
  readonly every: number[];
}

async function kills(house: House, crew: Crew, count: number): Promise<Kills> {
  const found: Kills = { first: [], every: [] };
  for (let n = 0; n < count; n++) {
    const owner = await ready(house, crew);
    const beganMs = performance.now();
    await owner.kill();
    const every = crew.nextOfEach();
    await crew.next();
    found.first.push(performance.now() - beganMs);
    await every;
    found.every.push(performance.now() - beganMs);
    await owner.start();
  }
  return found;
}

async function handOvers(house: House, crew: Crew, count: number): Promise<number[]> {
  const found: number[] = [];
  for (let n = 0; n < count; n++) {
    const owner = await ready(house, crew);
    const beganMs = performance.now();
    const ended = owner.stop();
    // Until its goodbye is over it still acknowledges what it has accepted.
    await otherServes(house, owner);
    await crew.next();
    found.push(performance.now() - beganMs);
    await ended;
    await owner.start();
  }
  return found;
}

/** Both are there, everybody writes, and it is no particular moment of a beat. */
async function ready(house: House, crew: Crew): Promise<TailChild> {
  await crew.nextOfEach();
  await pause(600 + Math.random() * 400);
  return house.owner();
}

async function otherServes(house: House, owner: TailChild): Promise<void> {
  for (;;) {
    for (const tail of house.tails) {
      if (tail !== owner && (await tail.figure('shard_serving').catch(() => 0)) === 1) return;
    }
    await pause(5);
  }
}

/** Appends of one device, as many at once as it may have, to this house and to a node on SQLite in turns. */
async function throughput(folder: string, house: House, count: number): Promise<Figure> {
  await using node = await startNode(join(folder, 'alone'), ['--log-level', 'warn']);
  await using here = await writer(house.auth.url);
  await using there = await writer(node.url);
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < 5; round++) {
    ours.push(await rate(here.log, count / 5));
    theirs.push(await rate(there.log, count / 5));
  }
  return {
    name: 'appends of one device, journal in PostgreSQL',
    unit: 'entries/s',
    value: quantile(ours, 0.5),
    spread: spread(ours),
    cpuPerOp: null,
    rivals: { 'the same on a node with SQLite': quantile(theirs, 0.5) },
    rssMb: null,
  };
}

async function writer(url: string): Promise<{ readonly log: Log } & AsyncDisposable> {
  const copse = await openCopse(url, { keep: new MemoryKeep(), name: 'Dora' });
  const site = await copse.found({ title: 'Orchard', logs: ['fast'] });
  return { log: site.log('fast'), [Symbol.asyncDispose]: () => copse[Symbol.asyncDispose]() };
}

async function rate(log: Log, count: number): Promise<number> {
  const beganMs = performance.now();
  for (let n = 0; n < count; n += BATCH) {
    await Promise.all(Array.from({ length: BATCH }, () => log.append('words')));
  }
  return (1_000 * count) / (performance.now() - beganMs);
}
