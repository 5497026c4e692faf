/** The handshake between honest sides, and what its rules promise them. The attacks are beside it. */

import { deepEqual, equal, notDeepEqual, rejects, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  blessingOf,
  clientOf,
  newParties,
  serverOf,
  talk,
  wallMs,
  type Talk,
} from '../../../lab/suites/handshake-parties.ts';
import { AssertionError, must } from '../base/assert.ts';
import { concat, hex, utf8 } from '../base/bytes.ts';
import { Fault, FAULTS, type FaultCode } from '../base/fault.ts';
import { key } from '../base/ids.ts';
import { blessingMsMax, clockSkewMs, cookieMs, flightBytesMax, handshakeMs } from '../base/limits.ts';
import type { BlessingTerms } from '../capability/blessing.ts';
import { domain } from '../crypto/domain.ts';
import { signObject } from '../capability/cose.ts';
import { decodeCbor, encodeCbor } from '../wire/cbor.ts';
import { Cookies } from './handshake-cookie.ts';
import { identityOf } from './handshake-keys.ts';
import {
  decodeLoginAnswer,
  decodeLoginRequest,
  decodeLoginResult,
  decodeProof,
  encodeLoginRequest,
  encodeLoginResult,
} from './handshake.ts';

const parties = await newParties('honest');
const { primitives, env, node, device, user } = parties;

/** One handshake with this blessing (none: a stranger's). */
function login(blessing?: Uint8Array): Promise<Talk> {
  const part = blessing === undefined ? {} : { blessing };
  return talk(parties, { client: clientOf(parties, part), server: serverOf(parties) });
}

function refusedWith(step: Talk['client'] | Talk['server'], code: FaultCode): void {
  equal(step?.kind, 'refused');
  equal(step?.kind === 'refused' && step.fault.code, code);
}

function contains(bytes: Uint8Array, part: Uint8Array): boolean {
  return hex(bytes).includes(hex(part));
}

test('[H4] four flights make a channel, and both sides know who the other is', async () => {
  const { flights, client, guest } = await login(await blessingOf(parties));
  equal(flights.length, 4);
  if (client?.kind !== 'done') throw new Error('the client has no channel');
  deepEqual(client.info, parties.info);
  deepEqual(client.terms, parties.terms);
  deepEqual(guest?.device, device.publicKey);
  deepEqual(guest?.blessing?.user, user.publicKey);
});

test('[H3] the channel of both sides is the same: frames go both ways', async () => {
  const client = clientOf(parties);
  const server = serverOf(parties);
  const challenge = await server.receive(await client.begin(), 1);
  if (challenge.kind !== 'send') throw new Error('no challenge');
  const response = await client.receive(challenge.flight, 1);
  if (response.kind !== 'send') throw new Error('no response');
  const step = await server.receive(response.flight, 1);
  if (step.kind !== 'guest') throw new Error('no guest');
  const { flight, channel } = step.guest.admit(parties.info);
  const done = await client.receive(flight, 1);
  if (done.kind !== 'done') throw new Error('no channel');
  for (let n = 0; n < 3; n++) {
    deepEqual(channel.open(done.channel.seal(utf8(`up ${n}`))), utf8(`up ${n}`));
    deepEqual(done.channel.open(channel.seal(utf8(`down ${n}`))), utf8(`down ${n}`));
  }
  throws(() => step.guest.admit(parties.info), AssertionError);
  throws(() => step.guest.refuse('forbidden'), AssertionError);
});

test('[H2] the bytes of the handshake are a function of its keys and stay what they are', async () => {
  const again = await newParties('golden');
  const { flights } = await talk(again, {
    client: clientOf(again, { blessing: await blessingOf(again) }),
    server: serverOf(again),
  });
  const bytes = hex(primitives.sha256(concat(...flights)));
  equal(bytes, '283f5a6b21d5e83c4e7328d57bf437688c450c1b3322632134b6b8c818d1abed');
});

test('[H4] a node with another key than the address says is refused, whoever notices', async () => {
  const other = await identityOf(primitives, new Uint8Array(32).fill(99));
  const expectsOther = clientOf(parties, { server: other.publicKey });
  const honest = await talk(parties, { client: expectsOther, server: serverOf(parties) });
  refusedWith(honest.server, 'wrongPeer');
  refusedWith(honest.client, 'wrongPeer');
  equal(honest.flights.length, 2);
});

test('[H10] a device without a blessing is a guest without a user', async () => {
  const { client, guest } = await login();
  equal(client?.kind, 'done');
  equal(guest?.blessing, null);
  deepEqual(guest?.device, device.publicKey);
});

test('[H8] neither device nor user nor blessing travels in clear, and the node only as the asked address', async () => {
  const blessing = await blessingOf(parties);
  const { flights } = await login(blessing);
  for (const [n, flight] of flights.entries()) {
    for (const secret of [device.publicKey, user.publicKey, blessing, blessing.slice(8, 40), parties.info]) {
      equal(contains(flight, secret), false, `flight ${n}`);
    }
    equal(contains(flight, node.publicKey), n === 0);
    equal(contains(flight, parties.terms), false);
  }
});

test('[H8] a node that proves nothing learns nothing of the device', async () => {
  const client = clientOf(parties, { blessing: await blessingOf(parties) });
  const impostor = await identityOf(primitives, new Uint8Array(32).fill(98));
  const lying = { ...impostor, publicKey: node.publicKey };
  const { client: step, flights } = await talk(parties, {
    client,
    server: serverOf(parties, { node: lying }),
  });
  refusedWith(step, 'badProof');
  equal(flights.length, 2);
});

const blessings: readonly (readonly [string, Partial<BlessingTerms>, FaultCode])[] = [
  ['of another device', { device: user.publicKey }, 'badProof'],
  ['for another audience', { audience: device.publicKey }, 'badProof'],
  ['expired', { issuedMs: wallMs - 7_200_000, expiresMs: wallMs - clockSkewMs }, 'expired'],
  ['not yet valid', { issuedMs: wallMs + clockSkewMs + 1, expiresMs: wallMs + 3_600_000 }, 'badProof'],
];

test('[H5] a blessing that does not hold here and now is refused, under the channel keys', async () => {
  for (const [name, part, code] of blessings) {
    const { client, server, guest } = await login(await blessingOf(parties, part));
    refusedWith(server, code);
    refusedWith(client, code);
    equal(guest, null, name);
  }
});

test('[H5] a blessing of more than a day, a forged one and no blessing at all are refused', async () => {
  const long: readonly (readonly [number, Uint8Array | number])[] = [
    [3, device.publicKey],
    [4, node.publicKey],
    [5, 31],
    [6, wallMs],
    [7, wallMs + blessingMsMax + 1],
    [8, 1],
  ];
  const within = domain('capability/blessing');
  const day = long.map((field) => (field[0] === 7 ? ([7, wallMs + blessingMsMax] as const) : field));
  const good = await signObject(primitives, within, user.seed, day);
  equal((await login(good)).client?.kind, 'done');
  const forged = good.slice();
  forged[forged.length - 1] = (forged[forged.length - 1] ?? 0) ^ 1;
  const attestation = await signObject(primitives, domain('capability/attestation'), user.seed, day);
  for (const blessing of [
    await signObject(primitives, within, user.seed, long),
    forged,
    attestation,
    utf8('a blessing'),
  ]) {
    const { client, guest } = await login(blessing);
    refusedWith(client, 'badProof');
    equal(guest, null);
  }
});

test('[H5] a foreign user is named as such, so that the node can refuse her', async () => {
  const foreign = await identityOf(primitives, new Uint8Array(32).fill(97));
  const client = clientOf(parties, { blessing: await blessingOf({ ...parties, user: foreign }) });
  const server = serverOf(parties);
  const challenge = await server.receive(await client.begin(), 1);
  const response = await client.receive(challenge.kind === 'send' ? challenge.flight : new Uint8Array(0), 1);
  const step = await server.receive(response.kind === 'send' ? response.flight : new Uint8Array(0), 1);
  if (step.kind !== 'guest') throw new Error('no guest');
  deepEqual(step.guest.blessing?.user, foreign.publicKey);
  const refused = await client.receive(step.guest.refuse('unknown', 'no such user'), 1);
  refusedWith(refused, 'unknown');
  equal(refused.kind === 'refused' && refused.fault.detail, 'no such user');
});

test('[H9] an unfinished handshake ends after five seconds, on both sides and at every flight', async () => {
  equal(handshakeMs, 5_000);
  for (const lateAt of [0, 1, 2, 3]) {
    const client = clientOf(parties);
    const server = serverOf(parties);
    equal(client.deadlineMs, handshakeMs);
    equal(server.deadlineMs, handshakeMs);
    const time = (n: number): number => (n === lateAt ? handshakeMs : handshakeMs - 1);
    const outcomes: string[] = [];
    let flight = await client.begin();
    for (const n of [0, 1, 2, 3]) {
      const step = await (n % 2 === 0 ? server : client).receive(flight, time(n));
      if (step.kind === 'refused') refusedWith(step, 'deadline');
      outcomes.push(step.kind);
      if (step.kind === 'refused' || step.kind === 'done') break;
      flight = step.kind === 'guest' ? step.guest.admit(parties.info).flight : step.flight;
    }
    deepEqual(outcomes, [...['send', 'send', 'guest'].slice(0, lateAt), 'refused']);
  }
});

test('[H9] under load the first answer is a cookie and costs no key agreement', async () => {
  let agreements = 0;
  const counting = {
    ...primitives,
    x25519: (secret: Uint8Array, publicKey: Uint8Array) => {
      agreements++;
      return primitives.x25519(secret, publicKey);
    },
    ed25519Sign: (seed: Uint8Array, message: Uint8Array) => {
      agreements++;
      return primitives.ed25519Sign(seed, message);
    },
  };
  const underLoad = { cookies: new Cookies(primitives, env), address: '198.51.100.7' };
  const server = serverOf(parties, { primitives: counting, underLoad });
  const client = clientOf(parties, { blessing: await blessingOf(parties) });
  const asked = await server.receive(await client.begin(), 1);
  equal(asked.kind === 'send' && decodeLoginAnswer(asked.flight).kind, 'cookie');
  equal(agreements, 0);
  const result = await talk(parties, {
    client: clientOf(parties, { blessing: await blessingOf(parties) }),
    server: serverOf(parties, { primitives: counting, underLoad }),
  });
  equal(result.flights.length, 6);
  equal(result.client?.kind, 'done');
  equal(agreements, 2);
});

test('[H9] a cookie is good for its sender, its one-time key and its time only', () => {
  const cookies = new Cookies(primitives, env);
  const [mine, other] = [1, 2].map((n) => new Uint8Array(32).fill(n));
  const oneTimeKey = must(mine, 'a key');
  const at = 10 * cookieMs;
  const cookie = cookies.bake('a', oneTimeKey, at);
  const holds = (address: string, x: Uint8Array | undefined, nowMs: number, jar = cookies): boolean =>
    jar.holds(cookie, address, must(x, 'a key'), nowMs);
  equal(cookie.length, 16);
  equal(holds('a', mine, at), true);
  equal(holds('a', mine, at + 2 * cookieMs - 1), true);
  equal(holds('a', mine, at + 2 * cookieMs), false);
  equal(holds('a', mine, at - 1), false);
  equal(holds('b', mine, at), false);
  equal(holds('a', other, at), false);
  equal(holds('a', mine, at, new Cookies(primitives, env)), false);
  equal(cookies.holds(new Uint8Array(0), 'a', oneTimeKey, at), false);
});

test('[H9] whoever does not bring the cookie back is told so and sent away', async () => {
  const underLoad = { cookies: new Cookies(primitives, env), address: 'a' };
  const server = serverOf(parties, { underLoad });
  const request = await clientOf(parties).begin();
  equal((await server.receive(request, 1)).kind, 'send');
  const second = await server.receive(request, 1);
  refusedWith(second, 'tooMany');
  equal(second.kind === 'refused' && second.flight !== null, true);
  const client = clientOf(parties);
  await client.begin();
  const again = must(second.kind === 'refused' ? second.flight : null, 'a refusal in clear');
  refusedWith(await client.receive(again, 1), 'tooMany');
});

test('[H9] a node cannot send a client round for cookies', async () => {
  const client = clientOf(parties);
  await client.begin();
  const cookie = encodeCbor([2, new Uint8Array(16)]);
  const step = await client.receive(cookie, 1);
  equal(step.kind, 'send');
  deepEqual(decodeLoginRequest(step.kind === 'send' ? step.flight : cookie).cookie, new Uint8Array(16));
  refusedWith(await client.receive(cookie, 1), 'malformed');
});

test('[H2] what is refused in clear is one of four faults, never one that a client would act upon', async () => {
  const told = new Set<FaultCode>(['malformed', 'tooMany', 'version', 'wrongPeer']);
  for (const [code, row] of Object.entries(FAULTS)) {
    const client = clientOf(parties);
    await client.begin();
    const step = await client.receive(encodeCbor([0, row.number]), 1);
    const expected = [...told].find((one) => one === code) ?? 'malformed';
    refusedWith(step, expected);
  }
});

test('[W4] any bytes at any stage are a refusal, never an exception', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.nat(3), async (bytes, stage) => {
      const { client, server, guest } = await talk(
        parties,
        { client: clientOf(parties), server: serverOf(parties) },
        (flight, n) => (n === stage ? bytes : flight),
      );
      equal([client?.kind, server?.kind].includes('refused'), true);
      equal(guest !== null && stage < 3, false);
    }),
    { numRuns: 200 },
  );
});

test('[G2] a flight beyond its limit is too large', async () => {
  const large = new Uint8Array(flightBytesMax + 1);
  refusedWith(await serverOf(parties).receive(large, 1), 'tooLarge');
  const client = clientOf(parties);
  await client.begin();
  refusedWith(await client.receive(large, 1), 'tooLarge');
  throws(() => serverOf(parties, { terms: large }), AssertionError);
});

test('[W2] flights with fields missing, foreign or of another size are malformed', () => {
  const limits = { bytesMax: 4096, depthMax: 4 };
  const request = encodeLoginRequest({
    suite: 1,
    oneTimeKey: new Uint8Array(32),
    target: node.publicKey,
    cookie: new Uint8Array(0),
  });
  const parts = decodeCbor(request, limits);
  if (!Array.isArray(parts)) throw new Error('a request is an array');
  const wrong = [
    parts.slice(0, 4),
    [...parts, 0],
    ['copse/hs/2', ...parts.slice(1)],
    [parts[0], 256, ...parts.slice(2)],
    [parts[0], 1, new Uint8Array(31), ...parts.slice(3)],
    [...parts.slice(0, 4), new Uint8Array(17)],
  ];
  decodeLoginRequest(encodeCbor(parts));
  for (const one of wrong) throws(() => decodeLoginRequest(encodeCbor(one)), { code: 'malformed' });
  for (const answer of [[3, 0], [1], [2], [0], [2, new Uint8Array(16), 0], [1, new Uint8Array(32)]]) {
    throws(() => decodeLoginAnswer(encodeCbor(answer)), { code: 'malformed' });
  }
  const proof = [32, 64, 32, 0].map((size) => new Uint8Array(size));
  decodeProof(encodeCbor(proof));
  throws(() => decodeProof(encodeCbor([...proof, 0])), { code: 'malformed' });
  throws(() => decodeProof(encodeCbor(proof.slice(1))), { code: 'malformed' });
});

test('[W8] a fault that this side does not know is a refusal all the same', () => {
  const result = decodeLoginResult(encodeCbor([9_999, 'new']));
  deepEqual(result, { kind: 'refused', fault: 'internal', detail: 'new' });
  const known = decodeLoginResult(encodeLoginResult({ kind: 'refused', fault: 'revoked', detail: '' }));
  deepEqual(known, { kind: 'refused', fault: 'revoked', detail: '' });
});

test('[H6] every handshake has one-time keys of its own', async () => {
  const [one, two] = [await login(), await login()];
  notDeepEqual(one.flights[0], two.flights[0]);
  notDeepEqual(one.flights[1], two.flights[1]);
  const client = clientOf(parties);
  await client.begin();
  await rejects(client.begin(), AssertionError);
});

test('[G6] a fault of the handshake says nothing secret', async () => {
  const { client } = await login(await blessingOf(parties, { device: key(new Uint8Array(32)) }));
  const fault = client?.kind === 'refused' ? client.fault : new Fault('internal');
  equal(fault.message.includes(hex(device.seed)), false);
  equal(fault.detail, 'blessing: otherDevice');
});
