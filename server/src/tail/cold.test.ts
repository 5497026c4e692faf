import { deepEqual, equal, rejects } from 'node:assert/strict';
import { test } from 'node:test';

import { coldApi } from 'copse/internal/api/cold.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { handle as asHandle } from 'copse/internal/base/ids.ts';
import type { LogState } from 'copse/internal/log/batch.ts';
import type { ColdChunk } from '../store/chunks.ts';
import type { ReadPage } from '../store/log-store.ts';
import { joined, world } from './testing/harness.ts';
import { MemoryLogs } from './testing/memory-logs.ts';

const NAME = 'ab'.repeat(32);

/** Logs whose entries before a position are in a blob that comes when the test lets it. */
class ColdLogs extends MemoryLogs {
  coldTo = 6;
  fault: Fault | null = null;
  #waiting: (() => void)[] = [];

  override read(log: LogState, from: number, bytesMax: number): ReadPage {
    if (from >= this.coldTo) return super.read(log, from, bytesMax);
    return {
      kind: 'cold',
      warm: () => new Promise<void>((resolve) => this.#waiting.push(resolve)).then(() => this.#fail()),
    };
  }

  #fail(): void {
    if (this.fault !== null) throw this.fault;
  }

  warm(): void {
    this.coldTo = 0;
    for (const go of this.#waiting.splice(0)) go();
  }

  override coldFrom(_log: LogState, from: number, countMax: number): readonly ColdChunk[] {
    const sha256 = new Uint8Array(32);
    const chunk = { count: 3, size: 900, stored: 500, codec: 2, sha256, blob: NAME };
    return [
      { ...chunk, first: 1 },
      { ...chunk, first: 4 },
    ]
      .filter(({ first }) => first + 3 > from)
      .slice(0, countMax);
  }
}

const ADDRESSES = { of: (name: string) => `/v1/blob/${name}?x` };

async function filled(options: { readonly addresses?: typeof ADDRESSES } = { addresses: ADDRESSES }) {
  const logs = new ColdLogs();
  const w = await world({ logs, ...options });
  const [writer, reader] = [await joined(w, 1), await joined(w, 2)];
  const open = await writer.open();
  for (let i = 0; i < 10; i++) writer.write(open);
  await w.settle();
  return { w, logs, writer, reader, open };
}

test('[B4] a page from a blob comes when it is there, and the calls behind it do not wait', async () => {
  const { w, logs, reader } = await filled();
  await using _ = w;
  const handle = await reader.open();
  const asked = reader.remote.read({ handle, from: 2, bytesMax: 1 << 16 });
  equal((await reader.remote.read({ handle, from: 7, bytesMax: 1 << 16 })).kind, 'page');
  logs.warm();
  const page = await asked;
  deepEqual([page.kind, page.kind === 'page' && page.at], ['page', 2]);
});

test('[B4, T3] attaching where it is cold answers a page that is not live, whatever comes meanwhile', async () => {
  const { w, logs, reader, writer, open } = await filled();
  await using _ = w;
  const handle = await reader.open();
  const asked = reader.remote.attach({ handle, from: 1, bytesMax: 1 << 16 });
  writer.write(open);
  await w.settle();
  logs.warm();
  const page = await asked;
  equal(page.kind === 'page' && page.live, false);
  writer.write(open);
  await w.settle();
  equal(reader.pushed.length, 0);
  const live = await reader.remote.attach({ handle, from: 11, bytesMax: 1 << 16 });
  equal(live.kind === 'page' && live.live, true);
  writer.write(open);
  await w.settle();
  equal(reader.pushed.length, 1);
});

test('[B4, T5] who loses the lease while a blob is fetched gets nothing of it; a blob store that fails is told', async () => {
  const { w, logs, reader } = await filled();
  await using _ = w;
  const handle = await reader.open();
  const asked = reader.remote.read({ handle, from: 2, bytesMax: 1 << 16 });
  await reader.remote.release({ handle });
  logs.warm();
  await rejects(asked, { code: 'unknown' });
  const again = await reader.open();
  logs.coldTo = 6;
  logs.fault = new Fault('corrupt', 'the blob');
  const failing = reader.remote.read({ handle: again, from: 2, bytesMax: 1 << 16 });
  await w.settle();
  logs.warm();
  await rejects(failing, { code: 'corrupt' });
});

test('[B5] where blobs are is told to who may read the log, and to nobody else', async () => {
  const { w, reader, writer } = await filled();
  await using _ = w;
  const handle = await reader.open();
  const cold = reader.dialed.facet(coldApi, {});
  const { runs } = await cold.find({ handle, from: 2, countMax: 5 });
  deepEqual(
    runs.map(({ at, count, url, size, bytes, codec, sha256 }) => [
      at,
      count,
      url,
      size,
      bytes,
      codec,
      hex(sha256),
    ]),
    [1, 4].map((at) => [at, 3, `/v1/blob/${NAME}?x`, 500, 900, 'gzip', NAME]),
  );
  equal((await cold.find({ handle, from: 5, countMax: 1 })).runs.length, 1);
  equal((await cold.find({ handle, from: 7, countMax: 5 })).runs.length, 0);
  equal((await cold.find({ handle, from: 1_000, countMax: 5 })).runs.length, 0);
  await rejects(cold.find({ handle, from: 0, countMax: 5 }), { code: 'malformed' });
  // A handle is good on its own connection, and as long as its lease.
  const others = writer.dialed.facet(coldApi, {});
  await rejects(others.find({ handle, from: 1, countMax: 5 }), { code: 'unknown' });
  await rejects(cold.find({ handle: asHandle(12_345), from: 1, countMax: 5 }), { code: 'unknown' });
  await reader.remote.release({ handle });
  await rejects(cold.find({ handle, from: 1, countMax: 5 }), { code: 'unknown' });
});

test('[B5] a tail without addresses sends nobody anywhere', async () => {
  const { w, reader } = await filled({});
  await using _ = w;
  const handle = await reader.open();
  const cold = reader.dialed.facet(coldApi, {});
  deepEqual(await cold.find({ handle, from: 1, countMax: 5 }), { runs: [] });
});
