/**
 * The commands of the README as they are printed, typed into a shell in an empty folder where the program is
 * installed: first those of the first minute, then those of who runs a node for others. The README's
 * TypeScript is run by `sdk.test.ts`.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { scratch } from './support/garden.ts';
import { startNode } from './support/node.ts';

const root = join(import.meta.dirname, '../..');
const ADDRESS = 'http://127.0.0.1:7070';

/** An empty folder in which `npx copse` is the program of this checkout, and a home of its own. */
class Shell implements AsyncDisposable {
  readonly path: string;
  readonly #folder: AsyncDisposable;

  private constructor(path: string, folder: AsyncDisposable) {
    this.path = path;
    this.#folder = folder;
  }

  static async begin(): Promise<Shell> {
    const folder = await scratch();
    const bin = join(folder.path, 'node_modules/.bin');
    await mkdir(bin, { recursive: true });
    await symlink(join(root, 'server/bin/copse.mjs'), join(bin, 'copse'));
    return new Shell(folder.path, folder);
  }

  /** Types a line and waits until it has ended, or until it has printed what `isEnough` wants. */
  async type(line: string, isEnough: (out: string) => boolean = () => false): Promise<string> {
    const env = { ...process.env, HOME: this.path, XDG_CONFIG_HOME: '', npm_config_offline: 'true' };
    const child = spawn('sh', ['-c', line], {
      cwd: this.path,
      env,
      // A group of its own, so that what `npx` started ends with it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const out: string[] = [];
    const err: string[] = [];
    const hasEnough = new Promise<void>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (part: string) => {
        out.push(part);
        if (isEnough(out.join(''))) resolve();
      });
    });
    child.stderr.setEncoding('utf8').on('data', (part: string) => err.push(part));
    const closed = once(child, 'close');
    await Promise.race([closed, hasEnough]);
    if (child.exitCode === null) {
      process.kill(-must(child.pid, 'the shell runs'), 'SIGKILL');
      await closed;
    } else {
      assert.equal(child.exitCode, 0, `${line}: ${err.join('')}${out.join('')}`);
    }
    return out.join('');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.#folder[Symbol.asyncDispose]());
  }
}

/** The lines of the block in which this command stands. */
async function commands(containing: string): Promise<readonly string[]> {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/```sh\n([\s\S]*?)```/gu)].map(([, text]) => text ?? '');
  const block = must(
    blocks.find((text) => text.includes(containing)),
    `the README says ${containing}`,
  );
  return block.split('\n').filter((line) => line !== '');
}

test('[N10] the commands of the first minute, and of the neighbourhood', { timeout: 90_000 }, async () => {
  await using shell = await Shell.begin();
  await using node = await startNode(join(shell.path, 'copse-data'));
  const lines = await commands('copse login');
  const said: string[] = [];
  for (const line of lines) {
    const isFollowing = line.includes('--follow');
    const here = line.replace(ADDRESS, node.url);
    said.push(await shell.type(here, (out) => isFollowing && out.includes('the plums are ripe')));
  }
  assert.ok(lines[0]?.includes(ADDRESS), 'the first one names the node');
  const tail = must(said[lines.findIndex((line) => line.includes('tail'))], 'one of them reads');
  assert.match(tail, /Ada.*the plums are ripe/u);
  const link = must(said[lines.findIndex((line) => line.includes('invite'))], 'one of them invites').trim();
  assert.ok(link.startsWith(`${node.url}/#join=`), link);
  const street = await commands('copse post');
  const seen: string[] = [];
  for (const each of street) seen.push(await shell.type(each));
  const after = (word: string): string => must(seen[street.findIndex((each) => each.includes(word))], word);
  assert.match(after('find'), /The pump is broken/u);
  assert.match(after('feed'), /Ada.*The pump is broken/su);
});

test('[N10] the commands of who runs a node for others', { timeout: 90_000 }, async () => {
  await using shell = await Shell.begin();
  const data = join(shell.path, 'copse-data');
  await using node = await startNode(data);
  const lines = await commands('copse doctor');
  const line = (word: string): string =>
    must(
      lines.find((each) => each.includes(word)),
      word,
    );
  await shell.type(`npx copse login ${node.url} --name Ada`);
  await shell.type('npx copse site found "Our garden" --log chat');
  await shell.type('npx copse write "Our garden" chat "the plums are ripe"');
  await shell.type(line('doctor'));
  await shell.type(line('backup'));
  assert.match(await shell.type(line('config doc')), /--port/u);
  // The disk of the node is lost; what the backup holds comes back under the same address.
  await node.kill();
  await rm(data, { recursive: true });
  await shell.type(line('restore'));
  await node.restart();
  assert.match(await shell.type('npx copse tail "Our garden" chat'), /the plums are ripe/u);
});
