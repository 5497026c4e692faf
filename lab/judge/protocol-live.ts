/**
 * A fresh node as a process of its own, spoken to in Python from the first link on; then the client of this
 * repository opens as the user that Python made and reads what Python wrote, and Python what it writes.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryKeep, openCopse } from 'copse';
import { must } from 'copse/internal/base/assert.ts';
import { siteId } from 'copse/internal/base/ids.ts';
import { unhex } from '../vectors/read.ts';
import { ask } from './protocol-python.ts';
import { program } from './published.ts';

export interface LiveReport {
  readonly passed: number;
  readonly failures: readonly string[];
}

interface Spoken extends LiveReport {
  readonly secret: string;
  readonly site: string;
}

interface Started {
  readonly url: string;
  readonly setup: string;
  readonly nodeKey: string;
}

const START_MS = 15_000;
const READ_MS = 10_000;
const FROM_PYTHON = { text: 'hello from Python' };
const FROM_HERE = { text: 'hello from TypeScript' };

export async function judgeLive(python: string, vectors: string): Promise<LiveReport> {
  const data = mkdtempSync(join(tmpdir(), 'copse-judge-protocol-'));
  const node = Bun.spawn([...program, 'serve', '--data', data, '--port', '0', '--json'], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'ignore',
  });
  try {
    const started = await firstLine(node.stdout);
    const spoken = ask(python, ['live', vectors], started.setup) as Spoken;
    const failures = [...spoken.failures, ...(await meet(python, vectors, started, spoken))];
    return { passed: spoken.passed + MEETINGS + spoken.failures.length - failures.length, failures };
  } finally {
    node.kill('SIGTERM');
    await node.exited;
    rmSync(data, { recursive: true });
  }
}

/** What `serve --json` says when it listens. */
async function firstLine(stdout: ReadableStream<Uint8Array>): Promise<Started> {
  const decoder = new TextDecoder();
  let text = '';
  const timeout = AbortSignal.timeout(START_MS);
  for await (const chunk of stdout) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes('\n')) break;
    timeout.throwIfAborted();
  }
  const started: Started = JSON.parse(text);
  return started;
}

/** Facts that `meet` looks at. */
const MEETINGS = 2;

/** What is wrong between the two clients. */
async function meet(
  python: string,
  vectors: string,
  { url, setup }: Started,
  { secret, site }: Spoken,
): Promise<readonly string[]> {
  const failures: string[] = [];
  await using copse = await openCopse(url, { secret: unhex(secret), keep: new MemoryKeep() });
  const found = copse.sites.get().find(({ id }) => id === siteId(site));
  const log = must(found, "Python's site").log('chat');
  const values: unknown[] = [];
  for await (const entry of log.entries({ signal: AbortSignal.timeout(READ_MS) })) {
    values.push(entry.value);
    if (Bun.deepEquals(entry.value, FROM_PYTHON)) break;
  }
  if (!Bun.deepEquals(values.at(-1), FROM_PYTHON)) failures.push(`read here: ${JSON.stringify(values)}`);
  await log.append(FROM_HERE);
  const there = ask(python, ['read', vectors], { setup, secret, site });
  if (!Array.isArray(there) || !Bun.deepEquals(there.at(-1), FROM_HERE)) {
    failures.push(`read there: ${JSON.stringify(there)}`);
  }
  return failures;
}
