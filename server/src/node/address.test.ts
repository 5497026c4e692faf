import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callerAddress, countedAs } from './address.ts';

test('[T7] an IPv6 caller is counted by its network of 64 bits, an IPv4 caller by its address', () => {
  assert.equal(countedAs('192.0.2.7'), '192.0.2.7');
  assert.equal(countedAs('::ffff:192.0.2.7'), '192.0.2.7');
  assert.equal(countedAs('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
  assert.equal(countedAs('2001:0DB8:1:2::9'), '2001:db8:1:2::/64');
  assert.equal(countedAs('2001:db8::'), '2001:db8:0:0::/64');
  assert.equal(countedAs('::1'), '0:0:0:0::/64');
  assert.equal(countedAs('fe80::1%eth0'), 'fe80:0:0:0::/64');
  assert.equal(countedAs('64:ff9b::192.0.2.33'), '64:ff9b:0:0::/64');
  assert.equal(countedAs(''), '');
});

test('[T7] behind a proxy the caller is the address that the proxy saw, elsewhere the header is ignored', () => {
  const peer = '127.0.0.1';
  const forwarded = '203.0.113.66, 198.51.100.4';
  assert.equal(callerAddress({ peer, forwarded, proxied: true }), '198.51.100.4');
  assert.equal(callerAddress({ peer, forwarded, proxied: false }), peer);
  assert.equal(callerAddress({ peer, forwarded: null, proxied: true }), peer);
  assert.equal(callerAddress({ peer, forwarded: 'unknown', proxied: true }), peer);
  assert.equal(callerAddress({ peer, forwarded: '1.2.3.4,', proxied: true }), peer);
  assert.equal(callerAddress({ peer, forwarded: '2001:db8::1', proxied: true }), '2001:db8:0:0::/64');
});
