/** `copse lead`: a rule in a module decides what others append, until the program is stopped. */

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { Cli } from './support/cli.ts';

const MAIN = join(import.meta.dirname, '../../server/src/cli/main.ts');
const RULE = `
export default class {
  seen = new Set();
  apply({ text }) { this.seen.add(text); }
  decide({ text }) {
    if (this.seen.has(text)) return { kind: 'refuse', reason: 'it was said before' };
    return text.endsWith('!') ? { kind: 'change', value: { text: text.slice(0, -1) } } : { kind: 'take' };
  }
}`;

test('[V10, N2] a module decides what is appended; when it stops, the next one goes on', async () => {
  await using cli = new Cli([process.execPath, MAIN]);
  const { said } = await cli.serve(cli.path('data'), ['--port', '0']);
  await cli.ok(['login', must(said.setup, 'the first start'), '--name', 'Ada']);
  await cli.ok(['site', 'found', 'Garden', '--log', 'rules']);
  const link = (await cli.ok(['invite', 'Garden', '--permissions', 'read,write,lead'])).trim();
  await cli.ok(['join', link, '--name', 'Ben'], { home: 'ben' });
  await writeFile(cli.path('rule.mjs'), RULE);
  const leader = cli.start(['lead', 'Garden', 'rules', 'rule.mjs']);
  await leader.until((out) => out.includes('leading'));

  const ben = { home: 'ben' };
  await cli.ok(['write', 'Garden', 'rules', 'plums'], ben);
  await cli.ok(['write', 'Garden', 'rules', 'pears!'], ben);
  const again = await cli.run(['write', 'Garden', 'rules', 'plums'], ben);
  assert.notEqual(again.exit, 0);
  assert.match(again.err, /it was said before/);
  await leader.until((out) => out.includes('refuse'));
  assert.match(
    leader.out,
    /^take .*plums.*\nchange .*pears!.*pears.*\nrefuse .*plums.*: it was said before$/m,
  );

  const next = cli.start(['--json', 'lead', 'Garden', 'rules'], ben);
  await next.until((out) => out.includes('waiting'));
  assert.equal((await leader.kill('SIGTERM')).exit, 0);
  await next.until((out) => out.includes('"leading"'));
  await cli.ok(['write', 'Garden', 'rules', 'plums']);
  const printed = await cli.ok(['tail', 'Garden', 'rules']);
  assert.match(printed, /plums[\s\S]*pears\n[\s\S]*\(refused: it was said before\)[\s\S]*plums/);
  assert.equal((await next.kill('SIGINT')).exit, 0);
});

test('[V16, V17, N2] a ready rule decides, and one that there is not is named', async () => {
  await using cli = new Cli([process.execPath, MAIN]);
  const { said } = await cli.serve(cli.path('data'), ['--port', '0']);
  await cli.ok(['login', must(said.setup, 'the first start'), '--name', 'Ada']);
  await cli.ok(['site', 'found', 'Garden', '--log', 'plan']);
  const json = cli.start(['lead', 'Garden', 'plan', '--rule', 'json']);
  await json.until((out) => out.includes('leading'));
  const patch = (word: string): string[] => ['write', '--raw', 'Garden', 'plan', word];
  await cli.ok(patch('[{"op":"add","path":"/plums","value":3}]'));
  const refused = await cli.run(patch('[{"op":"test","path":"/plums","value":4}]'));
  assert.match(refused.err, /operation 0 \(test \/plums\): the value is another one/);
  await json.kill('SIGTERM');
  const map = cli.start(['lead', 'Garden', 'keys', '--rule', 'map']);
  await map.until((out) => out.includes('leading'));
  await cli.ok(['write', '--raw', 'Garden', 'keys', '{"set":{"plums":3}}']);
  const empty = await cli.run(['write', '--raw', 'Garden', 'keys', '{}']);
  assert.match(empty.err, /It changes nothing/);
  await map.kill('SIGTERM');
  const unknown = await cli.run(['lead', 'Garden', 'keys', '--rule', 'xml']);
  assert.match(unknown.err, /There is no rule xml/);
  const both = await cli.run(['lead', 'Garden', 'keys', 'rule.mjs', '--rule', 'map']);
  assert.match(both.err, /not both/);
});

test('[V1, N2] who may not lead, and a module that makes no sequencer, are told what is wrong', async () => {
  await using cli = new Cli([process.execPath, MAIN]);
  const { said } = await cli.serve(cli.path('data'), ['--port', '0']);
  await cli.ok(['login', must(said.setup, 'the first start'), '--name', 'Ada']);
  await cli.ok(['site', 'found', 'Garden']);
  const link = (await cli.ok(['invite', 'Garden'])).trim();
  await cli.ok(['join', link, '--name', 'Ben'], { home: 'ben' });
  const refused = await cli.run(['lead', 'Garden', 'chat'], { home: 'ben' });
  assert.match(refused.err, /\(forbidden\)/);
  await writeFile(cli.path('empty.mjs'), 'export default () => ({});');
  const empty = await cli.run(['lead', 'Garden', 'chat', 'empty.mjs']);
  assert.match(empty.err, /has no methods `apply` and `decide`/);
  const missing = await cli.run(['lead', 'Garden', 'chat', 'missing.mjs']);
  assert.match(missing.err, /missing\.mjs does not load/);
});
