/** What the node signs, in what order, and what a crash or a full disk in between leaves (SPEC M7). */

import { deepEqual, equal, notEqual, ok, rejects } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hex } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { key } from 'copse/internal/base/ids.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { openCheckpoint } from 'copse/internal/transparency/checkpoint.ts';
import { Auditor } from 'copse/internal/transparency/audit.ts';
import { consistencyRanges, isConsistent } from 'copse/internal/crypto/merkle.ts';
import { MemoryTlogDisk, openMemoryTlog } from '../store/tlog-memory.ts';
import { openSqliteTlog } from '../store/tlog-sqlite.ts';
import type { Tlog } from '../store/tlog.ts';
import { NodeLog } from './node-log.ts';

const primitives = nativePrimitives();
const nodeSeed = new Uint8Array(32).fill(3);
const node = key(await primitives.ed25519PublicKey(nodeSeed));
const env = realEnv();
const open = (tlog: Tlog): Promise<NodeLog> => NodeLog.open({ tlog, primitives, env, nodeSeed, node });
const user = key(new Uint8Array(32).fill(8));
const claim = (log: NodeLog, name: string, by = user) =>
  log.add({ body: { kind: 'claim', user: by, namespace: 'n', name, number: 0 }, email: null });

async function assertGrown(log: NodeLog, before: string): Promise<void> {
  const old = await openCheckpoint(primitives, log.key, before);
  const now = await openCheckpoint(primitives, log.key, log.note.text);
  if (old.size === 0) return;
  const proof = await log.hashesOf(consistencyRanges(old.size, now.size));
  const claimed = { old: old.size, size: now.size, oldRoot: old.root, root: now.root, proof };
  ok(isConsistent(primitives, claimed), `${old.size} to ${now.size}`);
}

test('[M7] what comes together is one batch, and answered when its checkpoint stands', async () => {
  await using log = await open(openMemoryTlog(primitives));
  const before = log.note;
  equal(before.size, 0);
  const added = await Promise.all(['a', 'b', 'c'].map((name) => claim(log, name)));
  deepEqual(
    added.map((each) => each.kind === 'ok' && [each.index, each.number]),
    [
      [0, 1],
      [1, 2],
      [2, 3],
    ],
  );
  equal(log.note.size, 3);
  equal(log.figures().find(({ name }) => name === 'logBatchesTotal')?.value, '1');
  await assertGrown(log, before.text);
});

test('[M7] no checkpoint is signed over leaves that are not durable', async () => {
  const disk = new MemoryTlogDisk();
  await using log = await open(openMemoryTlog(primitives, disk));
  await claim(log, 'a');
  const { text } = log.note;
  disk.trouble = new Error('no room');
  await rejects(claim(log, 'b'), { code: 'internal' });
  equal(log.note.text, text);
  equal(log.tlog.size, 1);
  deepEqual((await claim(log, 'b')).kind, 'ok');
  await assertGrown(log, text);
});

test('[M7] leaves that a crash left without a checkpoint get one when the log opens', async () => {
  const disk = new MemoryTlogDisk();
  const first = await open(openMemoryTlog(primitives, disk));
  await claim(first, 'a');
  const { text } = first.note;
  // As if the process had died between the commit and the signature.
  const whole = new MemoryTlogDisk();
  const bare = openMemoryTlog(primitives, whole);
  const leaves = await first.tlog.leaves([0]);
  await bare.append(leaves.map((bytes) => ({ bytes, labels: [], claim: null })));
  await using second = await open(bare);
  equal(second.note.size, 1);
  equal(hex((await openCheckpoint(primitives, second.key, second.note.text)).root), hex(await first.root(1)));
  notEqual(text, '');
});

test('[M7] a store that has fewer leaves than were signed is refused', async () => {
  const disk = new MemoryTlogDisk();
  const log = await open(openMemoryTlog(primitives, disk));
  await claim(log, 'a');
  await claim(log, 'b');
  disk.leaves = disk.leaves.slice(0, 1);
  await rejects(open(openMemoryTlog(primitives, disk)), { code: 'corrupt' });
});

test('[M6] of many who want a name at once one gets it, and numbers have no hole', async () => {
  await using log = await open(openMemoryTlog(primitives));
  const wanting = Array.from({ length: 50 }, (_, n) => key(new Uint8Array(32).fill(n)));
  const answers = await Promise.all(
    wanting.flatMap((by, n) => [claim(log, 'gold', by), claim(log, `own${n}`, by)]),
  );
  const gold = answers.filter((_, i) => i % 2 === 0);
  deepEqual(gold.map(({ kind }) => kind).filter((kind) => kind === 'ok').length, 1);
  const numbers = answers.flatMap((each) => (each.kind === 'ok' ? [each.number] : []));
  deepEqual(
    numbers.toSorted((a, b) => a - b),
    Array.from({ length: 51 }, (_, n) => n + 1),
  );
  const again = await claim(log, 'gold', wanting[0]);
  deepEqual(again, { ...gold[0], ...again });
  const auditor = new Auditor(primitives, node);
  for (let index = 0; index < log.tlog.size; index++) {
    for (const leaf of await log.tlog.leaves([index])) await auditor.take(leaf);
  }
  deepEqual(auditor.findings, []);
  equal(hex(auditor.root()), hex(await log.root(51)));
});

const BUSY = fileURLToPath(new URL('../../../lab/suites/tlog-busy.ts', import.meta.url));
const LINES = [5, 12, 30];

async function killed(path: string, run: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [...process.execArgv, BUSY, path, String(run), hex(nodeSeed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let said = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => {
    said += text;
    if (said.split('\n').length > (LINES[run] ?? 0)) child.kill('SIGKILL');
  });
  await ended;
  equal(child.signalCode, 'SIGKILL', 'it did not end by itself');
  return said.split('\n').slice(0, -1);
}

test(
  '[M7] kill -9 at any moment: every checkpoint that was ever shown is a beginning of the log',
  { timeout: 60_000 },
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'copse-node-log-'));
    const path = join(directory, 'log.sqlite');
    const shown: string[] = [];
    for (const run of LINES.keys()) {
      shown.push(...(await killed(path, run)).map((line) => String(JSON.parse(line))));
      await using tlog = openSqliteTlog(path, primitives);
      await using log = await open(tlog);
      for (const note of shown) await assertGrown(log, note);
      const auditor = new Auditor(primitives, node);
      for (let index = 0; index < tlog.size; index++) {
        for (const leaf of await tlog.leaves([index])) await auditor.take(leaf);
      }
      deepEqual(auditor.findings, []);
      equal(hex(auditor.root()), hex((await openCheckpoint(primitives, log.key, log.note.text)).root));
    }
    rmSync(directory, { recursive: true });
  },
);
