/** `copse document`: documents made by programs on Yjs, as the terminal shows and keeps them. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { documentCodec, openDocument } from 'copse-yjs';
import { applyUpdate, Doc, XmlElement, XmlText } from 'yjs';
import { fileKeep, openCopse } from '../../core/src/native/index.ts';
import { Cli } from './support/cli.ts';

const MAIN = join(import.meta.dirname, '../../server/src/cli/main.ts');

test('[N12] the documents of a site are listed, shown and kept', async () => {
  await using cli = new Cli([process.execPath, '--conditions=copse-source', MAIN]);
  const { said } = await cli.serve(cli.path('data'), ['--port', '0']);
  await cli.ok(['login', must(said.setup, 'the first start'), '--name', 'Ada']);
  await cli.ok(['site', 'found', 'Garden', '--log', 'chat', '--log', 'documents/plan']);
  assert.equal(await cli.ok(['document', 'list', 'Garden']), 'plan\n');
  assert.equal(await cli.ok(['document', 'show', 'Garden', 'plan']), '\n');

  await using copse = await openCopse(said.url, {
    name: 'Ben',
    keep: await fileKeep(cli.path('ben'), { machineKeyPath: cli.path('machine.key') }),
  });
  const site = await copse.join((await cli.ok(['invite', 'Garden'])).trim());
  const doc = new Doc();
  const provider = await openDocument(site.log('documents/plan', { codec: documentCodec }), doc);
  const paragraph = new XmlElement('paragraph');
  paragraph.insert(0, [new XmlText('The plums are ripe\u001b[31m.')]);
  doc.getXmlFragment('prosemirror').insert(0, [paragraph]);
  doc.getText('code').insert(0, 'let plums = 3;');
  await provider.saved();

  assert.equal(await cli.ok(['document', 'show', 'Garden', 'plan']), 'The plums are ripe\ufffd\\[31m.\n');
  assert.equal(await cli.ok(['document', 'show', 'Garden', 'plan', '--text', 'code']), 'let plums = 3;\n');
  const shown: unknown = JSON.parse(await cli.ok(['--json', 'document', 'show', 'Garden', 'plan']));
  assert.deepEqual(shown, { title: 'plan', markdown: 'The plums are ripe\u001b\\[31m.' });

  const file = cli.path('plan.yjs');
  assert.match(await cli.ok(['document', 'save', 'Garden', 'plan', file]), /plan\.yjs: \d+ bytes/);
  const again = new Doc();
  applyUpdate(again, readFileSync(file));
  assert.equal(again.getText('code').toJSON(), 'let plums = 3;');
  const twice = await cli.run(['document', 'save', 'Garden', 'plan', file]);
  assert.deepEqual([twice.exit, /it is there already/.test(twice.err)], [2, true]);
  const nowhere = await cli.run(['document', 'save', 'Garden', 'plan', cli.path('no/plan.yjs')]);
  assert.deepEqual([nowhere.exit, /ENOENT/.test(nowhere.err)], [2, true]);

  const junk = Uint8Array.of(250, 1, 2);
  await site.log('documents/plan', { codec: documentCodec }).append(junk);
  const partly = await cli.run(['document', 'show', 'Garden', 'plan']);
  assert.deepEqual([partly.exit, partly.out], [0, 'The plums are ripe\ufffd\\[31m.\n']);
  assert.match(partly.err, /1 entries of it are no change/);

  const wrong = await cli.run(['document', 'show', 'Garden', 'plann']);
  assert.deepEqual([wrong.exit, /Did you mean `plan`/.test(wrong.err)], [3, true]);
  await provider.close();
});
