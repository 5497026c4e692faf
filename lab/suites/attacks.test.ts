/** Attacks for which a whole system is needed; `SECURITY.md` lists them with all others. Each is refused by its code. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { rightsApi, type RightsRemote } from 'copse/internal/api/rights.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { revoke } from 'copse/internal/capability/revocation.ts';
import { openUserKey } from 'copse/internal/capability/user-key.ts';
import { sealEnvelope } from 'copse/internal/client/site-envelope.ts';
import { keptSecrets } from 'copse/internal/client/site-keep.ts';
import { MemoryAccounts } from '../../server/src/store/accounts-memory.ts';
import { ada, bea, cleo, directLink, garden, refusal, settled, Stage } from './auth-stage.ts';
import { eventually, keyEpochOf, keyScene, readLog } from './key-scene.ts';
import { grantBy, primitives } from './people.ts';
import { sleep } from './sim-node.ts';

/** The key that a node would like a site to have. */
const PLANTED = new Uint8Array(32).fill(66);

test('[K4] attacks: another key in a true envelope is refused, and the true one is taken afterwards', () => {
  keyScene(31, async ({ world, node, garden: site, guest }) => {
    const bob = await guest('bob');
    await bob.site.log('chat').append('before');
    const { keys } = node.accounts;
    const record = (await keys.userKey(bob.copse.user)) ?? assert.fail('a key');
    const stated = (await openUserKey(primitives, record.statement)) ?? assert.fail('a statement');
    // All that a node needs for it: the public key, and the member's trust in who hands it over.
    const secrets = { epoch: 2, key: PLANTED, nameSecret: PLANTED };
    const { publicKey } = stated;
    const planted = await sealEnvelope(primitives, realEnv(), { site: site.id, publicKey }, secrets);
    const envelope = keys.envelope.bind(keys);
    keys.envelope = async (of, epoch, user) =>
      user === bob.copse.user && epoch === 2 ? planted : envelope(of, epoch, user);
    const refusals: unknown[] = [];
    bob.machine.env.onLog = (event, { fault }) => {
      if (event === 'site.key') refusals.push(fault);
    };
    await site.rotate();
    assert.equal(await keyEpochOf(node, site), 2);
    const writing = bob.site.log('chat').append('for members only');
    await sleep(world, 10_000);
    assert.ok(refusals.includes('badProof'), String(refusals));
    assert.deepEqual(await keptSecrets(bob.machine.keep, site.id), []);
    keys.envelope = envelope;
    await writing;
    assert.deepEqual(await readLog(site.log('chat'), 1, 2), ['before', 'for members only']);
    const kept = await keptSecrets(bob.machine.keep, site.id);
    assert.ok(kept.every(({ key }) => !Buffer.from(key).equals(PLANTED)));
    await eventually(world, async () => bob.copse.alarm.get() === null, 'no alarm: nothing was taken back');
  });
});

test('[R1, R5] attacks: nobody gives to herself, and a circle of grants keeps nothing alive', async () => {
  await using stage = await Stage.open({ link: directLink, accounts: new MemoryAccounts() });
  const [first, second, third] = [await stage.enter(ada), await stage.enter(bea), await stage.enter(cleo)];
  for (const actor of [first, second, third]) await actor.signUp();
  const site = await first.found(garden);
  const [adas, beas, cleos] = [first, second, third].map((actor) => actor.facet(rightsApi, {}));
  assert.ok(adas !== undefined && beas !== undefined && cleos !== undefined);
  const held = async (rights: RightsRemote) =>
    (await rights.whatHolds({ user: null, site, after: null })).holdings.map(({ via }) => via);
  const proofOf = async (rights: RightsRemote): Promise<readonly Uint8Array[]> => {
    const [via] = await held(rights);
    const { proof } = await rights.proof({ attestation: via ?? assert.fail('a right') });
    return proof.map((bytes) => bytes.slice());
  };
  const permissions = 3;
  const toBea = await grantBy(ada.user, site, bea.user.key, { permissions, delegations: 4 });
  const { id } = await adas.attest({ site, proof: [...(await proofOf(adas)), toBea] });
  const toHerself = await grantBy(bea.user, site, bea.user.key, { permissions, delegations: 3 });
  const beasProof = await proofOf(beas);
  assert.equal(await refusal(beas.attest({ site, proof: [...beasProof, toHerself] })), 'forbidden');
  const toCleo = await grantBy(bea.user, site, cleo.user.key, { permissions, delegations: 3 });
  await beas.attest({ site, proof: [...beasProof, toCleo] });
  const backToBea = await grantBy(cleo.user, site, bea.user.key, { permissions, delegations: 2 });
  await cleos.attest({ site, proof: [...beasProof, toCleo, backToBea] });
  assert.equal((await held(beas)).length, 2);
  const withdrawal = { site, attestation: id, issuedMs: stage.clock.wallMs() };
  await adas.revoke({ revocation: await revoke(primitives, ada.user.seed, withdrawal), force: false });
  await settled();
  assert.deepEqual([await held(beas), await held(cleos)], [[], []]);
  for (const proof of [
    [...beasProof, toCleo],
    [...beasProof, toCleo, backToBea],
  ])
    assert.equal(await refusal(cleos.attest({ site, proof })), 'revoked');
});
