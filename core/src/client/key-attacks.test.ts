/** What a node that lies can do with keys, and members who mean harm: each attempt is refused and says so. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { eventually, keyEpochOf, keyScene, readLog, type Guest } from '../../../lab/suites/key-scene.ts';
import { sleep } from '../../../lab/suites/sim-node.ts';
import { realEnv } from '../base/env.ts';
import {
  commitmentOf,
  hashOfParts,
  NO_SUCCESSION,
  openKeySet,
  sealSiteLink,
  successionOf,
  writeKeySet,
} from '../capability/key-set.ts';
import { permissionsAll } from '../capability/policy.ts';
import { openUserKey, sealUserEnvelope, sealUserLink, writeUserKey } from '../capability/user-key.ts';
import { openDeviceKey } from '../capability/device-key.ts';
import { exchangeKeyOf } from '../crypto/agree.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { Identity, userKeysOf } from './identity.ts';
import { sealEnvelope } from './site-envelope.ts';
import { keptSecrets } from './site-keep.ts';
import type { SimNode } from '../../../lab/suites/sim-node.ts';
import type { Copse } from './copse.ts';

const primitives = nativePrimitives();
const env = realEnv();
/** The key that a node would like a site to have. */
const PLANTED = new Uint8Array(32).fill(66);

async function statedKey(node: SimNode, { user }: Copse) {
  const record = (await node.accounts.keys.userKey(user)) ?? assert.fail('a key');
  return (await openUserKey(primitives, record.statement)) ?? assert.fail('a statement');
}

test('[K3] a node cannot plant the key of a set that it says another device began', () => {
  keyScene(21, async ({ node, ada, adas, garden }) => {
    const { publicKey } = await statedKey(node, ada);
    const planted = { epoch: 2, key: PLANTED, nameSecret: PLANTED };
    const resume = await sealEnvelope(primitives, env, { site: garden.id, publicKey }, planted);
    const { keys } = node.accounts;
    const begin = keys.begin.bind(keys);
    let lies = 0;
    keys.begin = async (beginning) => {
      const begun = await begin(beginning);
      if (lies++ > 0) return begun;
      return { kind: 'resumed', resume, parts: [], after: null };
    };
    assert.equal(await garden.rotate(), 2);
    assert.ok(lies > 1, 'what was planted is thrown away');
    await garden.log('chat').append('secret');
    const kept = await keptSecrets(adas.keep, garden.id);
    assert.equal(kept.length, 2);
    for (const { key, nameSecret } of kept) {
      assert.notDeepEqual(key, PLANTED);
      assert.notDeepEqual(nameSecret, PLANTED);
    }
  });
});

test('[K4] a node cannot give a new device of a user another first key of her site', () => {
  keyScene(22, async ({ world, node, machine, ada, garden }) => {
    await garden.log('chat').append('one');
    const { publicKey } = await statedKey(node, ada);
    const planted = { epoch: 1, key: PLANTED, nameSecret: PLANTED };
    const envelope = await sealEnvelope(primitives, env, { site: garden.id, publicKey }, planted);
    const { sites } = node.accounts;
    const memberships = sites.memberships.bind(sites);
    sites.memberships = async (...of) => (await memberships(...of)).map((row) => ({ ...row, envelope }));
    const tablet = machine('tablet');
    const again = await tablet.open({ secret: await ada.secret() });
    await sleep(world, 5_000);
    assert.deepEqual(again.sites.get(), [], 'a site without a key is not shown as if it had one');
  });
});

test('[K3] a member with a key to which nothing can be sealed holds nobody up', () => {
  keyScene(23, async ({ node, garden, guest }) => {
    const mallory = await guest('mallory');
    const bob = await guest('bob');
    const secret = await mallory.copse.secret();
    const { sign } = await userKeysOf(primitives, secret);
    const terms = {
      user: sign.publicKey,
      generation: 1,
      publicKey: new Uint8Array(32),
      link: new Uint8Array(0),
      issuedMs: 0,
    };
    const statement = await writeUserKey(primitives, { seed: sign.seed }, terms);
    const { keys } = node.accounts;
    const roster = keys.roster.bind(keys);
    keys.roster = async (...of) =>
      (await roster(...of)).map((row) => (row.user === mallory.copse.user ? { ...row, statement } : row));
    assert.equal(await garden.rotate(), 2);
    assert.equal(await keys.envelope(garden.id, 2, mallory.copse.user), null);
    await garden.log('chat').append('for Bob');
    assert.deepEqual(await readLog(bob.site.log('chat'), 1, 1), ['for Bob']);
  });
});

for (const isAnew of [false, true]) {
  const how = isAnew ? ', also as one who had not been given the key before' : '';
  test(`[K5, K10] somebody who was an admin once cannot make the next key, also with a node that helps him${how}`, () => {
    keyScene(24, async ({ world, node, garden, guest }) => {
      const bob = await guest('bob');
      const former = await guest('former', permissionsAll);
      const papers = await proofOf(former);
      await former.site.leave();
      await eventually(world, async () => (await keyEpochOf(node, garden)) === 2, 'the next key');
      await bob.site.log('chat').append('without him');
      const before = await node.accounts.keys.siteKey(garden.id);
      const last = (await openKeySet(primitives, before?.set?.set ?? assert.fail('a set'))) ?? assert.fail();
      // He knows the first key, not the second; his attestations still hold for whoever looks at them alone.
      const of = { site: garden.id, epoch: 3, key: PLANTED };
      const commitment = commitmentOf(primitives, of);
      const forged = await writeKeySet(primitives, papers.seed, {
        site: garden.id,
        epoch: 3,
        history: !isAnew,
        policy: isAnew ? 1 : 0,
        envelopes: hashOfParts(primitives, []),
        commitment,
        link: isAnew ? new Uint8Array(0) : sealSiteLink(primitives, env, of, PLANTED),
        previous: last.id,
        issuedMs: Math.floor(papers.atMs),
        succession: isAnew ? NO_SUCCESSION : successionOf(primitives, { ...of, epoch: 2 }, commitment),
      });
      const set = { epoch: 3, set: forged, blessing: papers.blessing, proof: papers.proof };
      const { publicKey } = await statedKey(node, bob.copse);
      const secrets = { epoch: 3, key: PLANTED, nameSecret: PLANTED };
      const envelope = await sealEnvelope(primitives, env, { site: garden.id, publicKey }, secrets);
      const { keys, sites } = node.accounts;
      keys.envelope = async () => envelope;
      const memberships = sites.memberships.bind(sites);
      sites.memberships = async (...who) =>
        (await memberships(...who)).map((row) => ({ ...row, of: { ...row.of, keyEpoch: 3 } }));
      let told = 0;
      keys.siteKey = async () => {
        told++;
        return { epoch: 3, set, due: null };
      };
      await node.restart();
      await sleep(world, 5_000);
      assert.ok(told > 0, 'he was told of it');
      const kept = await keptSecrets(bob.machine.keep, garden.id);
      assert.deepEqual(
        kept.map(({ epoch }) => epoch),
        [1, 2],
      );
    });
  });
}

test('[K2] a device that has ended cannot make its user’s next key, also with a node that helps it', () => {
  keyScene(25, async ({ world, node, adas, ada, machine }) => {
    const secret = await ada.secret();
    const phone = await machine('phone').open({ secret });
    await ada.revokeDevice(phone.device);
    const { keys } = node.accounts;
    await eventually(world, async () => (await keys.userKey(ada.user))?.generation === 2, 'the second key');
    const held = async () => (await adas.keep.list('user/key/')).map(({ name }) => Number(name.slice(-10)));
    await eventually(world, async () => (await held()).length === 1, 'that Ada keeps it');
    // The phone has her secret, so it can state a key for her; it does not know the second one.
    const { sign } = await userKeysOf(primitives, secret);
    const own = { user: sign.publicKey, generation: 3, secret: PLANTED };
    const { publicKey } = await exchangeKeyOf(primitives, PLANTED);
    const link = sealUserLink(primitives, env, own, new Uint8Array(32));
    const terms = { user: sign.publicKey, generation: 3, publicKey, link, issuedMs: adas.env.wallMs() };
    const statement = await writeUserKey(primitives, { seed: sign.seed }, terms);
    const rows = await keys.devicesOf(ada.user);
    const row = rows.find(({ device }) => device === ada.device) ?? assert.fail('her device');
    const stated = await openDeviceKey(primitives, row.statement ?? assert.fail('its key'));
    const to = stated?.publicKey ?? assert.fail('its key');
    const envelope = await sealUserEnvelope(primitives, env, own, to);
    let told = 0;
    keys.userKey = async () => {
      told++;
      return { generation: 3, statement, due: false };
    };
    keys.userEnvelope = async () => envelope;
    await node.restart();
    await sleep(world, 5_000);
    assert.ok(told > 0, 'she was told of it');
    assert.deepEqual(await held(), [2]);
  });
});

/** What somebody keeps of his time as an admin. */
async function proofOf({ copse, machine, site }: Guest) {
  const identity = await Identity.open({ primitives, env: machine.env, keep: machine.keep });
  const holdings = await machine.node.accounts.grants.held(site.id, copse.user);
  const [held] = holdings;
  const proof = await machine.node.accounts.grants.pathOf(held ?? assert.fail('a right'));
  const blessing = await identity.blessing(machine.node.key);
  return { seed: identity.deviceKey.seed, blessing, proof, atMs: machine.env.wallMs() };
}
