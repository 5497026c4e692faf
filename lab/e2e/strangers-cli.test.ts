/** Knocking, and answering it, at the command line against a whole node. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { base64url, concat } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { composeNode } from '../../server/src/node/compose.ts';
import { readSettings } from '../../server/src/node/settings.ts';
import { run } from '../../server/src/cli/program.ts';

const scratch = (name: string): string => mkdtempSync(join(tmpdir(), `copse-knock-${name}-`));

test('[Z72, Z75, Z77, Z78] one knocks, answers, keeps away, reports and takes away at the command line', async () => {
  await using owned = new AsyncDisposableStack();
  const place = (name: string): string => {
    const folder = scratch(name);
    owned.defer(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  };
  const start = async (name: string) => {
    const settings = readSettings({ flags: { data: place(name), port: 0 }, environment: {}, file: {} });
    return owned.use(await composeNode(settings, realEnv()));
  };
  const [here, there] = [await start('here'), await start('there')];
  const cli = (home: string) => async (words: readonly string[]) => {
    let out = '';
    let err = '';
    const streams = {
      out: (text: string) => void (out += text),
      err: (text: string) => void (err += text),
      isTerminal: false,
    };
    const exit = await run(['--json', ...words], streams, { COPSE_HOME: home });
    assert.equal(exit, 0, `${words.join(' ')}: ${out} ${err}`);
    return JSON.parse(out);
  };
  const [ada, zoe] = [cli(place('ada')), cli(place('zoe'))];
  const secret = must(here.setupSecret, 'a first start');
  await ada(['login', `${here.url}/#setup=${base64url(concat(here.key, secret))}`, '--name', 'Ada']);
  await zoe(['login', there.url]);
  const { key, reach } = await ada(['reach']);
  assert.equal(reach, 'everybody');
  const knocked = await zoe(['knock', '--days', '1', '--', here.url, key, 'We met at the market.']);
  assert.equal(knocked.kind, 'waiting');
  const [request] = await ada(['requests']);
  assert.deepEqual([request.text, request.id], ['We met at the market.', knocked.id]);
  await ada(['report', '--message', knocked.id, '--', request.from, 'unsure']);
  await ada(['requests', 'accept', knocked.id.slice(0, 8)]);
  assert.equal((await zoe(['knock', '--', here.url, key, 'Thank you.'])).kind, 'delivered');
  assert.equal((await ada(['reach'])).guests[0].who, request.from);
  await ada(['reach', 'away', '--', request.from]);
  assert.deepEqual((await ada(['reach', 'friends'])).away, [request.from]);
  const [report] = await ada(['reports']);
  assert.equal(report.why, 'unsure');
  assert.equal((await ada(['reports', 'take-away', String(report.number)])).id, knocked.id);
  assert.deepEqual(await ada(['reports']), []);
});
