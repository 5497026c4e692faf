/** Endpoints and addresses in all the spellings that lead inside. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';
import { Fault } from 'copse/internal/base/fault.ts';

import { EndpointPolicy, PUSH_SERVICES } from './endpoint.ts';
import { allowedAddresses } from '../../net/allowed.ts';
import { isPublicAddress } from '../../net/public-address.ts';

const policy = new EndpointPolicy({ hosts: ['up.example.org', '*.push.example.org'], trusted: [] });

function refusal(of: () => unknown): string {
  try {
    of();
    return 'allowed';
  } catch (thrown) {
    assert.ok(thrown instanceof Fault);
    return thrown.code;
  }
}

test('[I16] the push services of the browsers and those that the operator names are called', () => {
  const good = [
    'https://fcm.googleapis.com/fcm/send/abc:def',
    'https://updates.push.services.mozilla.com/wpush/v2/gAAAA',
    'https://web.push.apple.com/QO-abc',
    'https://wns2-par02p.notify.windows.com/w/?token=BQYAAAD',
    'https://fcm.googleapis.com:443/x',
    'https://FCM.googleapis.com/x',
    'https://up.example.org/abc',
    'https://a.push.example.org/abc?d=e',
  ];
  for (const text of good)
    assert.equal(
      refusal(() => policy.read(text)),
      'allowed',
      text,
    );
  assert.deepEqual(policy.read('https://a.push.example.org/abc?d=e'), {
    origin: 'https://a.push.example.org',
    host: 'a.push.example.org',
    port: 0,
    isSecure: true,
    path: '/abc?d=e',
    isTrusted: false,
  });
});

test('[I16] what only looks like a push service is not called', () => {
  const bad = [
    'http://fcm.googleapis.com/x',
    'https://fcm.googleapis.com:8443/x',
    'https://fcm.googleapis.com.:443/x',
    'https://fcm.googleapis.com./x',
    'https://fcm.googleapis.com.evil.example/x',
    'https://evilfcm.googleapis.com/x',
    'https://push.apple.com/x',
    'https://xpush.apple.com/x',
    'https://push.example.org/x',
    'https://evil.example/?https://fcm.googleapis.com/',
    'https://localhost/x',
    'https://printer.local/x',
    'https://fcm/x',
    'https://fcm.goog%E4%B8%ADleapis.com/x',
    'https://xn--e1aybc.example/x',
  ];
  for (const text of bad)
    assert.equal(
      refusal(() => policy.read(text)),
      'forbidden',
      text,
    );
});

test('[I16] an endpoint that is no plain address is malformed', () => {
  const bad = [
    '',
    'x',
    '//fcm.googleapis.com/x',
    'ftp://fcm.googleapis.com/x',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'https://',
    'https://user@fcm.googleapis.com/x',
    'https://user:pass@fcm.googleapis.com/x',
    'https://fcm.googleapis.com@127.0.0.1/x',
    'https://127.0.0.1#@fcm.googleapis.com/',
    'https://fcm.googleapis.com/x#y',
    'https:\\\\fcm.googleapis.com\\x',
    'https://fcm.googleapis.com /x',
    ' https://fcm.googleapis.com/x',
    'https://fcm.googleapis.com/x\r\nHost: inside',
    'https://fcm.googleapis.com/\u{00e9}',
    'https://\u{ff46}cm.googleapis.com/x',
    'https://[fe80::1%25eth0]/x',
    'https://256.256.256.256/x',
    `https://fcm.googleapis.com/${'x'.repeat(3000)}`,
  ];
  for (const text of bad)
    assert.equal(
      refusal(() => policy.read(text)),
      'malformed',
      JSON.stringify(text),
    );
});

test('[I16] an address instead of a name is not called, however it is spelt', () => {
  const bad = [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '017700000001',
    '127.0.0.1.',
    '8.8.8.8',
    '0',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '[2606:4700:4700::1111]',
    '%31%32%37.0.0.1',
  ];
  for (const host of bad)
    assert.equal(
      refusal(() => policy.read(`https://${host}/x`)),
      'forbidden',
      host,
    );
});

test('[I16] an origin that the operator trusts may be inside, with its scheme and port and no other', () => {
  const own = new EndpointPolicy({ hosts: [], trusted: ['http://127.0.0.1:8090', 'https://[::1]:9443'] });
  assert.deepEqual(own.read('http://127.0.0.1:8090/up/abc'), {
    origin: 'http://127.0.0.1:8090',
    host: '127.0.0.1',
    port: 8090,
    isSecure: false,
    path: '/up/abc',
    isTrusted: true,
  });
  assert.equal(own.read('https://[::1]:9443/x').host, '::1');
  for (const text of [
    'http://127.0.0.1:8091/',
    'https://127.0.0.1:8090/',
    'http://127.0.0.1/',
    'http://localhost:8090/',
  ])
    assert.equal(
      refusal(() => own.read(text)),
      'forbidden',
      text,
    );
});

test('[I16] settings that would open more than they say are refused', () => {
  for (const host of [
    '*',
    '*.',
    '*.com',
    'a*.example.org',
    'https://a.example',
    '127.0.0.1',
    'localhost',
    '',
  ])
    assert.equal(
      refusal(() => new EndpointPolicy({ hosts: [host], trusted: [] })),
      'config',
      host,
    );
  for (const origin of [
    '',
    'a.example',
    'https://a.example/',
    'https://a.example/path',
    'ftp://a.example',
    'null',
  ])
    assert.equal(
      refusal(() => new EndpointPolicy({ hosts: [], trusted: [origin] })),
      'config',
      origin,
    );
  for (const host of PUSH_SERVICES) assert.ok(new EndpointPolicy({ hosts: [host], trusted: [] }));
});

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

const PRIVATE = words(`
  0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.1 127.255.255.254
  169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1
  198.19.255.255 198.51.100.1 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 :: ::1
  ::7f00:1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:0808:0808 ::ffff:0:8.8.8.8 64:ff9b::8.8.8.8 64:ff9b:1::1
  100::1 2001::1 2001:0:1::1 2001:1ff:ffff::1 2001:db8::1 2002:7f00:1::1 2002:808:808::1 3fff::1
  3fff:fff::1 5f00::1 fc00::1 fd12:3456::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 ffff::1 4000::1 1fff::1
  0:0:0:0:0:0:0:1 2001:0DB8::1 FE80::1 2606:4700::1%eth0 x 127.1 2130706433 0x7f000001 0177.0.0.1 8.8.8.8.
  8.8.8 1.2.3.4.5 localhost 8.8.8.8%1 08.8.8.8 ::: 1::2::3
`);
const PUBLIC = words(`
  1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1
  169.253.255.255 172.15.255.255 172.32.0.0 192.0.1.1 192.167.255.255 198.17.255.255 198.20.0.0
  223.255.255.255 142.250.74.106 2001:200::1 2001:4860:4860::8888 2606:4700:4700::1111
  2a00:1450:4001:82b::200a 2003::1 2001:db7::1 2001:db9::1 3ffe::1 3fff:1000::1 2607:F8B0::1
`);

test('[I16] no address inside a network, of one machine, of many or of none is public', () => {
  for (const address of [...PRIVATE, '', '127.0.0.1 ', ' 8.8.8.8'])
    assert.equal(isPublicAddress(address), false, address);
  for (const address of PUBLIC) assert.equal(isPublicAddress(address), true, address);
});

test('[I16] an address is public or not in every spelling', () => {
  const group = fc.integer({ min: 0, max: 0xffff });
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const long = groups.map((one) => one.toString(16).padStart(4, '0').toUpperCase()).join(':');
      const short = new URL(`http://[${long}]/`).hostname.slice(1, -1);
      assert.equal(isPublicAddress(long), isPublicAddress(short));
      const [a = 0, b = 0] = groups.slice(6);
      const dotted = `${long.split(':').slice(0, 6).join(':')}:${a >> 8}.${a & 255}.${b >> 8}.${b & 255}`;
      assert.equal(isPublicAddress(dotted), isPublicAddress(short));
      if (groups[0] !== undefined && groups[0] >> 13 !== 1) assert.equal(isPublicAddress(short), false);
    }),
    { numRuns: 2000 },
  );
});

test('[I16] of the addresses of a name only public ones are called, and a name with none is refused', () => {
  const endpoint = policy.read('https://fcm.googleapis.com/x');
  assert.deepEqual(allowedAddresses(endpoint, ['10.0.0.1', '8.8.8.8', '::1', '2606:4700::1']), [
    '8.8.8.8',
    '2606:4700::1',
  ]);
  assert.equal(
    refusal(() => allowedAddresses(endpoint, ['10.0.0.1', 'fd00::1'])),
    'forbidden',
  );
  const own = new EndpointPolicy({ hosts: [], trusted: ['https://push.home.example'] });
  const inside = own.read('https://push.home.example/x');
  assert.deepEqual(allowedAddresses(inside, ['192.168.1.2']), ['192.168.1.2']);
});
