/** Accounts as a whole at a terminal: out of one node and into another, of an import, and under another key. */

import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { base64url, concat } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { Accounts } from 'copse/internal/client/accounts.ts';
import { openCopse } from 'copse/internal/native/index.ts';
import { neighbourhoodOf } from 'copse/internal/native/neighbourhood.ts';
import { composeNode } from '../../server/src/node/compose.ts';
import { readSettings } from '../../server/src/node/settings.ts';
import { nodeSettings, terminal, textsIn, withFolder, type Said, type Terminal } from './support/terminal.ts';

test('[Z103] an account goes to another node with its files, is text on request, and again adds nothing', async () => {
  await withFolder(async (folder) => {
    await using here = await composeNode(nodeSettings(join(folder, 'here')), realEnv());
    await using there = await composeNode(nodeSettings(join(folder, 'there')), realEnv());
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
  });
});

test('[Z106] authors of an import are let in by who imports, as far as she may', async () => {
  await withFolder(async (folder) => {
    const ada = terminal(join(folder, 'ada'));
    const data = join(folder, 'node');
    const limits = readSettings({ flags: { data, port: 0, accounts: 2 }, environment: {}, file: {} });
    const file = join(folder, 'chat.ndjson');
    const line = (at: number): string =>
      JSON.stringify({ id: `${at}`, time: at, from: `user${at % 3}`, text: `line ${at}` });
    writeFileSync(file, [0, 1, 2, 3].map(line).join('\n'));
    match((await ada('import', '--data', data, '--with-accounts', file)).text, /start it, and sign in first/);
    {
      await using node = await composeNode(limits, realEnv());
      const secret = base64url(concat(node.key, must(node.setupSecret, 'a first start')));
      equal((await ada('login', `${node.url}/#setup=${secret}`, '--name', 'Ada')).exit, 0);
    }
    const other = terminal(join(folder, 'other'));
    match((await other('import', '--data', data, '--with-accounts', file)).text, /copse login/);
    const first = await ada('import', '--data', data, '--with-accounts', file);
    match(first.text, /Imported 4 of 4 lines[^]*2 authors have an account now, 1 have none/);
    const again = await ada('import', '--data', data, '--with-accounts', file);
    match(again.text, /0 authors have an account now, 2 had one, 1 have none/);
    await using node = await composeNode(limits, realEnv());
    match(
      (await ada('--node', node.url, 'accounts', 'tree')).text,
      // Who wrote as little as another comes in the order of their keys, which are drawn.
      /Ada \(admin, may let in 0\)\n {2}user0[^]*user[12]/,
    );
  });
});

test('[Z105, Z107] an account goes over to another key: its posts are hers, followers find her, sites are named', async () => {
  await withFolder(async (folder) => {
    await using node = await composeNode(nodeSettings(join(folder, 'node')), realEnv());
    const [ada, bob] = [terminal(join(folder, 'ada')), terminal(join(folder, 'bob'))];
    equal((await ada('login', node.url, '--name', 'Ada')).exit, 0);
    equal((await bob('login', node.url, '--name', 'Bob')).exit, 0);
    equal((await ada('site', 'found', 'Garden')).exit, 0);
    const old = String((await ada('profile', '--name', 'Ada', '--about', 'pumps', '--json')).json['key']);
    equal((await ada('post', 'before')).exit, 0);
    equal((await bob('follow', '--', old)).exit, 0);
    const note = join(folder, 'note.txt');
    writeFileSync(note, 'the valve is at the back');
    equal((await ada('file', 'put', note)).exit, 0);
    const used = join(folder, 'used.copse');
    equal((await ada('account', 'export', used)).exit, 0);
    equal((await ada('accounts', 'replace-key', used)).exit, 2, 'nothing is written over');

    const phrase = join(folder, 'words');
    const replaced = await ada('accounts', 'replace-key', phrase);
    equal(replaced.exit, 0, replaced.text);
    match(replaced.text, /Memberships of sites stay[^]*Garden/);
    match(readFileSync(phrase, 'utf8'), /^([a-z]+ ){23}[a-z]+\n$/);
    const { json: mine } = await ada('profile', '--json');
    notEqual(mine['key'], old);
    deepEqual([mine['name'], mine['about']], ['Ada', 'pumps'], 'what she said of herself is said again');
    equal((await ada('post', 'after')).exit, 0);
    match((await ada('file', 'list')).text, /note\.txt/, 'her files went over');
    deepEqual(textsIn(await bob('feed', '--json')), ['before']);
    match((await bob('follow', '--moved', '--json')).text, new RegExp(String(mine['key'])));
    deepEqual(textsIn(await bob('feed', '--json')), ['after', 'before']);
    deepEqual(textsIn(await bob('feed', `--of=${String(mine['key'])}`, '--json')), ['after', 'before']);
    // Everything that was brought under the old key counts for the new one.
    const kept = join(folder, 'kept.copse');
    equal((await ada('account', 'export', kept, `--user=${old}`)).exit, 0);
    const again = await ada('account', 'import', kept, '--anybody', '--json');
    deepEqual(again.json['messages'], { taken: 0, known: 3, refused: 0 });
  });
});

/** What the first words of a command meet when it is interrupted there. */
async function interrupted(ada: Terminal, words: readonly string[], after: boolean): Promise<Said> {
  // oxlint-disable-next-line typescript/unbound-method -- it is called for whom it was meant
  const { replaceKey } = Accounts.prototype;
  Accounts.prototype.replaceKey = async function stub(this: Accounts, secret: Uint8Array): Promise<void> {
    if (after) await replaceKey.call(this, secret);
    throw new Fault('closed', 'the line broke');
  };
  try {
    return await ada(...words);
  } finally {
    Accounts.prototype.replaceKey = replaceKey;
  }
}

test('[Z107] with the same words it goes on wherever it was interrupted, and everything is said again', async () => {
  await withFolder(async (folder) => {
    await using node = await composeNode(nodeSettings(join(folder, 'node')), realEnv());
    const ada = terminal(join(folder, 'ada'));
    equal((await ada('login', node.url, '--name', 'Ada')).exit, 0);
    equal((await ada('site', 'found', 'Garden')).exit, 0);
    const old = String((await ada('profile', '--name', 'Ada', '--about', 'pumps', '--json')).json['key']);
    equal((await ada('post', 'before')).exit, 0);
    const words = join(folder, 'words');
    const command = ['accounts', 'replace-key', words];

    const early = await interrupted(ada, command, false);
    match(early.text, /the line broke The words are in .*words: with it the same command goes on/);
    const drawn = readFileSync(words, 'utf8');
    equal(String((await ada('profile', '--json')).json['key']), old, 'nothing has gone over');

    const late = await interrupted(ada, command, true);
    equal(late.exit, 5, late.text);
    equal((await ada('profile')).exit, 4, 'the devices of the old key have ended');
    const again = await ada(...command);
    equal(again.exit, 0, again.text);
    match(again.text, /Memberships of sites stay[^]*Garden/);
    equal(readFileSync(words, 'utf8'), drawn);
    const { json: mine } = await ada('profile', '--json');
    notEqual(mine['key'], old);
    deepEqual([mine['name'], mine['about']], ['Ada', 'pumps']);
    match((await ada('whoami')).text, /name +Ada/);
    deepEqual(textsIn(await ada('feed', `--of=${String(mine['key'])}`, '--json')), ['before']);

    const third = await ada(...command);
    equal(third.exit, 2, third.text);
    match(third.text, /the key that you have/);
    // In the middle of changing places: the old one is away, the new one not yet there.
    const [place = ''] = readdirSync(join(folder, 'ada', 'nodes')).filter((name) => !name.includes('.'));
    const at = join(folder, 'ada', 'nodes', place);
    mkdirSync(join(`${at}.next`, 'nodes'), { recursive: true });
    renameSync(at, join(`${at}.next`, 'nodes', place));
    equal((await ada(...command)).exit, 0);
    equal((await ada('profile', '--json')).json['key'], mine['key']);

    const bea = terminal(join(folder, 'bea'));
    equal((await bea('login', node.url, '--name', 'Bea')).exit, 0);
    const theirs = await bea('accounts', 'replace-key', words);
    equal(theirs.exit, 6, theirs.text);
    match(theirs.text, /an account of its own/);
  });
});

test('[Z105, Z107] what was brought counts for the new key, what devices share is sealed anew, and again goes on', async () => {
  await withFolder(async (folder) => {
    await using node = await composeNode(nodeSettings(join(folder, 'node')), realEnv());
    const copse = await openCopse(node.url, { name: 'Ada' });
    try {
      using place = await neighbourhoodOf(copse);
      await place.setProfile({ name: 'Ada', about: 'pumps' });
      await place.post({ text: 'before' });
      await place.setShared('drafts', Uint8Array.of(7));
      const before = (await place.hello()).usage;
      const secret = new Uint8Array(32).fill(9);
      using next = await place.moving.moveTo(secret, await copse.accounts());
      const { usage, standing } = await next.hello();
      equal(standing, 'friend');
      // That the old key moved, and from the new one profile, drafts, and which key it had.
      equal(usage.messages, before.messages + 4);
      ok(usage.bytes > before.bytes);
      deepEqual(await next.shared('drafts'), Uint8Array.of(7));
      const me = must(next.me, 'she has a key');
      deepEqual(
        (await next.moving.postsOf(me)).posts.map(({ text }) => text),
        ['before'],
      );
      deepEqual(await next.moving.successor(must(place.me, 'she had one')), me);
      using again = await place.moving.moveTo(secret, await copse.accounts());
      equal((await again.hello()).usage.messages, usage.messages);
    } finally {
      await copse.close();
    }
  });
});
