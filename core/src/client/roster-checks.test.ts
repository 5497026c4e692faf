import assert from 'node:assert/strict';
import { test } from 'node:test';

import { grantBy, ground, pair, person, primitives as plain } from '../../../lab/suites/people.ts';
import type { RosterRow } from '../api/keys.ts';
import { writeUserKey } from '../capability/user-key.ts';
import { exchangeKeyOf } from '../crypto/agree.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { MemoryKeep } from './keep.ts';
import { RosterChecks } from './roster-checks.ts';

const T = 1_800_000_000_000;
const DAY = 86_400_000;
const garden = await ground('garden');
const ada = await person('Ada');
const bea = await person('Bea');
const { site } = garden;
const at = { site, root: garden.root.key, atMs: T };

/** Primitives that count what is checked. */
function counting(): { readonly primitives: Primitives; readonly checked: () => number } {
  let count = 0;
  const ed25519Verify: Primitives['ed25519Verify'] = (...of) => {
    count++;
    return plain.ed25519Verify(...of);
  };
  return { primitives: { ...plain, ed25519Verify }, checked: () => count };
}

async function rowOf(
  who = bea,
  part: { readonly expiresMs?: number; readonly agree?: string } = {},
): Promise<RosterRow> {
  const { publicKey } = await exchangeKeyOf(plain, plain.sha256((await pair(part.agree ?? 'agree')).seed));
  const terms = { user: who.user.key, generation: 1, publicKey, link: new Uint8Array(0), issuedMs: T };
  const first = await grantBy(garden.root, site, ada.user.key);
  const second = await grantBy(ada.user, site, who.user.key, {
    delegations: 1,
    expiresMs: part.expiresMs ?? 0,
  });
  const statement = await writeUserKey(plain, { seed: who.user.seed }, terms);
  return { user: who.userId, key: who.user.key, statement, proof: [first, second] };
}

/** With another last bit, which is of the signature. */
function flipped(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte));
}

test('[K4] what vouches for a member is checked once, and her key is the same afterwards', async () => {
  const { primitives, checked } = counting();
  const checks = new RosterChecks(primitives, new MemoryKeep());
  const row = await rowOf();
  const first = (await checks.member(at, row)) ?? assert.fail('a member');
  assert.equal(checked(), 3);
  const again = await checks.member({ ...at, atMs: T + DAY }, structuredClone(row));
  assert.deepEqual(again, first);
  assert.equal(checked(), 3);
  assert.equal(checks.size, 1);
});

test('[K4] another key of a member is checked, and what is not hers is refused each time', async () => {
  const { primitives, checked } = counting();
  const checks = new RosterChecks(primitives, new MemoryKeep());
  const row = await rowOf();
  const known = (await checks.member(at, row)) ?? assert.fail('a member');
  const changed = await rowOf(bea, { agree: 'another' });
  const next = await checks.member(at, { ...row, statement: changed.statement });
  assert.notDeepEqual(next?.publicKey, known.publicKey);
  assert.equal(checked(), 4, 'her attestations are the same');
  const others = await rowOf(ada);
  const forged: readonly RosterRow[] = [
    { ...row, statement: others.statement },
    { ...row, key: ada.user.key },
    { ...row, user: ada.userId },
    { ...row, proof: others.proof },
    { ...row, proof: [] },
    { ...row, proof: row.proof.slice(1) },
    { ...row, statement: new Uint8Array(0) },
    { ...row, statement: flipped(row.statement) },
  ];
  for (let round = 0; round < 2; round++)
    for (const [i, each] of forged.entries())
      assert.equal(await checks.member(at, each), null, `forgery ${i} in round ${round}`);
});

test('[K4] what was good for one site is not for another root, nor after its end', async () => {
  const checks = new RosterChecks(plain, new MemoryKeep());
  const row = await rowOf(bea, { expiresMs: T + DAY });
  assert.notEqual(await checks.member(at, row), null);
  const meadow = await ground('meadow');
  assert.equal(await checks.member({ ...at, root: meadow.root.key }, row), null);
  assert.equal(await checks.member({ site: meadow.site, root: meadow.root.key, atMs: T }, row), null);
  assert.equal(await checks.member({ ...at, atMs: T + 2 * DAY }, row), null);
  assert.notEqual(await checks.member(at, row), null, 'the clock was wrong');
});

test('[K4, S10] what was checked is known after a restart, and lies in the keep as a secret', async () => {
  const keep = new MemoryKeep();
  const secrets: string[] = [];
  const write = keep.write.bind(keep);
  keep.write = async (changes) => {
    for (const { name, secret } of changes) if (secret === true) secrets.push(name);
    return write(changes);
  };
  const rows = await Promise.all(Array.from({ length: 300 }, async (_, i) => rowOf(await person(`P ${i}`))));
  const first = new RosterChecks(plain, keep);
  await first.begin(site);
  const members = await Promise.all(rows.map((row) => first.member(at, row)));
  assert.ok(members.every((each) => each !== null));
  await first.end(site);
  const kept = await keep.list('checked/');
  assert.equal(kept.length, 2, 'pages');
  assert.deepEqual(new Set(secrets), new Set(kept.map(({ name }) => name)));
  const { primitives, checked } = counting();
  const second = new RosterChecks(primitives, keep);
  await second.begin(site);
  const again = await Promise.all(rows.map((row) => second.member(at, row)));
  assert.deepEqual(again, members);
  assert.equal(checked(), 0);
  await second.end(site);
  // Of those who are gone nothing is kept when there is something new to keep.
  const others = await Promise.all(Array.from({ length: 70 }, async (_, i) => rowOf(await person(`Q ${i}`))));
  await second.begin(site);
  for (const row of others) await second.member(at, row);
  await second.end(site);
  assert.equal((await keep.list('checked/')).length, 1);
});

test('[K4] what lies in the keep in another form is checked once more', async () => {
  const keep = new MemoryKeep();
  await keep.write([{ name: `checked/${site}/000000`, value: new Uint8Array(40).fill(255) }]);
  const { primitives, checked } = counting();
  const checks = new RosterChecks(primitives, keep);
  await checks.begin(site);
  assert.notEqual(await checks.member(at, await rowOf()), null);
  assert.equal(checked(), 3);
});
