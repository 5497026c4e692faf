/**
 * Attacks on the keys of a site that only a client can see through, because the node is part of them; `SECURITY.md`
 * lists them with all others.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { must } from 'copse/internal/base/assert.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import {
  commitmentOf,
  hashOfParts,
  openKeySet,
  sealSiteLink,
  successionOf,
  writeKeySet,
  type KeySet,
} from 'copse/internal/capability/key-set.ts';
import { openUserKey } from 'copse/internal/capability/user-key.ts';
import type { Copse } from 'copse/internal/client/copse.ts';
import { Identity } from 'copse/internal/client/identity.ts';
import { sealEnvelope } from 'copse/internal/client/site-envelope.ts';
import { keptSecrets } from 'copse/internal/client/site-keep.ts';
import { eventually, keyEpochOf, keyScene, readLog, type KeyScene } from './key-scene.ts';
import { primitives } from './people.ts';
import { sleep, type SimNode } from './sim-node.ts';

const env = realEnv();
/** The key that a node would like a site to have. */
const PLANTED = new Uint8Array(32).fill(66);

async function publicKeyOf(node: SimNode, { user }: Copse): Promise<Uint8Array> {
  const record = must(await node.accounts.keys.userKey(user), 'a key');
  return must(await openUserKey(primitives, record.statement), 'a statement').publicKey;
}

test('[K4] attacks: another key in a true envelope is refused also where no link leads back', () => {
  keyScene(32, async ({ world, node, garden, guest }) => {
    const bob = await guest('bob');
    const secrets = { epoch: 2, key: PLANTED, nameSecret: PLANTED };
    const to = { site: garden.id, publicKey: await publicKeyOf(node, bob.copse) };
    const planted = await sealEnvelope(primitives, env, to, secrets);
    const { keys } = node.accounts;
    const envelope = keys.envelope.bind(keys);
    keys.envelope = async (of, epoch, user) =>
      user === bob.copse.user && epoch === 2 ? planted : envelope(of, epoch, user);
    const refusals: unknown[] = [];
    bob.machine.env.onLog = (event, { fault }) => {
      if (event === 'site.key') refusals.push(fault);
    };
    // Without history the new key has no link to the one that Bob holds.
    await garden.history(false);
    const writing = bob.site.log('chat').append('for members only');
    await sleep(world, 5_000);
    assert.ok(refusals.includes('badProof'), String(refusals));
    assert.ok((await keptSecrets(bob.machine.keep, garden.id)).every(({ epoch }) => epoch === 1));
    keys.envelope = envelope;
    await writing;
    assert.deepEqual(await readLog(garden.log('chat'), 1, 1), ['for members only']);
  });
});

test('[K4] attacks: a new device with nothing to compare is given no other key than its set commits to', () => {
  keyScene(33, async ({ world, node, machine, ada, garden }) => {
    await garden.rotate();
    const secrets = { epoch: 2, key: PLANTED, nameSecret: PLANTED };
    const to = { site: garden.id, publicKey: await publicKeyOf(node, ada) };
    const planted = await sealEnvelope(primitives, env, to, secrets);
    const { keys, sites } = node.accounts;
    keys.envelope = async () => planted;
    const memberships = sites.memberships.bind(sites);
    sites.memberships = async (...of) =>
      (await memberships(...of)).map((row) => ({ ...row, envelope: planted }));
    const tablet = machine('tablet');
    const again = await tablet.open({ secret: await ada.secret() });
    await sleep(world, 5_000);
    assert.deepEqual(again.sites.get(), []);
    assert.deepEqual(await keptSecrets(tablet.keep, garden.id), []);
  });
});

/** An admin's device that makes sets as it likes, and a node that shows them as the newest. */
class Forger {
  readonly #scene: KeyScene;
  readonly #sets: { readonly epoch: number; readonly set: Uint8Array }[] = [];
  readonly #keyAt = new Map<number, Uint8Array>();
  #last: Pick<KeySet, 'id' | 'epoch'> | null = null;

  constructor(scene: KeyScene) {
    this.#scene = scene;
  }

  /** The next set, with what it says of history and how often that was changed. */
  async add(history: boolean, policy: number): Promise<void> {
    const { node, garden, adas } = this.#scene;
    const site = garden.id;
    if (this.#last === null) {
      const stored = await node.accounts.keys.siteKey(site);
      this.#last = must(await openKeySet(primitives, must(stored?.set, 'a set').set), 'a set');
      for (const { epoch, key } of await keptSecrets(adas.keep, site)) this.#keyAt.set(epoch, key);
    }
    const { seed } = await this.#device();
    const before = this.#last;
    const epoch = before.epoch + 1;
    const key = new Uint8Array(32).fill(epoch);
    const held = must(this.#keyAt.get(before.epoch), 'the key before');
    const commitment = commitmentOf(primitives, { site, epoch, key });
    const set = await writeKeySet(primitives, seed, {
      site,
      epoch,
      history,
      policy,
      envelopes: hashOfParts(primitives, []),
      commitment,
      link: history ? sealSiteLink(primitives, env, { site, epoch, key }, held) : new Uint8Array(0),
      previous: before.id,
      issuedMs: Math.floor(adas.env.wallMs()),
      succession: successionOf(primitives, { site, epoch: before.epoch, key: held }, commitment),
    });
    this.#keyAt.set(epoch, key);
    this.#sets.push({ epoch, set });
    this.#last = must(await openKeySet(primitives, set), 'a set');
  }

  /** From now on the node shows them to everybody, with true envelopes of their keys for Bob. */
  async show(bob: Copse): Promise<void> {
    const { node, garden, ada } = this.#scene;
    const { keys, sites, grants } = node.accounts;
    const { blessing } = await this.#device();
    const [own] = await grants.held(garden.id, ada.user);
    const proof = await grants.pathOf(must(own, 'a right'));
    const rows = this.#sets.map((row) => ({ ...row, blessing, proof })).toReversed();
    const newest = must(rows[0], 'a set');
    const publicKey = await publicKeyOf(node, bob);
    const nameSecret = must((await keptSecrets(this.#scene.adas.keep, garden.id))[0], 'secrets').nameSecret;
    const secrets = { epoch: newest.epoch, key: must(this.#keyAt.get(newest.epoch), 'a key'), nameSecret };
    const envelope = await sealEnvelope(primitives, env, { site: garden.id, publicKey }, secrets);
    const [before, below] = [keys.envelope.bind(keys), keys.setsBelow.bind(keys)];
    keys.envelope = async (site, epoch, user) =>
      epoch === newest.epoch ? envelope : before(site, epoch, user);
    keys.siteKey = async () => ({ epoch: newest.epoch, set: newest, due: null });
    keys.setsBelow = async (site, epoch, countMax) => [
      ...rows.filter((row) => row.epoch < epoch),
      ...(await below(site, epoch, countMax)),
    ];
    const memberships = sites.memberships.bind(sites);
    sites.memberships = async (...who) =>
      (await memberships(...who)).map((row) => ({ ...row, of: { ...row.of, keyEpoch: newest.epoch } }));
    await node.restart();
  }

  async #device(): Promise<{ readonly seed: Uint8Array; readonly blessing: Uint8Array }> {
    const { adas } = this.#scene;
    const identity = await Identity.open({ primitives, env: adas.env, keep: adas.keep });
    return { seed: identity.deviceKey.seed, blessing: await identity.blessing(adas.node.key) };
  }
}

/** What Bob does with sets after one that turned history off: the epochs whose keys he takes, and his alarm. */
async function shown(scene: KeyScene, words: readonly (readonly [boolean, number])[]) {
  const { world, node, garden, guest } = scene;
  const bob = await guest('bob');
  await garden.history(false);
  assert.equal(await keyEpochOf(node, garden), 2);
  const epochs = async (): Promise<readonly number[]> =>
    (await keptSecrets(bob.machine.keep, garden.id)).map(({ epoch }) => epoch);
  await bob.site.log('chat').append('after it');
  await eventually(world, async () => (await epochs()).includes(2), 'that Bob has the second key');
  const forger = new Forger(scene);
  for (const [history, policy] of words) await forger.add(history, policy);
  await forger.show(bob.copse);
  await sleep(world, 5_000);
  return { epochs: await epochs(), alarm: bob.copse.alarm.get()?.code ?? null };
}

test('[K5] attacks: history that comes back without a word is refused by every member, and the node known for it', () => {
  const cases = {
    'a good set': { words: [[false, 1]], epochs: [1, 2, 3], alarm: null },
    'a word that says so': { words: [[true, 2]], epochs: [1, 2, 3], alarm: null },
    'the same count': { words: [[true, 1]], epochs: [1, 2], alarm: 'fork' },
    'an older count': { words: [[true, 0]], epochs: [1, 2], alarm: 'fork' },
    'behind a good set': {
      words: [
        [false, 1],
        [true, 1],
      ],
      epochs: [1, 2],
      alarm: 'fork',
    },
    'before a good set': {
      words: [
        [true, 1],
        [true, 1],
      ],
      epochs: [1, 2],
      alarm: 'fork',
    },
  } as const;
  for (const [name, { words, epochs, alarm }] of Object.entries(cases)) {
    keyScene(34, async (scene) => {
      assert.deepEqual(await shown(scene, words), { epochs, alarm }, name);
    });
  }
});
