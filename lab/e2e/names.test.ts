/** The log of a node with everything in place: a real node, the SDK of two devices, and the command line. */

import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openCopse, MemoryKeep, type Copse, type Store } from 'copse';
import { base64url } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { run } from '../../server/src/cli/program.ts';
import { composeNode, type RunningNode } from '../../server/src/node/compose.ts';
import { readSettings } from '../../server/src/node/settings.ts';

const WAIT_MS = 10_000;

interface Place extends AsyncDisposable {
  readonly folder: string;
  start(port?: number): Promise<RunningNode>;
}

function place(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'copse-names-'));
  const nodes: RunningNode[] = [];
  return {
    folder,
    async start(port = 0) {
      const flags = { data: join(folder, 'data'), port };
      const node = await composeNode(readSettings({ flags, environment: {}, file: {} }), realEnv());
      nodes.push(node);
      return node;
    },
    async [Symbol.asyncDispose]() {
      for (const node of nodes) await node[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves with the first value of a store that is not null. */
function first<T>(store: Store<T | null>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('nothing came')), WAIT_MS);
    const look = (): void => {
      const value = store.get();
      if (value === null) return;
      clearTimeout(timer);
      resolve(value);
    };
    store.subscribe(look);
    look();
  });
}

async function cli(folder: string, words: readonly string[], home = 'home') {
  let said = '';
  const streams = { out: (text: string) => void (said += text), err: () => {}, isTerminal: false };
  const exit = await run(['--json', '--home', join(folder, home), ...words], streams, {
    COPSE_PASSPHRASE: 'a phrase for this test',
  });
  const [line = '{}'] = said.trim().split('\n').slice(-1);
  return { exit, said: JSON.parse(line) as Record<string, unknown> };
}

test('[M6, M8] names are claimed and audited from the command line', { timeout: 60_000 }, async () => {
  await using here = place();
  const node = await here.start();
  const at = ['--node', node.url];
  equal((await cli(here.folder, ['login', node.url, '--name', 'Ada'])).exit, 0);
  const claimed = await cli(here.folder, ['claim', 'people', 'Ada', ...at]);
  deepEqual([claimed.exit, claimed.said['name'], claimed.said['number']], [0, 'ada', 1]);
  equal((await cli(here.folder, ['login', node.url, '--name', 'Bea'], 'other')).exit, 0);
  equal((await cli(here.folder, ['claim', 'people', 'ADA', ...at], 'other')).exit, 6, 'taken');
  equal((await cli(here.folder, ['names', 'people', 'bea', ...at])).exit, 3, 'nobody has it');
  const saved = join(here.folder, 'checkpoint');
  const audited = await cli(here.folder, ['audit', node.url, '--save', saved]);
  deepEqual([audited.exit, audited.said['isGood'], audited.said['leaves']], [0, true, { claim: 1 }]);
  match(readFileSync(saved, 'utf8'), /^copse\.log\//);
  await cli(here.folder, ['claim', 'people', 'ada.l', ...at]);
  const later = await cli(here.folder, ['audit', node.url, '--from', saved]);
  deepEqual([later.exit, later.said['from'], later.said['size']], [0, 1, 2]);
  const wrongKey = base64url(new Uint8Array(32).fill(9));
  equal((await cli(here.folder, ['audit', node.url, '--node-key', wrongKey])).exit, 4, 'refused');
  deepEqual((await cli(here.folder, ['keys-of', 'nobody@example.org', ...at])).exit, 0);
});

test('[M4] a peer cosigns what it has checked, once the admin takes it', { timeout: 60_000 }, async () => {
  await using here = place();
  const node = await here.start();
  const setup = `${node.url}/#setup=${base64url(new Uint8Array([...node.key, ...(node.setupSecret ?? [])]))}`;
  equal((await cli(here.folder, ['login', setup, '--name', 'Root'])).exit, 0);
  const shown = await cli(here.folder, ['cosign', '--name', 'witness.example'], 'peer');
  const word = String(shown.said['cosigner']);
  equal((await cli(here.folder, ['cosign', node.url], 'peer')).exit, 4, 'nobody takes it yet');
  equal((await cli(here.folder, ['cosigners', 'add', word, '--node', node.url])).exit, 0);
  await cli(here.folder, ['claim', 'people', 'root', '--node', node.url]);
  deepEqual((await cli(here.folder, ['cosign', node.url], 'peer')).said['size'], 1);
  const audited = await cli(here.folder, ['audit', node.url, '--cosigner', word]);
  equal(JSON.stringify(audited.said['cosignatures']).includes('witness.example'), true);
  equal((await fetch(`${node.url}/log/witnessed`)).status, 200);
});

test('[M4] a peer cosigns again and again', { timeout: 60_000 }, async () => {
  await using here = place();
  const node = await here.start();
  const setup = `${node.url}/#setup=${base64url(new Uint8Array([...node.key, ...(node.setupSecret ?? [])]))}`;
  equal((await cli(here.folder, ['login', setup, '--name', 'Root'])).exit, 0);
  const shown = await cli(here.folder, ['cosign', '--name', 'witness.example'], 'peer');
  equal((await cli(here.folder, ['cosign', node.url, '--every', '0'], 'peer')).exit, 2);
  const main = join(import.meta.dirname, '../../server/src/cli/main.ts');
  const words = ['--json', '--home', join(here.folder, 'peer'), 'cosign', node.url, '--every', '0.005'];
  await cli(here.folder, ['cosigners', 'add', String(shown.said['cosigner']), '--node', node.url]);
  const child = spawn(process.execPath, [main, ...words], {
    env: { PATH: process.env['PATH'], COPSE_PASSPHRASE: 'a phrase for this test' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    const sizes = (): readonly unknown[] =>
      said
        .split('\n')
        .slice(0, -1)
        .map((line) => (JSON.parse(line) as Record<string, unknown>)['size']);
    await eventually(() => sizes().length > 0);
    await cli(here.folder, ['claim', 'people', 'root', '--node', node.url]);
    await eventually(() => sizes().includes(1));
  } finally {
    child.kill();
    await once(child, 'close');
  }
});

async function eventually(holds: () => boolean): Promise<void> {
  const endMs = performance.now() + WAIT_MS;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error('it did not come');
    await pause(20);
  }
}

test(
  '[M9] the key of a node is revoked at a terminal, and devices know at once',
  { timeout: 60_000 },
  async () => {
    await using here = place();
    const node = await here.start();
    const setup = `${node.url}/#setup=${base64url(new Uint8Array([...node.key, ...(node.setupSecret ?? [])]))}`;
    equal((await cli(here.folder, ['login', setup, '--name', 'Root'])).exit, 0);
    await using bea = await device(node);
    await (await bea.names()).requireNode();
    const { said } = await cli(here.folder, ['node', 'key', '--node', node.url]);
    const own = base64url(node.key);
    deepEqual([said['key'], said['revoked']], [own, false]);
    const next = base64url(new Uint8Array(32).fill(7));
    const words = ['node', 'revoke-key', '--successor', next, '--node', node.url];
    equal((await cli(here.folder, [...words, 'abcdef'])).exit, 2);
    equal((await cli(here.folder, [...words, '--', own.slice(0, 8)])).exit, 0);
    const alarm = await first(bea.alarm);
    equal(alarm.code, 'revoked');
    ok(alarm.detail.includes(next));
    equal((await cli(here.folder, ['node', 'key', '--node', node.url])).exit, 4);
    equal((await cli(here.folder, ['audit', node.url])).exit, 4);
    const site = await bea.found({ title: 'Garden' });
    equal(site.title.get(), 'Garden', 'what does not rest on the word of the node goes on');
  },
);

async function device(node: RunningNode, secret?: Uint8Array, keep = new MemoryKeep()): Promise<Copse> {
  return openCopse(node.url, { name: 'Ada', keep, ...(secret === undefined ? {} : { secret }) });
}

test('[M10] one device hears of the name that another one claims', { timeout: 60_000 }, async () => {
  await using here = place();
  const node = await here.start();
  await using one = await device(node);
  await using two = await device(node, await one.secret());
  // A device's first look is at history: it has to be over.
  await (await two.names()).notices();
  await (await two.names()).checkpoint();
  const answer = await (await one.names()).claim('people', 'Ada');
  equal(answer.kind, 'ok');
  const notice = await first(two.noticed);
  deepEqual([notice.kind, notice.about, notice.isMine], ['claim', 'people/ada', true]);
  equal(one.noticed.get(), null);
  deepEqual([one.alarm.get(), two.alarm.get()], [null, null]);
});

test(
  '[M9] a node whose log was put back to an older state alarms who has seen more',
  { timeout: 60_000 },
  async () => {
    await using here = place();
    const node = await here.start();
    const { port } = node;
    const keep = new MemoryKeep();
    const copse = await device(node, undefined, keep);
    for (const name of ['a', 'b', 'c']) await (await copse.names()).claim('people', name);
    await node[Symbol.asyncDispose]();
    for (const end of ['', '-wal', '-shm'])
      rmSync(join(here.folder, 'data', `node-log.sqlite${end}`), { force: true });
    const again = await here.start(port);
    const alarm = await first(copse.alarm);
    ok(alarm !== null);
    equal(alarm.code, 'fork');
    // Logs go on: what people write is not lost with the names.
    const live = new Promise<void>((resolve) => {
      const look = (): void => void (copse.status.get() === 'live' && resolve());
      copse.status.subscribe(look);
      look();
    });
    await live;
    await copse.close();
    await again[Symbol.asyncDispose]();
  },
);

test('[M10] what another device has caused is shown at a terminal', { timeout: 60_000 }, async () => {
  await using here = place();
  const node = await here.start();
  equal((await cli(here.folder, ['login', node.url, '--name', 'Ada'])).exit, 0);
  // The first look takes what is there for history.
  deepEqual((await cli(here.folder, ['notices', '--node', node.url])).said, []);
  const { said } = await cli(here.folder, ['whoami', '--phrase', '--node', node.url]);
  const { explainPhrase } = await import('copse/phrase');
  const phrase = explainPhrase(String(said['phrase']));
  ok(phrase.kind === 'ok');
  await using other = await device(node, phrase.secret);
  await (await other.names()).claim('people', 'Ada');
  const shown = await cli(here.folder, ['notices', '--node', node.url]);
  const rows = shown.said as unknown as readonly Readonly<Record<string, unknown>>[];
  deepEqual(
    rows.map(({ kind, about, isMine }) => [kind, about, isMine]),
    [['claim', 'people/ada', true]],
  );
});
