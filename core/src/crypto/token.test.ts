import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';

import * as fc from 'fast-check';

import { equal, hex } from '../base/bytes.ts';
import { deviceId, userId } from '../base/ids.ts';
import { browserPrimitives } from '../browser/primitives.ts';
import { nativeKeyedMac } from '../native/keyed-mac.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { keyedMac } from './hash.ts';
import {
  check,
  fromTokenText,
  keyNumberOf,
  mint,
  shardKey,
  tagOf,
  tokenText,
  type TokenClaims,
  type TokenKey,
} from './token.ts';

const native = nativePrimitives();
const rootKey = new Uint8Array(32).fill(4);
const nowMs = 1_800_000_000_000;

function keyOf(shardId: string, number: number, root = rootKey): TokenKey {
  return { number, mac: nativeKeyedMac(shardKey(native, root, shardId, number)) };
}

const key = keyOf('s1', 7);
const claims: TokenClaims = {
  keyNumber: 7,
  permissions: 0x8003,
  expiresAtMs: nowMs + 60_000,
  user: userId('0102030405060708'),
  device: deviceId('1112131415161718'),
  site: '2122232425262728',
  log: '3132333435363738',
  deviceEpoch: 0xfffffffe,
  siteEpoch: 3,
  capability: '4142434445464748',
  id: 'f1f2f3f4f5f6f7f8',
};

function claimsOf(token: Uint8Array): TokenClaims {
  const result = check(token, key, nowMs);
  assert.equal(result.kind, 'ok');
  if (result.kind !== 'ok') assert.fail('narrowed above');
  const { token: t } = result;
  return {
    keyNumber: t.keyNumber,
    permissions: t.permissions,
    expiresAtMs: t.expiresAtMs,
    user: t.user,
    device: t.device,
    site: t.site,
    log: t.log,
    deviceEpoch: t.deviceEpoch,
    siteEpoch: t.siteEpoch,
    capability: t.capability,
    id: t.id,
  };
}

test('[C6] the layout is the written one, little-endian', () => {
  const token = mint(key, claims);
  assert.equal(token.length, 80);
  const expiry = new Uint8Array(4);
  new DataView(expiry.buffer).setUint32(0, 1_800_000_060, true);
  assert.equal(
    hex(token.subarray(0, 64)),
    `01070380${hex(expiry)}01020304050607081112131415161718` +
      '21222324252627283132333435363738feffffff03000000' +
      '4142434445464748f1f2f3f4f5f6f7f8',
  );
  const mac = native.hmacSha256(shardKey(native, rootKey, 's1', 7), token.subarray(0, 64));
  assert.ok(equal(token.subarray(64), mac.subarray(0, 16)));
});

test('[C6] a token never changes its bytes: key derivation included', () => {
  assert.equal(hex(mint(key, claims).subarray(64)), '23e1a6ff3a56e5fe7b25216971f39f50');
});

test('[C6] what was minted is read back', () => {
  const id = fc.uint8Array({ minLength: 8, maxLength: 8 }).map(hex);
  const uint32 = fc.integer({ min: 0, max: 0xffffffff });
  const anyClaims = fc.record({
    keyNumber: fc.constant(7),
    permissions: fc.integer({ min: 0, max: 0xffff }),
    expiresAtMs: fc.integer({ min: nowMs / 1000 + 1, max: 0xffffffff }).map((s) => s * 1000),
    user: id.map(userId),
    device: id.map(deviceId),
    site: id,
    log: id,
    deviceEpoch: uint32,
    siteEpoch: uint32,
    capability: id,
    id,
  });
  fc.assert(fc.property(anyClaims, (any) => assert.deepEqual(claimsOf(mint(key, any)), { ...any })));
});

test('[C6] every flipped bit is refused', () => {
  const token = mint(key, claims);
  for (let bit = 0; bit < token.length * 8; bit++) {
    const bad = new Uint8Array(token);
    bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.equal(check(bad, key, nowMs).kind, bit < 8 ? 'malformed' : 'forged', `bit ${bit}`);
  }
});

test('[C6] the key of another shard, number or root refuses it', () => {
  const token = mint(key, claims);
  const others = [keyOf('s2', 7), keyOf('s1', 8), keyOf('s1', 7, new Uint8Array(32))];
  for (const other of others) assert.equal(check(token, other, nowMs).kind, 'forged');
  assert.equal(check(token, { ...keyOf('s2', 7), number: 7 }, nowMs).kind, 'forged');
  assert.equal(check(token, { ...keyOf('s1', 8), number: 7 }, nowMs).kind, 'forged');
});

test('[C6] shard and key number cannot run into one another', () => {
  const made = [
    shardKey(native, rootKey, '', 0x31),
    shardKey(native, rootKey, '1', 0x31),
    shardKey(native, rootKey, '11', 0),
    shardKey(native, rootKey, '1', 0),
  ];
  assert.equal(new Set(made.map(hex)).size, made.length);
});

test('[C6] other lengths are malformed', () => {
  const token = mint(key, claims);
  for (const size of [0, 1, 64, 79]) {
    assert.equal(check(token.subarray(0, size), key, nowMs).kind, 'malformed');
    assert.equal(keyNumberOf(token.subarray(0, size)), null);
  }
  assert.equal(check(new Uint8Array(81), key, nowMs).kind, 'malformed');
  assert.equal(keyNumberOf(token), 7);
});

test('[A5] a token is good until its second and not one millisecond longer', () => {
  const token = mint(key, claims);
  assert.equal(check(token, key, claims.expiresAtMs - 1).kind, 'ok');
  assert.equal(check(token, key, claims.expiresAtMs).kind, 'expired');
  const forged = new Uint8Array(token);
  forged[79] = (forged[79] ?? 0) ^ 1;
  assert.equal(check(forged, key, claims.expiresAtMs).kind, 'forged');
});

test('[C6] claims that do not fit are our own mistake', () => {
  const wrong: readonly Partial<TokenClaims>[] = [
    { keyNumber: 8 },
    { permissions: 0x10000 },
    { permissions: -1 },
    { expiresAtMs: 2 ** 32 * 1000 },
    { deviceEpoch: 1.5 },
    { siteEpoch: 2 ** 32 },
    { site: '00'.repeat(16) },
    { log: 'zz'.repeat(8) },
    { id: '' },
  ];
  for (const part of wrong) {
    assert.throws(() => mint(key, { ...claims, ...part }), { name: 'AssertionError' }, JSON.stringify(part));
  }
});

test('[C6] both implementations of the MAC check each other’s tokens', () => {
  const bytes = shardKey(browserPrimitives(), rootKey, 's1', 7);
  const generic: TokenKey = { number: 7, mac: keyedMac(browserPrimitives(), bytes) };
  assert.equal(check(mint(key, claims), generic, nowMs).kind, 'ok');
  assert.equal(check(mint(generic, claims), key, nowMs).kind, 'ok');
});

test('[A5] the tag of a claim is the tag of its id', () => {
  const result = check(mint(key, claims), key, nowMs);
  if (result.kind !== 'ok') assert.fail('minted above');
  for (const kind of ['user', 'device', 'site', 'capability'] as const) {
    assert.equal(result.token.tag(kind), tagOf(claims[kind]));
    assert.ok(Number.isSafeInteger(result.token.tag(kind)));
  }
  assert.notEqual(tagOf('0102030405060708'), tagOf('0102030405070708'));
  assert.equal(tagOf('0102030405060708'), tagOf('01020304050607ff'), 'so the id itself is compared');
  assert.ok(Number.isSafeInteger(tagOf('ff'.repeat(8))));
});

test('[C6] the text form is base64url and nothing else is read as one', () => {
  const token = mint(key, claims);
  const text = tokenText(token);
  assert.equal(text.length, 107);
  assert.deepEqual(fromTokenText(text), token);
  for (const bad of ['', text.slice(1), `${text}A`, `${text}=`, `+${text.slice(1)}`, ` ${text.slice(1)}`]) {
    assert.equal(fromTokenText(bad), null);
  }
});

test('[G6] a token shows nothing of itself when printed', () => {
  const result = check(mint(key, claims), key, nowMs);
  if (result.kind !== 'ok') assert.fail('minted above');
  assert.equal(JSON.stringify(result.token), '{}');
  assert.ok(!inspect(result.token).includes('f1'));
});
