/** The commands of the neighbourhood against a whole node, as two people at their terminals use them. */

import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { realEnv } from 'copse/internal/base/env.ts';
import { composeNode } from '../../server/src/node/compose.ts';
import { nodeSettings, terminal, textsIn, withFolder } from './support/terminal.ts';

test('[Z62] two people post, answer, follow, find and take back at their terminals', async () => {
  await withFolder(async (folder) => {
    await using node = await composeNode(nodeSettings(join(folder, 'node')), realEnv());
    const [ada, bea] = [terminal(join(folder, 'ada')), terminal(join(folder, 'bea'))];
    equal((await ada('login', node.url, '--name', 'Ada')).exit, 0);
    equal((await bea('login', node.url, '--name', 'Bea')).exit, 0);
    match((await ada('feed')).text, /copse post hello/);
    const { json: mine } = await ada('profile', '--name', 'Ada', '--about', 'pumps', '--json');
    const first = await ada('post', 'The pump is broken', '#Water', '--json');
    equal(first.exit, 0, first.text);
    deepEqual(first.json['tags'], ['Water']);
    const id = String(first.json['id']);
    const answer = await bea(
      'post',
      'I have',
      'a spare',
      '--to',
      id,
      '--mention',
      String(mine['key']),
      '--json',
    );
    equal(answer.json['answers'], id, answer.text);
    deepEqual(textsIn(await ada('inbox', '--json')), ['I have a spare']);
    deepEqual(textsIn(await ada('thread', String(answer.json['id']), '--json')), [
      'I have a spare',
      'The pump is broken #Water',
    ]);
    equal((await ada('edit', id, 'The', 'pump', 'runs', '#Water')).exit, 0);
    equal((await bea('edit', id, 'mine now')).exit, 4, 'not hers');
    equal((await ada('claim', 'people', 'ada')).exit, 0);
    equal((await bea('follow', 'ada')).exit, 0);
    const feed = await bea('feed');
    match(feed.text, /Ada · edited\n {2}The pump runs #Water\n {2}[0-9a-f]{64}/);
    match((await bea('follow')).text, /Ada/);
    deepEqual(textsIn(await bea('find', '#water', '--json')), ['The pump runs #Water']);
    equal((await bea('take-back', String(answer.json['id']))).exit, 0);
    deepEqual(textsIn(await ada('inbox', '--json')), []);
    equal((await bea('unfollow', 'ada')).exit, 0);
    deepEqual(textsIn(await bea('feed', '--json')), []);
  });
});

test('[Z62] what is wrong at a terminal is said with what to do', async () => {
  await withFolder(async (folder) => {
    await using node = await composeNode(nodeSettings(join(folder, 'node')), realEnv());
    const ada = terminal(join(folder, 'ada'));
    equal((await ada('login', node.url, '--name', 'Ada')).exit, 0);
    const rows = [
      [['thread', 'a'.repeat(64)], 3],
      [['thread', 'nonsense'], 2],
      [['post', 'x', '--to', 'b'.repeat(64)], 3],
      [['follow', 'nobody'], 3],
      [['feed', '--more', 'x'], 2],
      [['post', 'x'.repeat(40_000)], 2],
    ] as const;
    for (const [words, exit] of rows) {
      const said = await ada(...words);
      equal(said.exit, exit, `${words.join(' ').slice(0, 40)}: ${said.text}`);
      ok(said.text.length > 10, said.text);
    }
  });
});

test('[Z60] a file is imported from the command line, and the last line counts what the node holds', async () => {
  await withFolder(async (folder) => {
    const ada = terminal(join(folder, 'ada'));
    const line = (at: number, more: object): string =>
      JSON.stringify({
        id: `${at}`,
        time: '2004-12-25T09:14:00Z',
        from: `user${at % 3}`,
        text: `line ${at}`,
        ...more,
      });
    const file = join(folder, 'chat.ndjson');
    writeFileSync(
      file,
      [line(0, {}), line(1, { replies: ['0'], mentions: ['user0'] }), line(2, { replies: ['1'] })].join('\n'),
    );
    const data = join(folder, 'node');
    const said = await ada('import', '--json', '--format', 'ndjson', '--data', data, file);
    equal(said.exit, 0, said.text);
    deepEqual(said.json, { messages: 3, authors: 3, mentions: 1, replies: 2 });
    equal((await ada('import', '--format', 'csv', '--data', data, file)).exit, 2);
    equal((await ada('import', '--data', data, join(folder, 'absent'))).exit, 2);
    await using node = await composeNode(nodeSettings(data), realEnv());
    match((await ada('import', '--data', data, file)).text, /runs|used|another/i);
    equal((await ada('login', node.url, '--name', 'Ada')).exit, 0);
    deepEqual(
      textsIn(await ada('find', 'line', '--json')).toSorted((a, b) => (a < b ? -1 : 1)),
      ['line 0', 'line 1', 'line 2'],
    );
  });
});
