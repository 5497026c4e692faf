import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { realEnv } from 'copse/internal/base/env.ts';
import { deviceId, userId } from 'copse/internal/base/ids.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { NO_DIGEST } from 'copse/internal/social/subscriptions/digest.ts';
import { backUp } from '../../store/backup.ts';
import { SqliteNews } from '../../store/news-sqlite.ts';
import { composeNode } from '../compose.ts';
import { PUSH_KEY_FILE } from '../push-key.ts';
import { readSettings, type Settings } from '../settings.ts';
import { diagnose } from './doctor.ts';
import type { Finding } from './finding.ts';

const user = userId('a'.repeat(16));
const deviceAt = (n: number) => deviceId(`${n}`.padStart(16, 'd'));
const urlOf = (n: number): string => `https://push.example/${n}`;

function settingsOf(data: string, flags: Readonly<Record<string, unknown>> = {}): Settings {
  return readSettings({ flags: { data, port: 0, ...flags }, environment: {}, file: {} });
}

async function look(settings: Settings): Promise<{ findings: readonly Finding[]; note: string }> {
  for await (const diagnosis of diagnose(settings, realEnv(), nativePrimitives())) {
    const { name, findings, note, skipped } = diagnosis;
    if (name === 'notifications') return { findings, note: note ?? skipped ?? '' };
  }
  throw new Error('notifications are looked at');
}

/** A directory that a node has used and left. */
async function withData(task: (data: string) => Promise<void>): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'copse-doctor-'));
  try {
    await (await composeNode(settingsOf(join(scratch, 'data')), realEnv())).drain();
    await task(join(scratch, 'data'));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Devices with an address each, of which so many failed and so many are gone. */
async function fill(data: string, count: number, failed: number, gone: number): Promise<void> {
  await using store = SqliteNews.open({ path: join(data, 'notify.sqlite') });
  const some = Array.from({ length: count }, (_, n) => n);
  const keys = { p256dh: new Uint8Array(65), auth: new Uint8Array(16) };
  const endpoints = some.map((n) => [deviceAt(n), { url: urlOf(n), ...keys }] as const);
  const difference = { listeners: [], endpoints };
  const deliveries = some.map((n) => ({
    user,
    device: deviceAt(n),
    url: urlOf(n),
    failures: n < failed ? 1 : 0,
    sinceMs: 1,
    goneMs: n >= failed && n < failed + gone ? 1 : 0,
  }));
  await store.commit({
    subscriptions: [{ user, version: 1, hash: NO_DIGEST, digest: NO_DIGEST, difference }],
    deliveries,
  });
}

test('[I23] the doctor says who is notified, and what is wrong with the key for push services', async () => {
  await withData(async (data) => {
    assert.match((await look(settingsOf(data))).note, /^No device/);
    assert.match((await look(settingsOf(data, { notify: false }))).note, /^Off/);
    const path = join(data, PUSH_KEY_FILE);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    chmodSync(path, 0o644);
    assert.match((await look(settingsOf(data))).findings[0]?.todo ?? '', /chmod 600/);
    chmodSync(path, 0o600);
    writeFileSync(path, 'half-a-secret');
    const [spoilt] = (await look(settingsOf(data))).findings;
    assert.equal(spoilt?.level, 'problem');
    assert.doesNotMatch(JSON.stringify(spoilt), /half-a-secret/);
    await assert.rejects(() => composeNode(settingsOf(data), realEnv()), { code: 'corrupt' });
    rmSync(path);
    await fill(data, 2, 0, 0);
    assert.match((await look(settingsOf(data))).findings[0]?.what ?? '', /missing/);
  });
});

const named = { pushContact: 'mailto:admin@copse.example' };

test('[I23] a push service that takes nothing is named, and devices that are gone are counted', async () => {
  await withData(async (data) => {
    await fill(data, 5, 2, 1);
    assert.match(
      (await look(settingsOf(data, named))).note,
      /^5 devices are notified, through 1 push service; at 1 of them/,
    );
    const letter = { user, device: deviceAt(1), atMs: 1, last: '403', origin: 'https://push.example' };
    const letters = ['attempts', 'attempts', 'late'].map((why) => ({ ...letter, why }));
    await using store = SqliteNews.open({ path: join(data, 'notify.sqlite') });
    await store.commit({ letters });
    const { note } = await look(settingsOf(data, named));
    assert.match(
      note,
      /3 messages were given up: 2 × attempts, 403; 1 × late, 403\. `copse notify letters` lists them\.$/,
    );
    await fill(data, 5, 4, 1);
    const [finding] = (await look(settingsOf(data, named))).findings;
    assert.deepEqual([finding?.level, finding?.where], ['warning', 'https://push.example']);
    assert.match(finding?.todo ?? '', /clock/);
  });
});

test('[I23] push services are told where the operator is reached', async () => {
  await withData(async (data) => {
    assert.deepEqual((await look(settingsOf(data))).findings, []);
    await fill(data, 1, 0, 0);
    assert.equal((await look(settingsOf(data))).findings[0]?.where, 'pushContact');
    assert.deepEqual((await look(settingsOf(data, named))).findings, []);
    assert.deepEqual(
      (await look(settingsOf(data, { url: 'https://copse.example', proxied: true }))).findings,
      [],
    );
    for (const [name, wrong] of [
      ['pushContact', 'admin@copse.example'],
      ['pushHosts', 'https://push.example'],
      ['pushTrusted', 'push.example'],
    ] as const)
      assert.throws(() => settingsOf(data, { [name]: wrong }), { code: 'config' });
  });
});

test('[I23] the operator sees what waits, and the key is in a backup while the store is not', async () => {
  await withData(async (data) => {
    await using node = await composeNode(settingsOf(data), realEnv());
    const names = node.figures().map(({ name }) => name);
    for (const name of ['notifyListeners', 'notifyWaiting', 'notifyOldest', 'notifySentTotal', 'notifySweep'])
      assert.ok(names.includes(name), name);
    const target = join(data, '..', 'backup');
    const { files } = backUp({ directory: data, target, nowMs: 0, version: 'x' });
    const paths = files.map(({ path }) => path);
    assert.deepEqual([paths.includes(PUSH_KEY_FILE), paths.includes('notify.sqlite')], [true, false]);
  });
});

test('[I23] a node that is not to notify keeps no key for it', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'copse-doctor-'));
  try {
    const settings = settingsOf(join(scratch, 'data'), { notify: false });
    await using node = await composeNode(settings, realEnv());
    assert.ok(!node.figures().some(({ name }) => name.startsWith('notify')));
    assert.throws(() => statSync(join(scratch, 'data', PUSH_KEY_FILE)));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
});
