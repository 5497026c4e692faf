import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { Cli } from './support/cli.ts';
import { scratch } from './support/garden.ts';
import { run } from './support/node.ts';

const root = join(import.meta.dirname, '../..');
const folder = await scratch();
const shim = join(folder.path, 'server', 'bin', 'copse.mjs');

/** What npm would unpack, beside the packages that it would install. */
before(async () => {
  for (const part of ['web', 'server'])
    await run([process.execPath, '--conditions=copse-source', 'scripts/build.ts', part], { cwd: root });
  const server = join(folder.path, 'server');
  mkdirSync(server);
  symlinkSync(join(root, 'node_modules'), join(folder.path, 'node_modules'));
  const { files } = JSON.parse(readFileSync(join(root, 'server', 'package.json'), 'utf8')) as {
    files: readonly string[];
  };
  for (const path of [...files.map((name) => `${name}/`), 'package.json'])
    for (const file of new Bun.Glob(path.endsWith('/') ? `${path}**` : path).scanSync(join(root, 'server'))) {
      mkdirSync(dirname(join(server, file)), { recursive: true });
      copyFileSync(join(root, 'server', file), join(server, file));
    }
});

after(() => folder[Symbol.asyncDispose]());

test('[N10] the published package runs from Node: it serves the app and keeps what is written', async () => {
  await using cli = new Cli(['node', shim]);
  const { node, said } = await cli.serve(cli.path('data'), ['--port', '0']);
  assert.match(await (await fetch(said.url)).text(), /<script type="module"/);
  await cli.ok(['login', said.url, '--name', 'Ada']);
  await cli.ok(['site', 'found', 'Garden', '--log', 'chat']);
  assert.equal(await cli.ok(['write', 'Garden', 'chat', 'hello']), '1\n');
  assert.match(await cli.ok(['tail', 'Garden', 'chat']), /Ada: hello/);
  assert.match(await cli.ok(['document', 'list', 'Garden']), /No document/);
  const { exit } = await node.kill('SIGTERM');
  assert.equal(exit, 0, 'the signal reached the node, and its end came back');
  const again = await cli.serve(cli.path('data'), ['--port', new URL(said.url).port]);
  assert.match(await cli.ok(['tail', 'Garden', 'chat']), /Ada: hello/);
  await again.node.kill('SIGINT');
});

test('[N2] the shim ends with the code of the program', async () => {
  await using cli = new Cli(['node', shim]);
  assert.equal((await cli.run(['serv'])).exit, 2);
  assert.equal((await cli.run(['tail', 'a', 'b', '--node', 'http://127.0.0.1:1'])).exit, 5);
});

test('[N10] in a checkout `npx copse` runs the sources, and says what to do when Bun is missing', async () => {
  const inCheckout = spawnSync('node', [join(root, 'server/bin/copse.mjs'), '--version'], {
    encoding: 'utf8',
  });
  assert.equal(inCheckout.status, 0, inCheckout.stderr);
  const { version } = JSON.parse(readFileSync(join(root, 'server/package.json'), 'utf8')) as {
    version: string;
  };
  assert.equal(inCheckout.stdout.trim(), version);
  await using bare = await scratch();
  mkdirSync(join(bare.path, 'bin'));
  copyFileSync(shim, join(bare.path, 'bin', 'copse.mjs'));
  const without = spawnSync('node', [join(bare.path, 'bin/copse.mjs'), '--version'], { encoding: 'utf8' });
  assert.notEqual(without.status, 0);
  assert.match(without.stderr, /npm install/);
  rmSync(join(bare.path, 'bin'), { recursive: true });
});
