/** Two whole nodes over real sockets: what their users publish and say of one another. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createServer } from 'node:tls';
import { fileKeep, openCopse } from 'copse';
import { base64url, hex } from 'copse/internal/base/bytes.ts';
import { pause, realEnv } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { identityOf } from 'copse/internal/social/handshake-keys.ts';
import { readPeerAddress } from 'copse/internal/social/exchange/address.ts';
import { neighbourhoodOf, type Key, type Knock, type Neighbourhood } from 'copse/neighbourhood';
import { composeNode, type RunningNode } from '../../server/src/node/compose.ts';
import { readSettings } from '../../server/src/node/settings.ts';
import { nodeDialer } from '../../server/src/peer/exchange/dialer.ts';
import { until } from '../suites/exchange-stage.ts';
import { PUSH_CERTIFICATE, PUSH_CERTIFICATE_KEY, PUSH_HOST } from '../suites/push-tls.ts';

interface Neighbour {
  readonly place: Neighbourhood;
  readonly key: Key;
  /** Of her node. */
  readonly address: string;
}

interface Town {
  node(flags?: Readonly<Record<string, string>>): Promise<RunningNode>;
  neighbour(node: RunningNode, name: string): Promise<Neighbour>;
}

async function withTown(task: (town: Town) => Promise<void>): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'copse-town-'));
  await using owned = new AsyncDisposableStack();
  owned.defer(() => rmSync(scratch, { recursive: true, force: true }));
  let count = 0;
  await task({
    async node(flags = {}) {
      const data = join(scratch, `node${count++}`);
      const settings = readSettings({ flags: { data, port: 0, ...flags }, environment: {}, file: {} });
      return owned.use(await composeNode(settings, realEnv()));
    },
    async neighbour(node, name) {
      const keep = await fileKeep(join(scratch, name), { machineKeyPath: join(scratch, 'machine.key') });
      const copse = await openCopse(node.url, { name, keep });
      owned.defer(() => copse.close());
      const place = owned.use(await neighbourhoodOf(copse));
      const { me } = place;
      assert.notEqual(me, null);
      const address = `${node.url.replace('http', 'ws')}#${base64url(copse.node.key)}`;
      return { place, key: me!, address };
    },
  });
}

/** Waits until it stands in her feed. */
async function reads({ place }: Neighbour, wanted: string): Promise<void> {
  for (let turn = 0; turn < 600; turn++) {
    if ((await place.feed()).posts.some(({ text }) => text === wanted)) return;
    await pause(realEnv(), 50);
  }
  assert.fail(`${wanted} did not come`);
}

/** The first who knocks at her door. */
async function knocks({ place }: Neighbour): Promise<Knock | undefined> {
  for (let turn = 0; turn < 600; turn++) {
    const [first] = await place.doorstep.requests();
    if (first !== undefined) return first;
    await pause(realEnv(), 50);
  }
  return undefined;
}

const at = ({ address }: Neighbour) => ({ outbox: [address], inbox: [address] });

test('[Z83, Z94, Z95] what is written at one node is read at the other by who follows, and no node connects inside a network untold', async () => {
  await withTown(async (town) => {
    const north = await town.node();
    const ada = await town.neighbour(north, 'Ada');
    const south = await town.node({ exchangeTrusted: north.url.replace('http', 'ws') });
    const bob = await town.neighbour(south, 'Bob');
    await ada.place.setAddresses(at(ada));
    await ada.place.setProfile({ name: 'Ada', about: 'Pumps' });
    const first = await ada.place.post({ text: 'The pump is broken' });
    await bob.place.vouch(ada.key, { name: 'Ada of the pumps', addresses: [ada.address] });
    await bob.place.follow(ada.key);
    await reads(bob, 'The pump is broken');
    await ada.place.post({ text: 'It runs again' });
    await reads(bob, 'It runs again');
    assert.equal((await bob.place.get(first.id))?.text, 'The pump is broken');
    assert.deepEqual(await bob.place.profile(ada.key), { name: 'Ada', about: 'Pumps' });
    assert.deepEqual(await bob.place.addressesOf(ada.key), at(ada));
    const figure = (name: string) => south.figures().find((each) => each.name === name)?.value;
    assert.deepEqual([figure('exchangeNodes'), figure('exchangeConnected')], ['1', '1']);
    const [other] = await bob.place.nodes();
    assert.deepEqual([other?.address, other?.isUp, other?.followed], [ada.address, true, 1]);
    assert.ok((other?.taken ?? 0) >= 3 && (other?.heardMs ?? 0) > 0);
    // North follows nobody at south, so that what is brought from there waits at the door, with work.
    await bob.place.post({ text: 'May I help?', mentions: [ada.key] });
    const waiting = await knocks(ada);
    assert.deepEqual([waiting?.post.text, waiting?.purpose], ['May I help?', 'letter']);
    // An address inside a network is connected to only where the operator trusts it: north does not trust south.
    await ada.place.vouch(bob.key, { addresses: [bob.address] });
    await ada.place.follow(bob.key);
    await until(() => north.figures().some(({ name, value }) => name === 'exchangeNodes' && value === '1'));
    assert.equal(north.figures().find(({ name }) => name === 'exchangeConnected')?.value, '0');
  });
});

test('[Z80] another key than the one in the address is a fault that says so', async () => {
  await withTown(async (town) => {
    const node = await town.node();
    const ada = await town.neighbour(node, 'Ada');
    const primitives = nativePrimitives();
    const connect = nodeDialer({
      env: realEnv(),
      primitives,
      node: await identityOf(primitives, new Uint8Array(32).fill(3)),
      trusted: [node.url.replace('http', 'ws')],
    });
    const quiet = { messages: () => {}, caughtUp: () => {} };
    const right = await connect(readPeerAddress(ada.address), quiet);
    assert.equal((await right.remote.hello({})).standing, 'stranger');
    right.close();
    const wrong = readPeerAddress(`${ada.address.split('#')[0]}#${base64url(ada.key)}`);
    await assert.rejects(
      connect(wrong, quiet),
      (thrown) => thrown instanceof Fault && thrown.code === 'wrongPeer',
    );
  });
});

/** What speaks TLS for a node, with the certificate of a name of tests. */
async function withTls(url: string, task: (port: number) => Promise<void>): Promise<void> {
  const server = createServer({ cert: PUSH_CERTIFICATE, key: PUSH_CERTIFICATE_KEY }, (outer) => {
    const inner = connectTcp(Number(new URL(url).port), '127.0.0.1');
    outer.pipe(inner).pipe(outer);
    for (const [end, other] of [
      [outer, inner],
      [inner, outer],
    ] as const)
      end.on('error', () => other.destroy()).on('close', () => other.destroy());
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const at = server.address();
  try {
    await task(typeof at === 'object' && at !== null ? at.port : 0);
  } finally {
    server.close();
  }
}

test('[Z96] the certificate of another node is that of the name in its address, from an authority that is trusted', async () => {
  await withTown(async (town) => {
    const node = await town.node();
    const { address } = await town.neighbour(node, 'Ada');
    await withTls(node.url, async (port) => {
      const primitives = nativePrimitives();
      const identity = await identityOf(primitives, new Uint8Array(32).fill(3));
      const connect = async (host: string, authority?: string) => {
        const dialer = nodeDialer({
          env: realEnv(),
          primitives,
          node: identity,
          trusted: [`wss://${host}:${port}`],
          resolve: async () => ['127.0.0.1'],
          ...(authority === undefined ? {} : { authority }),
        });
        const place = readPeerAddress(`wss://${host}:${port}#${address.split('#')[1] ?? ''}`);
        return dialer(place, { messages: () => {}, caughtUp: () => {} });
      };
      const right = await connect(PUSH_HOST, PUSH_CERTIFICATE);
      assert.equal((await right.remote.hello({})).standing, 'stranger');
      right.close();
      const isWrong = (thrown: unknown) =>
        thrown instanceof Fault && thrown.code === 'wrongPeer' && thrown.message.includes('certificate');
      await assert.rejects(connect('other.test.example', PUSH_CERTIFICATE), isWrong, 'another name');
      await assert.rejects(connect('127.0.0.1', PUSH_CERTIFICATE), isWrong, 'an address without a name');
      await assert.rejects(connect(PUSH_HOST), isWrong, 'an authority that nobody knows');
    });
  });
});

test('[Z87] of a key is told what she says herself, what friends say, and where they disagree', async () => {
  await withTown(async (town) => {
    const node = await town.node();
    const [ada, bob, cy] = [
      await town.neighbour(node, 'Ada'),
      await town.neighbour(node, 'Bob'),
      await town.neighbour(node, 'Cy'),
    ];
    const eve = await town.neighbour(node, 'Eve');
    assert.equal((await bob.place.identity(ada.key)).profile, null);
    await ada.place.setProfile({ name: 'Ada', about: '' });
    await ada.place.setAddresses(at(ada));
    const other = ada.address.replace(/:\d+#/, ':1#');
    await cy.place.vouch(ada.key, { name: 'Ada', digits: cy.place.digits(ada.key) });
    await eve.place.vouch(ada.key, { name: 'Mallory', verdict: 'doubted', addresses: [other] });
    await bob.place.follow(cy.key);
    const before = await bob.place.identity(ada.key);
    assert.deepEqual(before.vouchedBy.map(hex), [hex(cy.key)]);
    assert.deepEqual([before.doubtedBy, before.names, before.otherAddresses], [[], [], []]);
    assert.equal(before.said[0]?.verdict, 'compared');
    await bob.place.follow(eve.key);
    const after = await bob.place.identity(ada.key);
    assert.deepEqual(after.doubtedBy.map(hex), [hex(eve.key)]);
    assert.deepEqual([after.names, after.otherAddresses], [['Ada', 'Mallory'], [other]]);
    await assert.rejects(
      bob.place.vouch(ada.key, { digits: bob.place.digits(cy.key) }),
      (thrown) => thrown instanceof Fault && thrown.code === 'badProof',
    );
    assert.equal(after.mine, null);
  });
});
