/** Rights on a connection: caveats, what falls, and proofs that the node does not keep. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { permission } from 'copse/internal/api/model.ts';
import { standingId } from 'copse/internal/base/ids.ts';
import { caveatOf, prefixOf } from 'copse/internal/capability/caveat.ts';
import { presenting, proofHash, prove } from 'copse/internal/capability/possession.ts';
import { must } from 'copse/internal/base/assert.ts';
import { key } from 'copse/internal/base/ids.ts';
import { Client, LOG, log, person, primitives, SITE, tokenOf, world, type World } from './testing/harness.ts';

const FIRST = standingId('01'.repeat(8));
const SECOND = standingId('02'.repeat(8));
const LEASE = { site: SITE, log: LOG, want: 'write' } as const;
const withCode = (code: string) => (thrown: { code?: string }) => thrown.code === code;

async function connected(w: World, address = '10.0.0.1', origin: string | null = null): Promise<Client> {
  const client = new Client(w, await person(1), address, origin);
  await client.remote.connect(await client.request(tokenOf(w, client.person)));
  return client;
}

test('[R6] a right under a caveat is one where the device is and the page comes from', async () => {
  await using w = await world();
  w.authority.allow(SITE, permission.read);
  const network = caveatOf({ kind: 'network', prefixes: [must(prefixOf('10.0.0.0/24'), 'a prefix')] });
  const origin = caveatOf({ kind: 'origin', origin: 'https://app.example' });
  w.authority.conditional = [{ permissions: permission.write, expiresMs: 0, caveats: [network, origin] }];
  const wants: readonly (readonly [string, string | null, string])[] = [
    ['10.0.0.7', 'https://app.example', 'open'],
    ['10.0.1.7', 'https://app.example', 'forbidden'],
    ['10.0.0.7', 'https://evil.example', 'forbidden'],
    ['10.0.0.7', null, 'forbidden'],
  ];
  for (const [address, from, expected] of wants) {
    const client = await connected(w, address, from);
    const asking = client.remote.lease(LEASE);
    if (expected === 'open') assert.equal((await asking).kind, 'open');
    else await assert.rejects(asking, withCode(expected));
    assert.equal((await client.remote.lease({ ...LEASE, want: 'read' })).kind, 'open');
  }
});

test('[O9] pages of other origins get no lease of a site and lose the one that they have, programs do not', async () => {
  await using w = await world();
  w.authority.allow(SITE, 3);
  const page = await connected(w, '10.0.0.1', 'https://app.example');
  const other = await connected(w, '10.0.0.1', 'https://other.example');
  const program = await connected(w);
  const handle = await page.open(LOG, 'write');
  const lost = await other.open(LOG, 'write');
  await program.open(LOG, 'write');
  w.authority.origins = ['https://app.example'];
  w.authority.change({ kind: 'origins', site: SITE });
  await w.settle();
  assert.deepEqual(page.revoked, [{ handle, fault: 'revoked' }]);
  assert.deepEqual(other.revoked, [{ handle: lost, fault: 'revoked' }]);
  assert.deepEqual(program.revoked, []);
  other.write(lost);
  await w.settle();
  assert.equal(other.nacks[0]?.reason.kind, 'refused');
  await assert.rejects(other.remote.lease(LEASE), withCode('forbidden'));
  assert.equal((await page.remote.lease(LEASE)).kind, 'open');
  assert.equal((await program.remote.lease(LEASE)).kind, 'open');
  w.authority.origins = [];
  w.authority.change({ kind: 'origins', site: SITE });
  await w.settle();
  assert.equal((await other.remote.lease(LEASE)).kind, 'open');
});

test('[R6] a lease ends with the hours of its caveat', async () => {
  await using w = await world();
  w.authority.allow(SITE, 0);
  const minute = Math.floor(w.env.wallMs() / 60_000) % 1440;
  const windows = [{ days: 127, fromMinute: minute, toMinute: minute + 1 }];
  const caveats = [caveatOf({ kind: 'hours', windows })];
  w.authority.conditional = [{ permissions: 3, expiresMs: 0, caveats }];
  const client = await connected(w);
  const handle = await client.open(LOG, 'write');
  const left = 60_000 - (w.env.wallMs() % 60_000);
  await w.env.advance(left - 1_001);
  await w.settle();
  assert.deepEqual(client.revoked, []);
  await w.env.advance(2_002);
  await w.settle();
  assert.deepEqual(client.revoked, [{ handle, fault: 'expired' }]);
});

test('[R7] what falls ends the leases that stand on it, in the same turn, and no others', async () => {
  await using w = await world();
  w.authority.stands = [FIRST];
  const client = await connected(w);
  const first = await client.open(log(1), 'write');
  w.authority.stands = [SECOND];
  const second = await client.open(log(2), 'write');
  w.authority.change({ kind: 'fallen', attestation: FIRST });
  await w.settle();
  assert.deepEqual(client.revoked, [{ handle: first, fault: 'revoked' }]);
  client.write(second);
  client.write(first);
  await w.settle();
  assert.deepEqual([client.nacks.length, client.acks.length], [1, 1]);
  // What is asked from now on already contains the change.
  w.authority.stands = [FIRST];
  assert.equal((await client.remote.lease({ ...LEASE, log: log(1) })).kind, 'open');
});

test('[R7] what was answered before a right fell is not what the next lease rests on', async () => {
  await using w = await world();
  w.authority.stands = [FIRST];
  const client = await connected(w);
  await client.open(log(1), 'write');
  const asked = w.authority.accessCount;
  assert.equal((await client.remote.lease({ ...LEASE, log: log(1) })).kind, 'open');
  assert.equal(w.authority.accessCount, asked, 'the answer is remembered');
  w.authority.stands = [SECOND];
  w.authority.change({ kind: 'fallen', attestation: FIRST });
  await w.settle();
  await client.remote.lease({ ...LEASE, log: log(1) });
  assert.equal(w.authority.accessCount, asked + 1, 'and asked for again');
});

test('[R7] an answer from before a revocation is not believed after it', async () => {
  await using w = await world();
  w.authority.stands = [FIRST];
  const client = await connected(w);
  w.authority.isSlow = true;
  const asking = client.remote.lease(LEASE);
  await w.settle();
  w.authority.change({ kind: 'fallen', attestation: FIRST });
  const asked = w.authority.accessCount;
  w.authority.deliver();
  await asking;
  assert.equal(w.authority.accessCount, asked + 1);
});

test('[R7] a feed that is stale gives no lease, by rows or by proof', async () => {
  await using w = await world();
  const client = await connected(w);
  w.authority.isProvable = true;
  w.authority.allow(SITE, 0);
  const answer = await client.remote.lease(LEASE);
  assert.ok(answer.kind === 'needProof');
  w.authority.isDown = true;
  await w.env.advance(60_000);
  await w.settle();
  await assert.rejects(client.remote.lease(LEASE), withCode('stale'));
  await assert.rejects(client.remote.attest(await presented(client, answer.nonce)), withCode('stale'));
});

const PROOF = [Uint8Array.of(1, 2), Uint8Array.of(3)];

async function presented(client: Client, given: Uint8Array, part: { readonly proof?: Uint8Array[] } = {}) {
  const nonce = given.slice();
  const node = key(must(client.hellos[0], 'a hello').node.slice());
  const claim = presenting({ nonce, node, proof: proofHash(primitives, PROOF) });
  const signature = await prove(primitives, client.person.seed, claim);
  return { nonce, proof: PROOF, signature, ...part };
}

test('[R8] who is told needProof presents one, signed for this connection, and it is good once', async () => {
  await using w = await world();
  w.authority.allow(SITE, 0);
  w.authority.stands = [SECOND];
  const client = await connected(w);
  w.authority.proven = (user, proof) => (user === client.person.user && proof.length === 2 ? 3 : 0);
  const ask = async (): Promise<Uint8Array> => {
    const answer = await client.remote.lease(LEASE);
    assert.ok(answer.kind === 'needProof');
    return answer.nonce.slice();
  };
  const nonce = await ask();
  const answer = await client.remote.attest(await presented(client, nonce));
  assert.ok(answer.kind === 'open');
  client.write(answer.handle);
  await w.settle();
  assert.equal(client.acks.length, 1);
  await assert.rejects(client.remote.attest(await presented(client, nonce)), withCode('badProof'));
  const other = await presented(client, await ask(), { proof: [Uint8Array.of(9)] });
  await assert.rejects(client.remote.attest(other), withCode('badProof'), 'another proof than was signed');
  const wrong = await presented(client, await ask());
  await assert.rejects(client.remote.attest({ ...wrong, nonce: new Uint8Array(32) }), withCode('badProof'));
  w.authority.change({ kind: 'fallen', attestation: SECOND });
  await w.settle();
  assert.deepEqual(client.revoked, [{ handle: answer.handle, fault: 'revoked' }]);
});
