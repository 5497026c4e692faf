import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { base64url } from '../../base/bytes.ts';
import { Fault } from '../../base/fault.ts';
import { key } from '../../base/ids.ts';
import { exchangeNodesMax, exchangeOutboxesMax, peerAddressesMax } from '../../base/limits-exchange.ts';
import { decodeAbout, encodeAbout } from './about.ts';
import { originOfPeer, readPeerAddress, writeMultiaddr, writePeerAddress } from './address.ts';
import { decodeAddresses, encodeAddresses } from './addresses.ts';
import { planOf, type WantedPlace } from './plan.ts';

const keyOf = (byte: number) => key(new Uint8Array(32).fill(byte));
const NODE = base64url(keyOf(7));
const malformed = (thrown: unknown) => thrown instanceof Fault && thrown.code === 'malformed';

test('[Z80] both forms of an address say the same, and it is written in one way', () => {
  const forms: readonly (readonly [string, string, string | null])[] = [
    [`wss://Node.Example#${NODE}`, `wss://node.example#${NODE}`, `/dns/node.example/tcp/443/wss/p2p/${NODE}`],
    [
      `https://node.example:443/#${NODE}`,
      `wss://node.example#${NODE}`,
      `/dns/node.example/tcp/443/wss/p2p/${NODE}`,
    ],
    [`ws://10.0.0.1:7070#${NODE}`, `ws://10.0.0.1:7070#${NODE}`, `/ip4/10.0.0.1/tcp/7070/ws/p2p/${NODE}`],
    [
      `wss://[2606:4700::1]/#${NODE}`,
      `wss://[2606:4700::1]#${NODE}`,
      `/ip6/2606:4700::1/tcp/443/wss/p2p/${NODE}`,
    ],
    [`wss://node.example/copse/#${NODE}`, `wss://node.example/copse#${NODE}`, null],
    [
      `/dns4/node.example/tcp/8443/wss/p2p/${NODE}`,
      `wss://node.example:8443#${NODE}`,
      `/dns/node.example/tcp/8443/wss/p2p/${NODE}`,
    ],
  ];
  for (const [text, written, multiaddr] of forms) {
    const address = readPeerAddress(text);
    assert.equal(writePeerAddress(address), written);
    assert.equal(writeMultiaddr(address), multiaddr);
    assert.deepEqual(readPeerAddress(multiaddr ?? written), address);
  }
  assert.equal(originOfPeer(readPeerAddress(`wss://node.example#${NODE}`)), 'wss://node.example');
});

test('[Z80] what names no key, more than a place, or another transport is no address', () => {
  const wrong = [
    'wss://node.example',
    `wss://node.example#${NODE.slice(1)}`,
    `wss://node.example#${NODE}x`,
    `ftp://node.example#${NODE}`,
    `wss://ada@node.example#${NODE}`,
    `wss://node.example/?a=b#${NODE}`,
    `wss://node.example /#${NODE}`,
    `/dns/node.example/udp/443/wss/p2p/${NODE}`,
    `/dns/node.example/tcp/0/wss/p2p/${NODE}`,
    `/dns/node.example/tcp/70000/wss/p2p/${NODE}`,
    `/ip4/node.example/tcp/443/wss/p2p/${NODE}`,
    `/dns/1.2.3.4/tcp/443/wss/p2p/${NODE}`,
    `/dns/node.example/tcp/443/wss/p2p/${NODE}/more`,
    `wss://${'a'.repeat(600)}.example#${NODE}`,
    '',
  ];
  for (const text of wrong) assert.throws(() => readPeerAddress(text), malformed, text);
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), (text) => {
      try {
        const address = readPeerAddress(text);
        assert.deepEqual(readPeerAddress(writePeerAddress(address)), address);
      } catch (thrown) {
        assert.ok(malformed(thrown));
      }
    }),
  );
});

test('[Z82] where somebody is comes back as it was written, and what is not understood is passed over', () => {
  const at = (port: number) => readPeerAddress(`wss://node.example:${port}#${NODE}`);
  const addresses = { outbox: [at(1), at(2)], inbox: [at(3)] };
  assert.deepEqual(decodeAddresses(encodeAddresses(addresses)), addresses);
  const many = Array.from({ length: peerAddressesMax + 1 }, (_, port) => at(port + 1));
  assert.throws(
    () => encodeAddresses({ outbox: many, inbox: [] }),
    (thrown) => thrown instanceof Fault && thrown.code === 'tooLarge',
  );
  assert.throws(() => decodeAddresses(Uint8Array.of(0x80)), malformed);
  // {1: ["quic://x"], 2: []}: a transport of a later version.
  const later = Uint8Array.of(0xa2, 1, 0x81, 0x68, ...new TextEncoder().encode('quic://x'), 2, 0x80);
  assert.deepEqual(decodeAddresses(later), { outbox: [], inbox: [] });
  const about = { name: 'Ada', notes: 'from school', addresses: [at(9)], verdict: 'compared' } as const;
  assert.deepEqual(decodeAbout(encodeAbout(about)), about);
});

test('[Z83] somebody is followed where she says herself, at two places of hers, and at the nodes with most followers', () => {
  const place = (whom: number, node: number, source: number, followers = 1): WantedPlace => ({
    whom: keyOf(whom),
    node: keyOf(node),
    source,
    followers,
  });
  const own = keyOf(200);
  const plan = (wanted: readonly WantedPlace[]) =>
    planOf(wanted, own).map(({ node, users }) => [node[0], users.map((user) => user[0])]);
  assert.deepEqual(plan([place(1, 11, 0), place(1, 12, 0), place(1, 13, 0), place(1, 14, 1)]), [
    [11, [1]],
    [12, [1]],
  ]);
  assert.equal(exchangeOutboxesMax, 2);
  assert.deepEqual(plan([place(1, 200, 0), place(2, 11, 1)]), [[11, [2]]]);
  assert.deepEqual(plan([place(1, 11, 0), place(2, 12, 0, 3), place(3, 12, 0, 5)]), [
    [12, [3, 2]],
    [11, [1]],
  ]);
  const crowd = Array.from({ length: exchangeNodesMax + 5 }, (_, at) => place(at, at + 100, 0));
  assert.equal(planOf(crowd, keyOf(0)).length, exchangeNodesMax);
});
