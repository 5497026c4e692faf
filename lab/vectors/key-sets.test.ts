/** The golden vectors of keys of devices, users and sites (SPEC W7, K1-K5). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { key, siteId } from 'copse/internal/base/ids.ts';
import { deviceExchangeKey, openDeviceKey, writeDeviceKey } from 'copse/internal/capability/device-key.ts';
import {
  commitmentOf,
  hashOfPart,
  hashOfParts,
  openKeySet,
  openSiteLink,
  sealSiteLink,
  successionOf,
  writeKeySet,
} from 'copse/internal/capability/key-set.ts';
import {
  openUserEnvelope,
  openUserKey,
  openUserLink,
  sealUserEnvelope,
  writeUserKey,
} from 'copse/internal/capability/user-key.ts';
import { openEnvelope, sealEnvelope } from 'copse/internal/client/site-envelope.ts';
import { openOwn, sealOwn } from 'copse/internal/client/site-keys.ts';
import { fixedEnv, primitives } from './make/draw.ts';
import { read, unhex } from './read.ts';

type Form = 'deviceKey' | 'userKey' | 'userEnvelope' | 'siteEnvelope' | 'own' | 'keySet';

/** Which of the fields there are depends on the form. */
interface KeyVector {
  readonly name: string;
  readonly form: Form;
  readonly bytes: string;
  readonly seed: string;
  readonly blessing?: string;
  readonly secret: string;
  readonly before: string;
  readonly nonce: string;
  readonly key: string;
  readonly site: string;
  readonly generation: number;
  readonly oneTimeSecret: string;
  readonly recipientSecret: string;
  readonly recipientKey: string;
  readonly envelopes: readonly {
    readonly user: string;
    readonly generation: number;
    readonly envelope: string;
  }[];
  readonly parts: readonly string[];
  readonly value: Readonly<Record<string, string | number | boolean | null>>;
}

interface Refused {
  readonly form: 'deviceKey' | 'userKey' | 'keySet';
  readonly bytes: string;
  readonly fault: string | null;
}

const { valid, invalid } = read<KeyVector, Refused>('key-sets.json');

function plain(value: object | null): Record<string, unknown> {
  const hexed = (each: unknown): unknown => (each instanceof Uint8Array ? hex(each) : each);
  return Object.fromEntries(Object.entries(value ?? {}).map(([name, each]) => [name, hexed(each)]));
}

function of(form: Form): readonly KeyVector[] {
  const found = valid.filter((vector) => vector.form === form);
  assert.ok(found.length > 0, form);
  return found;
}

test('[W7, K1] the statement of an exchange key is made and opened as stated', async () => {
  for (const { name, seed, secret, blessing, value, bytes } of of('deviceKey')) {
    assert.deepEqual(plain(await openDeviceKey(primitives, unhex(bytes))), value, name);
    assert.equal(hex((await deviceExchangeKey(primitives, unhex(seed))).secret), secret);
    assert.equal(
      hex(await writeDeviceKey(primitives, unhex(seed), unhex(must(blessing, name)))),
      bytes,
      name,
    );
  }
});

test('[W7, K2] statements, links and envelopes of user keys are made and opened as stated', async () => {
  for (const { name, seed, secret, before, blessing, value, bytes } of of('userKey')) {
    const opened = must(await openUserKey(primitives, unhex(bytes)), name);
    assert.deepEqual(plain(opened), value, name);
    const by = { seed: unhex(seed), ...(blessing === undefined ? {} : { blessing: unhex(blessing) }) };
    assert.equal(hex(await writeUserKey(primitives, by, opened)), bytes, name);
    if (opened.generation === 1) continue;
    const own = { user: opened.user, generation: opened.generation, secret: unhex(secret) };
    assert.equal(hex(must(openUserLink(primitives, own, opened.link), name)), before, name);
  }
  for (const { name, recipientSecret, recipientKey, oneTimeSecret, value, bytes } of of('userEnvelope')) {
    const to = { secret: unhex(recipientSecret), publicKey: unhex(recipientKey) };
    const { user, generation, secret } = value;
    const place = { user: key(unhex(String(user))), generation: Number(generation) };
    assert.equal(hex(must(await openUserEnvelope(primitives, to, place, unhex(bytes)), name)), secret, name);
    const given = { ...place, secret: unhex(String(secret)) };
    const made = await sealUserEnvelope(primitives, fixedEnv(unhex(oneTimeSecret)), given, to.publicKey);
    assert.equal(hex(must(made, name)), bytes, name);
  }
});

test('[W7, K4] a site key is sealed to a later user key, and by a user for herself, as stated', async () => {
  for (const vector of of('siteEnvelope')) {
    const { name, site, generation, recipientSecret, recipientKey, oneTimeSecret, value, bytes } = vector;
    const to = { site: siteId(site), generation, publicKey: unhex(recipientKey) };
    const place = { ...to, secret: unhex(recipientSecret), epoch: Number(value['epoch']) };
    const secrets = must(await openEnvelope(primitives, place, unhex(bytes)), name);
    assert.deepEqual(plain(secrets), value, name);
    assert.equal(
      hex(await sealEnvelope(primitives, fixedEnv(unhex(oneTimeSecret)), to, secrets)),
      bytes,
      name,
    );
  }
  for (const { name, site, generation, secret, nonce, value, bytes } of of('own')) {
    const place = { site: siteId(site), epoch: Number(value['epoch']), generation, secret: unhex(secret) };
    const secrets = must(openOwn(primitives, place, unhex(bytes)), name);
    assert.deepEqual(plain(secrets), value, name);
    assert.equal(hex(sealOwn(primitives, fixedEnv(unhex(nonce)), place, secrets)), bytes, name);
    assert.equal(openOwn(primitives, { ...place, generation: generation + 1 }, unhex(bytes)), null);
  }
});

test('[W7, K3, K5] sets, their parts, links, commitments and successions are as stated', async () => {
  for (const { name, seed, key: own, before, nonce, envelopes, parts, value, bytes } of of('keySet')) {
    const opened = must(await openKeySet(primitives, unhex(bytes)), name);
    const { id, maker, ...terms } = opened;
    assert.deepEqual(plain(terms), value, name);
    assert.equal(id.length, 64);
    assert.equal(maker.length, 32);
    assert.equal(hex(await writeKeySet(primitives, unhex(seed), opened)), bytes, name);
    const rows = envelopes.map((each) => ({ ...each, envelope: unhex(each.envelope) }));
    assert.deepEqual(
      [rows, []].map((part) => hex(hashOfPart(primitives, part))),
      parts,
      name,
    );
    assert.equal(hex(hashOfParts(primitives, parts.map(unhex))), value['envelopes'], name);
    const place = { site: opened.site, epoch: opened.epoch, key: unhex(own) };
    assert.equal(hex(commitmentOf(primitives, place)), value['commitment'], name);
    const previous = { ...place, epoch: opened.epoch - 1, key: unhex(before) };
    assert.equal(hex(successionOf(primitives, previous, opened.commitment)), value['succession'], name);
    if (!opened.history) continue;
    assert.equal(hex(must(openSiteLink(primitives, place, opened.link), name)), before, name);
    const made = sealSiteLink(primitives, fixedEnv(unhex(nonce)), place, unhex(before));
    assert.equal(hex(made), value['link'], name);
  }
});

test('[W7, K1, K2, K5] statements and sets that do not hold are refused as stated', async () => {
  const open = { deviceKey: openDeviceKey, userKey: openUserKey, keySet: openKeySet } as const;
  for (const { name, form, bytes, fault } of invalid) {
    const answer = await open[form](primitives, unhex(bytes)).catch((thrown: unknown) =>
      thrown instanceof Fault ? thrown.code : 'thrown',
    );
    assert.equal(answer, fault, name);
  }
});
