/**
 * Devices of several runtimes on one led log of a real node: processes of Node and Bun with the built package, and
 * pages of Chromium. One founds and leads, the others join and hand in; the node's own figures tell what it carried.
 */

import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type * as sdk from 'copse';
import type { Log } from 'copse';
import type { Browser, Page } from 'playwright-core';

/** What a page finds behind an address. */
type Sdk = typeof sdk;

const root = join(import.meta.dirname, '../../..');
const PATIENCE_MS = 30_000;

/** Does what it is told, a line at a time: `write FROM COUNT`, `read COUNT`, `end`; each is answered with a line. */
const PROGRAM = `
import { createInterface } from 'node:readline';
import { openCopse } from 'copse';
const [address, name] = process.argv.slice(2);
const copse = await openCopse(address, { name });
const isGuest = address.includes('#join=');
const site = isGuest ? await copse.join(address) : await copse.found({ title: 'Garden' });
const log = site.log('count');
const say = (word) => console.log(word);
if (!isGuest) {
  const lead = await log.lead(() => ({ apply() {}, decide: () => ({ kind: 'take' }) }));
  while (lead.status.get() !== 'leading') await new Promise((done) => setTimeout(done, 5));
  for (let i = 0; i < 3; i++) say(await site.invite({ permissions: 31 }));
}
say('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const [word, ...args] = line.split(' ');
  if (word === 'end') break;
  if (word === 'write') {
    const [from, count] = args.map(Number);
    await Promise.all(Array.from({ length: count }, (_, i) => log.append(name + ' ' + (from + i))));
    say('written');
  }
  if (word === 'read') {
    const found = [];
    for await (const { value } of log.entries()) if (found.push(value) === Number(args[0])) break;
    say(JSON.stringify(found));
  }
}
await copse.close();
process.exit(0);
`;

/** A device on the log, wherever it runs. */
export interface Member extends AsyncDisposable {
  /** Appends `NAME FROM` and so on, together; resolves when all have their place. */
  write(from: number, count: number): Promise<void>;
  /** The first entries of the log. */
  read(count: number): Promise<readonly string[]>;
}

export interface Founder extends Member {
  readonly links: readonly string[];
}

export interface ProcessPlace {
  readonly folder: string;
  /** What is written before the command: to run it in another network. */
  readonly before?: readonly string[];
}

/** A process of a runtime. Its home is a folder of its own, in which nothing but the package is installed. */
export async function programOn(
  runtime: 'node' | 'bun',
  name: string,
  { folder, before = [], address }: ProcessPlace & { readonly address: string },
): Promise<Founder> {
  const cwd = join(folder, name);
  await mkdir(join(cwd, 'node_modules'), { recursive: true });
  await symlink(join(root, 'core'), join(cwd, 'node_modules/copse'));
  await writeFile(join(cwd, 'member.mjs'), PROGRAM);
  const program = runtime === 'bun' ? process.execPath : 'node';
  const [command, ...args] = [...before, program, 'member.mjs', address, name];
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, HOME: cwd },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const talk = new Talk(child, name);
  const links: string[] = [];
  for (let line = await talk.line(); line !== 'ready'; line = await talk.line()) links.push(line);
  return {
    links,
    async write(from, count) {
      assert.equal(await talk.ask(`write ${from} ${count}`), 'written');
    },
    read: async (count) => JSON.parse(await talk.ask(`read ${count}`)),
    [Symbol.asyncDispose]: () => talk.end(),
  };
}

/** Lines to a child and back. */
class Talk {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #ended: Promise<unknown>;
  #text = '';

  constructor(child: ChildProcess, name: string) {
    this.#child = child;
    this.#name = name;
    this.#ended = once(child, 'close');
    child.stdout?.setEncoding('utf8').on('data', (part: string) => (this.#text += part));
  }

  ask(line: string): Promise<string> {
    this.#child.stdin?.write(`${line}\n`);
    return this.line();
  }

  async line(): Promise<string> {
    const endMs = performance.now() + PATIENCE_MS;
    while (!this.#text.includes('\n')) {
      assert.equal(this.#child.exitCode, null, `${this.#name} has ended`);
      assert.ok(performance.now() < endMs, `${this.#name} says nothing more`);
      await pause(5);
    }
    const [line = '', ...rest] = this.#text.split('\n');
    this.#text = rest.join('\n');
    return line;
  }

  async end(): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

/** What the page's scripts keep between two calls. */
declare global {
  interface Window {
    party: { readonly log: Log<string>; readonly connections: RTCPeerConnection[]; readonly links: string[] };
  }
}

/** A page of the node's origin, in a context of its own, with the package beside it. */
export async function pageIn(
  browser: Browser,
  name: string,
  address: string,
): Promise<Founder & { page: Page }> {
  const context = await browser.newContext({ bypassCSP: true });
  const page = await context.newPage();
  const { origin } = new URL(address);
  await page.route(`${origin}/sdk/**`, async (route) => {
    const path = new URL(route.request().url()).pathname.slice('/sdk/'.length);
    const body = await readFile(join(root, 'core/dist', path), 'utf8');
    return route.fulfill({ contentType: 'text/javascript', body });
  });
  await page.goto(`${origin}/healthz`);
  const links = await page.evaluate(joinInPage, { address, name });
  return {
    page,
    links,
    write: (from, count) =>
      page.evaluate(
        async (it) => {
          const words = Array.from({ length: it.count }, (_, i) => `${it.name} ${it.from + i}`);
          await Promise.all(words.map((word) => window.party.log.append(word)));
        },
        { name, from, count },
      ),
    read: (count) =>
      page.evaluate(async (wanted) => {
        const found: string[] = [];
        for await (const { value } of window.party.log.entries())
          if (found.push(String(value)) === wanted) break;
        return found;
      }, count),
    [Symbol.asyncDispose]: () => context.close(),
  };
}

async function joinInPage(it: { readonly address: string; readonly name: string }): Promise<string[]> {
  const connections: RTCPeerConnection[] = [];
  const Connection = globalThis.RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Connection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.push(this);
    }
  };
  const path = '/sdk/browser/index.js';
  const { openCopse }: Sdk = await import(path);
  const copse = await openCopse(it.address, { name: it.name });
  const isGuest = it.address.includes('#join=');
  const site = isGuest ? await copse.join(it.address) : await copse.found({ title: 'Garden' });
  const words = {
    encode: (word: string) => new TextEncoder().encode(JSON.stringify(word)),
    decode: (bytes: Uint8Array) => String(JSON.parse(new TextDecoder().decode(bytes))),
  };
  const log = site.log('count', { codec: words });
  const links: string[] = [];
  window.party = { log, connections, links };
  if (isGuest) return links;
  const lead = await log.lead(() => ({ apply() {}, decide: () => ({ kind: 'take' }) }));
  while (lead.status.get() !== 'leading') await new Promise((done) => setTimeout(done, 5));
  for (let i = 0; i < 3; i++) links.push(await site.invite({ permissions: 31 }));
  return links;
}

/** Entries that the node has carried to leaders since its start. */
export async function handedBy(node: { readonly url: string }): Promise<number> {
  const text = await (await fetch(`${node.url}/metrics`)).text();
  const found = /^copse_tail_handed_total (\d+)$/m.exec(text);
  assert.ok(found !== null, 'the node counts what it hands on');
  return Number(found[1]);
}

/** Writes until entries go straight to the leader; answers how many it took. */
export async function warm(node: { readonly url: string }, member: Member): Promise<number> {
  const endMs = performance.now() + PATIENCE_MS;
  for (let count = 0; ;) {
    const before = await handedBy(node);
    await member.write(count, 1);
    count++;
    if ((await handedBy(node)) === before) return count;
    assert.ok(performance.now() < endMs, 'no entry goes straight to the leader');
    await pause(50);
  }
}

/** What a member wrote, in the order of the log. */
export function of(name: string, entries: readonly string[]): readonly string[] {
  return entries.filter((entry) => entry.startsWith(`${name} `));
}

export function numbered(name: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `${name} ${i}`);
}
