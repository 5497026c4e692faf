/** Two whole nodes over real sockets: what their users publish and say of one another. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileKeep, openCopse } from 'copse';
import { base64url, hex } from 'copse/internal/base/bytes.ts';
import { pause, realEnv } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { identityOf } from 'copse/internal/social/handshake-keys.ts';
import { readPeerAddress } from 'copse/internal/social/exchange/address.ts';
import { neighbourhoodOf, type Key, type Neighbourhood } from 'copse/neighbourhood';
import { composeNode, type RunningNode } from '../../server/src/node/compose.ts';
import { readSettings } from '../../server/src/node/settings.ts';
import { nodeDialer } from '../../server/src/peer/exchange/dialer.ts';
import { until } from '../suites/exchange-stage.ts';

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

const at = ({ address }: Neighbour) => ({ outbox: [address], inbox: [address] });

test('[Z83] what is written at one node is read at the other by who follows, and no node connects inside a network untold', async () => {
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
