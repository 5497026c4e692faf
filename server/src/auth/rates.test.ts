import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { addressesMeteredMax } from 'copse/internal/base/limits.ts';
import { Clock } from '../../../lab/suites/auth-stage.ts';
import { addressGroup, RATE_LIMITS, Rates } from './rates.ts';

test('[G2] addresses that one customer has at will count as one', () => {
  const cases = [
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1:2:3:4', 'fe80:0:0:0::/64'],
    ['', ''],
  ] as const;
  for (const [address, group] of cases) equal(addressGroup(address), group, address);
});

test('[G2] the meters of addresses are bounded, and the longest silent is forgotten', () => {
  const rates = new Rates(new Clock(), { ...RATE_LIMITS, strangersPerSecond: 0.001, strangersBurst: 1 });
  const isRefused = (address: string): boolean => {
    try {
      rates.takeStranger(address);
      return false;
    } catch {
      return true;
    }
  };
  equal(isRefused('first'), false);
  equal(isRefused('first'), true);
  for (let n = 0; n < addressesMeteredMax; n++) equal(isRefused(`address ${n}`), false);
  equal(isRefused('first'), false);
});
