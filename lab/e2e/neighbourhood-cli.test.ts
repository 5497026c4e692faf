/** The commands of the neighbourhood against a whole node, as two people at their terminals use them. */

import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { realEnv } from 'copse/internal/base/env.ts';
import { composeNode } from '../../server/src/node/compose.ts';
import { nodeSettings, terminal, textsIn, withFolder, type Said, type Terminal } from './support/terminal.ts';

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
    match(feed.text, /Ada · edited\n {2}The pump runs #Water\n {2}1 answer\n {2}[0-9a-f]{64}/);
    match((await bea('follow')).text, /Ada/);
    deepEqual(textsIn(await bea('find', '#water', '--json')), ['The pump runs #Water']);
    equal((await bea('take-back', String(answer.json['id']))).exit, 0);
    deepEqual(textsIn(await ada('inbox', '--json')), []);
    equal((await bea('unfollow', 'ada')).exit, 0);
    deepEqual(textsIn(await bea('feed', '--json')), []);
  });
});

/** A PNG as far as its chunks go, with words beside the picture. */
function pictureWith(words: string): Buffer {
  const chunk = (kind: string, content: Buffer): Buffer => {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(content.length);
    return Buffer.concat([size, Buffer.from(kind), content, Buffer.alloc(4)]);
  };
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', Buffer.alloc(13)),
    chunk('tEXt', Buffer.from(words)),
    chunk('IDAT', Buffer.alloc(9)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

test('[Z62] files, shares, pictures, what is kept and whom one does not hear: all of it at a terminal', async () => {
  await withFolder(async (folder) => {
    await using node = await composeNode(nodeSettings(join(folder, 'node')), realEnv());
    const [ada, bea] = [terminal(join(folder, 'ada')), terminal(join(folder, 'bea'))];
    equal((await ada('login', node.url, '--name', 'Ada')).exit, 0);
    equal((await bea('login', node.url, '--name', 'Bea')).exit, 0);
    const keyOf = async (one: Terminal) => String((await one('profile', '--json')).json['key']);
    const [adaKey, beaKey] = [await keyOf(ada), await keyOf(bea)];
    const photo = join(folder, 'pump.png');
    writeFileSync(photo, pictureWith('the north well'));
    const flags = ['--tag', '#water', '--tag', 'wells', '--attach', photo, '--alt', 'the pump'];
    const first = await ada('post', ...flags, 'The pump is broken', '--json');
    equal(first.exit, 0, first.text);
    const id = String(first.json['id']);
    deepEqual(first.json['tags'], ['water', 'wells']);
    match((await bea('thread', id)).text, /\[file: the pump, image\/png, [^\]]*\] [0-9a-f]{64}/);
    const [file] = first.json['attachments'] as readonly { readonly address: string }[];
    const got = join(folder, 'got.png');
    equal((await bea('file', 'get', String(file?.address), got)).exit, 0);
    ok(!readFileSync(got).includes('north well'), 'what stood beside the picture stays here');
    equal((await ada('edit', id, 'It runs #again')).exit, 0);
    deepEqual(textsIn(await bea('find', '#water', '--json')), ['It runs #again']);

    // An answer and a share that mention nobody concern her all the same.
    equal((await bea('post', '--to', id, 'I come')).exit, 0);
    equal((await bea('post', '--share', id, 'look')).exit, 0);
    equal((await bea('post', '--share', id, '--tag', 'x')).exit, 2);
    equal((await bea('react', id, '👍')).exit, 0);
    equal((await bea('react', id, '👍')).exit, 0, 'once');
    deepEqual(textsIn(await ada('inbox', '--json')).toSorted(), ['I come', 'look']);
    match((await ada('inbox')).text, new RegExp(`shares ${id}`));
    match((await ada('thread', id)).text, /1 answer · 1 share · 👍 1/);
    equal((await bea('react', id)).exit, 0);
    match((await ada('thread', id)).text, /1 answer · 1 share\n/);
    equal((await bea('react', id)).exit, 3, 'there is none to take back');
    equal((await ada('pin', id)).exit, 0);
    equal((await ada('unpin', id)).exit, 0);

    equal((await ada('mute', '--', beaKey)).exit, 0);
    deepEqual(textsIn(await ada('inbox', '--json')), []);
    equal(textsIn(await ada('thread', id, '--json')).length, 2, 'muted is not blocked');
    match((await ada('mute')).text, new RegExp(beaKey));
    equal((await ada('block', '--', beaKey)).exit, 0);
    match((await ada('mute')).text, /muted nobody/);
    deepEqual(textsIn(await ada('thread', id, '--json')), ['It runs #again']);
    equal(textsIn(await ada('thread', id, '--blocked', '--json')).length, 2);
    equal((await ada('hear', '--', beaKey)).exit, 0);
    equal(textsIn(await ada('inbox', '--json')).length, 2);
    equal((await ada('mute', '--', adaKey)).exit, 2);

    // What comes is told behind what is there, and this ends with the second one.
    equal((await bea('follow', '--', adaKey)).exit, 0);
    const hearing = bea('feed', '--follow', '--count', '2', '--json');
    let heard: Said | null = null;
    while (heard === null) heard = await Promise.race([hearing, ada('post', 'news').then(() => null)]);
    deepEqual([heard.exit, heard.json['text']], [0, 'news']);
    equal((await bea('feed', '--count', '2')).exit, 2);
    const used = await ada('usage', '--json');
    ok(Number(used.json['messages']) > 3, used.text);
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
      [['post', 'x', '--attach', join(folder, 'absent')], 2],
      [['post', 'x', '--alt', 'nothing'], 2],
      [['post', '--share', 'c'.repeat(64)], 3],
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
