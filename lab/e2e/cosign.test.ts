/**
 * Two real nodes, of which one watches the log of the other: through a kill of the witness in the middle, and until
 * the watched one is set back to an older state of its data.
 */

import { equal, match, notEqual, ok } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { MemoryKeep, openCopse, type Copse } from 'copse';
import { scratch } from './support/garden.ts';
import { startNode, type NodeChild } from './support/node.ts';

const WAIT_MS = 20_000;
const MAIN = join(import.meta.dirname, '../../server/src/cli/main.ts');

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + WAIT_MS;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error('it did not come');
    await pause(50);
  }
}

/** Of how many leaves the newest cosigned checkpoint is, or -1. */
async function witnessed({ url }: NodeChild): Promise<number> {
  const answer = await fetch(`${url}/log/witnessed`);
  const [, size = '-1'] = (await answer.text()).split('\n');
  return answer.ok ? Number(size) : -1;
}

async function metric({ url }: NodeChild, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^copse_${name} (\\d+)$`, 'mu').exec(text)?.[1] ?? Number.NaN);
}

interface Said {
  readonly exit: number | null;
  readonly text: string;
}

function doctor(data: string, watched: string): Said {
  const words = ['doctor', '--json', '--data', data, '--cosign', watched, '--port', '0'];
  const { status, stdout } = spawnSync(process.execPath, [MAIN, ...words], { encoding: 'utf8' });
  return { exit: status, text: stdout };
}

async function claim(copse: Copse, name: string): Promise<void> {
  equal((await (await copse.names()).claim('people', name)).kind, 'ok', name);
}

test(
  '[M16] a node cosigns its peer, through a kill, and never a log that was set back',
  { timeout: 60_000 },
  async () => {
    await using folder = await scratch();
    const at = (name: string): string => join(folder.path, name);
    await using watched = await startNode(at('watched'));
    await using admin = await openCopse(watched.setup, { name: 'Root', keep: new MemoryKeep() });
    await claim(admin, 'root');
    await using witness = await startNode(at('witness'), ['--cosign', watched.url, '--cosign-seconds', '1']);

    // The witness is a stranger until the admin of the watched node takes it.
    await eventually(async () => (await metric(witness, 'cosign_failed_total')) > 0);
    equal(await witnessed(watched), -1);
    const word = /copse cosigners add (copse\.witness\/[\w-]+\+[\w+/=]+)/u.exec(
      doctor(at('witness'), watched.url).text,
    )?.[1];
    await (await admin.names()).setCosigner(word ?? 'none', { isWanted: true });
    await eventually(async () => (await witnessed(watched)) === 1);

    // Killed between two looks or in one of them: it goes on where it was, by the same key.
    await claim(admin, 'root.two');
    await witness.kill();
    await claim(admin, 'root.three');
    cpSync(at('watched'), at('older'), { recursive: true });
    await witness.restart();
    await eventually(async () => (await witnessed(watched)) === 3);
    equal(await metric(witness, 'cosign_forks'), 0);
    await claim(admin, 'root.four');
    await eventually(async () => (await witnessed(watched)) === 4);
    await eventually(async () => doctor(at('witness'), watched.url).exit === 0);
    match(doctor(at('witness'), watched.url).text, new RegExp(`As ${word?.slice(0, 40)}`, 'u'));

    // The watched node comes back from a copy that was made before: what it showed and what it shows differ.
    await watched.kill();
    rmSync(at('watched'), { recursive: true });
    cpSync(at('older'), at('watched'), { recursive: true });
    await watched.restart();
    await eventually(async () => (await metric(witness, 'cosign_forks')) === 1);
    const said = doctor(at('witness'), watched.url);
    notEqual(said.exit, 0, said.text);
    match(said.text, /contradicted what it signed before/u);
    // Also not after another start, and not after it has grown past what it had.
    await using newcomer = await openCopse(watched.url, { name: 'Newcomer', keep: new MemoryKeep() });
    for (const name of ['ada', 'bea', 'cleo', 'dora']) await claim(newcomer, name);
    await witness.kill();
    await witness.restart();
    await pause(1_500);
    ok((await witnessed(watched)) < 4);
    equal(await metric(witness, 'cosign_forks'), 1);
    equal(await metric(witness, 'cosign_signed_total'), 0);
    ok(existsSync(join(at('witness'), 'witness.sqlite')));
  },
);
