/**
 * The built package in three runtimes at once, against a real node: Node founds a site, Bun and Chromium join
 * it by links, each appends, and each reads what all wrote, at the same positions.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type * as sdk from 'copse';
import { must } from 'copse/internal/base/assert.ts';
import { chromium, type Page } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { scratch } from './support/garden.ts';
import { run, startNode } from './support/node.ts';

/** What the page finds behind an address. */
type Sdk = typeof sdk;

const root = join(import.meta.dirname, '../..');
const found = ensureChromium();
const skip = 'reason' in found ? found.reason : false;
const PATIENCE_MS = 30_000;

before(() => run([process.execPath, '--conditions=copse-source', 'scripts/build.ts', 'core'], { cwd: root }));

/** Prints two links when it founds, and then every entry as `position word` until all three have spoken. */
const PROGRAM = `
import { openCopse } from 'copse';
const [address, name] = process.argv.slice(2);
const copse = await openCopse(address, { name });
const isGuest = address.includes('#join=');
const site = isGuest ? await copse.join(address) : await copse.found({ title: 'Garden' });
const chat = site.log('chat');
await chat.append('hello from ' + name);
if (!isGuest) for (const _ of [1, 2]) console.log('link ' + (await site.invite()));
let count = 0;
for await (const entry of chat.entries()) {
  console.log(entry.at + ' ' + entry.value);
  if (++count === 3) break;
}
await copse.close();
`;

interface Speaker extends AsyncDisposable {
  /** Resolves with this many lines of what it printed; rejects when it ends before. */
  lines(count: number): Promise<readonly string[]>;
  /** Resolves with its exit code. */
  readonly ended: Promise<number>;
}

/** Runs the program in a folder of its own, in which nothing but the package is installed. */
async function speak(runtime: string, folder: string, address: string): Promise<Speaker> {
  const name = runtime === process.execPath ? 'Bun' : 'Node';
  const cwd = join(folder, name);
  await mkdir(join(cwd, 'node_modules'), { recursive: true });
  await symlink(join(root, 'core'), join(cwd, 'node_modules/copse'));
  await writeFile(join(cwd, 'speak.mjs'), PROGRAM);
  const child = spawn(runtime, ['speak.mjs', address, name], {
    cwd,
    env: { ...process.env, HOME: cwd },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  const ended = once(child, 'close').then(() => child.exitCode ?? -1);
  const complete = (): readonly string[] => text.split('\n').slice(0, -1);
  return {
    ended,
    async lines(count) {
      const endMs = performance.now() + PATIENCE_MS;
      while (complete().length < count) {
        const isOver = child.exitCode !== null || performance.now() > endMs;
        assert.ok(!isOver || complete().length >= count, `${name} printed only: ${text}`);
        await pause(10);
      }
      return complete();
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}

/**
 * The same in a page of the node's origin, with the package beside it. The page itself comes from the node:
 * Chromium lets only pages that it loaded from this machine talk to this machine.
 */
async function speakInPage(page: Page, link: string): Promise<readonly string[]> {
  const { origin } = new URL(link);
  await page.route(`${origin}/sdk/**`, async (route) => {
    const path = new URL(route.request().url()).pathname.slice('/sdk/'.length);
    const body = await readFile(join(root, 'core/dist', path), 'utf8');
    return route.fulfill({ contentType: 'text/javascript', body });
  });
  await page.goto(`${origin}/healthz`);
  return page.evaluate(async (address) => {
    const path = '/sdk/browser/index.js';
    const { openCopse }: Sdk = await import(path);
    const copse = await openCopse(address, { name: 'Chromium' });
    const site = await copse.join(address);
    const chat = site.log('chat');
    await chat.append('hello from Chromium');
    const lines: string[] = [];
    for await (const entry of chat.entries()) {
      lines.push(`${entry.at} ${String(entry.value)}`);
      if (lines.length === 3) break;
    }
    await copse.close();
    return lines;
  }, link);
}

test(
  '[S8, L1] Node, Bun and Chromium write one log and read the same',
  { skip, timeout: 90_000 },
  async () => {
    assert.ok('path' in found);
    await using folder = await scratch();
    await using node = await startNode(join(folder.path, 'data'));
    const browser = await chromium.launch({ executablePath: found.path, args: [...CHROMIUM_ARGS] });
    try {
      await using founder = await speak('node', folder.path, node.url);
      const links = (await founder.lines(2)).slice(0, 2).map((line) => line.replace('link ', ''));
      await using guest = await speak(process.execPath, folder.path, must(links[0], 'a link for Bun'));
      const [inPage, inNode, inBun] = await Promise.all([
        speakInPage(await browser.newPage({ bypassCSP: true }), must(links[1], 'a link for Chromium')),
        founder.lines(5),
        guest.lines(3),
      ]);
      assert.deepEqual(inNode.slice(2), inPage);
      assert.deepEqual(inBun, inPage);
      assert.equal(inPage[0], '1 hello from Node');
      const rest = inPage.slice(1).map((line) => line.replace(/^[23] /u, ''));
      assert.deepEqual(rest.toSorted(), ['hello from Bun', 'hello from Chromium']);
      assert.deepEqual(await Promise.all([founder.ended, guest.ended]), [0, 0], 'both ended by themselves');
    } finally {
      await browser.close();
    }
  },
);
