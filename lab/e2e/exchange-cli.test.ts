/** `copse address`, `follow`, `who-is` and `vouch`, as people run them. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { Cli } from './support/cli.ts';

const MAIN = join(import.meta.dirname, '../../server/src/cli/main.ts');

function fieldOf(json: string, name: string): string {
  const said: unknown = JSON.parse(json);
  const value = Object.entries(typeof said === 'object' && said !== null ? said : {}).find(
    ([key]) => key === name,
  )?.[1];
  assert.equal(typeof value, 'string', `${name} is a text`);
  return String(value);
}

test('[Z88, Z94] one says where one is, follows a key at an address, and says who somebody is', async () => {
  await using cli = new Cli([process.execPath, '--conditions=copse-source', MAIN]);
  const { said } = await cli.serve(cli.path('data'), ['--port', '0']);
  await cli.ok(['login', must(said.setup, 'the first start'), '--name', 'Ada']);
  await cli.ok(['login', said.url, '--name', 'Bob'], { home: 'bob' });
  const own = fieldOf(await cli.ok(['--json', 'address']), 'node');
  assert.match(await cli.ok(['address', '--publish', own, '--reach', own]), /publishes at wss?:/);
  const ada = fieldOf(await cli.ok(['--json', 'address']), 'key');
  const bob = { home: 'bob' };
  assert.match(await cli.ok(['follow', '--', `${ada}@${own}`], bob), /Ada|[\w-]{43}/);
  const digits = fieldOf(await cli.ok(['--json', 'who-is', '--', ada], bob), 'digits');
  const vouched = await cli.ok(['vouch', '--name', 'Ada of the pumps', '--digits', digits, '--', ada], bob);
  assert.match(vouched, /you: Ada of the pumps; has compared the digits/);
  const wrong = await cli.run(['vouch', '--digits', digits.replaceAll(/\d/g, '0'), '--', ada], bob);
  assert.notEqual(wrong.exit, 0);
  assert.match(wrong.err, /not the digits/);
  assert.match(await cli.ok(['nodes'], bob), /With no other node/);
  const nothing = await cli.run(['follow', 'somebody'], bob);
  assert.match(nothing.err, /Nobody has claimed/);
  const place = await cli.run(['address', '--publish', 'wss://node.example'], bob);
  assert.match(place.err, /no address of a node/);
});
