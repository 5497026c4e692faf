/**
 * Which checksum an entry should carry: measures CRC-32 (own, Bun's, zlib's) against CRC-32C from a table,
 * on Bun and on the Node in PATH, for a small and a page-sized entry. `bun lab/bench/crc.ts` prints a line per
 * runtime, size and way; the decision is `docs/decisions/0005-entry-checksum.md`.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import { crc32 } from '../../core/src/base/crc32.ts';

interface Way {
  readonly name: string;
  readonly run: (bytes: Uint8Array) => number;
}

const SIZES = [200, 4096];
const ROUNDS = 7;
const ROUND_MS = 100;
/** Runs between two looks at the clock. */
const BATCH = 1000;

/** The Castagnoli polynomial, one byte a step: what a browser has without a library. */
const CASTAGNOLI = 0x82f63b78;
/** Check values of the two checksums over the text `123456789` (RFC 1952, RFC 3720). */
const CHECK_TEXT = new TextEncoder().encode('123456789');
const CHECK = { crc32: 0xcbf43926, crc32c: 0xe3069283 };

function castagnoliTables(): Uint32Array {
  const tables = new Uint32Array(8 * 256);
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let bit = 0; bit < 8; bit++) c = (c & 1) === 1 ? (c >>> 1) ^ CASTAGNOLI : c >>> 1;
    tables[n] = c >>> 0;
  }
  for (let n = 0; n < 256; n++) {
    for (let k = 1; k < 8; k++) {
      const before = tables[(k - 1) * 256 + n]!;
      tables[k * 256 + n] = (before >>> 8) ^ tables[before & 255]!;
    }
  }
  return tables;
}

const T = castagnoliTables();

/** CRC-32C, eight bytes a step like our CRC-32, so that only the polynomial differs. */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  let i = 0;
  for (; i + 8 <= bytes.length; i += 8) {
    const low = crc ^ (bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
    crc =
      T[1792 + (low & 255)]! ^
      T[1536 + ((low >>> 8) & 255)]! ^
      T[1280 + ((low >>> 16) & 255)]! ^
      T[1024 + (low >>> 24)]! ^
      T[768 + bytes[i + 4]!]! ^
      T[512 + bytes[i + 5]!]! ^
      T[256 + bytes[i + 6]!]! ^
      T[bytes[i + 7]!]!;
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ T[(crc ^ bytes[i]!) & 255]!;
  return (crc ^ 0xffffffff) >>> 0;
}

function ways(): readonly Way[] {
  const own: Way[] = [
    { name: 'CRC-32, core/src/base/crc32.ts', run: (bytes) => crc32(bytes) },
    { name: 'CRC-32C, tables, the same code', run: crc32c },
    { name: 'CRC-32, node:zlib', run: (bytes) => zlib.crc32(bytes) },
  ];
  if (typeof Bun === 'undefined') return own;
  return [...own, { name: 'CRC-32, Bun.hash.crc32', run: (bytes) => Bun.hash.crc32(bytes) }];
}

/** Nanoseconds per checksum: the median of some rounds, and how far apart the middle half of them is. */
function measure(way: Way, bytes: Uint8Array): { readonly ns: number; readonly spreadNs: number } {
  const rounds: number[] = [];
  let sink = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    const startMs = performance.now();
    let count = 0;
    let tookMs = 0;
    for (; tookMs < ROUND_MS; tookMs = performance.now() - startMs) {
      for (let i = 0; i < BATCH; i++) {
        bytes[i & 63] = i;
        sink ^= way.run(bytes);
      }
      count += BATCH;
    }
    // The first round warms the compiler.
    if (round > 0) rounds.push((tookMs * 1e6) / count);
  }
  if (sink === 0.5) throw new Error('never; keeps the loop from being removed');
  const sorted = rounds.toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.floor(part * (sorted.length - 1))] ?? 0;
  return { ns: at(0.5), spreadNs: at(0.75) - at(0.25) };
}

function measureHere(): void {
  const runtime = typeof Bun === 'undefined' ? `Node ${process.versions.node}` : `Bun ${Bun.version}`;
  for (const size of SIZES) {
    for (const way of ways()) {
      const expected = way.name.startsWith('CRC-32C') ? CHECK.crc32c : CHECK.crc32;
      if (way.run(CHECK_TEXT) !== expected) throw new Error(`${way.name} is wrong on ${runtime}`);
      const bytes = crypto.getRandomValues(new Uint8Array(size));
      const agrees = expected !== CHECK.crc32 || way.run(bytes) === crc32(bytes);
      if (!agrees) throw new Error(`${way.name} disagrees on ${size} B on ${runtime}`);
      const { ns, spreadNs } = measure(way, bytes);
      const perSecond = `${(1e3 / ns).toFixed(2)} M/s`;
      const gigabytes = `${(size / ns).toFixed(2)} GB/s`;
      const time = `${ns.toFixed(0)} ns ± ${spreadNs.toFixed(0)}`;
      console.log([runtime, `${size} B`, way.name, time, perSecond, gigabytes].join(' | '));
    }
  }
}

/** Bundles this file for the Node in PATH, which does not read TypeScript before version 22. */
async function measureOnNode(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'copse-crc-'));
  try {
    const built = await Bun.build({
      entrypoints: [import.meta.path],
      target: 'node',
      outdir: folder,
      naming: 'crc.mjs',
    });
    if (!built.success) throw new Error('the bundle for Node failed');
    const node = spawnSync('node', [join(folder, 'crc.mjs')], { stdio: ['ignore', 'inherit', 'inherit'] });
    if (node.status !== 0) throw new Error(`node ended with ${node.status}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

measureHere();
if (typeof Bun !== 'undefined') await measureOnNode();
