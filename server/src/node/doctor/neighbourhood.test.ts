import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { userId } from 'copse/internal/base/ids.ts';
import { signKeyOf } from 'copse/internal/client/identity.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { signMessage } from 'copse/internal/social/message/message.ts';
import { Files } from '../../peer/files/files.ts';
import { FolderBlobs } from '../../store/blobs-folder.ts';
import { SqliteFiles } from '../../store/files-sqlite.ts';
import { openPeerStore } from '../../store/peer.ts';
import { openDatabase } from '../../store/sqlite.ts';
import { readSettings, type Settings } from '../settings.ts';
import { diagnose } from './doctor.ts';
import type { Finding } from './finding.ts';

const env = realEnv();
const primitives = nativePrimitives();

function settingsOf(data: string): Settings {
  return readSettings({ flags: { data, port: 0 }, environment: {}, file: {} });
}

interface Seen {
  readonly findings: readonly Finding[];
  readonly note: string;
}

async function look(data: string, what: 'messages' | 'files'): Promise<Seen> {
  for await (const { name, findings, note, skipped } of diagnose(settingsOf(data), env, primitives))
    if (name === what) return { findings, note: note ?? skipped ?? '' };
  throw new Error('it is looked at');
}

async function withData(task: (data: string) => Promise<void>): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'copse-doctor-'));
  try {
    const data = join(scratch, 'data');
    mkdirSync(data, { mode: 0o700 });
    await task(data);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Some posts, an edit, something taken back, a statement; not all of their words are gathered. */
async function writeMessages(path: string): Promise<void> {
  await using store = openPeerStore({ path, primitives, env });
  const ada = await signKeyOf(primitives, new Uint8Array(32).fill(1));
  const put = async (terms: object) => {
    const message = await signMessage(primitives, ada.seed, {
      kind: KIND.post,
      timeMs: env.wallMs(),
      text: 'words',
      ...terms,
    });
    store.put([{ message, payer: ada.publicKey, bytesMax: 1 << 20, atMs: env.wallMs() }]);
    return message;
  };
  const [first, wrong] = [await put({ text: 'first' }), await put({ text: 'in haste' })];
  await put({ kind: KIND.edit, text: 'first, indeed', replies: [first.id] });
  await put({ kind: KIND.profile, text: '', content: Uint8Array.of(1) });
  while (store.indexWords(64));
  await put({ kind: KIND.delete, text: '', replies: [wrong.id] });
  store.pin(first.id, true);
  await put({ text: 'the last one' });
}

test('[N6, Z25] the doctor counts messages again, and names what does not agree', async () => {
  await withData(async (data) => {
    assert.match((await look(data, 'messages')).note, /no messages yet/);
    const path = join(data, 'messages.sqlite');
    await writeMessages(path);
    const whole = await look(data, 'messages');
    assert.deepEqual(whole.findings, []);
    assert.match(whole.note, /^6 messages of 1 accounts, \d+ bytes\. 1 posts are not in the index/);
    const spoilt: readonly (readonly [string, RegExp])[] = [
      ['UPDATE account SET kept_bytes = kept_bytes + 1', /1 accounts count otherwise/],
      ['UPDATE message SET payer = 99 WHERE kept = 0', /messages count for no account/],
      ['UPDATE ref SET seq = 99 WHERE seq = 1', /1 entries of the index/],
      ['UPDATE current SET seq = 99', /1 statements/],
      ['UPDATE peer SET last_seq = 2, words_seq = 2', /behind the last position/],
      ['UPDATE account SET mark_ms = 9000000000000000', /a time to come/],
      ['UPDATE peer SET words_seq = last_seq', /index of words has 1 posts where it should have 2/],
    ];
    for (const [sql, what] of spoilt) {
      rmSync(path);
      await writeMessages(path);
      const database = openDatabase(path);
      database.execute(sql);
      database.close();
      const { findings } = await look(data, 'messages');
      assert.ok(
        findings.some((each) => what.test(each.what)),
        `${sql}: ${JSON.stringify(findings)}`,
      );
    }
  });
});

const ADA = userId('aa'.repeat(8));

/** A file of two chunks, and one that shares the first with it. */
async function writeFiles(data: string): Promise<void> {
  await using files = await Files.open({
    store: SqliteFiles.open({ path: join(data, 'files.sqlite') }),
    blobs: new FolderBlobs(join(data, 'files')),
    primitives,
    env,
    worth: async () => 1e9,
    sizeMax: 1e9,
    bytesMax: 1e9,
  });
  const ticket = { account: ADA, expiresMs: Number.MAX_SAFE_INTEGER, grant: null, device: null };
  const chunk = new Uint8Array(1 << 20).fill(1);
  const last = Uint8Array.of(1, 2, 3);
  for (const chunks of [[chunk, last], [chunk]]) {
    const digests = new Uint8Array(Buffer.concat(chunks.map((each) => primitives.sha256(each))));
    const size = chunks.reduce((sum, each) => sum + each.length, 0);
    const offered = { size, type: 'a/b', name: '', kind: 'own', digests } as const;
    const { address } = await files.begin(ticket, offered);
    for (const [at, bytes] of chunks.entries()) await files.put(ticket, { address, at, bytes });
    await files.finish(ticket, address);
  }
}

function blobOf(data: string, which: number): string {
  const folder = join(data, 'files');
  const names = readdirSync(folder).flatMap((part) =>
    readdirSync(join(folder, part)).map((name) => join(folder, part, name)),
  );
  return must(names.toSorted()[which], 'a blob');
}

test('[N6, Z41] the doctor finds chunks that are missing or of no file, and counts files again', async () => {
  await withData(async (data) => {
    assert.match((await look(data, 'files')).note, /no files yet/);
    await writeFiles(data);
    const whole = await look(data, 'files');
    assert.deepEqual(whole.findings, []);
    assert.equal(whole.note, '2 files, 2097155 bytes, in 2 chunks.');
    const stranger = join(data, 'files', 'ab');
    mkdirSync(stranger, { recursive: true });
    writeFileSync(join(stranger, 'ab'.repeat(32)), 'who knows');
    const [strange] = (await look(data, 'files')).findings;
    assert.match(strange?.what ?? '', /^1 blobs, 9 bytes, are of no file/);
    rmSync(join(stranger, 'ab'.repeat(32)));
    rmSync(blobOf(data, 0));
    assert.match(
      (await look(data, 'files')).findings[0]?.what ?? '',
      /^1 chunks are missing, among others of [0-9a-f]{64}/,
    );
    const spoilt: readonly (readonly [string, RegExp])[] = [
      ['UPDATE account SET bytes = bytes - 1', /1 accounts count otherwise/],
      ['UPDATE total SET files = 7', /sum of all files/],
      ['DELETE FROM hold', /other holders/],
      ['UPDATE chunk SET uses = 0', /of no file, as a crash leaves them/],
      ['DELETE FROM part WHERE at = 1', /1 whole files do not have/],
    ];
    for (const [sql, what] of spoilt) {
      for (const name of ['files.sqlite', 'files']) rmSync(join(data, name), { recursive: true });
      await writeFiles(data);
      const database = openDatabase(join(data, 'files.sqlite'));
      database.execute(sql);
      database.close();
      const { findings } = await look(data, 'files');
      assert.ok(
        findings.some((each) => what.test(each.what)),
        `${sql}: ${JSON.stringify(findings)}`,
      );
    }
  });
});
