/**
 * Files over HTTP, one client on the same machine: a film of 64 MiB uploaded by chunks and by tus, each chunk durable
 * when it is answered, and downloaded whole. Beside it a plain `Bun.serve` that writes a body to a file and syncs it
 * once at the end and gives it out again, and `@tus/server` with its file store, which does not sync at all.
 */

import { open } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { FileStore as TusFiles } from '@tus/file-store';
import { Server as TusServer } from '@tus/server';
import { MemoryKeep, openCopse } from 'copse';
import { must } from 'copse/internal/base/assert.ts';
import { once } from 'node:events';
import { scratch } from '../e2e/support/garden.ts';
import { startNode } from '../e2e/support/node.ts';
import { median, spread, type Bench, type Figure } from './figure.ts';
import { cpuSecondsOf } from './rivals/process.ts';
import { noise } from './store-stage.ts';

const MIB = 1 << 20;
const TUS = { 'tus-resumable': '1.0.0' };

interface Place {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export const filesBench: Bench = {
  name: 'files',
  async run(options) {
    const { quick } = options;
    const [runs, size] = quick ? [3, 16 * MIB] : [5, 64 * MIB];
    await using folder = await scratch();
    const flags = ['--file-bytes-per-user', String(1e12), '--log-level', 'error'];
    await using node = await startNode(join(folder.path, 'data'), flags);
    await using copse = await openCopse(node.setup, { keep: new MemoryKeep(), name: 'Ada' });
    const files = await copse.files();
    using plain = plainServer(join(folder.path, 'plain'));
    await using rival = await tusServer(join(folder.path, 'tus'));
    const timed = {
      chunks: [] as number[],
      tus: [] as number[],
      down: [] as number[],
      plainUp: [] as number[],
      plainDown: [] as number[],
      tusUp: [] as number[],
    };
    const cpu = new NodeCpu(node, ((runs + 1) * size) / 1e6);
    for (let run = 0; run <= runs; run++) {
      const film = filmOf(size, run);
      const of = (list: number[], rate: number): void => void (run > 0 && list.push(rate));
      let address = '';
      of(
        timed.chunks,
        await cpu.of('chunks', () =>
          rateOf(size, async () => void ({ address } = await files.upload(new Blob([film])))),
        ),
      );
      of(timed.down, await cpu.of('down', () => rateOf(size, () => drained(files.url(address)))));
      await files.drop(address);
      of(
        timed.tus,
        await cpu.of('tus', () => rateOf(size, async () => void (await files.upload(pieces(film))))),
      );
      await files.drop(address);
      of(
        timed.plainUp,
        await rateOf(size, async () => void (await fetch(plain.url, { method: 'PUT', body: film }))),
      );
      of(timed.plainDown, await rateOf(size, () => drained(plain.url)));
      of(timed.tusUp, await rateOf(size, () => tusUpload(rival, film)));
      options.note(`files: run ${run} of ${runs}`);
    }
    const rivals = {
      'Bun.serve, one file, one sync': median(timed.plainUp),
      '@tus/server, no sync': median(timed.tusUp),
    };
    return [
      figure('upload by chunks, each durable', timed.chunks, { cpuPerOp: cpu.us('chunks'), rivals }),
      figure('upload of a stream by tus, each MiB durable', timed.tus, { cpuPerOp: cpu.us('tus'), rivals }),
      figure('download, each chunk checked', timed.down, {
        cpuPerOp: cpu.us('down'),
        rivals: { 'Bun.serve, one file': median(timed.plainDown) },
      }),
    ];
  },
};

/** What a node uses of the processor for several things, in microseconds per megabyte. */
class NodeCpu {
  readonly #node: { readonly pid: number };
  readonly #megabytes: number;
  readonly #secondsByName = new Map<string, number>();

  constructor(node: { readonly pid: number }, megabytes: number) {
    this.#node = node;
    this.#megabytes = megabytes;
  }

  async of<T>(name: string, task: () => Promise<T>): Promise<T> {
    const before = cpuSecondsOf(this.#node.pid);
    const done = await task();
    const used = cpuSecondsOf(this.#node.pid) - before;
    this.#secondsByName.set(name, (this.#secondsByName.get(name) ?? 0) + used);
    return done;
  }

  us(name: string): number {
    return ((this.#secondsByName.get(name) ?? 0) * 1e6) / this.#megabytes;
  }
}

/** CPU is that of the node per megabyte. */
function figure(name: string, values: readonly number[], of: Pick<Figure, 'cpuPerOp' | 'rivals'>): Figure {
  return { name, unit: 'MB/s', value: median(values), spread: spread(values), rssMb: null, ...of };
}

/** That no chunk is there twice. */
function filmOf(size: number, run: number): Uint8Array<ArrayBuffer> {
  const film = new Uint8Array(size);
  const piece = noise(run);
  for (let at = 0; at < size; at += 4096) {
    film.set(piece.subarray(0, Math.min(piece.length, 4000)), at);
    new DataView(film.buffer).setUint32(at, at + run);
  }
  return film;
}

async function* pieces(film: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < film.length; at += MIB) yield film.subarray(at, at + MIB);
}

/** Megabytes a second. */
async function rateOf(size: number, task: () => Promise<void>): Promise<number> {
  const beganMs = performance.now();
  await task();
  return size / 1000 / (performance.now() - beganMs);
}

async function drained(url: string): Promise<void> {
  const answer = await fetch(url);
  await answer.bytes();
}

function plainServer(path: string): { readonly url: string } & Disposable {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    maxRequestBodySize: 2 ** 30,
    async fetch(request) {
      if (request.method === 'GET') return new Response(Bun.file(path));
      const file = await open(path, 'w');
      for await (const part of request.body ?? []) await file.write(part);
      await file.sync();
      await file.close();
      return new Response(null, { status: 204 });
    },
  });
  return { url: `http://127.0.0.1:${server.port}/`, [Symbol.dispose]: () => void server.stop(true) };
}

async function tusServer(directory: string): Promise<Place & AsyncDisposable> {
  const tus = new TusServer({ path: '/up', datastore: new TusFiles({ directory }) });
  const server = createServer((request, response) => void tus.handle(request, response)).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/up`,
    headers: {},
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function tusUpload({ url, headers }: Place, film: Uint8Array<ArrayBuffer>): Promise<void> {
  const begun = await fetch(url, {
    method: 'POST',
    headers: { ...TUS, ...headers, 'upload-length': String(film.length) },
  });
  const place = new URL(must(begun.headers.get('location'), 'a place'), url);
  place.host = new URL(url).host;
  const type = { 'content-type': 'application/offset+octet-stream', 'upload-offset': '0' };
  const answer = await fetch(place, {
    method: 'PATCH',
    headers: { ...TUS, ...headers, ...type },
    body: film,
  });
  if (answer.status !== 204) throw new Error(`@tus/server answers ${answer.status}`);
}
