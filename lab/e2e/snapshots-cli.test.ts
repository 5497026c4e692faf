/** `copse snapshots`: what stands in a log, made by a program on the SDK, against its entries. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { FoldLine } from 'copse/internal/client/fold-line.ts';
import { fileKeep, openCopse } from '../../core/src/native/index.ts';
import { Cli } from './support/cli.ts';

const MAIN = join(import.meta.dirname, '../../server/src/cli/main.ts');

test('[Q4, N2] snapshots are listed with whom they are of and whether they hold', async () => {
  await using cli = new Cli([process.execPath, MAIN]);
  const { said } = await cli.serve(cli.path('data'), ['--port', '0']);
  await cli.ok(['login', must(said.setup, 'the first start'), '--name', 'Ada']);
  await cli.ok(['site', 'found', 'Garden', '--log', 'poem']);
  assert.match(await cli.ok(['snapshots', 'Garden', 'poem']), /No snapshot stands in this log/);
  assert.equal(await cli.ok(['--json', 'snapshots', 'Garden', 'poem']), '');

  await using copse = await openCopse(said.url, {
    name: 'Ben',
    keep: await fileKeep(cli.path('ben'), { machineKeyPath: cli.path('machine.key') }),
  });
  const site = await copse.join((await cli.ok(['invite', 'Garden'])).trim());
  const log = site.log('poem');
  const heard: unknown[] = [];
  const fold = await log.fold({
    load: () => {},
    apply: (entries) => void heard.push(...entries),
    save: () => new Uint8Array(9_000),
  });
  await fold.ready;
  await log.append({ text: 'the plums are ripe' });
  while (heard.length < 1) await new Promise((resolve) => setTimeout(resolve, 20));
  const saved = must(fold.saved() ?? undefined, 'it has heard an entry');
  const snapshots = new FoldLine(log);
  await snapshots.note(saved.from, await snapshots.append(saved));
  const line = /^before 2 .* Ben: 9000 bytes, at 2, holds$/m;
  assert.match(await cli.ok(['snapshots', 'Garden', 'poem']), line);

  const other = { ...saved, link: new Uint8Array(32) };
  await snapshots.note(saved.from, await snapshots.append(other));
  const again = await cli.run(['snapshots', 'Garden', 'poem']);
  assert.match(again.out, /^before 2 .* Ben: 9000 bytes, at 3, DOES NOT HOLD$/m);
  assert.match(again.err, /1 of 2 stand for other entries/);
  assert.equal(again.exit, 8);
});
