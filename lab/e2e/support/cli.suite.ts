/**
 * What the program promises at a terminal, proven on real processes. One suite for every form in which it
 * is delivered: from source, as the npm package, as the single executable (SPEC N9).
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { EXIT_CODES } from '../../../server/src/cli/output.ts';
import { Cli, portOf, type Values } from './cli.ts';

const LOG = ['Garden', 'chat'] as const;

/** A node, and Ada who has founded a site with a log on it. */
async function garden(cli: Cli, flags: readonly string[] = ['--port', '0']) {
  const data = cli.path('data');
  const { node, said } = await cli.serve(data, flags);
  await cli.ok(['login', said.url, '--name', 'Ada']);
  await cli.ok(['site', 'found', 'Garden', '--log', 'chat']);
  return { data, node, said, port: portOf(said.url) };
}

async function textsOf(cli: Cli, home = 'ada'): Promise<readonly unknown[]> {
  const entries = await cli.json(['tail', ...LOG], { home });
  return entries.map(({ value }) => (value as Values)['text']);
}

const numbers = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from }, (_, i) => `line ${from + i}`);

export function cliSuite(name: string, command: () => readonly string[]): void {
  const scene = (title: string, play: (cli: Cli) => Promise<void>): void => {
    const [rule = '', ...rest] = title.split(' ');
    test(`${rule} ${name}: ${rest.join(' ')}`, async () => {
      await using cli = new Cli(command());
      await play(cli);
    });
  };
  scenesOfPeople(scene);
  scenesOfReturning(scene);
  scenesOfJson(scene);
  scenesOfWriting(scene);
  scenesOfShells(scene);
  scenesOfStarting(scene);
  scenesOfStopping(scene);
  scenesOfBackup(scene);
  scenesOfDying(scene);
  scenesOfReplay(scene);
}

type Scene = (title: string, play: (cli: Cli) => Promise<void>) => void;

function scenesOfPeople(scene: Scene): void {
  scene('[N5] the link of the first start makes one admin, once, and is not printed again', async (cli) => {
    const data = cli.path('data');
    const first = await cli.serve(data, ['--port', '0']);
    assert.ok(first.said.setup?.startsWith(`${first.said.url}/#setup=`));
    const [ada] = await cli.json(['login', first.said.setup ?? '', '--name', 'Ada']);
    assert.equal(ada?.['admin'], true);
    const late = await cli.run(['login', first.said.setup ?? '', '--name', 'Eve'], { home: 'eve' });
    assert.equal(late.exit, EXIT_CODES.conflict, late.err + late.out);
    assert.equal((await first.node.kill('SIGTERM')).exit, 0);
    const second = await cli.serve(data, ['--port', '0']);
    assert.equal(second.said.setup, null);
  });

  scene(
    '[A11] an invitation lets one person in, who reads what was written and writes herself',
    async (cli) => {
      await garden(cli);
      await cli.ok(['write', ...LOG, 'the', 'plums', 'are', 'ripe']);
      const link = (await cli.ok(['invite', 'Garden'])).trim();
      const [site] = await cli.json(['join', link, '--name', 'Ben'], { home: 'ben' });
      assert.equal(site?.['title'], 'Garden');
      await cli.ok(['write', ...LOG, 'I', 'come'], { home: 'ben' });
      const [adas, bens] = [
        await cli.json(['tail', ...LOG]),
        await cli.json(['tail', ...LOG], { home: 'ben' }),
      ];
      assert.deepEqual(adas, bens);
      assert.deepEqual(
        adas.map(({ at, name, value }) => [at, name, value]),
        [
          [1, 'Ada', { text: 'the plums are ripe' }],
          [2, 'Ben', { text: 'I come' }],
        ],
      );
      const shown = await cli.ok(['invite', 'Garden', '--qr']);
      assert.match(shown, /█[\s\S]*#join=/);
      const used = await cli.run(['join', link, '--name', 'Eve'], { home: 'eve' });
      assert.equal(used.exit, EXIT_CODES.conflict, used.err);
      const members = (await cli.json(['site', 'members', 'Garden']))[0] as unknown as readonly Values[];
      assert.deepEqual(
        members.map((member) => String(member['name'])).toSorted((a, b) => (a < b ? -1 : 1)),
        ['Ada', 'Ben'],
      );
    },
  );
}

function scenesOfReturning(scene: Scene): void {
  scene('[N11] a node that answers at another address is the same node', async (cli) => {
    const { data, node } = await garden(cli);
    const [before] = await cli.json(['whoami']);
    assert.equal((await node.kill('SIGTERM')).exit, 0);
    const { said } = await cli.serve(data, ['--port', '0']);
    const elsewhere = said.url.replace('127.0.0.1', 'localhost');
    await cli.ok(['--node', elsewhere, 'write', ...LOG, 'still me']);
    const [after] = await cli.json(['whoami']);
    assert.deepEqual([after?.['user'], after?.['device']], [before?.['user'], before?.['device']]);
    assert.deepEqual(await textsOf(cli), ['still me']);
    assert.equal(readdirSync(cli.path('ada/nodes')).length, 1);
  });

  scene('[C7] the phrase brings the same user to another device', async (cli) => {
    await garden(cli);
    const [here] = await cli.json(['whoami', '--phrase']);
    assert.equal(String(here?.['phrase']).split(' ').length, 24);
    const [there] = await cli.json(['login', String(here?.['node']), '--phrase-file', '-'], {
      home: 'laptop',
      stdin: `${String(here?.['phrase']).toUpperCase()}\n`,
    });
    assert.equal(there?.['user'], here?.['user']);
    assert.notEqual(there?.['device'], here?.['device']);
    assert.equal((await cli.json(['whoami'], { home: 'laptop' }))[0]?.['phrase'], undefined);
    const wrong = await cli.run(['login', String(here?.['node']), '--phrase-file', '-'], {
      stdin: 'one two',
    });
    assert.equal(wrong.exit, EXIT_CODES.usage);
    assert.match(wrong.err, /word/i);
  });

  scene('[N2] what is unknown, unreachable or not understood has its own exit code', async (cli) => {
    assert.equal((await cli.run(['whoami'])).exit, EXIT_CODES.usage, 'no node is known yet');
    const nobody = await cli.run(['whoami', '--node', 'http://127.0.0.1:1']);
    assert.equal(nobody.exit, EXIT_CODES.unreachable, nobody.err);
    assert.equal((await cli.run(['login', 'no address'])).exit, EXIT_CODES.usage);
    await garden(cli);
    const mistyped = await cli.run(['tail', 'Gaden', 'chat']);
    assert.equal(mistyped.exit, EXIT_CODES.unknown);
    assert.match(mistyped.err, /Did you mean `Garden`\?/);
  });
}

/** Every command that talks to a node, in an order in which each has something to say, and a field of its answer. */
const CONVERSATION: readonly (readonly [words: string, field: string])[] = [
  ['whoami', 'user'],
  ['devices', '0.device'],
  ['site found Orchard --log chat', 'id'],
  ['site list', '0.title'],
  ['site rename Orchard Meadow', 'title'],
  ['site add-log Meadow news', 'logs.1'],
  ['site members Meadow', '0.user'],
  ['invite Meadow --permissions read --days 1', 'link'],
  ['site invitations Meadow', '0.state'],
  ['write Meadow news hello', 'at'],
  ['tail Meadow news', 'value.text'],
  ['site leave Meadow', 'title'],
];

function scenesOfJson(scene: Scene): void {
  scene('[N2] every command answers one JSON document, and nothing else, on standard output', async (cli) => {
    const { said } = await garden(cli);
    for (const [words, field] of CONVERSATION) {
      const { exit, out, err } = await cli.run([...words.split(' '), '--json']);
      assert.deepEqual({ exit, err }, { exit: 0, err: '' }, words);
      assert.notEqual(at(JSON.parse(out), field), undefined, `${field} of ${words}: ${out}`);
    }
    const [{ link } = {}] = await cli.json(['invite', 'Garden']);
    const [row] = (await cli.json(['site', 'invitations', 'Garden']))[0] as unknown as readonly Values[];
    const [withdrawn] = await cli.json([
      'site',
      'withdraw',
      'Garden',
      '--',
      String(row?.['key']).slice(0, 8),
    ]);
    assert.equal(withdrawn?.['key'], row?.['key']);
    const late = await cli.run(['--json', 'join', String(link)], { home: 'ben' });
    assert.notEqual(late.exit, 0);
    const { error } = JSON.parse(late.out) as { error: Values };
    assert.deepEqual(Object.keys(error), ['code', 'message', 'hint', 'exit']);
    assert.equal(error['exit'], late.exit);
    assert.ok(said.url.startsWith('http://127.0.0.1:'));
  });
}

/** What stands at a path such as `0.title`. */
function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, name) => (inner as Values | undefined)?.[name], value);
}

function scenesOfWriting(scene: Scene): void {
  scene(
    '[S1] lines of standard input are appended in order, and following shows them as they come',
    async (cli) => {
      await garden(cli);
      const following = cli.start(['--json', 'tail', ...LOG, '--follow']);
      const said = await cli.json(['write', ...LOG], { stdin: `${numbers(0, 300).join('\n')}\n` });
      assert.deepEqual(
        said.map(({ at }) => at),
        Array.from({ length: 300 }, (_, i) => i + 1),
      );
      await following.until((out) => out.split('\n').length > 300);
      assert.deepEqual(
        following.lines.map((line) => (JSON.parse(line) as { value: { text: string } }).value.text),
        numbers(0, 300),
      );
      await following.kill('SIGINT');
      assert.deepEqual((await textsOf(cli)).length, 300);
      const part = await cli.json(['tail', ...LOG, '--from', '10', '--count', '3']);
      assert.deepEqual(
        part.map(({ at }) => at),
        [10, 11, 12],
      );
      assert.deepEqual(await cli.json(['tail', 'Garden', 'empty']), []);
    },
  );

  scene('[S14] the last entries are printed without those before them, and the command ends', async (cli) => {
    await garden(cli);
    await cli.json(['write', ...LOG], { stdin: `${numbers(0, 25).join('\n')}\n` });
    const positions = async (...words: readonly string[]): Promise<unknown[]> =>
      (await cli.json(['tail', ...LOG, ...words])).map(({ at }) => at);
    assert.deepEqual(await positions('--last', '3'), [23, 24, 25]);
    assert.deepEqual(await positions('--last', '3', '--count', '1', '--no-follow'), [23]);
    assert.equal((await positions('--last', '100')).length, 25);
    assert.deepEqual(await positions('--from', '26'), []);
    assert.deepEqual(await positions('--last', '2', '--follow', '--count', '2'), [24, 25]);
    const both = await cli.run(['tail', ...LOG, '--from', '1', '--last', '2']);
    assert.equal(both.exit, EXIT_CODES.usage);
  });

  scene(
    '[L7] a conditional write is refused with the next position, and nothing is appended',
    async (cli) => {
      await garden(cli);
      assert.equal(await cli.ok(['write', ...LOG, '--at', '1', 'first']), '1\n');
      const late = await cli.run(['write', ...LOG, '--at', '1', 'also first']);
      assert.equal(late.exit, EXIT_CODES.conflict);
      assert.match(late.err, /next position is 2/);
      await cli.ok(['write', ...LOG, '--raw', '{"text":"raw"}']);
      assert.deepEqual(await textsOf(cli), ['first', 'raw']);
    },
  );
}

function scenesOfShells(scene: Scene): void {
  scene('[N2] shells get completion, and a half word its command', async (cli) => {
    for (const shell of ['bash', 'zsh', 'fish'])
      assert.match(await cli.ok(['complete', shell]), /copse/, shell);
    assert.match(await cli.ok(['complete', '--', 'ser']), /^serve\t/m);
    assert.match(await cli.ok(['complete', '--', 'serve', '--retain-d']), /--retain-days/);
  });
}

function scenesOfStarting(scene: Scene): void {
  scene('[J7] a second node on the same data is told who has it and ends', async (cli) => {
    const { data, node } = await garden(cli);
    const second = await cli.run(['serve', '--data', data, '--port', '0']);
    assert.equal(second.exit, EXIT_CODES.data);
    assert.ok(second.err.includes(String(node.child.pid)), second.err);
    assert.match(second.err, /\(locked\)/);
    await cli.ok(['write', ...LOG, 'still here']);
  });

  scene('[J8] data of a newer version is refused', async (cli) => {
    const { data, node } = await garden(cli);
    await node.kill('SIGTERM');
    const { Database } = await import('bun:sqlite');
    const accounts = new Database(`${data}/auth.sqlite`);
    accounts.run('PRAGMA user_version = 1000');
    accounts.close();
    const refused = await cli.run(['serve', '--data', data, '--port', '0']);
    assert.equal(refused.exit, EXIT_CODES.data);
    assert.match(refused.err, /newer version.*\n.*\(newer\)/);
    const examined = await cli.run(['doctor', '--data', data, '--port', '0']);
    assert.equal(examined.exit, EXIT_CODES.data);
  });

  scene('[N6] the doctor finds a running node well, and an open key wrong', async (cli) => {
    const { data, node, port } = await garden(cli);
    const flags = ['--data', data, '--port', port];
    const [report] = await cli.json(['doctor', ...flags]);
    assert.equal(report?.['problems'], 0, JSON.stringify(report));
    await node.kill('SIGTERM');
    chmodSync(`${data}/node.key`, 0o644);
    const { exit, out } = await cli.run(['doctor', ...flags]);
    assert.equal(exit, EXIT_CODES.data);
    assert.match(out, /node\.key.*mode 644.*\n.*chmod 600/);
  });

  scene('[N4] the node serves the app from an empty directory', async (cli) => {
    const { said } = await garden(cli);
    const page = await fetch(said.url);
    assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'/);
    const names = [...(await page.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file ?? '');
    assert.ok(names.length >= 3, names.join(' '));
    for (const file of names) {
      const answer = await fetch(`${said.url}/${file}`);
      assert.equal(answer.status, 200, file);
      assert.ok((await answer.bytes()).length > 50, file);
    }
  });
}

function scenesOfStopping(scene: Scene): void {
  scene(
    '[T6] a node that is told to stop says so on its way out, in the form and from the level that were asked for',
    async (cli) => {
      const stopped = async (...flags: readonly string[]): Promise<string> => {
        const words = ['serve', '--data', cli.path('data'), '--port', '0', ...flags];
        const node = cli.start(words, { stdin: '' });
        await node.until((out) => out.includes('Open'));
        const { exit, err } = await node.kill('SIGTERM');
        assert.equal(exit, 0, err);
        return err;
      };
      assert.match(await stopped(), / node\.draining .*second signal/);
      assert.equal(await stopped('--log-level', 'error'), '');
      for (const line of (await stopped('--log-format', 'json')).trimEnd().split('\n'))
        assert.equal(typeof JSON.parse(line).event, 'string', line);
    },
  );
}

function scenesOfBackup(scene: Scene): void {
  scene('[J9] a backup made while somebody writes restores to the same log', async (cli) => {
    const { data, node, port } = await garden(cli);
    const writer = cli.start(['--json', 'write', ...LOG]);
    const feed = (from: number, to: number): void =>
      void writer.child.stdin?.write(`${numbers(from, to).join('\n')}\n`);
    feed(0, 200);
    await writer.until((out) => out.split('\n').length > 150);
    feed(200, 2000);
    const before = writer.lines.length;
    const [made] = await cli.json(['backup', cli.path('backup'), '--data', data]);
    assert.ok(Number(made?.['bytes']) > 0);
    writer.child.stdin?.end();
    assert.equal((await writer.ended).exit, 0);
    await node.kill('SIGKILL');

    const restored = ['--data', cli.path('restored')];
    await cli.ok(['restore', cli.path('backup'), ...restored]);
    await cli.ok(['doctor', ...restored, '--port', port]);
    const full = await cli.run(['restore', cli.path('backup'), ...restored]);
    assert.equal(full.exit, EXIT_CODES.usage, 'only into an empty directory');
    await cli.serve(cli.path('restored'), ['--port', port]);
    const texts = await textsOf(cli);
    assert.ok(texts.length >= before, `${texts.length} of at least ${before}`);
    assert.deepEqual(texts, numbers(0, texts.length));
    await cli.ok(['write', ...LOG, 'after the restore']);
  });

  scene('[J9] a spoiled backup is refused and nothing is put anywhere', async (cli) => {
    const { data, node } = await garden(cli);
    await node.kill('SIGTERM');
    await cli.ok(['backup', cli.path('backup'), '--data', data]);
    writeFileSync(cli.path('backup/node.key'), 'another key');
    const refused = await cli.run(['restore', cli.path('backup'), '--data', cli.path('restored')]);
    assert.equal(refused.exit, EXIT_CODES.data);
    assert.match(refused.err, /node\.key/);
    assert.equal(existsSync(cli.path('restored')), false);
    assert.equal(
      readdirSync(cli.folder).some((entry) => entry.includes('restoring')),
      false,
    );
  });
}

function scenesOfDying(scene: Scene): void {
  scene('[T6] a node that is told to end acknowledges what it accepted, and ends with 0', async (cli) => {
    const { data, node, port } = await garden(cli);
    const writer = cli.start(['--json', 'write', ...LOG], { stdin: `${numbers(0, 3000).join('\n')}\n` });
    await writer.until((out) => out.includes('\n'));
    assert.equal((await node.kill('SIGTERM')).exit, 0);
    await cli.serve(data, ['--port', port]);
    assert.equal((await writer.ended).exit, 0);
    assert.deepEqual(await textsOf(cli), numbers(0, 3000));
  });

  scene('[N8] after kill -9 under writes every acknowledged entry is there exactly once', async (cli) => {
    const { data, port, ...started } = await garden(cli);
    let { node } = started;
    const writer = cli.start(['--json', 'write', ...LOG]);
    let fed = 0;
    for (let round = 0; round < 3; round++) {
      writer.child.stdin?.write(`${numbers(fed, fed + 1000).join('\n')}\n`);
      fed += 1000;
      const acknowledged = writer.lines.length;
      await writer.until((out) => out.split('\n').length > acknowledged + 20);
      await node.kill('SIGKILL');
      ({ node } = await cli.serve(data, ['--port', port]));
    }
    writer.child.stdin?.end();
    const { exit, out } = await writer.ended;
    assert.equal(exit, 0);
    const places = out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { at: number }).at);
    assert.deepEqual(
      places.toSorted((a, b) => a - b),
      Array.from({ length: fed }, (_, i) => i + 1),
    );
    assert.deepEqual(await textsOf(cli), numbers(0, fed));
    await node.kill('SIGTERM');
    await cli.ok(['doctor', '--data', data, '--port', port]);
  });
}

/** Random edits with characters of all sizes, in the format of the real traces. */
function writeTrace(path: string, count: number): void {
  const characters = Array.from('abc äé🌱🫐\n');
  let seed = 7;
  const draw = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (seed >>> 8) % below;
  };
  let text: string[] = Array.from('To begin with');
  const startContent = text.join('');
  const txns = Array.from({ length: count }, () => {
    const at = draw(text.length + 1);
    const removed = Math.min(draw(3), text.length - at);
    const inserted = Array.from({ length: 1 + draw(4) }, () => characters[draw(characters.length)] ?? '');
    text = [...text.slice(0, at), ...inserted, ...text.slice(at + removed)];
    return { patches: [[at, removed, inserted.join('')]] };
  });
  writeFileSync(path, gzipSync(JSON.stringify({ startContent, endContent: text.join(''), txns })));
}

interface Replayed {
  readonly same: boolean;
  readonly transactions: number;
  readonly kills: number;
  readonly readers: readonly { readonly same: boolean }[];
}

function scenesOfReplay(scene: Scene): void {
  scene('[N7] a trace typed by writers in turns ends as the same text on every reader', async (cli) => {
    writeTrace(cli.path('trace.json.gz'), 1500);
    const [said] = await cli.json(['replay', cli.path('trace.json.gz'), '--turn', '100']);
    const { same, transactions, readers, kills } = said as unknown as Replayed;
    assert.deepEqual({ same, transactions, kills }, { same: true, transactions: 1500, kills: 0 });
    assert.deepEqual(
      readers.map((reader) => reader.same),
      [true, true],
    );
  });

  scene('[N7] also when the node is killed and the lines are cut while they type', async (cli) => {
    writeTrace(cli.path('trace.json.gz'), 4000);
    const words = ['replay', cli.path('trace.json.gz'), '--turn', '20', '--chaos'];
    const [said] = await cli.json(words);
    const { same, transactions, kills } = said as unknown as Replayed;
    assert.deepEqual({ same, transactions }, { same: true, transactions: 4000 });
    assert.ok(kills > 0, 'something went wrong, as it should');
  });

  scene('[N7] a replay that is stopped takes its processes and files with it', async (cli) => {
    writeTrace(cli.path('trace.json.gz'), 20_000);
    mkdirSync(cli.path('tmp'));
    const words = ['replay', cli.path('trace.json.gz'), '--turn', '1', '--chaos'];
    const replay = cli.start(words, { env: { TMPDIR: cli.path('tmp') } });
    await pause(1500);
    assert.equal(readdirSync(cli.path('tmp')).length, 1);
    const { exit } = await replay.kill('SIGTERM');
    assert.equal(exit, EXIT_CODES.unreachable);
    assert.deepEqual(readdirSync(cli.path('tmp')), []);
    const { stdout } = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
    assert.ok(!stdout.includes(cli.folder), 'no process of it is left');
  });

  scene('[N7] a trace with another end is found out', async (cli) => {
    writeFileSync(
      cli.path('trace.json'),
      JSON.stringify({ startContent: '', endContent: 'b', txns: [{ patches: [[0, 0, 'a']] }] }),
    );
    const { exit, out } = await cli.run(['replay', cli.path('trace.json')]);
    assert.equal(exit, EXIT_CODES.data);
    assert.match(out, /ANOTHER TEXT/);
    writeFileSync(cli.path('broken.json'), '{"txns": 5}');
    assert.equal((await cli.run(['replay', cli.path('broken.json')])).exit, EXIT_CODES.failed);
    assert.equal((await cli.run(['replay', cli.path('none.json')])).exit, EXIT_CODES.unknown);
  });
}
