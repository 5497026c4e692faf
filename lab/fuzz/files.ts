/**
 * Decoders of files and rows: settings, editing traces, a device's keep, rows of the chunk store. Each
 * input is a file in a directory of its own below the system's for scratch files.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { must } from 'copse/internal/base/assert.ts';
import { base64url, concat, hex, utf8 } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { logId, siteId } from 'copse/internal/base/ids.ts';
import { MemoryKeep } from 'copse/internal/client/keep.ts';
import { Queue } from 'copse/internal/client/queue.ts';
import { keySealer } from 'copse/internal/client/sealer.ts';
import { WriterState } from 'copse/internal/log/writer-table.ts';
import { FileKeep } from 'copse/internal/native/file-keep.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { readTrace } from '../../server/src/cli/replay/trace.ts';
import { loadSettings } from '../../server/src/node/load-settings.ts';
import { readSeed } from '../../server/src/node/node-key.ts';
import { readManifest } from '../../server/src/store/backup-manifest.ts';
import { pack, packWriter, unpack, unpackWriter } from '../../server/src/store/chunks-rows.ts';
import { Chance } from '../sim/chance.ts';
import type { Decoder } from './fuzz.ts';

const primitives = nativePrimitives();

/** Runs `use` on a directory that holds one file, and removes it. */
async function withFile<T>(
  name: string,
  bytes: Uint8Array,
  use: (directory: string) => T,
): Promise<Awaited<T>> {
  const directory = mkdtempSync(join(tmpdir(), 'copse-fuzz-'));
  try {
    writeFileSync(join(directory, name), bytes);
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const TRACE = { startContent: 'a', endContent: 'ab', txns: [{ patches: [[1, 0, 'b']] }] };
const SETTINGS = 'host = "127.0.0.1"\nport = 7070\nsignup = "open"\nproxied = false\n';

const MANIFEST = {
  format: 1,
  version: '0.1.0',
  createdMs: 1_800_000_000_000,
  files: [{ path: 'tail/journal.sqlite', bytes: 4096, sha256: 'ab'.repeat(32) }],
};

const PLACE = { site: siteId('51'.repeat(16)), log: logId('ab'.repeat(16)) };
const QUEUE_ROW = `queue/${PLACE.site}/${PLACE.log}/00000001/00000000000001`;

/** What a queue writes for an entry that waits. */
async function queueRow(chance: Chance): Promise<Uint8Array> {
  const keep = new MemoryKeep();
  const queue = await Queue.load(keep);
  const bytes = chance.bytes(chance.between(20, 60));
  await queue.put(PLACE, { id: hex(chance.bytes(8)), from: 1, foreign: false, epoch: 1, seq: 1, bytes });
  return must(await keep.get(QUEUE_ROW), 'the queue has written its row');
}

const sealer = keySealer(primitives, realEnv(), new Uint8Array(32));

/** Made once for each number, because a keep syncs. */
const keepFiles = new Map<number, Promise<Uint8Array>>();

function keepFile(chance: Chance): Promise<Uint8Array> {
  const number = chance.between(1, 3);
  const known = keepFiles.get(number) ?? makeKeepFile(new Chance(number));
  keepFiles.set(number, known);
  return known;
}

function makeKeepFile(chance: Chance): Promise<Uint8Array> {
  return withFile('nothing', new Uint8Array(0), async (directory) => {
    const keep = await FileKeep.open({ directory, sealer });
    await keep.write([{ name: 'queue/1', value: chance.bytes(20) }]);
    await keep.write([
      { name: 'user/secret', value: chance.bytes(32), secret: true },
      { name: 'queue/1', value: null },
    ]);
    await keep[Symbol.asyncDispose]();
    return new Uint8Array(await Bun.file(join(directory, 'keep')).arrayBuffer());
  });
}

function writerRow(chance: Chance): Uint8Array {
  const state = new WriterState(chance.between(1, 9));
  state.extend(1, 5, 3);
  state.extend(4, 20, chance.between(1, 200));
  return packWriter({ floor: 0, states: [state] });
}

function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return new Uint8Array(bytes);
}

export const FILE_DECODERS: readonly Decoder[] = [
  {
    name: 'copse.toml',
    codes: ['config'],
    sample: () => utf8(SETTINGS),
    decode: (bytes) => withFile('copse.toml', bytes, (data) => loadSettings({ data }, {})),
  },
  {
    name: 'editing trace',
    codes: ['usage'],
    sample: (chance) => {
      const text = new Uint8Array(utf8(JSON.stringify(TRACE)));
      return chance.often(0.5) ? text : Bun.gzipSync(text);
    },
    decode: (bytes) => withFile('trace', bytes, (directory) => readTrace(join(directory, 'trace'))),
  },
  {
    name: 'keep of a device',
    codes: ['corrupt', 'forbidden'],
    sample: keepFile,
    decode: (bytes) =>
      withFile('keep', bytes, async (directory) => {
        const keep = await FileKeep.open({ directory, sealer });
        await keep[Symbol.asyncDispose]();
      }),
  },
  {
    name: 'manifest of a backup',
    codes: ['corrupt', 'newer'],
    sample: () => utf8(JSON.stringify(MANIFEST)),
    decode: (bytes) => withFile('manifest', bytes, (directory) => readManifest(join(directory, 'manifest'))),
  },
  {
    name: 'key of a node',
    codes: ['corrupt'],
    sample: (chance) => utf8(base64url(chance.bytes(32))),
    decode: (bytes) => withFile('node.key', bytes, (directory) => readSeed(join(directory, 'node.key'))),
  },
  {
    name: 'row of the queue',
    sample: (chance) => queueRow(chance),
    async decode(bytes) {
      const keep = new MemoryKeep();
      await keep.write([{ name: QUEUE_ROW, value: bytes }]);
      await Queue.load(keep);
    },
  },
  { name: 'row of a writer', sample: writerRow, decode: unpackWriter },
  {
    name: 'row of a chunk',
    codes: ['newer'],
    sample: (chance) => {
      const entries = chance.often(0.5) ? new Uint8Array(300) : chance.bytes(40);
      const { codec, crc, data } = pack(primitives, entries);
      return concat(Uint8Array.of(codec), uint32(crc), data);
    },
    decode(bytes) {
      const [codec = 0, ...crc] = bytes.subarray(0, 5);
      const data = bytes.slice(5);
      unpack({ codec, crc: Buffer.from(crc.concat(0, 0, 0, 0)).readUInt32LE(), data });
    },
  },
];
