import assert from 'node:assert/strict';
import { crc32 as zlibCrc32 } from 'node:zlib';
import { test } from 'node:test';
import fc from 'fast-check';
import { backoff } from './backoff.ts';
import { base64url, compare, concat, equal, fromBase64url, fromHex, fromUtf8, hex, utf8 } from './bytes.ts';
import { Cache } from './cache.ts';
import { crc32 } from './crc32.ts';
import { realEnv } from './env.ts';
import { asFault, Fault } from './fault.ts';
import { Meter } from './meter.ts';

test('[W2] hex and base64url have one form per value, and anything else is null', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), (raw) => {
      assert.deepEqual(fromHex(hex(raw)), Uint8Array.from(raw));
      assert.deepEqual(fromBase64url(base64url(raw)), Uint8Array.from(raw));
      assert.equal(base64url(raw), Buffer.from(raw).toString('base64url'));
    }),
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), (text) => {
      const raw = fromBase64url(text);
      if (raw !== null) assert.equal(base64url(raw), text);
      const fromH = fromHex(text);
      if (fromH !== null) assert.equal(hex(fromH), text);
    }),
  );
  for (const bad of ['A', 'AB=', 'A+', 'AB', '____A']) assert.equal(fromBase64url(bad), null, bad);
  for (const bad of ['a', 'AB', 'zz', '0x']) assert.equal(fromHex(bad), null, bad);
});

test('[W2] text that is not well-formed UTF-8 is null', () => {
  assert.equal(fromUtf8(Uint8Array.from([0xff])), null);
  assert.equal(fromUtf8(utf8('Grüße 🌳')), 'Grüße 🌳');
});

test('[G6] equal compares every byte; compare orders', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 9 }), fc.uint8Array({ maxLength: 9 }), (a, b) => {
      assert.equal(equal(a, b), Buffer.compare(a, b) === 0);
      assert.equal(Math.sign(compare(a, b)), Buffer.compare(a, b));
      assert.deepEqual(concat(a, b), Uint8Array.from([...a, ...b]));
    }),
  );
});

test('[W12] crc32 is the one of zlib at every length and offset', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(20), (raw, from) => {
      const start = Math.min(from, raw.length);
      assert.equal(crc32(raw, start), zlibCrc32(raw.subarray(start)));
    }),
  );
  assert.equal(crc32(utf8('123456789')), 0xcbf43926);
});

test('[G2] a cache forgets the least recently used entry first', () => {
  const cache = new Cache<string, number>(2);
  cache.set('a', 1);
  cache.set('b', 2);
  assert.equal(cache.get('a'), 1);
  cache.set('c', 3);
  assert.equal(cache.get('b'), undefined);
  assert.deepEqual([...cache.keys()], ['a', 'c']);
});

test('[G2] a meter grants its burst at once and its rate in the long run, and tells how long to wait', () => {
  const meter = new Meter(10, 5);
  for (let i = 0; i < 5; i++) assert.equal(meter.take(1000), 0);
  assert.ok(Math.abs(meter.take(1000) - 100) < 1);
  assert.equal(meter.take(1100), 0);
  assert.ok(meter.take(1100) > 0);
  let granted = 0;
  for (let nowMs = 2000; nowMs < 12_000; nowMs++) if (meter.take(nowMs) === 0) granted++;
  assert.ok(granted >= 100 && granted <= 105, String(granted));
});

test('[S4] pauses grow to their cap, are jittered, and begin anew after a success', () => {
  const pauses = backoff({ ...realEnv(), chance: () => 0.5 }, 100, 1000);
  assert.deepEqual(
    [pauses.next(), pauses.next(), pauses.next(), pauses.next(), pauses.next(), pauses.next()],
    [50, 100, 200, 400, 500, 500],
  );
  pauses.reset();
  assert.equal(pauses.next(), 50);
});

test('[W9] what is not a fault becomes internal and keeps its cause for the log', () => {
  const cause = new TypeError('x is undefined');
  const fault = asFault(cause);
  assert.equal(fault.code, 'internal');
  assert.equal(fault.cause, cause);
  assert.ok(!fault.message.includes('undefined'));
  const own = new Fault('taken', 'Ada');
  assert.equal(asFault(own), own);
  assert.equal(own.retry, 'never');
});
