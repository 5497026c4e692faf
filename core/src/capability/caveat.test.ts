/** Conditions of rights: what they say, when they hold, and that nothing else is believed. */

import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { logId } from '../base/ids.ts';
import { clockSkewMs } from '../base/limits.ts';
import {
  addressBytes,
  caveatOf,
  conditionOf,
  permitsNow,
  prefixOf,
  type Caveat,
  type Circumstances,
  type Condition,
} from './caveat.ts';

const LOG = logId('5a'.repeat(16));
/** Saturday 21 November 2026, 11:30 UTC. */
const SATURDAY = Date.UTC(2026, 10, 21, 11, 30);
const RIGHTS = {
  permissions: 3,
  resource: '*',
  delegations: 0,
  notBeforeMs: SATURDAY - 1000,
  expiresMs: SATURDAY + 1000,
  quota: 0,
} as const;
const HERE: Circumstances = {
  log: LOG,
  address: '10.1.2.3',
  origin: 'https://app.example',
  wallMs: SATURDAY,
};

function may(caveats: readonly Caveat[], part: Partial<Circumstances> = {}): number {
  return permitsNow({ ...RIGHTS, caveats }, { ...HERE, ...part }).permissions;
}

function network(...prefixes: readonly string[]): Caveat {
  const parsed = prefixes.map(prefixOf).filter((prefix) => prefix !== null);
  equal(parsed.length, prefixes.length);
  return caveatOf({ kind: 'network', prefixes: parsed });
}

test('[R6] a network caveat holds in its prefixes and nowhere else', () => {
  equal(may([network('10.0.0.0/8')]), 3);
  equal(may([network('10.1.2.3')]), 3);
  equal(may([network('10.1.2.0/30', '2001:db8::/32')]), 3);
  equal(may([network('10.1.2.4/30')]), 0);
  equal(may([network('0.0.0.0/0')], { address: '::1' }), 0, 'another family');
  equal(may([network('10.0.0.0/8')], { address: '::ffff:10.9.9.9' }), 3);
  equal(may([network('2001:db8::/33')], { address: '2001:db8:7fff::1' }), 3);
  equal(may([network('2001:db8::/33')], { address: '2001:db8:8000::1' }), 0);
  equal(may([network('0.0.0.0/0')], { address: null }), 0);
  equal(may([network('0.0.0.0/0')], { address: 'unknown' }), 0);
});

test('[R6] an origin caveat wants exactly this origin; a program has none', () => {
  const caveat = caveatOf({ kind: 'origin', origin: 'https://app.example' });
  equal(may([caveat]), 3);
  for (const origin of ['https://app.example:8443', 'http://app.example', 'https://app.example.', null]) {
    equal(may([caveat], { origin }), 0, String(origin));
  }
});

test('[R6] hours hold on their days and minutes of UTC, and say when they end', () => {
  const hours = (days: number, fromMinute: number, toMinute: number): Caveat =>
    caveatOf({ kind: 'hours', windows: [{ days, fromMinute, toMinute }] });
  const saturday = 1 << 5;
  equal(may([hours(saturday, 11 * 60, 12 * 60)]), 3);
  equal(may([hours(saturday, 11 * 60 + 31, 12 * 60)]), 0);
  equal(may([hours(saturday, 0, 11 * 60 + 30)]), 0, 'the end is outside');
  equal(may([hours(0b11111, 0, 1440)]), 0, 'on weekdays');
  equal(may([hours(0b11111, 0, 1440)], { wallMs: SATURDAY + 500 }), 0);
  const caveats = [hours(saturday, 0, 11 * 60 + 31)];
  equal(permitsNow({ ...RIGHTS, expiresMs: 0, caveats }, HERE).untilMs, SATURDAY + 60_000);
  equal(permitsNow({ ...RIGHTS, caveats }, HERE).untilMs, SATURDAY + 60_000, 'before the right itself ends');
  equal(permitsNow({ ...RIGHTS, caveats: [] }, HERE).untilMs, SATURDAY + 1000 + clockSkewMs);
});

test('[R6] caveats add up, and the fixed fields count with them', () => {
  const good = network('10.0.0.0/8');
  const bad = network('192.0.2.0/24');
  equal(may([good, good]), 3);
  equal(may([good, bad]), 0);
  equal(may([good], { wallMs: SATURDAY - 1000 - clockSkewMs - 1 }), 0);
  equal(may([good], { wallMs: SATURDAY + 1000 + clockSkewMs }), 0);
  const other = logId('00'.repeat(16));
  equal(permitsNow({ ...RIGHTS, resource: other, caveats: [] }, HERE).permissions, 0);
});

test('[R6] what is not known or says nothing refuses', () => {
  const wrong: Caveat[] = [
    { kind: 0, value: Uint8Array.of(1) },
    { kind: 4, value: Uint8Array.of(1) },
    { kind: 1, value: new Uint8Array(0) },
    { kind: 1, value: Uint8Array.of(5, 8, 10) },
    { kind: 1, value: Uint8Array.of(4, 33, 1, 2, 3, 4, 5) },
    { kind: 1, value: Uint8Array.of(4, 8) },
    { kind: 1, value: Uint8Array.of(4, 7, 0xff) },
    { kind: 2, value: new Uint8Array(0) },
    { kind: 2, value: Uint8Array.of(0xff) },
    { kind: 3, value: Uint8Array.of(1, 0, 0, 0) },
    { kind: 3, value: Uint8Array.of(0, 0, 0, 0, 1) },
    { kind: 3, value: Uint8Array.of(128, 0, 0, 0, 1) },
    { kind: 3, value: Uint8Array.of(1, 0, 2, 0, 1) },
    { kind: 3, value: Uint8Array.of(1, 0, 0, 5, 161) },
  ];
  for (const [n, caveat] of wrong.entries()) {
    equal(conditionOf(caveat), null, `caveat ${n}`);
    equal(may([caveat]), 0, `caveat ${n}`);
  }
});

test('[W1] what a caveat states is what is read of it', () => {
  const prefix = fc
    .tuple(fc.constantFrom(4, 16), fc.nat(128), fc.uint8Array({ minLength: 16, maxLength: 16 }))
    .map(([size, bits, bytes]) => {
      const kept = Math.min(bits, size * 8);
      const address = bytes
        .slice(0, size)
        .map((byte, i) => byte & (0xff00 >> Math.min(8, Math.max(0, kept - i * 8))) & 255);
      return { address, bits: kept };
    });
  const window = fc
    .tuple(fc.integer({ min: 1, max: 127 }), fc.nat(1439), fc.nat(1439))
    .map(([days, a, b]) => ({ days, fromMinute: Math.min(a, b), toMinute: Math.max(a, b) + 1 }));
  const condition: fc.Arbitrary<Condition> = fc.oneof(
    fc.record(
      { kind: fc.constant('network'), prefixes: fc.array(prefix, { minLength: 1, maxLength: 6 }) },
      { noNullPrototype: true },
    ),
    fc.record({ kind: fc.constant('hours'), windows: fc.array(window, { minLength: 1, maxLength: 12 }) }),
    fc.record({
      kind: fc.constant('origin'),
      origin: fc.webUrl({ size: 'small' }).map((url) => url.slice(0, 120)),
    }),
  );
  fc.assert(fc.property(condition, (each) => deepEqual({ ...conditionOf(caveatOf(each)) }, { ...each })));
});

test('[W4] addresses that are none are none', () => {
  for (const text of [
    '',
    '1.2.3',
    '1.2.3.256',
    '1.2.3.4.5',
    '::1::',
    '1:2',
    'g::',
    '12345::',
    '1:2:3:4:5:6:7::8',
    'a.b.c.d',
  ]) {
    equal(addressBytes(text), null, text);
  }
  deepEqual(addressBytes('::1'), Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]));
  for (const text of ['10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/8/8', '::/129', '::/x'])
    equal(prefixOf(text), null, text);
});
