/**
 * Keys that change, on a real node with the SDK: a device is revoked and a member leaves while others write and
 * read, the node is killed in between, newcomers with and without history; and the same at a terminal.
 */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { MemoryKeep } from 'copse/internal/client/index.ts';
import type { Copse } from 'copse/internal/client/copse.ts';
import { userKeysOf } from 'copse/internal/client/identity.ts';
import { KeyRing, openWith } from 'copse/internal/client/key-ring.ts';
import { keptSecrets } from 'copse/internal/client/site-keep.ts';
import type { Site } from 'copse/internal/client/site.ts';
import { openCopse } from 'copse/internal/native/index.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { EXIT_CODES } from '../../server/src/cli/output.ts';
import { SqliteAccounts } from '../../server/src/store/accounts-sqlite.ts';
import { lasting } from '../suites/sim-machine.ts';
import { Cli, type Values } from './support/cli.ts';
import { scratch } from './support/garden.ts';
import { startNode } from './support/node.ts';

const MAIN = join(import.meta.dirname, '../../server/src/cli/main.ts');
const primitives = nativePrimitives();
const PATIENCE_MS = 30_000;
const WRITE_EVERY_MS = 8;

async function eventually(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!(await isSo().catch(() => false))) {
    assert.ok(performance.now() < endMs, `not in time: ${what}`);
    await pause(20);
  }
}

/** Somebody who appends numbered words, and sees what all write. */
class Writer implements AsyncDisposable {
  readonly name: string;
  readonly seen: unknown[] = [];
  readonly written: string[] = [];
  readonly #copse: Copse;
  readonly #site: Site;
  #isOver = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(name: string, copse: Copse, site: Site) {
    this.name = name;
    this.#copse = copse;
    this.#site = site;
  }

  static async join(url: string, name: string, link: string): Promise<Writer> {
    const copse = await openCopse(url, { keep: new MemoryKeep(), name });
    return new Writer(name, copse, await copse.join(link));
  }

  get site(): Site {
    return this.#site;
  }

  begin(): void {
    void this.#read().catch(() => {});
    this.#writing = this.#write();
  }

  async #read(): Promise<void> {
    for await (const { broken, value } of this.#site.log('chat').entries({ from: 1 }))
      this.seen.push(broken ?? value);
  }

  async #write(): Promise<void> {
    while (!this.#isOver) {
      const word = `${this.name} ${this.written.length}`;
      await this.#site.log('chat').append(word);
      this.written.push(word);
      await pause(WRITE_EVERY_MS);
    }
  }

  /** Resolves when this one has written so many more. */
  async more(count: number): Promise<void> {
    const until = this.written.length + count;
    await eventually(async () => this.written.length >= until, `${this.name} writes on`);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#writing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#copse.close();
  }
}

async function requireAllRead(writers: readonly Writer[]): Promise<readonly unknown[]> {
  const expected = writers.flatMap(({ written }) => written);
  for (const { name, seen } of writers) {
    await eventually(async () => seen.length >= expected.length, `${name} reads all`);
    assert.deepEqual(seen.map(String).toSorted(), expected.toSorted(), `${name} has read every entry, open`);
  }
  return [...(writers[0]?.seen ?? [])];
}

test('[K2, K6, K7] a device is revoked while two others write and read, and the node is killed in between', async () => {
  await using folder = await scratch();
  const data = join(folder.path, 'data');
  await using node = await startNode(data);
  const phoneKeep = new MemoryKeep();
  await using ada = await openCopse(node.url, { keep: new MemoryKeep(), name: 'Ada' });
  const secret = await ada.secret();
  const garden = await ada.found({ title: 'Garden', logs: ['chat'] });
  const phone = await openCopse(node.url, { keep: lasting(phoneKeep), secret });
  await eventually(async () => phone.sites.get().length === 1, 'the garden on the phone');
  await using bob = await Writer.join(node.url, 'bob', await garden.invite());
  await using cleo = await Writer.join(node.url, 'cleo', await garden.invite());
  for (const writer of [bob, cleo]) writer.begin();
  await bob.more(20);
  await ada.revokeDevice(phone.device);
  await eventually(async () => (await garden.keyState()).epoch === 2, 'the next key');
  await bob.more(20);
  const rotating = garden.rotate().then(
    () => true,
    () => false,
  );
  await pause(3);
  await node.kill();
  await pause(300);
  await node.restart();
  await rotating;
  await garden.rotate();
  for (const writer of [bob, cleo]) await writer.more(20);
  const { epoch, state } = await garden.keyState();
  assert.ok(epoch >= 3 && state === 'current', `${epoch} ${state}`);
  for (const writer of [bob, cleo]) await writer.stop();
  const seen = await requireAllRead([bob, cleo]);
  assert.ok(seen.length >= 100);
  await phone.close();
  // What the phone kept, and all that lies at the node for its user, opens the first epoch only.
  await node.kill();
  assert.deepEqual(
    (await keptSecrets(phoneKeep, garden.id)).filter((kept) => kept.epoch > 1),
    [],
  );
  await using accounts = SqliteAccounts.open({ path: join(data, 'auth.sqlite') });
  assert.equal(await accounts.keys.userEnvelope(ada.user, phone.device), null);
  const { agree } = await userKeysOf(primitives, secret);
  const ring = await KeyRing.load(primitives, phoneKeep, agree);
  assert.equal(ring.newest.generation, 1);
  for (let at = 2; at <= epoch; at++) {
    const envelope = await accounts.keys.envelope(garden.id, at, ada.user);
    if (envelope === null) continue;
    assert.equal(
      await openWith(primitives, ring, { site: garden.id, epoch: at }, envelope),
      null,
      `epoch ${at}`,
    );
  }
  assert.notEqual(await accounts.keys.envelope(garden.id, epoch, ada.user), null);
});

test('[K5, K6] a member leaves while others write; newcomers read from the beginning, or from where they came', async () => {
  await using folder = await scratch();
  await using node = await startNode(join(folder.path, 'data'));
  await using ada = await openCopse(node.url, { keep: new MemoryKeep(), name: 'Ada' });
  const garden = await ada.found({ title: 'Garden', logs: ['chat'] });
  const dorasKeep = new MemoryKeep();
  await using dora = await openCopse(node.url, { keep: lasting(dorasKeep), name: 'Dora' });
  const doras = await dora.join(await garden.invite());
  await using bob = await Writer.join(node.url, 'bob', await garden.invite());
  await using cleo = await Writer.join(node.url, 'cleo', await garden.invite());
  for (const writer of [bob, cleo]) writer.begin();
  await bob.more(10);
  await doras.leave();
  await eventually(async () => (await garden.keyState()).epoch === 2, 'the next key');
  await bob.more(10);
  await using eve = await Writer.join(node.url, 'eve', await garden.invite());
  assert.equal(await garden.history(false), 3);
  for (const writer of [bob, cleo]) await writer.more(10);
  for (const writer of [bob, cleo]) await writer.stop();
  const all = await requireAllRead([bob, cleo]);
  eve.begin();
  await eventually(async () => eve.seen.length >= all.length, 'Eve reads');
  await eve.stop();
  assert.deepEqual(eve.seen.slice(0, all.length), all, 'with history she reads everything');
  await using finn = await Writer.join(node.url, 'finn', await garden.invite());
  finn.begin();
  await finn.more(3);
  await finn.stop();
  await eventually(async () => finn.seen.includes(finn.written.at(-1)), 'Finn reads');
  assert.deepEqual(
    new Set(finn.seen.slice(0, all.length)),
    new Set(['noKey']),
    'what was before him is closed',
  );
  assert.deepEqual(finn.seen.slice(-3).map(String), finn.written.slice(-3));
  assert.deepEqual(
    (await keptSecrets(dorasKeep, garden.id)).filter(({ epoch }) => epoch > 1),
    [],
  );
});

async function one(cli: Cli, words: readonly string[], home = 'ada'): Promise<Values> {
  const [value] = await cli.json(words, { home });
  assert.ok(value !== undefined);
  return value;
}

test('[K3, K5] at a terminal a site shows its key, gets the next one, and says what newcomers read', async () => {
  await using cli = new Cli([process.execPath, MAIN]);
  const { said } = await cli.serve(cli.path('data'), ['--port', '0']);
  await cli.ok(['login', said.url, '--name', 'Ada']);
  await cli.ok(['site', 'found', 'Garden', '--log', 'chat']);
  const { site, ...before } = await one(cli, ['site', 'key', 'Garden']);
  assert.deepEqual(before, { epoch: 1, state: 'current', sinceMs: 0, history: 'on', held: 'yes' });
  const { link } = await one(cli, ['invite', 'Garden']);
  await cli.ok(['join', String(link), '--name', 'Bea'], { home: 'bea' });
  await cli.ok(['write', 'Garden', 'chat', 'early']);
  assert.deepEqual(await one(cli, ['site', 'rekey', 'Garden']), { site, epoch: 2, history: 'on' });
  const off = await one(cli, ['site', 'rekey', 'Garden', '--history', 'off']);
  assert.deepEqual(off, { site, epoch: 3, history: 'off' });
  await cli.ok(['write', 'Garden', 'chat', 'late'], { home: 'bea' });
  const read = await cli.ok(['tail', 'Garden', 'chat'], { home: 'bea' });
  assert.match(read, /early[\s\S]*late/);
  assert.match(await cli.ok(['site', 'key', 'Garden'], { home: 'bea' }), /epoch\s+3[\s\S]*history\s+off/);
  const refused = await cli.run(['site', 'rekey', 'Garden'], { home: 'bea' });
  assert.equal(refused.exit, EXIT_CODES.refused, refused.err);
  const mistaken = await cli.run(['site', 'rekey', 'Garden', '--history', 'maybe']);
  assert.equal(mistaken.exit, EXIT_CODES.usage);
  const mistyped = await cli.run(['site', 'rekye', 'Garden']);
  assert.match(mistyped.err, /Did you mean rekey\?/);
});

test('[K6] a key that is due waits for an admin, says so at a terminal, and is made when one comes', async () => {
  await using cli = new Cli([process.execPath, MAIN]);
  const { said } = await cli.serve(cli.path('data'), ['--port', '0']);
  await cli.ok(['login', said.url, '--name', 'Ada']);
  await cli.ok(['site', 'found', 'Garden', '--log', 'chat']);
  for (const name of ['Bea', 'Cleo']) {
    const { link } = await one(cli, ['invite', 'Garden']);
    await cli.ok(['join', String(link), '--name', name], { home: name.toLowerCase() });
  }
  await cli.ok(['site', 'leave', 'Garden'], { home: 'cleo' });
  const waiting = await one(cli, ['site', 'key', 'Garden'], 'bea');
  assert.deepEqual([waiting['epoch'], waiting['state']], [1, 'due']);
  assert.ok(Number(waiting['sinceMs']) > 0);
  const follow = cli.start(['tail', 'Garden', 'chat', '--follow'], { home: 'ada' });
  await eventually(
    async () => (await one(cli, ['site', 'key', 'Garden'], 'bea'))['state'] === 'current',
    'the key',
  );
  await follow.kill('SIGTERM');
  assert.equal((await one(cli, ['site', 'key', 'Garden'], 'bea'))['epoch'], 2);
});
