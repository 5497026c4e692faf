import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { hex } from '../base/bytes.ts';
import { machineKey } from './machine-key.ts';

const PROCESSES = 6;
const ROUNDS = 60;
/** Asks for one key after the other, each at a moment that all processes agree on, and prints what it got. */
const CHILD = `
  const [module, folder, startMs, rounds] = process.argv.slice(1);
  const { machineKey } = await import(module);
  for (let round = 0; round < Number(rounds); round++) {
    while (Date.now() < Number(startMs) + 8 * round);
    try {
      console.log(Buffer.from(await machineKey(folder + '/' + round + '/key')).toString('hex'));
    } catch (thrown) {
      console.log(String(thrown));
    }
  }
`;

function folder(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'copse-key-'));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function linesOf(directory: string, startMs: number): Promise<readonly string[]> {
  const module = join(import.meta.dirname, 'machine-key.ts');
  const child = spawn(process.execPath, ['-e', CHILD, module, directory, `${startMs}`, `${ROUNDS}`]);
  let out = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (part: string) => (out += part));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve(out.trim().split('\n')));
  });
}

test('[S10] processes that start at once agree on one key, and none sees half of it', async (context) => {
  const directory = folder(context);
  const startMs = Date.now() + 1_000;
  const all = await Promise.all(Array.from({ length: PROCESSES }, () => linesOf(directory, startMs)));
  for (let round = 0; round < ROUNDS; round++) {
    const keys = new Set(all.map((lines) => lines[round] ?? 'nothing'));
    assert.equal(keys.size, 1, `round ${round}: ${[...keys].join(', ')}`);
    assert.match([...keys][0] ?? '', /^[0-9a-f]{64}$/);
    assert.deepEqual(readdirSync(join(directory, `${round}`)), ['key'], 'nothing else is left');
  }
});

test('[S10] the key of the machine is made once and is for its owner only', async (context) => {
  const path = join(folder(context), 'home', 'machine.key');
  const [one, two] = [await machineKey(path), await machineKey(path)];
  assert.deepEqual(one, two);
  assert.equal(one.length, 32);
  assert.equal(statSync(path).mode & 0o077, 0);
});

test('[S10] a key that is still being written where files cannot be linked is waited for', async (context) => {
  const path = join(folder(context), 'machine.key');
  writeFileSync(path, new Uint8Array(7));
  setTimeout(() => writeFileSync(path, new Uint8Array(32).fill(5)), 100);
  assert.equal(hex(await machineKey(path)), '05'.repeat(32));
});

test('[S10] a key that stays too short is named and left as it is', async (context) => {
  const path = join(folder(context), 'machine.key');
  writeFileSync(path, new Uint8Array(7));
  await assert.rejects(machineKey(path), { code: 'corrupt' });
  assert.equal(statSync(path).size, 7);
});
