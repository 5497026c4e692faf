import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { must } from '../base/assert.ts';
import { realEnv } from '../base/env.ts';
import { key, type Key } from '../base/ids.ts';
import { siteIdOf } from '../crypto/hash.ts';
import { exchangeKeyOf } from '../crypto/agree.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { attest } from './attestation.ts';
import { bless, type BlessingTerms } from './blessing.ts';
import { deviceExchangeKey, openDeviceKey, writeDeviceKey } from './device-key.ts';
import {
  breaksChain,
  checkKeySet,
  commitmentOf,
  hashOfPart,
  hashOfParts,
  openSiteLink,
  sealSiteLink,
  writeKeySet,
  type KeySetTerms,
  type SetBefore,
} from './key-set.ts';
import { permissionsAll } from './policy.ts';
import {
  openUserEnvelope,
  openUserKey,
  openUserLink,
  sealUserEnvelope,
  sealUserLink,
  writeUserKey,
} from './user-key.ts';

const primitives = nativePrimitives();
const env = realEnv();
const T = 1_800_000_000_000;

interface Pair {
  readonly seed: Uint8Array;
  readonly key: Key;
}

async function pair(name: string): Promise<Pair> {
  const seed = primitives.sha256(new TextEncoder().encode(name));
  return { seed, key: key(await primitives.ed25519PublicKey(seed)) };
}

const [ada, bob, phone, laptop, root, node] = await Promise.all(
  ['ada', 'bob', 'phone', 'laptop', 'root', 'node'].map(pair),
);
assert.ok(ada && bob && phone && laptop && root && node);
const site = siteIdOf(primitives, root.key);

function blessing(user: Pair, device: Pair, part: Partial<BlessingTerms> = {}): Promise<Uint8Array> {
  const terms = {
    audience: '*',
    scope: permissionsAll,
    issuedMs: T,
    expiresMs: T + 3_600_000,
    serial: 1,
  } as const;
  return bless(primitives, user.seed, { device: device.key, ...terms, ...part });
}

test('[K1] an exchange key is the device’s own, and says by a blessing whose device it is', async () => {
  const statement = await writeDeviceKey(primitives, phone.seed, await blessing(ada, phone));
  const stated = await openDeviceKey(primitives, statement);
  assert.deepEqual(stated?.device, phone.key);
  assert.deepEqual(stated.user, ada.key);
  assert.deepEqual(stated.publicKey, (await deviceExchangeKey(primitives, phone.seed)).publicKey);
  const borrowed = await writeDeviceKey(primitives, laptop.seed, await blessing(ada, phone));
  assert.equal(await openDeviceKey(primitives, borrowed), null, 'the blessing of another device');
  const altered = statement.slice();
  altered[altered.length - 1] = must(altered.at(-1), 'a byte') ^ 1;
  assert.equal(await openDeviceKey(primitives, altered), null);
});

const first = {
  user: ada.key,
  generation: 1,
  publicKey: new Uint8Array(32).fill(9),
  link: new Uint8Array(0),
  issuedMs: T,
};

test('[K2] a user key is stated by the user, or by a device that she has blessed to do everything then', async () => {
  const own = await openUserKey(primitives, await writeUserKey(primitives, { seed: ada.seed }, first));
  assert.equal(own?.device, null);
  const by = async (device: Pair, bytes: Uint8Array, part: Partial<typeof first> = {}) =>
    openUserKey(
      primitives,
      await writeUserKey(primitives, { seed: device.seed, blessing: bytes }, { ...first, ...part }),
    );
  assert.deepEqual((await by(phone, await blessing(ada, phone)))?.device, phone.key);
  assert.equal(await by(laptop, await blessing(ada, phone)), null, 'the blessing of another device');
  assert.equal(await by(phone, await blessing(bob, phone)), null, 'the blessing of another user');
  assert.equal(await by(phone, await blessing(ada, phone, { scope: 3 })), null, 'a blessing for less');
  assert.equal(await by(phone, await blessing(ada, phone), { issuedMs: T + 86_400_000 }), null, 'too late');
  assert.equal(
    await openUserKey(primitives, await writeUserKey(primitives, { seed: bob.seed }, first)),
    null,
  );
});

test('[K2] each generation but the first opens the one before, and only that', async () => {
  const [old, fresh] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  const second = { user: ada.key, generation: 2, secret: fresh };
  const link = sealUserLink(primitives, env, second, old);
  assert.deepEqual(openUserLink(primitives, second, link), old);
  assert.equal(openUserLink(primitives, { ...second, generation: 3 }, link), null);
  assert.equal(openUserLink(primitives, { ...second, user: bob.key }, link), null);
  assert.equal(openUserLink(primitives, { ...second, secret: old }, link), null);
  const linkless = { ...first, generation: 2 };
  await assert.rejects(
    openUserKey(primitives, await writeUserKey(primitives, { seed: ada.seed }, linkless)),
    {
      code: 'malformed',
    },
  );
});

test('[K2] the envelope of a user key opens on its device, for its user and generation', async () => {
  const of = { user: ada.key, generation: 2, secret: new Uint8Array(32).fill(7) };
  const [to, other] = [
    await deviceExchangeKey(primitives, phone.seed),
    await deviceExchangeKey(primitives, laptop.seed),
  ];
  const envelope = must(await sealUserEnvelope(primitives, env, of, to.publicKey), 'a key');
  assert.deepEqual(await openUserEnvelope(primitives, to, of, envelope), of.secret);
  assert.equal(await openUserEnvelope(primitives, other, of, envelope), null);
  assert.equal(await openUserEnvelope(primitives, to, { ...of, generation: 3 }, envelope), null);
  assert.equal(await openUserEnvelope(primitives, to, { ...of, user: bob.key }, envelope), null);
  assert.equal(await sealUserEnvelope(primitives, env, of, new Uint8Array(32)), null, 'a small-order key');
});

const siteKey = new Uint8Array(32).fill(5);
const terms: KeySetTerms = {
  site,
  epoch: 2,
  history: true,
  policy: 0,
  envelopes: hashOfParts(primitives, []),
  commitment: commitmentOf(primitives, { site, epoch: 2, key: siteKey }),
  link: sealSiteLink(primitives, env, { site, epoch: 2, key: siteKey }, new Uint8Array(32).fill(4)),
  previous: null,
  issuedMs: T,
  succession: new Uint8Array(32).fill(8),
};

async function adminProof(permissions = permissionsAll): Promise<readonly Uint8Array[]> {
  const grant = { site, resource: '*', delegations: 2, notBeforeMs: 0, expiresMs: 0, quota: 0 } as const;
  assert.ok(root && ada);
  return [
    await attest(primitives, env, root.seed, {
      ...grant,
      subject: ada.key,
      subjectKind: 'user',
      permissions,
    }),
  ];
}

test('[K3] a key set counts when its maker acted for an admin of that site', async () => {
  const at = { site, root: root.key, node: node.key };
  const set = await writeKeySet(primitives, phone.seed, terms);
  const good = { set, blessing: await blessing(ada, phone), proof: await adminProof() };
  assert.equal((await checkKeySet(primitives, at, good)).epoch, 2);
  const refused = (given: typeof good, place = at) =>
    assert.rejects(checkKeySet(primitives, place, given), { code: 'badProof' });
  await refused({ ...good, proof: await adminProof(15) });
  await refused({ ...good, blessing: await blessing(bob, phone) });
  await refused({ ...good, blessing: await blessing(ada, laptop) });
  await refused({ ...good, blessing: await blessing(ada, phone, { scope: 15 }) });
  await refused({ ...good, blessing: await blessing(ada, phone, { audience: bob.key }) });
  await refused({
    ...good,
    set: await writeKeySet(primitives, phone.seed, { ...terms, issuedMs: T + 86_400_000 }),
  });
  await refused({ ...good, set: await writeKeySet(primitives, laptop.seed, terms) });
  await refused(good, { ...at, site: siteIdOf(primitives, bob.key) });
  await refused(good, { ...at, root: bob.key });
});

test('[K4] a commitment fits one key, in one site and epoch', () => {
  const of = { site, epoch: 2, key: siteKey };
  assert.deepEqual(commitmentOf(primitives, of), terms.commitment);
  assert.notDeepEqual(commitmentOf(primitives, { ...of, epoch: 3 }), terms.commitment);
  assert.notDeepEqual(commitmentOf(primitives, { ...of, key: new Uint8Array(32) }), terms.commitment);
  assert.notDeepEqual(
    commitmentOf(primitives, { ...of, site: siteIdOf(primitives, bob.key) }),
    terms.commitment,
  );
});

test('[K5] a set says by its link what it says of history, or it is none', async () => {
  const sets = [
    { ...terms, link: new Uint8Array(0) },
    { ...terms, history: false },
    { ...terms, epoch: 1 },
  ];
  const at = { site, root: root.key, node: node.key };
  for (const each of sets) {
    const given = {
      set: await writeKeySet(primitives, phone.seed, each),
      blessing: await blessing(ada, phone),
      proof: [],
    };
    await assert.rejects(checkKeySet(primitives, at, given), { code: 'malformed' });
  }
});

test('[K5] history changes only with a higher count; a downgraded flag breaks the chain', () => {
  const before: SetBefore = { epoch: 5, id: 'aa', history: false, policy: 1 };
  const next = { epoch: 6, id: 'bb', previous: 'aa', history: false, policy: 1 };
  assert.equal(breaksChain(next, before), null);
  assert.equal(breaksChain({ ...next, history: true, policy: 2 }, before), null);
  assert.equal(breaksChain({ ...next, history: true }, before), 'history changed without a word');
  assert.equal(breaksChain({ ...next, history: true, policy: 0 }, before), 'an older word about history');
  assert.equal(breaksChain({ ...next, previous: 'cc' }, before), 'another set before');
  assert.equal(breaksChain({ ...next, epoch: 7 }, before), 'another epoch');
  assert.equal(breaksChain({ epoch: 2, id: 'aa', previous: null, history: true, policy: 0 }, null), null);
  assert.equal(
    breaksChain({ epoch: 2, id: 'aa', previous: null, history: false, policy: 0 }, null) === null,
    false,
  );
});

test('[K5] a link opens under its own key, site and epoch', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.integer({ min: 2, max: 1000 }),
      (own, before, epoch) => {
        const link = sealSiteLink(primitives, env, { site, epoch, key: own }, before);
        assert.deepEqual(openSiteLink(primitives, { site, epoch, key: own }, link), before);
        assert.equal(openSiteLink(primitives, { site, epoch: epoch + 1, key: own }, link), null);
        assert.equal(openSiteLink(primitives, { site, epoch, key: primitives.sha256(own) }, link), null);
      },
    ),
  );
});

test('[K3] the hash of a set changes with every envelope, generation, member and their order', () => {
  const one = { user: '0101010101010101', generation: 1, envelope: Uint8Array.of(1, 2, 3) };
  const two = { user: '0202020202020202', generation: 1, envelope: Uint8Array.of(4) };
  const hashes = [
    [one, two],
    [two, one],
    [one],
    [{ ...one, generation: 2 }, two],
    [{ ...one, envelope: Uint8Array.of(1, 2) }, two],
    [{ ...one, user: two.user }, two],
  ].map((part) => hashOfPart(primitives, part).join());
  assert.equal(new Set(hashes).size, hashes.length);
});

test('[K2] an exchange key made of a secret is the stated one', async () => {
  const secret = new Uint8Array(32).fill(3);
  const { publicKey } = await exchangeKeyOf(primitives, secret);
  const statement = await writeUserKey(primitives, { seed: ada.seed }, { ...first, publicKey });
  assert.deepEqual((await openUserKey(primitives, statement))?.publicKey, publicKey);
});
