/** `copse account`: out of one node and into another one, with files, as people run it (SPEC Z103). */

import { deepEqual, equal, match } from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { realEnv } from 'copse/internal/base/env.ts';
import { run } from '../../server/src/cli/program.ts';
import { composeNode } from '../../server/src/node/compose.ts';
import { readSettings } from '../../server/src/node/settings.ts';

interface Said {
  readonly exit: number;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

type Terminal = (...words: readonly string[]) => Promise<Said>;

const settings = (data: string) => readSettings({ flags: { data, port: 0 }, environment: {}, file: {} });

function terminal(home: string, node: string): Terminal {
  return async (...words) => {
    let out = '';
    let err = '';
    const streams = {
      out: (text: string) => void (out += text),
      err: (text: string) => void (err += text),
      isTerminal: false,
    };
    const exit = await run(['--home', home, '--node', node, ...words], streams, {});
    const last = out.trim().split('\n').at(-1) ?? '';
    const json = last.startsWith('{') ? (JSON.parse(last) as Said['json']) : {};
    return { exit, text: out + err, json };
  };
}

test('[Z103] an account goes to another node with its files, is text on request, and again adds nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'copse-account-'));
  try {
    await using here = await composeNode(settings(join(folder, 'here')), realEnv());
    await using there = await composeNode(settings(join(folder, 'there')), realEnv());
    const ada = terminal(join(folder, 'ada'), here.url);
    const away = terminal(join(folder, 'away'), there.url);
    equal((await ada('login', here.url, '--name', 'Ada')).exit, 0);
    const words = String((await ada('whoami', '--phrase', '--json')).json['phrase']);
    const phrase = join(folder, 'phrase');
    writeFileSync(phrase, words);
    equal((await away('login', there.url, '--name', 'Ada', '--phrase-file', phrase)).exit, 0);

    await ada('profile', '--name', 'Ada', '--about', 'pumps');
    for (const text of ['one', 'two', 'three']) equal((await ada('post', text)).exit, 0);
    const film = join(folder, 'film.bin');
    writeFileSync(film, Buffer.alloc((1 << 20) + 77, 5));
    equal((await ada('file', 'put', film)).exit, 0);

    const file = join(folder, 'ada.copse');
    const wrote = await ada('account', 'export', file, '--files');
    equal(wrote.exit, 0, wrote.text);
    equal((await ada('account', 'export', file)).exit, 2, 'nothing is written over');
    const text = join(folder, 'ada.ndjson');
    equal((await ada('account', 'export', text, '--json')).exit, 0);
    const lines = readFileSync(text, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Said['json']);
    deepEqual([lines[0]?.['record'], lines.at(-1)?.['record']], ['head', 'end']);
    deepEqual(
      lines.filter(({ record, kind }) => record === 'message' && kind === 1).map((line) => line['text']),
      ['three', 'two', 'one'],
    );
    equal(lines.filter(({ record }) => record === 'standing').length, 1);

    const first = await away('account', 'import', file, '--json');
    equal(first.exit, 0, first.text);
    deepEqual(first.json['messages'], { taken: 4, known: 0, refused: 0 });
    deepEqual(first.json['files'], { taken: 1, known: 0, refused: 0 });
    match((await away('feed')).text, /one[^]*two[^]*three/);
    const again = await away('account', 'import', file, '--json');
    deepEqual(again.json['messages'], { taken: 0, known: 4, refused: 0 });
    deepEqual(again.json['files'], { taken: 0, known: 1, refused: 0 });

    writeFileSync(file, readFileSync(file).subarray(0, -20));
    const cut = await away('account', 'import', file);
    equal(cut.exit, 8, cut.text);
    match(cut.text, /ends early, after \d+ records/);

    const bea = terminal(join(folder, 'bea'), there.url);
    equal((await bea('login', there.url, '--name', 'Bea')).exit, 0);
    match((await bea('account', 'import', file)).text, /the account of another key/);
    const key = String((await away('profile', '--json')).json['key']);
    const seen = join(folder, 'seen.copse');
    equal((await bea('account', 'export', seen, `--user=${key}`)).exit, 0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
