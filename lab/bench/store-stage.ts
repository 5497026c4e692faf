/** What the benchmarks of the store stand on: entries on their way into a thousand logs, and a directory for them. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hex } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { logId, siteId } from 'copse/internal/base/ids.ts';
import type { Batch, LogState, Run } from 'copse/internal/log/batch.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { encodeEntry } from 'copse/internal/wire/entry.ts';
import { openLogStore } from '../../server/src/store/log-store-directory.ts';
import type { LogStore, LogStoreOptions } from '../../server/src/store/log-store.ts';

export const LOGS = 1000;
/** With its header an entry of 200 bytes. */
const PAYLOAD_BYTES = 175;
/** Encrypted payloads do not compress; neither do these: a window of a log's chunk comes once. */
const NOISE = realEnv().random(32 << 20);

/** The payload of the n-th entry. */
export type Payload = (n: number) => Uint8Array;

export const noise: Payload = (n) => {
  const at = (n * PAYLOAD_BYTES) % (NOISE.length - PAYLOAD_BYTES);
  return NOISE.subarray(at, at + PAYLOAD_BYTES);
};

/** Entries of one device per log, placed as a sequencer would, without the cost of one. */
export class Source {
  readonly #store: LogStore;
  readonly #payload: Payload;
  readonly logs: readonly LogState[];
  #next = 0;

  constructor(store: LogStore, payload: Payload = noise) {
    this.#store = store;
    this.#payload = payload;
    this.logs = Array.from({ length: LOGS }, (_, i) =>
      store.open(siteId(hex(id(i >> 4, 1))), logId(hex(id(i, 2)))),
    );
  }

  batch(count: number): Batch<unknown> {
    const runs = new Map<LogState, Run>();
    for (let i = 0; i < count; i++) {
      const log = this.logs[this.#next % LOGS]!;
      const entry = entryOf(log.tail, this.#payload(this.#next++));
      const run = runs.get(log);
      if (run === undefined)
        runs.set(log, { log, first: log.tail, count: 1, parts: [entry], declare: log.tail === 1 });
      else {
        run.count++;
        run.parts.push(entry);
      }
      log.tail++;
    }
    return {
      runs: [...runs.values()],
      settled: [],
      leads: [],
      snapshots: [],
      spoken: [],
      bytes: count * 200,
      count,
    };
  }

  async commit(batch: Batch<unknown>): Promise<void> {
    await this.#store.commit(batch);
    for (const run of batch.runs) run.log.durable = run.first + run.count;
  }
}

function id(i: number, kind: number): Uint8Array {
  return Uint8Array.of(kind, i >> 8, i & 255, ...new Uint8Array(13));
}

export function entryOf(seq: number, payload: Uint8Array): Uint8Array {
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
export async function inDirectory<T>(task: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'copse-bench-store-'));
  try {
    return await task(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export const open = (directory: string, limits: LogStoreOptions['limits'] = {}) =>
  openLogStore({ directory, env: realEnv(), primitives: nativePrimitives(), limits });

/** What has not left the journal stays there until it is asked to. */
export const UNCOMPACTED = { compactBytesMin: Infinity };

export interface Timed {
  readonly perSecond: number;
  readonly cpuPerOp: number;
}

export async function timed(count: number, task: () => Promise<void>): Promise<Timed> {
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  await task();
  const ms = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: (count / ms) * 1000, cpuPerOp: (user + system) / count };
}

export async function fill(store: LogStore, total: number, payload: Payload = noise): Promise<void> {
  const source = new Source(store, payload);
  for (let i = 0; i < total; i += 1000) await source.commit(source.batch(1000));
}
