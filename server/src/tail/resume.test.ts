/** Connecting with the secret of a token in place of a signature (SPEC A17). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FaultCode } from 'copse/internal/base/fault.ts';
import { must } from 'copse/internal/base/assert.ts';
import { key, logId } from 'copse/internal/base/ids.ts';
import { keyedMac } from 'copse/internal/crypto/hash.ts';
import { leaseScope } from 'copse/internal/crypto/lease-scope.ts';
import { resumeMac, tokenSecret } from 'copse/internal/crypto/token-secret.ts';
import {
  Client,
  LOG,
  person,
  primitives,
  SITE,
  tokenOf,
  world,
  type Person,
  type World,
} from './testing/harness.ts';

const withCode = (code: FaultCode) => ({ name: 'Fault', code });
type Resume = Parameters<Client['remote']['resume']>[0];

const secretOf = (macKey: Uint8Array, token: Uint8Array): Uint8Array =>
  tokenSecret(keyedMac(primitives, macKey), token);

interface Shown {
  readonly token?: Uint8Array;
  readonly secret?: Uint8Array;
}

async function asked(w: World, client: Client, shown: Shown = {}): Promise<Resume> {
  await w.settle();
  const hello = must(client.hellos[0], 'hello comes first');
  const token = shown.token ?? tokenOf(w, client.person);
  const secret = shown.secret ?? secretOf(w.authority.key, token);
  const mac = resumeMac(keyedMac(primitives, secret), { nonce: hello.nonce, node: key(hello.node), token });
  return { version: 1, token, device: client.person.deviceKey, mac };
}

async function resumed(w: World, n: number, shown: Shown = {}): Promise<Client> {
  const client = new Client(w, await person(n));
  await client.remote.resume(await asked(w, client, shown));
  return client;
}

test('[A17] with the secret of its token a device is connected and uses logs, and nothing is signed', async () => {
  let verified = 0;
  await using w = await world({
    primitives: {
      ...primitives,
      ed25519Verify: (...given) => {
        verified++;
        return primitives.ed25519Verify(...given);
      },
    },
  });
  const client = await resumed(w, 1);
  const handle = await client.open(LOG, 'write');
  client.write(handle);
  await w.settle();
  assert.equal(client.acks.length, 1);
  assert.equal(verified, 0);
  const signing = new Client(w, await person(2));
  await signing.remote.connect(await signing.request());
  assert.equal(verified, 1);
});

test('[A17] a proof by the secret is of one connection, one token, one shard and one device', async () => {
  await using w = await world();
  const me = await person(1);
  const token = tokenOf(w, me);
  const first = new Client(w, me);
  const good = await asked(w, first, { token });
  await first.remote.resume(good);
  await assert.rejects(first.remote.resume(good), withCode('unauthorized'), 'a connection connects once');
  const spoilt: readonly (readonly [string, FaultCode, (client: Client) => Promise<Resume>])[] = [
    ['replayed', 'badProof', async () => good],
    ['no secret', 'badProof', async (it) => ({ ...(await asked(w, it)), mac: new Uint8Array(32) })],
    [
      'the secret of another token',
      'badProof',
      (it) =>
        asked(w, it, { token, secret: secretOf(w.authority.key, tokenOf(w, me, { id: '11'.repeat(8) })) }),
    ],
    [
      'the secret of another shard',
      'badProof',
      (it) => asked(w, it, { token, secret: secretOf(new Uint8Array(32).fill(8), token) }),
    ],
    [
      'a token of another shard',
      'unauthorized',
      (it) => asked(w, it, { token: tokenOf(w, me, {}, new Uint8Array(32).fill(8)) }),
    ],
    ['another version', 'version', async (it) => ({ ...(await asked(w, it)), version: 2 })],
  ];
  for (const [what, code, make] of spoilt) {
    const client = new Client(w, me);
    const request = await make(client);
    await assert.rejects(client.remote.resume(request), withCode(code), what);
    await assert.rejects(
      client.remote.lease({ site: SITE, log: LOG, want: 'read' }),
      withCode('unauthorized'),
      what,
    );
  }
  const other = new Client(w, await person(2));
  const stolen = await asked(w, other, { token });
  await assert.rejects(other.remote.resume(stolen), withCode('badProof'), 'in the name of another device');
});

test('[A17] the secret ends with its token: expired, revoked, or for one log only', async () => {
  await using w = await world();
  const late = tokenOf(w, await person(1), { expiresAtMs: w.env.wallMs() - 1000 });
  await assert.rejects(resumed(w, 1, { token: late }), withCode('expired'));
  const two: Person = await person(2);
  w.authority.change({ kind: 'device', device: two.device, minEpoch: 2 });
  await w.settle();
  await assert.rejects(resumed(w, 2), withCode('revoked'));
  const scope = leaseScope(primitives, SITE, LOG);
  const scoped = await resumed(w, 3, { token: tokenOf(w, await person(3), scope) });
  await scoped.open(LOG, 'read');
  const elsewhere = { site: SITE, log: logId('77'.repeat(16)), want: 'read' } as const;
  await assert.rejects(scoped.remote.lease(elsewhere), withCode('forbidden'));
});

test('[A17] a right that was taken back is refused to who comes back with a secret', async () => {
  await using w = await world();
  const token = tokenOf(w, await person(1));
  const before = await resumed(w, 1, { token });
  await before.open(LOG, 'write');
  w.authority.grant(before.person.user, SITE, 0);
  await w.settle();
  assert.equal(before.revoked[0]?.fault, 'revoked');
  const after = await resumed(w, 1, { token });
  await assert.rejects(after.open(LOG, 'read'));
  w.authority.change({ kind: 'user', user: after.person.user, minEpoch: 2 });
  await w.settle();
  assert.equal(after.endedWith?.code, 'revoked');
  await assert.rejects(resumed(w, 1, { token }), withCode('revoked'));
});
