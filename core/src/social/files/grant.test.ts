import { deepEqual, equal, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../../base/fault.ts';
import { key } from '../../base/ids.ts';
import { realEnv } from '../../base/env.ts';
import { fileGrantMaxMs } from '../../base/limits-files.ts';
import { clockSkewMs } from '../../base/limits.ts';
import { nativePrimitives } from '../../native/primitives.ts';
import { requestTicket, grantUpload, openTicketRequest, openGrant } from './grant.ts';

const primitives = nativePrimitives();
const env = realEnv();
const seedOf = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const keyOf = async (fill: number) => key(await primitives.ed25519PublicKey(seedOf(fill)));
const [ada, bea, node, elsewhere] = [await keyOf(1), await keyOf(2), await keyOf(3), await keyOf(4)];
const wallMs = 1_800_000_000_000;
const here = { node, wallMs };
const terms = { node, user: bea, bytes: 5_000, expiresMs: wallMs + 60_000 };
const granted = (more: object = {}) => grantUpload(primitives, env, seedOf(1), { ...terms, ...more });
const requested = (grant: Uint8Array | null, more: object = {}, fill = 2) =>
  requestTicket(primitives, seedOf(fill), { ...here, grant, ...more });

test('[Z42] a request is of its signer, and a grant of the user of the node who gives it', async () => {
  deepEqual(await openTicketRequest(primitives, await requested(null), here), { user: bea, grant: null });
  const { user, grant } = await openTicketRequest(primitives, await requested(await granted()), here);
  deepEqual(user, bea);
  deepEqual(grant?.issuer, ada);
  equal(grant?.bytes, 5_000);
  const other = await openGrant(primitives, await granted());
  equal(other.id === grant?.id, false, 'two grants of the same are two');
});

const isSpoilt = (thrown: unknown): boolean =>
  thrown instanceof Fault && (thrown.code === 'badProof' || thrown.code === 'malformed');

test('[Z42] a request or grant for another node, another user, of another time or with a flipped bit is none', async () => {
  const refused = (request: Uint8Array, what: RegExp) =>
    rejects(openTicketRequest(primitives, request, here), what);
  await refused(await requested(null, { node: elsewhere }), /another node/);
  await refused(await requested(await granted({ node: elsewhere })), /grant is for another node/);
  await refused(await requested(await granted({ user: ada })), /another user/);
  await refused(await requested(await granted(), {}, 4), /another user/);
  await refused(await requested(await granted({ expiresMs: wallMs })), /expired/);
  await refused(
    await requested(await granted({ expiresMs: wallMs + fileGrantMaxMs + 2 * clockSkewMs })),
    /longer/,
  );
  await refused(await requested(null, { wallMs: wallMs - clockSkewMs - 1 }), /not of now/);
  await refused(await requested(null, { wallMs: wallMs + clockSkewMs + 1 }), /not of now/);
  const request = await requested(await granted());
  for (let at = 0; at < request.length; at += 7) {
    const spoilt = request.with(at, (request[at] ?? 0) ^ 4);
    await rejects(openTicketRequest(primitives, spoilt, here), isSpoilt);
  }
});

test('[Z42] a grant is no request, and a request no grant', async () => {
  await rejects(openGrant(primitives, await requested(null)), { code: 'badProof' });
  await rejects(openTicketRequest(primitives, await granted(), here), { code: 'badProof' });
});
