/** Calls over HTTP against a whole authority (SPEC section O), without a network and with a clock of our own. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAULTS } from 'copse/internal/base/fault.ts';
import { base64url, fromBase64url } from 'copse/internal/base/bytes.ts';
import { must } from 'copse/internal/base/assert.ts';
import { rightsApi } from 'copse/internal/api/rights.ts';
import { logId, siteId } from 'copse/internal/base/ids.ts';
import {
  clockSkewMs,
  connectTokenMs,
  dpopNonceMs,
  httpBodyBytesMax,
  httpCallsBurst,
  httpDeviceCallsBurst,
  leaseTokenMs,
} from 'copse/internal/base/limits.ts';
import { leaseScope } from 'copse/internal/crypto/lease-scope.ts';
import { Token } from 'copse/internal/crypto/token.ts';
import { HttpDoor } from '../../server/src/node/http-door.ts';
import { MemoryAccounts } from '../../server/src/store/accounts-memory.ts';
import { ada, bea, directLink, garden, settled, Stage, type Actor } from './auth-stage.ts';
import { HttpProgram, publicJwk, type HttpAnswer } from './http-program.ts';
import { blessingBy, pair, person, primitives, type Person } from './people.ts';

const ORIGIN = 'http://127.0.0.1:7070';
const GUID = base64url(new Uint8Array(16).fill(1));
const LOG = logId('0123456789abcdef'.repeat(2));

interface Scene extends AsyncDisposable {
  readonly stage: Stage;
  readonly door: HttpDoor;
  readonly ada: Actor;
  readonly program: HttpProgram;
  programOf(who: Person): HttpProgram;
  send(request: Request): Promise<Response>;
}

/** Ada has an account, and a program of hers that has logged in. */
async function scene(): Promise<Scene> {
  const stage = await Stage.open({ link: directLink, accounts: new MemoryAccounts() });
  const door = new HttpDoor({
    auth: stage.auth,
    primitives,
    env: stage.clock,
    origins: () => [ORIGIN],
    mayConnect: (origin) => origin === ORIGIN || origin === 'https://friend.example',
    draining: () => false,
  });
  const send = (request: Request): Promise<Response> =>
    door.answer(request, new URL(request.url).pathname, '203.0.113.9');
  const programOf = (who: Person): HttpProgram =>
    new HttpProgram({ origin: ORIGIN, device: who.device, wallMs: () => stage.clock.wallMs(), send });
  const actor = await stage.enter(ada);
  await actor.signUp();
  const program = programOf(ada);
  await login(stage, program, ada);
  return {
    stage,
    door,
    ada: actor,
    program,
    programOf,
    send,
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  };
}

async function login(stage: Stage, program: HttpProgram, who: Person, guid = GUID): Promise<HttpAnswer> {
  const blessing = base64url(await blessingBy(who, stage.clock.wallMs()));
  const answer = await program.call('login', { shard: 0, guid, blessing });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  program.token = must(fromBase64url(answer.body.token), 'a token is base64url');
  return answer;
}

/** The log of the node gathers what it signs; that takes time. */
async function whileTimePasses<T extends object>(stage: Stage, work: Promise<T>): Promise<T> {
  const later = Symbol('later');
  for (;;) {
    const first = await Promise.race([work, settled().then(() => later)]);
    if (typeof first !== 'symbol') return first;
    stage.clock.advance(10);
  }
}

const leaseOf = (site: string, more: object = {}) => ({ shard: 0, site, log: LOG, want: 'write', ...more });

/** Refused, with problem details that say so. */
function refusedWith(answer: HttpAnswer, code: keyof typeof FAULTS, error?: string): void {
  assert.equal(answer.headers.get('content-type'), 'application/problem+json', JSON.stringify(answer.body));
  assert.equal(answer.body.code, code, JSON.stringify(answer.body));
  assert.equal(answer.body.status, answer.status);
  assert.equal(answer.body.retry, FAULTS[code].retry);
  assert.equal(answer.body.type, `${ORIGIN}/v1/faults/${code}`);
  if (error === undefined) return;
  assert.equal(answer.body.error, error, JSON.stringify(answer.body));
  assert.match(must(answer.headers.get('www-authenticate'), 'a challenge'), new RegExp(`error="${error}"`));
}

test('[O2] a device that proves its key and shows a blessing gets a token, and with it is who she is', async () => {
  await using s = await scene();
  const answer = await s.program.call('whoami', {});
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.equal(answer.body.user, ada.userId);
  assert.equal(answer.body.device, ada.deviceId);
  assert.equal(answer.body.profile.name, 'Ada');
});

test('[O2] a proof is refused unless it is of this call, this token, this nonce, now, and by this key', async () => {
  await using s = await scene();
  const { program, stage } = s;
  await program.call('whoami', {});
  const nowS = Math.floor(stage.clock.wallMs() / 1000);
  const skewS = clockSkewMs / 1000;
  const other = await pair('another key');
  const invalid: readonly (readonly [string, Parameters<HttpProgram['once']>[2]])[] = [
    ['no proof', { proof: null }],
    ['no JWS', { proof: 'a.b.c' }],
    ['two proofs', { headers: { dpop: 'a.b.c, d.e.f' } }],
    ['another method', { claims: { htm: 'GET' } }],
    ['another call', { claims: { htu: `${ORIGIN}/v1/leave` } }],
    ['another node', { claims: { htu: 'https://evil.example/v1/whoami' } }],
    ['too old', { claims: { iat: nowS - skewS - 1 } }],
    ['too new', { claims: { iat: nowS + skewS + 1 } }],
    ['no date', { claims: { iat: undefined } }],
    ['another token', { claims: { ath: base64url(new Uint8Array(32)) } }],
    ['no token in it', { claims: { ath: undefined } }],
    ['no name', { claims: { jti: undefined } }],
    ['a name that is too long', { claims: { jti: 'x'.repeat(129) } }],
    ['another type', { header: { typ: 'jwt' } }],
    ['another key in the header', { header: { jwk: publicJwk(other) } }],
    [
      'a private key in the header',
      { header: { jwk: { ...publicJwk(ada.device), d: base64url(other.seed) } } },
    ],
    ['a key of no curve', { header: { jwk: { kty: 'oct', k: base64url(ada.device.key) } } }],
    ['the key of order 1', { header: { jwk: { ...publicJwk(ada.device), x: base64url(orderOne()) } } }],
  ];
  for (const [what, spoilt] of invalid) {
    const answer = await program.once('whoami', {}, spoilt);
    assert.equal(answer.status, 401, what);
    refusedWith(answer, 'badProof', 'invalid_dpop_proof');
  }
  for (const nonce of [undefined, '', 'made up'])
    refusedWith(await program.once('whoami', {}, { claims: { nonce } }), 'unauthorized', 'use_dpop_nonce');
  assert.equal((await program.once('whoami', {})).status, 200);
});

function orderOne(): Uint8Array {
  return Uint8Array.of(1, ...new Uint8Array(31));
}

test('[O2] query and fragment of the address in a proof do not count, and both names of the algorithm do', async () => {
  await using s = await scene();
  const htu = `${ORIGIN}/v1/whoami?x=1#y`;
  assert.equal((await s.program.call('whoami', {}, { claims: { htu } })).status, 200);
  assert.equal((await s.program.call('whoami', {}, { header: { alg: 'Ed25519' } })).status, 200);
});

test('[O2] a proof counts once, and its nonce dies before its name is forgotten', async () => {
  await using s = await scene();
  const { program, stage } = s;
  await program.call('whoami', {});
  const proof = await program.prove(`${ORIGIN}/v1/whoami`, program.token);
  assert.equal((await program.once('whoami', {}, { proof })).status, 200);
  for (let step = 0; step < 10; step++) {
    const again = await program.once('whoami', {}, { proof });
    assert.equal(again.status, 401, `after ${step} steps`);
    stage.clock.advance(dpopNonceMs / 4);
    // A clock that is set back makes the date good again; the nonce stays dead.
    stage.clock.jump(-dpopNonceMs / 4);
  }
  refusedWith(await program.once('whoami', {}, { proof }), 'unauthorized', 'use_dpop_nonce');
});

test('[O3] a token is refused when it is expired, forged, of another device, revoked, or of a lease', async () => {
  await using s = await scene();
  const { program, stage } = s;
  const site = await s.ada.found(garden);
  const token = must(program.token, 'she has logged in');
  const lease = await program.call('lease', leaseOf(site));
  const leaseToken = must(fromBase64url(lease.body.token), 'a token');
  refusedWith(await program.call('whoami', {}, { token: leaseToken }), 'unauthorized', 'invalid_token');
  refusedWith(await program.call('whoami', {}, { token: null }), 'unauthorized', 'invalid_token');
  const flipped = token.slice();
  flipped[20]! ^= 1;
  refusedWith(await program.call('whoami', {}, { token: flipped }), 'unauthorized', 'invalid_token');
  const beas = await stage.enter(bea);
  await beas.signUp();
  const thief = s.programOf(bea);
  thief.token = token;
  refusedWith(await thief.call('whoami', {}), 'badProof', 'invalid_token');
  const headers = { authorization: `Bearer ${base64url(token)}` };
  refusedWith(await program.call('whoami', {}, { headers }), 'unauthorized', 'invalid_token');
  await s.ada.remote.logout({});
  refusedWith(await program.call('whoami', {}), 'revoked');
  stage.clock.advance(connectTokenMs);
  refusedWith(await program.call('whoami', {}), 'expired', 'invalid_token');
});

test('[O3] a revoked device gets nothing any more, with a token or a blessing', async () => {
  await using s = await scene();
  const second = await person('Ada', 'second');
  const other = s.programOf(second);
  await login(s.stage, other, second);
  await s.ada.remote.revokeDevice({ device: second.deviceId });
  refusedWith(await other.call('whoami', {}), 'revoked');
  const blessing = base64url(await blessingBy(second, s.stage.clock.wallMs()));
  const guid = base64url(new Uint8Array(16).fill(9));
  refusedWith(await other.call('login', { shard: 0, guid, blessing }, { token: null }), 'revoked');
  refusedWith(
    await other.call(
      'refresh',
      { shard: 0, guid, token: base64url(must(other.token, 'one')) },
      { token: null },
    ),
    'revoked',
  );
});

test('[O4] lease answers a token for one site and log, with what is held there, a quarter of an hour', async () => {
  await using s = await scene();
  const site = await s.ada.found(garden);
  const answer = await s.program.call('lease', leaseOf(site));
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const token = new Token(must(fromBase64url(answer.body.token), 'a token'));
  assert.deepEqual({ site: token.site, log: token.log }, leaseScope(primitives, site, LOG));
  assert.equal(token.user, ada.userId);
  assert.equal(token.permissions, answer.body.permissions);
  assert.equal(token.permissions & 3, 3);
  assert.equal(token.expiresAtMs, answer.body.expiresMs);
  assert.ok(token.expiresAtMs <= s.stage.clock.wallMs() + leaseTokenMs);
  assert.ok(token.expiresAtMs > s.stage.clock.wallMs() + leaseTokenMs - 1000);
  const reading = await s.program.call('lease', leaseOf(site, { want: 'read' }));
  assert.equal(reading.body.permissions & 3, 1);
});

test('[O4] who holds nothing on a log gets no token for it, nor one for a shard that there is not', async () => {
  await using s = await scene();
  const site = await s.ada.found(garden);
  const beas = await s.stage.enter(bea);
  await beas.signUp();
  const stranger = s.programOf(bea);
  await login(s.stage, stranger, bea);
  refusedWith(await stranger.call('lease', leaseOf(site)), 'forbidden');
  refusedWith(await s.program.call('lease', leaseOf(site, { shard: 7 })), 'unknown');
  refusedWith(await s.program.call('lease', leaseOf('00'.repeat(16))), 'forbidden');
  const { program } = s;
  assert.equal((await program.call('leave', { site })).status, 200);
  refusedWith(await program.call('lease', leaseOf(site)), 'forbidden');
});

test('[O9] an admin says which pages may use a site: others get no token for it, programs do', async () => {
  await using s = await scene();
  const site = await s.ada.found(garden);
  const friend = { headers: { origin: 'https://friend.example' } };
  assert.equal((await s.program.call('lease', leaseOf(site), friend)).status, 200);
  const set = (origins: readonly string[]): Promise<HttpAnswer> =>
    s.program.call('setOrigins', { site, origins });
  assert.equal((await set([ORIGIN])).status, 200);
  assert.deepEqual((await s.program.call('origins', { site })).body, [ORIGIN]);
  refusedWith(await s.program.call('lease', leaseOf(site), friend), 'forbidden');
  assert.equal((await s.program.call('lease', leaseOf(site), { headers: { origin: ORIGIN } })).status, 200);
  assert.equal((await s.program.call('lease', leaseOf(site))).status, 200);
  for (const wrong of ['friend.example', 'https://friend.example/', '*', 'null', 'https://Friend.example'])
    refusedWith(await set([wrong]), 'malformed');
  refusedWith(await set([ORIGIN, ORIGIN]), 'malformed');
  const beas = await s.stage.enter(bea);
  await beas.signUp();
  const stranger = s.programOf(bea);
  await login(s.stage, stranger, bea);
  refusedWith(await stranger.call('setOrigins', { site, origins: [] }), 'forbidden');
  refusedWith(await stranger.call('origins', { site }), 'forbidden');
  assert.equal((await set([])).status, 200);
  assert.equal((await s.program.call('lease', leaseOf(site), friend)).status, 200);
});

test('[O4] over the link, lease answers the same token as over HTTP', async () => {
  await using s = await scene();
  const site = await s.ada.found(garden);
  const rights = s.ada.facet(rightsApi, {});
  const answer = await rights.lease({ shard: 0, site, log: LOG, want: 'read', proof: null });
  const over = (await s.program.call('lease', leaseOf(site, { want: 'read' }))).body;
  const token = new Token(answer.token);
  assert.deepEqual({ site: token.site, log: token.log }, leaseScope(primitives, site, LOG));
  assert.deepEqual(
    [token.user, token.device, answer.permissions, answer.expiresMs, answer.keyEpoch],
    [ada.userId, ada.deviceId, over.permissions, over.expiresMs, over.keyEpoch],
  );
  await assert.rejects(
    rights.lease({ shard: 0, site: siteId('00'.repeat(16)), log: LOG, want: 'read', proof: null }),
    { code: 'forbidden' },
  );
});

test('[O4] the token of a lease has no successor', async () => {
  await using s = await scene();
  const site = await s.ada.found(garden);
  const lease = await s.program.call('lease', leaseOf(site));
  const body = { shard: 0, guid: GUID.replace('A', 'B'), token: lease.body.token };
  refusedWith(await s.program.call('refresh', body, { token: null }), 'unauthorized');
});

test('[O5] refresh with the same id answers the same token, with another id another', async () => {
  await using s = await scene();
  const token = base64url(must(s.program.token, 'one'));
  const ask = (n: number): Promise<HttpAnswer> => {
    const guid = base64url(new Uint8Array(16).fill(n));
    return s.program.call('refresh', { shard: 0, token, guid }, { token: null });
  };
  const first = await ask(7);
  assert.equal(first.status, 200, JSON.stringify(first.body));
  assert.deepEqual((await ask(7)).body, first.body);
  assert.notEqual((await ask(8)).body.token, first.body.token);
  s.program.token = must(fromBase64url(first.body.token), 'a token');
  assert.equal((await s.program.call('whoami', {})).status, 200);
  const thief = s.programOf(bea);
  await (await s.stage.enter(bea)).signUp();
  const guid = base64url(new Uint8Array(16).fill(9));
  refusedWith(await thief.call('refresh', { shard: 0, token, guid }), 'unauthorized');
});

test('[O1] the calls of the link do over HTTP what they do there', async () => {
  await using s = await scene();
  const { program } = s;
  const map = await s.send(new Request(`${ORIGIN}/v1/shardMap`));
  assert.equal(map.status, 200);
  assert.deepEqual(
    ((await map.json()) as { shards: { shard: number }[] }).shards.map(({ shard }) => shard),
    [0, 1],
  );
  const changes = [{ kind: 'name', value: 'Ada L.' }];
  const changed = await program.call('updateProfile', { version: 1, changes });
  assert.deepEqual([changed.body.kind, changed.body.version], ['ok', 2], JSON.stringify(changed.body));
  const stale = await program.call('updateProfile', { version: 1, changes });
  assert.deepEqual([stale.body.kind, stale.body.profile.name], ['stale', 'Ada L.']);
  const claim = { namespace: 'people', name: 'ada' };
  const claimed = await whileTimePasses(s.stage, program.call('claim', claim));
  assert.deepEqual([claimed.body.kind, claimed.body.claim.number], ['ok', 1], JSON.stringify(claimed.body));
  const again = await whileTimePasses(s.stage, program.call('claim', claim));
  assert.equal(again.body.claim.number, 1);
  const site = await s.ada.found(garden);
  const invitation = await s.ada.invite(site, 'for Bea', { delegations: 1, permissions: 3 });
  const beas = await s.stage.enter(bea);
  await beas.signUp();
  const hers = s.programOf(bea);
  await login(s.stage, hers, bea);
  const row = must(await s.stage.accounts.sites.invitation(invitation.oneTime.key), 'an invitation');
  const path = await s.stage.accounts.sites.path(row.attestation);
  const proof = [...path, await beas.exchange(invitation)].map(base64url);
  const joined = await hers.call('join', { site, proof, envelope: 'BAUG' });
  assert.deepEqual(joined.body, { site, permissions: 3 }, JSON.stringify(joined.body));
  assert.equal((await hers.call('lease', leaseOf(site))).status, 200);
  assert.equal((await hers.call('leave', { site })).status, 200);
  refusedWith(await hers.call('lease', leaseOf(site)), 'forbidden');
});

test('[O1] a body that is not what the call declares is refused, whatever it is', async () => {
  await using s = await scene();
  const bodies = [
    '',
    'null',
    '[]',
    '{',
    '{"a":1}',
    '{"namespace":"people"}',
    '{"namespace":"people","name":7}',
    '{"namespace":"people","name":"ada","more":1}',
    '{"namespace":"people","name":"ada","__proto__":{}}',
    '{"namespace":"people","name":"\\ud800"}',
    '['.repeat(30_000),
    `{"namespace":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)},"name":"ada"}`,
  ];
  for (const text of bodies) refusedWith(await s.program.call('claim', {}, { text }), 'malformed');
  const long = JSON.stringify({ namespace: 'people', name: 'x'.repeat(4000) });
  refusedWith(await s.program.call('claim', {}, { text: long }), 'tooLarge');
  refusedWith(await s.program.call('claim', {}, { text: ' '.repeat(httpBodyBytesMax + 1) }), 'tooLarge');
  const typed = await s.program.call('claim', {}, { headers: { 'content-type': 'text/plain' } });
  assert.deepEqual([typed.status, typed.body.code], [415, 'malformed']);
});

test('[O6] pages of the origins that the node allows may call and read the answer, others may not', async () => {
  await using s = await scene();
  const preflight = (origin: string): Promise<Response> =>
    s.send(new Request(`${ORIGIN}/v1/whoami`, { method: 'OPTIONS', headers: { origin } }));
  const allowed = await preflight('https://friend.example');
  assert.equal(allowed.status, 204);
  assert.equal(allowed.headers.get('access-control-allow-origin'), 'https://friend.example');
  assert.match(must(allowed.headers.get('access-control-allow-headers'), 'some'), /authorization.*dpop/);
  assert.equal(allowed.headers.get('access-control-allow-credentials'), null);
  const refused = await preflight('https://evil.example');
  assert.equal(refused.status, 403);
  assert.equal(refused.headers.get('access-control-allow-origin'), null);
  const page = await s.program.call('whoami', {}, { headers: { origin: 'https://friend.example' } });
  assert.equal(page.status, 200);
  assert.match(must(page.headers.get('access-control-expose-headers'), 'some'), /dpop-nonce/);
  refusedWith(
    await s.program.call('whoami', {}, { headers: { origin: 'https://evil.example' } }),
    'forbidden',
  );
  refusedWith(await s.program.call('whoami', {}, { headers: { origin: 'null' } }), 'forbidden');
});

test('[O7] what is not there, or not asked in this way, says so; every kind of problem is described', async () => {
  await using s = await scene();
  refusedWith(await s.program.call('toString', {}), 'unknown');
  refusedWith(await s.program.call('signup', {}), 'unknown');
  const got = await s.program.call('whoami', {}, { method: 'GET' });
  assert.deepEqual([got.status, got.headers.get('allow')], [405, 'POST']);
  for (const code of Object.keys(FAULTS)) {
    const page = await s.send(new Request(`${ORIGIN}/v1/faults/${code}`));
    assert.equal(((await page.json()) as { code: string }).code, code);
  }
  assert.equal((await s.send(new Request(`${ORIGIN}/v1/faults/toString`))).status, 404);
});

test('[O7] who calls too often is told when to call again: a device, and an address', async () => {
  await using s = await scene();
  let answer = await s.program.call('whoami', {});
  for (let n = 0; n < httpDeviceCallsBurst && answer.status === 200; n++)
    answer = await s.program.call('whoami', {});
  refusedWith(answer, 'tooMany');
  assert.ok(Number(answer.headers.get('retry-after')) >= 1);
  s.stage.clock.advance(60_000);
  assert.equal((await s.program.call('whoami', {})).status, 200);
  let map = await s.send(new Request(`${ORIGIN}/v1/shardMap`));
  for (let n = 0; n < httpCallsBurst && map.status === 200; n++)
    map = await s.send(new Request(`${ORIGIN}/v1/shardMap`));
  assert.equal(map.status, 429);
});

test('[O7] a mistake of ours crosses as internal, without its words', async () => {
  await using s = await scene();
  s.stage.accounts.people.user = () => Promise.reject(new Error('a secret'));
  const answer = await s.program.call('whoami', {});
  refusedWith(answer, 'internal');
  assert.doesNotMatch(JSON.stringify(answer.body), /secret/);
  assert.ok(s.stage.clock.lines.some((line) => line.includes('http.mistake')));
});
