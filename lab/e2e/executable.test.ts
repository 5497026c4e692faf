import assert from 'node:assert/strict';
import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { Cli } from './support/cli.ts';
import { cliSuite } from './support/cli.suite.ts';
import { run } from './support/node.ts';

const root = join(import.meta.dirname, '../..');
const executable = join(root, 'dist', 'copse');

before(async () => {
  for (const part of ['web', 'executable'])
    await run([process.execPath, '--conditions=copse-source', 'scripts/build.ts', part], { cwd: root });
});

cliSuite('as one file', () => [executable]);

test('[N9] one file alone in an empty directory is the whole node, app and workers included', async () => {
  await using cli = new Cli(['./copse']);
  copyFileSync(executable, cli.path('copse'));
  const { node, said } = await cli.serve('./copse-data', ['--port', '0']);
  assert.match(await (await fetch(said.url)).text(), /<script type="module"/);
  assert.equal((await fetch(`${said.url}/readyz`)).status, 200);
  await node.kill('SIGTERM');
  assert.deepEqual(readdirSync(cli.folder).toSorted(), ['copse', 'copse-data']);
});
