/** The token of a lease at its tail (SPEC O4). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logId, siteId } from 'copse/internal/base/ids.ts';
import { leaseScope } from 'copse/internal/crypto/lease-scope.ts';
import { Client, log, LOG, person, primitives, SITE, tokenOf, world, type World } from './testing/harness.ts';

const READ = 1;
const OTHER_SITE = siteId(`${SITE.slice(0, 16)}${'00'.repeat(8)}`);

async function withToken(w: World, permissions = 3, lifeMs = 900_000): Promise<Client> {
  const client = new Client(w, await person(1));
  const scope = leaseScope(primitives, SITE, LOG);
  const expiresAtMs = w.env.wallMs() + lifeMs;
  await client.connect(tokenOf(w, client.person, { ...scope, permissions, expiresAtMs }));
  return client;
}

test('[O4] a connection with the token of a lease opens its log, and no other log or site', async () => {
  await using w = await world();
  w.authority.allow(OTHER_SITE);
  const client = await withToken(w);
  const handle = await client.open();
  client.write(handle);
  await w.settle();
  assert.equal(client.acks.length, 1);
  const sameFolder = log(7).replace(/^.{16}/, LOG.slice(0, 16));
  for (const [site, other] of [
    [SITE, log(1)],
    [SITE, sameFolder],
    [OTHER_SITE, LOG],
  ] as const) {
    const asked = { site, log: logId(other), want: 'read' } as const;
    await assert.rejects(client.remote.lease(asked), { code: 'forbidden' }, `${site} ${other}`);
  }
});

test('[O4] a token for reading writes nothing, whatever its user may', async () => {
  await using w = await world();
  const client = await withToken(w, READ);
  await assert.rejects(client.open(LOG, 'write'), { code: 'forbidden' });
  const handle = await client.open(LOG, 'read');
  client.write(handle);
  await w.settle();
  assert.equal(client.acks.length, 0);
  assert.equal(client.nacks[0]?.reason.kind, 'refused');
});

test('[O4] the connection ends with its token, and the lease with the right', async () => {
  await using w = await world();
  const client = await withToken(w, 3, 60_000);
  await client.open();
  w.authority.grant(client.person.user, SITE, 0);
  await w.settle();
  assert.equal(client.revoked[0]?.fault, 'revoked');
  for (let second = 0; second < 70; second++) {
    w.authority.beat();
    await w.env.advance(1000);
    await w.settle();
  }
  assert.equal(client.endedWith?.code, 'expired');
});
