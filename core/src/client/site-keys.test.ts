import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as fc from 'fast-check';

import { utf8 } from '../base/bytes.ts';
import { realEnv } from '../base/env.ts';
import { deviceId, siteId } from '../base/ids.ts';
import { exchangeKeyOf } from '../crypto/agree.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { EntryCursor, encodeEntry, type Entry } from '../wire/entry.ts';
import { openEnvelope, sealEnvelope } from './site-envelope.ts';
import { newSiteSecrets, SiteKeys } from './site-keys.ts';

const primitives = nativePrimitives();
const env = realEnv();
const site = siteId('aa'.repeat(16));
const otherSite = siteId('ab'.repeat(16));
const device = deviceId('cc'.repeat(8));
const secrets = newSiteSecrets(env);
const keys = new SiteKeys(primitives, env, site, secrets);
const log = keys.logId('chat');
const writer = { device, epoch: 3, seq: 7, timeMs: 1_700_000_000_000 };

function cursorOf(bytes: Uint8Array): EntryCursor {
  const cursor = new EntryCursor(bytes);
  assert.ok(cursor.next());
  return cursor;
}

test('[A12] an envelope opens for its recipient, site and epoch and for nobody else', async () => {
  const ada = await exchangeKeyOf(primitives, env.random(32));
  const bob = await exchangeKeyOf(primitives, env.random(32));
  const sealed = await sealEnvelope(primitives, env, { site, publicKey: ada.publicKey }, secrets);
  assert.deepEqual(await openEnvelope(primitives, { site, ...ada, epoch: 1 }, sealed), secrets);
  assert.equal(await openEnvelope(primitives, { site, ...bob, epoch: 1 }, sealed), null);
  assert.equal(await openEnvelope(primitives, { site: otherSite, ...ada, epoch: 1 }, sealed), null);
  assert.equal(await openEnvelope(primitives, { site, ...ada, epoch: 2 }, sealed), null);
});

test('[A12] an envelope for a key that is none is refused', async () => {
  const to = { site, publicKey: new Uint8Array(32) };
  await assert.rejects(sealEnvelope(primitives, env, to, secrets), { code: 'badProof' });
});

test('[S6] the id of a log depends on its name and on the secret of its site', () => {
  const other = new SiteKeys(primitives, env, site, newSiteSecrets(env));
  assert.equal(keys.logId('chat'), log);
  assert.notEqual(keys.logId('Chat'), log);
  assert.notEqual(other.logId('chat'), log);
});

test('[R2] logs of one folder share the first half of their ids, and say nothing else of it', () => {
  const other = new SiteKeys(primitives, env, site, newSiteSecrets(env));
  const ids = ['docs/a', 'docs/b', 'docs/deep/a', 'docs', 'a'].map((name) => keys.logId(name));
  const halves = ids.map((id) => `${id.slice(0, 16)}*`);
  assert.deepEqual(halves.slice(0, 2), [keys.folder('docs'), keys.folder('docs')]);
  assert.deepEqual(halves.slice(2), [keys.folder('docs/deep'), keys.folder(''), keys.folder('')]);
  assert.equal(new Set(ids.map((id) => id.slice(16))).size, 5);
  assert.notEqual(other.folder('docs'), keys.folder('docs'));
});

test('[S6] a label opens for members and in its site only', () => {
  const label = { title: 'Garden 🌱', logs: ['chat', 'plans'] };
  const sealed = keys.sealLabel(label);
  assert.deepEqual(keys.openLabel(sealed), label);
  assert.equal(new SiteKeys(primitives, env, site, newSiteSecrets(env)).openLabel(sealed), null);
  assert.equal(new SiteKeys(primitives, env, otherSite, secrets).openLabel(sealed), null);
  assert.equal(keys.openLabel(sealed.subarray(0, 5)), null);
  assert.equal(keys.openLabel(new Uint8Array(0)), null);
});

test('[S6] what is sealed into an entry comes out of it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (value) => {
      assert.deepEqual(keys.openEntry(log, cursorOf(keys.sealEntry(log, writer, value))), value);
    }),
  );
});

test('[S6] nothing of a value can be read from its entry', () => {
  const bytes = Buffer.from(keys.sealEntry(log, writer, utf8('meet me at the oak')));
  assert.equal(bytes.includes('oak'), false);
});

test('[S6] an entry that was moved to another log or site does not open', () => {
  const bytes = keys.sealEntry(log, writer, utf8('hello'));
  assert.equal(keys.openEntry(keys.logId('plans'), cursorOf(bytes)), 'altered');
  assert.equal(new SiteKeys(primitives, env, otherSite, secrets).openEntry(log, cursorOf(bytes)), 'altered');
});

test('[S6] an entry with any field of its header changed does not open', () => {
  const original = cursorOf(keys.sealEntry(log, writer, utf8('hello'))).entry();
  const changes: readonly Partial<Entry>[] = [
    { device: new Uint8Array(8).fill(0xcd) },
    { epoch: original.epoch + 1 },
    { seq: original.seq + 1 },
    { timeMs: original.timeMs + 1 },
    { payload: original.payload.map((byte, i) => (i === 20 ? byte ^ 1 : byte)) },
  ];
  for (const change of changes) {
    const forged = encodeEntry({ ...original, ...change });
    assert.equal(keys.openEntry(log, cursorOf(forged)), 'altered', Object.keys(change).join());
  }
});

test('[S6] an entry in clear is not taken for one of the members', () => {
  const { sealed: _, ...entry } = cursorOf(keys.sealEntry(log, writer, utf8('hello'))).entry();
  assert.equal(keys.openEntry(log, cursorOf(encodeEntry({ ...entry, sealed: false }))), 'altered');
});

test('[S6] entries of every key epoch that is held open, others say that the key is missing', () => {
  const own = new SiteKeys(primitives, env, site, secrets);
  const first = own.sealEntry(log, writer, utf8('one'));
  own.add({ ...newSiteSecrets(env), nameSecret: secrets.nameSecret, epoch: 2 });
  const second = own.sealEntry(log, { ...writer, seq: 8 }, utf8('two'));
  assert.equal(cursorOf(second).keyEpoch, 2);
  assert.deepEqual(own.openEntry(log, cursorOf(first)), utf8('one'));
  assert.deepEqual(own.openEntry(log, cursorOf(second)), utf8('two'));
  assert.equal(keys.openEntry(log, cursorOf(second)), 'noKey');
});
