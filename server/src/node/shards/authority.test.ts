/** A tail at the door of auth, over a real socket (SPEC A18). */

import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { AuthInternalEvents } from 'copse/internal/api/auth.ts';
import { must } from 'copse/internal/base/assert.ts';
import { key as nodeKey, logId, siteId, userId } from 'copse/internal/base/ids.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { authRetryMs } from 'copse/internal/base/limits-shards.ts';
import type { Link } from 'copse/internal/link/link.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { socketTo } from 'copse/internal/native/runtime.ts';
import { FakeEnv } from '../../tail/testing/fake-env.ts';
import { openRole } from '../roles.ts';
import { readSettings } from '../settings.ts';
import type { RunningNode } from '../compose.ts';
import { RemoteAuthority } from './authority.ts';
import { ownTailKey, readTailKey, TAIL_KEY_FILE, type TailKey } from './tail-key.ts';

const primitives = nativePrimitives();
const env = realEnv();
const PATIENCE_MS = 10_000;

interface Stage extends AsyncDisposable {
  readonly folder: string;
  readonly node: RunningNode;
  readonly key: TailKey;
}

async function stage(): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'copse-tails-'));
  const settings = readSettings({
    flags: { data: folder, port: 0, role: 'auth' },
    environment: {},
    file: {},
  });
  const node = await openRole(settings, env);
  return {
    folder,
    node,
    key: await readTailKey(folder, primitives),
    async [Symbol.asyncDispose]() {
      await node[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

const silent: AuthInternalEvents = { change() {}, beat() {}, keys() {} };

function authorityOf({ node }: Stage, key: TailKey): RemoteAuthority {
  const url = `${node.url.replace('http', 'ws')}/auth`;
  return new RemoteAuthority({ env, primitives, key, dial: () => socketTo(url) });
}

async function until(isTrue: () => boolean): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!isTrue()) {
    assert.ok(performance.now() < endMs, 'in time');
    await pause(5);
  }
}

test('[A18, A14] with the key of tails a process asks auth, follows its feed and says what it serves', async () => {
  await using it = await stage();
  using authority = authorityOf(it, it.key);
  let beats = 0;
  const remote = authority.connect({ ...silent, beat: () => beats++ });
  await until(() => authority.isUp);
  const page = await remote.follow({ shard: 0, from: 0 });
  assert.deepEqual(page.node, it.key.node);
  assert.ok(page.keys.length > 0);
  // A link that comes makes the feed ask what it has missed.
  assert.ok(beats > 0);
  authority.own({ shard: 0, epoch: 7, url: 'ws://oak.example/tail' });
  const told = (): boolean =>
    it.node.figures().some(({ name, value }) => name === 'authShardEpoch' && value === '7');
  await until(told);
});

test('[A18] a key that auth did not make opens nothing of what tails get', async () => {
  await using it = await stage();
  const other = mkdtempSync(join(tmpdir(), 'copse-tails-'));
  const forged = await ownTailKey(other, it.key.node, { primitives, env });
  rmSync(other, { recursive: true });
  using authority = authorityOf(it, forged);
  const remote = authority.connect(silent);
  await until(() => authority.isUp);
  // Its session is a stranger's, which has no such call.
  await assert.rejects(async () => remote.follow({ shard: 0, from: 0 }), {
    name: 'Fault',
    code: 'malformed',
  });
});

test('[A18, H4] a tail speaks to no node but the one that its key names', async () => {
  await using it = await stage();
  const wrong = new Uint8Array(it.key.node);
  wrong[0]! ^= 1;
  using authority = authorityOf(it, { ...it.key, node: must(wrong as TailKey['node'], 'a key') });
  const remote = authority.connect(silent);
  await pause(300);
  assert.equal(authority.isUp, false);
  await assert.rejects(async () => remote.follow({ shard: 0, from: 0 }), { code: 'closed' });
});

test('[A18, G6] the key of tails is made once, for its owner alone, and a file that is none is refused', async () => {
  await using it = await stage();
  const path = join(it.folder, TAIL_KEY_FILE);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const again = await ownTailKey(it.folder, it.node.key, { primitives, env });
  assert.deepEqual(again, it.key);
  const elsewhere = mkdtempSync(join(tmpdir(), 'copse-tails-'));
  await assert.rejects(readTailKey(elsewhere, primitives), { code: 'config', message: /copy it/ });
  copyFileSync(join(it.folder, 'node.key'), join(elsewhere, TAIL_KEY_FILE));
  await assert.rejects(readTailKey(elsewhere, primitives), { code: 'config' });
  rmSync(elsewhere, { recursive: true });
});

test('[A18, I4] over the same link it tells notify what is new, and may say nothing else', async () => {
  await using it = await stage();
  using authority = authorityOf(it, it.key);
  authority.connect(silent);
  await until(() => authority.isUp);
  const notify = authority.notify();
  const [site, log] = [siteId('5'.repeat(32)), logId('c'.repeat(32))];
  await notify.publish({ logs: [{ site, log, length: 3, mentions: [], by: null }] });
  const frame = { shard: 0, epoch: 1, seq: 0, reads: [], muted: [userId('a'.repeat(16))], unmuted: [] };
  assert.deepEqual(await notify.presence(frame), { kind: 'ok' });
  await notify.read({ reads: [{ user: userId('a'.repeat(16)), site, log, at: 3 }] });
  const figure = (of: string) => it.node.figures().find(({ name }) => name === of)?.value;
  assert.deepEqual([figure('notifyPublishedTotal'), figure('notifyHere')], ['1', '1']);
  await assert.rejects(() => notify.told({ user: userId('a'.repeat(16)) }), { code: 'forbidden' });
  await assert.rejects(() => notify.unread({ user: userId('a'.repeat(16)) }), { code: 'forbidden' });
  await assert.rejects(() => notify.about({}), { code: 'forbidden' });
});

test('[A18, I5] auth that was away for long is found again within two seconds', async () => {
  const clock = new FakeEnv();
  const attemptsMs: number[] = [];
  const key = await keyOfNobody();
  const dial = (): Link => {
    attemptsMs.push(clock.nowMs());
    return {
      send: () => {},
      listen: (events) => void clock.after(1, () => events.onClose(null)),
      buffered: () => 0,
      close: () => {},
    };
  };
  using authority = new RemoteAuthority({ env: clock, primitives, key, dial });
  await clock.advance(600_000);
  assert.equal(authority.isUp, false);
  const pausesMs = attemptsMs.slice(1).map((ms, i) => ms - (attemptsMs[i] ?? 0));
  assert.ok(Math.max(...pausesMs) <= authRetryMs + 10, `${Math.max(...pausesMs)} ms`);
});

async function keyOfNobody(): Promise<TailKey> {
  const folder = mkdtempSync(join(tmpdir(), 'copse-tails-'));
  try {
    return await ownTailKey(folder, nodeKey(await primitives.ed25519PublicKey(new Uint8Array(32).fill(7))), {
      primitives,
      env,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
