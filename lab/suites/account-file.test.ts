/** An account as one file over two peers (SPEC Z100 to Z102), and read by a program that knows nothing of copse. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { peerApi } from 'copse/internal/api/peer.ts';
import { concat, equal, hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { key } from 'copse/internal/base/ids.ts';
import { exportAccount, type AccountFileParts } from 'copse/internal/client/neighbourhood/account-export.ts';
import { importAccount, type ImportReport } from 'copse/internal/client/neighbourhood/account-import.ts';
import { direct } from 'copse/internal/link/direct.ts';
import { AccountFileWriter } from 'copse/internal/social/account-file/account-file.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { refOf, RELATION } from 'copse/internal/social/message/refs.ts';
import { peerStage, primitives, type PeerStage, type Person } from './peer-stage.ts';

const NODE = key(new Uint8Array(32).fill(9));
const URL_OF_NODE = 'https://copse.example';

/** What a program of this person has, without a network. */
function programOf({ env }: PeerStage, person: Person): AccountFileParts {
  const remote = direct(peerApi, person.connection.session, env);
  return {
    env,
    primitives,
    url: URL_OF_NODE,
    node: NODE,
    me: person.key,
    line: { get: async () => remote },
  };
}

async function exported(parts: AccountFileParts): Promise<Uint8Array> {
  return concat(...(await Array.fromAsync(exportAccount(parts, {}))));
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000);
}

const bring = (parts: AccountFileParts, file: Uint8Array, options = {}): Promise<ImportReport> =>
  importAccount(parts, pieces(file), options);

/** Ids of everything that somebody has signed and is here. */
function idsOf({ store }: PeerStage, person: Person): readonly string[] {
  const refs = [refOf(RELATION.author, person.key), refOf(RELATION.other, person.key)];
  const page = store.page({ refs, before: null, rowsMax: 100_000, bytesMax: Number.MAX_SAFE_INTEGER });
  return page.map(({ bytes }) => hex(primitives.sha256(bytes))).toSorted();
}

/** Posts, an edit, something taken back, statements, and one that is kept for good. */
async function lived(person: Person, posts: number): Promise<Uint8Array> {
  const first = await person.say({ text: 'kept for good' });
  person.connection.session.pin({ id: first.message.id, pinned: true });
  const wrong = await person.say({ text: 'said in haste' });
  await person.say({ kind: KIND.delete, text: '', replies: [wrong.message.id] });
  await person.say({ kind: KIND.edit, text: 'kept for good, indeed', replies: [first.message.id] });
  await person.say({ kind: KIND.profile, text: '', content: Uint8Array.of(1, 2, 3) });
  await person.say({ kind: KIND.follows, text: '', content: new Uint8Array(64).fill(1) });
  await person.say({ kind: KIND.state, text: '', name: 'inbox', content: new Uint8Array(40).fill(2) });
  for (let at = 0; at < posts; at++) await person.say({ text: `post ${at}`, tags: ['all'] });
  return first.message.id;
}

test('[Z100, Z102] an account goes from one node to another whole, and again changes nothing', async () => {
  await using here = peerStage({ bytesMax: 1 << 24 });
  await using there = peerStage({ bytesMax: 1 << 24 });
  const ada = await here.person();
  const kept = await lived(ada, 250);
  const file = await exported(programOf(here, ada));

  const moved = there.join(ada);
  const parts = programOf(there, moved);
  const report = await bring(parts, file);
  assert.equal(report.trouble, null);
  assert.deepEqual(report.messages, { taken: 256, known: 0, refused: 0 });
  assert.deepEqual(report.pins, { taken: 1, known: 0, refused: 0 });
  assert.ok(equal(report.user, ada.key));
  assert.deepEqual(idsOf(there, moved), idsOf(here, ada));
  assert.ok(there.store.isPinned(kept));
  const again = await bring(parts, file);
  assert.deepEqual(again.messages, { taken: 0, known: 256, refused: 0 });
  assert.deepEqual(again.pins, { taken: 0, known: 1, refused: 0 });
  assert.equal(there.store.head(), 256);
});

test('[Z102] what was interrupted is gone on with, and a file that is cut off says so', async () => {
  await using here = peerStage({ bytesMax: 1 << 24 });
  await using there = peerStage({ bytesMax: 1 << 24 });
  const ada = await here.person();
  await lived(ada, 300);
  const file = await exported(programOf(here, ada));
  const parts = programOf(there, there.join(ada));
  const half = await bring(parts, file.subarray(0, file.length >> 1));
  assert.match(half.trouble ?? '', /ends early/);
  assert.ok(half.messages.taken > 0 && half.messages.taken < 306);
  const whole = await bring(parts, file);
  assert.equal(whole.trouble, null);
  assert.deepEqual(whole.messages, {
    taken: 306 - half.messages.taken,
    known: half.messages.taken,
    refused: 0,
  });
});

test('[Z102] what is forged, of somebody else or refused is told with its record and leaves the rest alone', async () => {
  await using here = peerStage();
  const ada = await here.person();
  const bea = await here.person();
  const good = await ada.sign({ text: 'mine' });
  const spoilt = (await ada.sign({ text: 'forged' })).bytes.slice();
  spoilt[spoilt.length - 1] = (spoilt.at(-1) ?? 0) ^ 1;
  const ahead = await ada.sign({ timeMs: here.env.wallMs() + 3_600_000 });
  const writer = new AccountFileWriter(primitives);
  const head = { kind: 'head', user: ada.key, node: NODE, url: '', madeMs: 1, by: ada.key } as const;
  const file = concat(
    writer.add(head),
    writer.add({ kind: 'message', bytes: spoilt }),
    writer.add({ kind: 'message', bytes: (await bea.sign({})).bytes }),
    writer.add({ kind: 'message', bytes: Uint8Array.of(1, 2) }),
    writer.add({ kind: 'message', bytes: ahead.bytes }),
    writer.add({ kind: 'message', bytes: good.bytes }),
    writer.add({ kind: 'pin', id: new Uint8Array(32) }),
    writer.end(),
  );
  const report = await bring(programOf(here, ada), file);
  assert.deepEqual(report.messages, { taken: 1, known: 0, refused: 4 });
  assert.equal(here.peer.refused, 1, 'the node has seen the one from the future alone');
  assert.deepEqual(report.pins, { taken: 0, known: 0, refused: 1 });
  assert.deepEqual(
    report.refusals.map(({ record }) => record),
    [1, 2, 3, 4, 6],
  );
  assert.match(report.refusals[0]?.why ?? '', /not signed/);
  assert.match(report.refusals[1]?.why ?? '', /somebody else/);
  await assert.rejects(
    bring(programOf(here, bea), file),
    (thrown) => thrown instanceof Fault && thrown.code === 'forbidden',
  );
  const others = await bring(programOf(here, bea), file, { ofAnybody: true });
  assert.deepEqual(others.messages, { taken: 0, known: 1, refused: 4 });
  await assert.rejects(bring(programOf(here, ada), Uint8Array.of(0x83, 1)), Fault);
});

const python = pythonAt(['/usr/bin/python3', 'python3']);

function pythonAt(paths: readonly string[]): string | null {
  for (const path of paths) {
    try {
      execFileSync(path, ['--version'], { stdio: 'ignore' });
      return path;
    } catch {
      // The next one.
    }
  }
  return null;
}

test(
  '[Z100] a program in plain Python reads the file and checks every signature and the end',
  { skip: python === null ? 'there is no python3' : false },
  async () => {
    await using here = peerStage();
    const ada = await here.person();
    await lived(ada, 5);
    const file = await exported(programOf(here, ada));
    const folder = mkdtempSync(join(tmpdir(), 'copse-account-'));
    const reader = join(import.meta.dirname, '../account-file/read_account.py');
    const run = (bytes: Uint8Array): string => {
      const path = join(folder, 'account.copse');
      writeFileSync(path, bytes);
      return execFileSync(python ?? '', [reader, path], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    };
    try {
      const said: unknown = JSON.parse(run(file));
      assert.ok(typeof said === 'object' && said !== null);
      const found = new Map(Object.entries(said));
      assert.equal(found.get('user'), hex(ada.key));
      assert.equal(found.get('records'), 13);
      assert.equal(found.get('unsigned'), 0);
      assert.deepEqual(found.get('kinds'), { 1: 6, 2: 1, 3: 1, 32: 1, 33: 1, 37: 1 });
      assert.throws(() => run(file.subarray(0, -1)), {
        status: 1,
        stderr: /^the file ends early, after 13 records\n$/,
      });
      const spoilt = file.slice();
      spoilt[200] = (spoilt[200] ?? 0) ^ 1;
      assert.throws(() => run(spoilt), {
        status: 1,
        stderr: /^these are not the records that were written\n$/,
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
