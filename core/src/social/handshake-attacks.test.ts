/**
 * The attack list of the handshake. Where an attack needs keys of the one-time exchange, the attacker
 * here has them: it is the other end of that exchange and lacks only the private identity keys.
 */

import { deepEqual, equal, notEqual } from 'node:assert/strict';
import { test } from 'node:test';
import {
  blessingOf,
  clientOf,
  newParties,
  serverOf,
  talk,
  type Talk,
} from '../../../lab/suites/handshake-parties.ts';
import { must } from '../base/assert.ts';
import { concat, fromHex } from '../base/bytes.ts';
import type { FaultCode } from '../base/fault.ts';
import { OneTimeKey } from '../crypto/agree.ts';
import { macOf } from '../crypto/hash.ts';
import type { ClientHandshake, ClientStep } from './handshake-client.ts';
import {
  challengeHash,
  clientRole,
  flightKeys,
  identityOf,
  openFlight,
  prove,
  requestHash,
  sealFlight,
  serverRole,
  type FlightKeys,
  type Identity,
  type Role,
} from './handshake-keys.ts';
import type { ServerHandshake, ServerStep } from './handshake-server.ts';
import {
  decodeLoginAnswer,
  decodeLoginRequest,
  decodeProof,
  encodeLoginAnswer,
  encodeLoginRequest,
  encodeProof,
  type IdentityProof,
} from './handshake.ts';

const parties = await newParties('attacked');
const { primitives, env, node, device, user } = parties;
const evil: Identity = await identityOf(primitives, new Uint8Array(32).fill(66));
const NOTHING = new Uint8Array(0);

function refusedWith(step: ClientStep | ServerStep | null, code: FaultCode): void {
  equal(step?.kind, 'refused');
  equal(step?.kind === 'refused' && step.fault.code, code);
}

function flightOf(step: ClientStep | ServerStep): Uint8Array {
  if (step.kind === 'send') return step.flight;
  throw new Error(`no flight but ${step.kind}`);
}

/** Somebody who asks a server with a one-time key of its own and reads the challenge. */
interface Intruder {
  readonly keys: FlightKeys;
  readonly h2: Uint8Array;
  /** What the node proved to the intruder. */
  readonly proof: IdentityProof;
}

async function intrude(server: ServerHandshake, target: Identity = node): Promise<Intruder> {
  const oneTime = await OneTimeKey.make(primitives, env);
  const request = encodeLoginRequest({
    suite: 1,
    oneTimeKey: oneTime.publicKey,
    target: target.publicKey,
    cookie: NOTHING,
  });
  const answer = decodeLoginAnswer(flightOf(await server.receive(request, 1)));
  if (answer.kind !== 'challenge') throw new Error('no challenge');
  const h1 = requestHash(primitives, request, answer.oneTimeKey);
  const keys = flightKeys(primitives, must(await oneTime.agree(answer.oneTimeKey), 'agrees'), h1);
  const plaintext = must(openFlight(primitives, keys.challenge, answer.sealed), 'opens');
  return { keys, h2: challengeHash(primitives, h1, plaintext), proof: decodeProof(plaintext) };
}

/** A proof that somebody else made, under the MAC that the intruder can compute. */
function adopt(proof: IdentityProof, role: Role, macKey: Uint8Array): IdentityProof {
  const content = concat(proof.publicKey, proof.signature);
  return { ...proof, mac: macOf(primitives, macKey, role.authenticated, content), extra: NOTHING };
}

const respond = (server: ServerHandshake, keys: FlightKeys, proof: IdentityProof): Promise<ServerStep> =>
  server.receive(sealFlight(primitives, keys.response, encodeProof(proof)), 1);

/** Somebody who answers a client with a one-time key of its own. */
async function answerAs(
  client: ClientHandshake,
  makeProof: (keys: FlightKeys, h1: Uint8Array) => IdentityProof | Promise<IdentityProof>,
): Promise<ClientStep> {
  const request = await client.begin();
  const oneTime = await OneTimeKey.make(primitives, env);
  const h1 = requestHash(primitives, request, oneTime.publicKey);
  const shared = must(await oneTime.agree(decodeLoginRequest(request).oneTimeKey), 'agrees');
  const keys = flightKeys(primitives, shared, h1);
  const sealed = sealFlight(primitives, keys.challenge, encodeProof(await makeProof(keys, h1)));
  const answer = encodeLoginAnswer({ kind: 'challenge', oneTimeKey: oneTime.publicKey, sealed });
  return client.receive(answer, 1);
}

test('[H1] the challenge echoed as the response logs nobody in', async () => {
  const server = serverOf(parties);
  const challenge = flightOf(await server.receive(await clientOf(parties).begin(), 1));
  refusedWith(await server.receive(challenge, 1), 'badProof');
  const again = serverOf(parties);
  const answer = decodeLoginAnswer(flightOf(await again.receive(await clientOf(parties).begin(), 1)));
  refusedWith(await again.receive(answer.kind === 'challenge' ? answer.sealed : NOTHING, 1), 'badProof');
});

test("[H1] the node's own proof, sealed anew by who holds the one-time keys, logs nobody in", async () => {
  const server = serverOf(parties);
  const { keys, proof } = await intrude(server);
  refusedWith(await respond(server, keys, proof), 'badProof');
  const adopting = serverOf(parties);
  const intruder = await intrude(adopting);
  const adopted = adopt(intruder.proof, clientRole, intruder.keys.clientMac);
  refusedWith(await respond(adopting, intruder.keys, adopted), 'badProof');
});

test('[H1] the intruder of these tests is let in with a key that it has', async () => {
  const server = serverOf(parties);
  const { keys, h2 } = await intrude(server);
  const transcript = concat(h2, node.publicKey);
  const proof = await prove(primitives, clientRole, evil, {
    transcript,
    macKey: keys.clientMac,
    extra: NOTHING,
  });
  const step = await respond(server, keys, proof);
  deepEqual(step.kind === 'guest' && step.guest.device, evil.publicKey);
});

test('[H1] roles cannot be swapped: a proof of one role is none of the other', async () => {
  const server = serverOf(parties);
  const { keys, h2 } = await intrude(server);
  const context = { transcript: concat(h2, node.publicKey), macKey: keys.clientMac, extra: NOTHING };
  const asServer = await prove(primitives, serverRole, evil, context);
  refusedWith(await respond(server, keys, adopt(asServer, clientRole, keys.clientMac)), 'badProof');
  const lured = clientOf(parties, { server: evil.publicKey });
  const step = await answerAs(lured, async (flight, h1) => {
    const proof = await prove(primitives, clientRole, evil, {
      transcript: h1,
      macKey: flight.serverMac,
      extra: NOTHING,
    });
    return adopt(proof, serverRole, flight.serverMac);
  });
  refusedWith(step, 'badProof');
});

test("[H2] another's signature under one's own name, or one's own under another's name, is refused", async () => {
  for (const swap of [
    (proof: IdentityProof) => ({ ...proof, publicKey: device.publicKey }),
    (proof: IdentityProof) => ({ ...proof, publicKey: node.publicKey }),
    (proof: IdentityProof) => ({ ...proof, signature: new Uint8Array(64) }),
  ]) {
    const server = serverOf(parties);
    const { keys, h2 } = await intrude(server);
    const transcript = concat(h2, node.publicKey);
    const proof = await prove(primitives, clientRole, evil, {
      transcript,
      macKey: keys.clientMac,
      extra: NOTHING,
    });
    refusedWith(await respond(server, keys, adopt(swap(proof), clientRole, keys.clientMac)), 'badProof');
  }
});

test('[H2] a proof without the MAC of this handshake is refused', async () => {
  const server = serverOf(parties);
  const { keys, h2 } = await intrude(server);
  const transcript = concat(h2, node.publicKey);
  const proof = await prove(primitives, clientRole, evil, {
    transcript,
    macKey: keys.serverMac,
    extra: NOTHING,
  });
  refusedWith(await respond(server, keys, proof), 'badProof');
});

test("[H5] somebody else's blessing does not bless the device that shows it", async () => {
  const server = serverOf(parties);
  const { keys, h2 } = await intrude(server);
  const context = {
    transcript: concat(h2, node.publicKey),
    macKey: keys.clientMac,
    extra: await blessingOf(parties),
  };
  const step = await respond(server, keys, await prove(primitives, clientRole, evil, context));
  refusedWith(step, 'badProof');
  notEqual(step.kind === 'refused' && step.flight, null);
});

test('[H4] a node that shows another key than the expected one is refused, however well it proves it', async () => {
  const step = await answerAs(
    clientOf(parties),
    async (keys, h1) =>
      await prove(primitives, serverRole, evil, { transcript: h1, macKey: keys.serverMac, extra: NOTHING }),
  );
  refusedWith(step, 'wrongPeer');
});

test('[H4] a node that shows the expected key without holding it is refused', async () => {
  const step = await answerAs(
    clientOf(parties),
    async (keys, h1) =>
      await prove(
        primitives,
        serverRole,
        { ...evil, publicKey: node.publicKey },
        {
          transcript: h1,
          macKey: keys.serverMac,
          extra: NOTHING,
        },
      ),
  );
  refusedWith(step, 'badProof');
});

/**
 * The seven encodings of small order below 2^255 (https://cr.yp.to/ecdh.html#validate), and the same with
 * the top bit set, which RFC 7748 section 5 masks.
 */
const SMALL_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].flatMap((text) => {
  const point = must(fromHex(text), 'hex');
  return [point, point.with(31, (point[31] ?? 0) | 0x80)];
});

test('[H7] a one-time key of small order is refused by the node', async () => {
  for (const oneTimeKey of SMALL_ORDER) {
    const request = encodeLoginRequest({ suite: 1, oneTimeKey, target: node.publicKey, cookie: NOTHING });
    const step = await serverOf(parties).receive(request, 1);
    refusedWith(step, 'badProof');
    equal(step.kind === 'refused' && step.fault.detail, 'a one-time key of small order');
    equal(step.kind === 'refused' && step.flight, null);
  }
});

test('[H7] a one-time key of small order is refused by the client, also with a perfect proof under it', async () => {
  for (const oneTimeKey of SMALL_ORDER) {
    const client = clientOf(parties);
    const h1 = requestHash(primitives, await client.begin(), oneTimeKey);
    const keys = flightKeys(primitives, new Uint8Array(32), h1);
    const proof = await prove(primitives, serverRole, node, {
      transcript: h1,
      macKey: keys.serverMac,
      extra: NOTHING,
    });
    const sealed = sealFlight(primitives, keys.challenge, encodeProof(proof));
    const step = await client.receive(encodeLoginAnswer({ kind: 'challenge', oneTimeKey, sealed }), 1);
    refusedWith(step, 'badProof');
    equal(step.kind === 'refused' && step.fault.detail, 'a one-time key of small order');
  }
});

/** One handshake with a blessing and a given wire. */
async function login(wire: (flight: Uint8Array, n: number) => Uint8Array): Promise<Talk> {
  const client = clientOf(parties, { blessing: await blessingOf(parties) });
  return talk(parties, { client, server: serverOf(parties) }, wire);
}

/** Whoever got a changed flight, or an answer to one, gives up; a node has a guest only if it saw no change. */
function isBroken(result: Talk, changedAt: number): void {
  notEqual(result.client?.kind, 'done', `the client went on after a change of flight ${changedAt}`);
  equal([result.client?.kind, result.server?.kind].includes('refused'), true);
  equal(result.guest === null, changedAt < 3);
}

test('[H2] one changed bit in any byte of any flight ends the handshake', async () => {
  const { flights } = await login((flight) => flight);
  equal(flights.length, 4);
  for (const [changedAt, whole] of flights.entries()) {
    for (let at = 0; at < whole.length; at++) {
      for (const bit of [at % 8, (at + 3) % 8]) {
        const result = await login((flight, n) => {
          if (n !== changedAt) return flight;
          const changed = flight.slice();
          changed[at] = (changed[at] ?? 0) ^ (1 << bit);
          return changed;
        });
        isBroken(result, changedAt);
      }
    }
  }
});

test('[H2] a flight cut off anywhere, or with a byte more, ends the handshake', async () => {
  const { flights } = await login((flight) => flight);
  for (const [changedAt, whole] of flights.entries()) {
    for (let size = 0; size < whole.length; size += size < 24 || size > whole.length - 24 ? 1 : 7) {
      isBroken(await login((flight, n) => (n === changedAt ? flight.slice(0, size) : flight)), changedAt);
    }
    const longer = (flight: Uint8Array): Uint8Array => concat(flight, Uint8Array.of(0));
    isBroken(await login((flight, n) => (n === changedAt ? longer(flight) : flight)), changedAt);
  }
});

test('[H6] a flight of one handshake is refused in another between the same two', async () => {
  const { flights } = await login((flight) => flight);
  for (const replayedAt of [0, 1, 2, 3]) {
    isBroken(await login((flight, n) => (n === replayedAt ? (flights[n] ?? flight) : flight)), replayedAt);
  }
});

test('[H6] replaying all that a client ever sent logs nobody in', async () => {
  const { flights } = await login((flight) => flight);
  const server = serverOf(parties);
  equal((await server.receive(flights[0] ?? NOTHING, 1)).kind, 'send');
  refusedWith(await server.receive(flights[2] ?? NOTHING, 1), 'badProof');
});

test('[H6] a response counts once: sent again, or twice at once, it makes no second session', async () => {
  const start = async (): Promise<[ServerHandshake, Uint8Array]> => {
    const client = clientOf(parties, { blessing: await blessingOf(parties) });
    const server = serverOf(parties);
    const challenge = flightOf(await server.receive(await client.begin(), 1));
    return [server, flightOf(await client.receive(challenge, 1))];
  };
  const [server, response] = await start();
  equal((await server.receive(response, 1)).kind, 'guest');
  refusedWith(await server.receive(response, 1), 'malformed');
  const [racing, raced] = await start();
  const steps = await Promise.all([racing.receive(raced, 1), racing.receive(raced, 1)]);
  for (const step of steps) refusedWith(step, 'malformed');
});

test('[H6] a request or challenge out of its turn ends the handshake', async () => {
  const client = clientOf(parties);
  const server = serverOf(parties);
  const request = await client.begin();
  const challenge = flightOf(await server.receive(request, 1));
  equal((await client.receive(challenge, 1)).kind, 'send');
  refusedWith(await client.receive(challenge, 1), 'badProof');
  refusedWith(await server.receive(request, 1), 'badProof');
  refusedWith(await clientOf(parties).receive(challenge, 1), 'malformed');
});

test('[H2] the suite cannot be lowered: neither side speaks another, and both sign the one offered', async () => {
  const offer = async (suite: number): Promise<Uint8Array> =>
    encodeLoginRequest({
      suite,
      oneTimeKey: (await OneTimeKey.make(primitives, env)).publicKey,
      target: node.publicKey,
      cookie: NOTHING,
    });
  for (const suite of [0, 2, 255]) {
    const step = await serverOf(parties).receive(await offer(suite), 1);
    refusedWith(step, 'version');
    const client = clientOf(parties);
    await client.begin();
    const told = must(step.kind === 'refused' ? step.flight : null, 'a refusal in clear');
    refusedWith(await client.receive(told, 1), 'version');
  }
  // A client of the future offers suite 2 and somebody on the way makes it 1: the keys differ.
  const oneTime = await OneTimeKey.make(primitives, env);
  const ask = (suite: number): Uint8Array =>
    encodeLoginRequest({ suite, oneTimeKey: oneTime.publicKey, target: node.publicKey, cookie: NOTHING });
  const answer = decodeLoginAnswer(flightOf(await serverOf(parties).receive(ask(1), 1)));
  if (answer.kind !== 'challenge') throw new Error('no challenge');
  const shared = must(await oneTime.agree(answer.oneTimeKey), 'agrees');
  const opensAs = (suite: number): boolean => {
    const keys = flightKeys(primitives, shared, requestHash(primitives, ask(suite), answer.oneTimeKey));
    return openFlight(primitives, keys.challenge, answer.sealed) !== null;
  };
  equal(opensAs(1), true);
  equal(opensAs(2), false);
});

test('[H4] a node that relays a client unchanged to another node is refused by that node', async () => {
  const client = clientOf(parties, { server: evil.publicKey });
  const result = await talk(parties, { client, server: serverOf(parties) });
  refusedWith(result.server, 'wrongPeer');
  refusedWith(result.client, 'wrongPeer');
});

test('[H2] a node that relays a client to another node under a changed target gets nothing', async () => {
  const client = clientOf(parties, { server: evil.publicKey, blessing: await blessingOf(parties) });
  const result = await talk(parties, { client, server: serverOf(parties) }, (flight, n) =>
    n === 0 ? encodeLoginRequest({ ...decodeLoginRequest(flight), target: node.publicKey }) : flight,
  );
  refusedWith(result.client, 'badProof');
  equal(result.guest, null);
});

test('[H2] a node that logs a client in to itself cannot log in elsewhere as that client', async () => {
  // The client trusts `evil` and logs in there; evil holds all keys of that handshake and of its own with
  // the other node, and hands the client's proof on under every MAC that it can make.
  const victim = clientOf(parties, {
    server: evil.publicKey,
    blessing: await blessingOf(parties, { audience: '*' }),
  });
  let evilKeys: FlightKeys | null = null;
  const response = await answerAs(victim, (keys, h1) => {
    evilKeys = keys;
    return prove(primitives, serverRole, evil, { transcript: h1, macKey: keys.serverMac, extra: NOTHING });
  });
  const { response: responseKey } = must<FlightKeys>(evilKeys, 'evil answered');
  const stolen = decodeProof(must(openFlight(primitives, responseKey, flightOf(response)), 'opens'));
  deepEqual(stolen.publicKey, device.publicKey);
  const server = serverOf(parties);
  const { keys } = await intrude(server);
  const adopted = { ...adopt(stolen, clientRole, keys.clientMac), extra: stolen.extra };
  refusedWith(await respond(server, keys, adopted), 'badProof');
});

test('[H3] a relay in the middle that completes the handshake unchanged cannot read or add a frame', async () => {
  const seen: Uint8Array[] = [];
  const { client, guest } = await login((flight) => {
    seen.push(flight);
    return flight;
  });
  if (client?.kind !== 'done') throw new Error('no channel');
  equal(guest?.blessing?.user.length, user.publicKey.length);
  for (const flight of seen) {
    let opened: Uint8Array | null = null;
    try {
      opened = client.channel.open(flight);
    } catch {
      // Each of them ends the channel, which is the promise.
    }
    equal(opened, null);
  }
});
