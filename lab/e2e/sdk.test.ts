/**
 * The built package on the runtimes that it promises, against a real node: the README's example in an empty
 * folder on Node 20 and on Bun, and a queue that outlives its process and its node.
 */

import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { must } from 'copse/internal/base/assert.ts';
import { filesBelow, scratch } from './support/garden.ts';
import { run, startNode, type NodeChild } from './support/node.ts';

const root = join(import.meta.dirname, '../..');
const PATIENCE_MS = 60_000;
/** The oldest Node that is supported, when it is the one on this machine, and the runtime of the node. */
const RUNTIMES = { node: 'node', bun: process.execPath } as const;

before(() => run([process.execPath, 'scripts/build.ts', 'core']));

/** A folder with nothing in it but the package as it is published, and what it depends on. */
async function emptyProject(folder: string): Promise<string> {
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, 'copse'), { recursive: true });
  await cp(join(root, 'core/package.json'), join(modules, 'copse/package.json'));
  await cp(join(root, 'core/dist'), join(modules, 'copse/dist'), { recursive: true });
  for (const name of ['@noble', '@scure', 'ws']) {
    await symlink(join(root, 'node_modules', name), join(modules, name));
  }
  return folder;
}

/** A program that runs until it is stopped, and the lines it has printed. */
class Program implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #complaints: string[] = [];
  #text = '';

  constructor(runtime: string, folder: string, file: string) {
    // `HOME` too, because the machine's key lies there.
    const env = { ...process.env, HOME: folder, NODE_ENV: 'test' };
    this.#child = spawn(runtime, [file], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout?.setEncoding('utf8').on('data', (part: string) => (this.#text += part));
    this.#child.stderr?.setEncoding('utf8').on('data', (part: string) => this.#complaints.push(part));
  }

  get lines(): readonly string[] {
    return this.#text.split('\n').filter((line) => line !== '');
  }

  async prints(isEnough: (lines: readonly string[]) => boolean): Promise<readonly string[]> {
    const endMs = performance.now() + PATIENCE_MS;
    while (!isEnough(this.lines)) {
      if (this.#child.exitCode !== null || performance.now() > endMs) {
        throw new Error(`printed only: ${this.#text}${this.#complaints.join('')}`);
      }
      await pause(20);
    }
    return this.lines;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}

/** A program in a page, the first unless said otherwise, talking to this node. */
async function exampleIn(page: string, node: NodeChild, place = 0): Promise<string> {
  const text = await readFile(join(root, page), 'utf8');
  const code = [...text.matchAll(/```ts\n(import \{ openCopse \}[\s\S]*?)```/g)][place]?.[1];
  const example = must(code, `${page} has an example`);
  const address = 'http://127.0.0.1:7070';
  assert.ok(example.includes(address));
  return example.replace(address, node.url);
}

/** The first program in the README: twelve lines. */
async function readmeExample(node: NodeChild): Promise<string> {
  const example = await exampleIn('README.md', node);
  const lines = example.split('\n').filter((line) => line.trim() !== '');
  assert.ok(lines.length <= 12, `${lines.length} lines`);
  return example;
}

test('[S8] this is the oldest Node that is promised, or a newer one', () => {
  const { stdout } = spawnSync('node', ['--version'], { encoding: 'utf8' });
  assert.match(stdout, /^v(20|2[1-9])\./);
});

/** How often it was read; Bun prints an object over several lines. */
function ripe(lines: readonly string[]): number {
  return lines.filter((line) => line.includes('the plums are ripe')).length;
}

for (const [name, runtime] of Object.entries(RUNTIMES)) {
  test(`[S1, S8, N10] the README's example works in an empty folder on ${name}, twice`, async () => {
    await using folder = await scratch();
    await using node = await startNode(join(folder.path, 'data'));
    const project = await emptyProject(join(folder.path, 'project'));
    await writeFile(join(project, 'example.mjs'), await readmeExample(node));
    {
      await using first = new Program(runtime, project, 'example.mjs');
      const lines = await first.prints((all) => ripe(all) >= 1);
      assert.match(lines.join(' '), /^1 [^0-9]*the plums are ripe[^0-9]*$/);
    }
    await using second = new Program(runtime, project, 'example.mjs');
    const lines = await second.prints((all) => ripe(all) >= 2);
    assert.match(lines.join(' '), /^1 [^0-9]*the plums are ripe[^0-9]* 2 [^0-9]*the plums are ripe[^0-9]*$/);
  });
}

test('[V10] the example of led logs works in an empty folder', async () => {
  await using folder = await scratch();
  await using node = await startNode(join(folder.path, 'data'));
  const project = await emptyProject(join(folder.path, 'project'));
  await writeFile(join(project, 'example.mjs'), await exampleIn('docs/led-logs.md', node));
  await using program = new Program('node', project, 'example.mjs');
  assert.deepEqual(await program.prints((all) => all.length > 0), ['only 3 are left']);
});

test('[Q3] the example of folds works in an empty folder', async () => {
  await using folder = await scratch();
  await using node = await startNode(join(folder.path, 'data'));
  const project = await emptyProject(join(folder.path, 'project'));
  await writeFile(join(project, 'example.mjs'), await exampleIn('docs/snapshots.md', node));
  await using program = new Program('node', project, 'example.mjs');
  assert.deepEqual(await program.prints((all) => all.length > 0), ['3 plums']);
});

const FOLDER = `
import { openCopse } from 'copse';
const copse = await openCopse('URL', { name: 'Ada' });
const site = copse.sites.get()[0] ?? (await copse.found({ title: 'Garden' }));
const log = site.log('poem');
const heard = { text: '', count: 0, loads: 0 };
const fold = await log.fold({
  load: (state) => {
    heard.text = state === null ? '' : new TextDecoder().decode(state);
    heard.loads += state === null ? 0 : 1;
  },
  apply: (entries) => {
    for (const { value } of entries) heard.text += value ?? '';
    heard.count += entries.length;
  },
  save: () => new TextEncoder().encode(heard.text),
}, { snapshots: MAKES });
await fold.ready;
console.log('opened ' + [heard.text.length, heard.count, heard.loads].join(' '));
if (MAKES) for (let i = 0; i < 200; i++) log.append(String(i % 10).repeat(1000)).catch(() => {});
setInterval(async () => {
  const { entries } = await log.read({ last: 200 });
  console.log('parts ' + entries.filter((entry) => entry.isPart).length);
}, 500);
`;

test('[Q3, Q6] a state that Node has packed opens the log on Bun, after kill -9', async () => {
  await using folder = await scratch();
  await using node = await startNode(join(folder.path, 'data'));
  const project = await emptyProject(join(folder.path, 'project'));
  const program = (makes: boolean): string => FOLDER.replace('URL', node.url).replaceAll('MAKES', `${makes}`);
  await writeFile(join(project, 'making.mjs'), program(true));
  await writeFile(join(project, 'reading.mjs'), program(false));
  {
    await using making = new Program('node', project, 'making.mjs');
    const lines = await making.prints((all) => all.some((line) => /^parts [1-9]/.test(line)));
    assert.equal(lines[0], 'opened 0 0 0');
  }
  {
    await using reading = new Program(process.execPath, project, 'reading.mjs');
    const [opened] = await reading.prints((all) => all.length > 0);
    assert.match(opened ?? '', /^opened 200000 [0-9]{1,2} 1$/, 'all of it, from the snapshot');
  }
});

test('[V16, V18] the example of ready rules works in an empty folder', async () => {
  await using folder = await scratch();
  await using node = await startNode(join(folder.path, 'data'));
  const project = await emptyProject(join(folder.path, 'project'));
  await writeFile(join(project, 'example.mjs'), await exampleIn('docs/led-logs.md', node, 1));
  await using program = new Program('node', project, 'example.mjs');
  assert.deepEqual(await program.prints((all) => all.length > 0), [
    'refused operation 0 (test /plums): the value is another one { plums: 3 }',
  ]);
});

const WRITER = `
import { openCopse } from 'copse';
const copse = await openCopse('URL', { name: 'Ada' });
const site = copse.sites.get()[0] ?? (await copse.found({ title: 'Garden' }));
const log = site.log('chat');
if (copse.status.get() !== 'offline') await new Promise((done) => setTimeout(done, 1500));
console.log('status ' + copse.status.get());
for (let i = 1; i <= 200; i++) log.append('COUNT' + i).catch((fault) => console.log(String(fault)));
setInterval(() => console.log('waiting ' + log.waiting.get()), 100);
`;

const READER = `
import { openCopse } from 'copse';
const copse = await openCopse('URL', { name: 'Ada' });
for await (const entry of copse.sites.get()[0].log('chat').entries()) console.log(entry.at + ' ' + entry.value);
`;

test('[S2, S8] what Node appended while its node was away outlives kill -9 and arrives once, in order', async () => {
  await using folder = await scratch();
  await using node = await startNode(join(folder.path, 'data'));
  const project = await emptyProject(join(folder.path, 'project'));
  const program = (text: string, word: string): string =>
    text.replace('URL', node.url).replace('COUNT', word);
  await writeFile(join(project, 'online.mjs'), program(WRITER, 'online '));
  await writeFile(join(project, 'offline.mjs'), program(WRITER, 'offline '));
  await writeFile(join(project, 'read.mjs'), program(READER, ''));
  {
    await using online = new Program('node', project, 'online.mjs');
    await online.prints((lines) => lines.includes('status live') && lines.at(-1) === 'waiting 0');
  }
  await node.kill();
  {
    await using offline = new Program('node', project, 'offline.mjs');
    const lines = await offline.prints((all) => all.filter((line) => line === 'waiting 200').length >= 3);
    assert.equal(lines[0], 'status offline');
  }
  await node.restart();
  await using reader = new Program('node', project, 'read.mjs');
  const lines = await reader.prints((all) => all.length >= 400);
  const words = (word: string): string[] => Array.from({ length: 200 }, (_, i) => `${word} ${i + 1}`);
  assert.deepEqual(
    lines,
    [...words('online'), ...words('offline')].map((text, i) => `${i + 1} ${text}`),
  );
});

test('[S10] the keep of an application holds neither keys nor words in clear', async () => {
  await using folder = await scratch();
  await using node = await startNode(join(folder.path, 'data'));
  const project = await emptyProject(join(folder.path, 'project'));
  const text = `
import { openCopse } from 'copse';
const copse = await openCopse('URL', { name: 'Ada' });
const site = await copse.found({ title: 'Quincunx' });
await site.log('chat').append('espaliers');
console.log('secret ' + Buffer.from(await copse.secret()).toString('hex'));
setInterval(() => {}, 1000);
`;
  await writeFile(join(project, 'secret.mjs'), text.replace('URL', node.url));
  await using program = new Program('node', project, 'secret.mjs');
  const [line = ''] = await program.prints((lines) => lines.length >= 1);
  const secret = Buffer.from(line.replace('secret ', ''), 'hex');
  assert.equal(secret.length, 32);
  const files = [...(await filesBelow(join(project, '.copse')))];
  assert.ok(files.some(([path]) => path.endsWith('/keep')));
  for (const [path, bytes] of files) {
    for (const word of [secret, 'espaliers', 'Quincunx']) assert.equal(bytes.includes(word), false, path);
  }
});
