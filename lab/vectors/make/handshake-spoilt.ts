/** Flights that end a handshake, each received in the place of the right one. */

import { concat, hex } from 'copse/internal/base/bytes.ts';
import { exchangeKeyOf } from 'copse/internal/crypto/agree.ts';
import type { Fault } from 'copse/internal/base/fault.ts';
import { decodeLoginAnswer, encodeLoginAnswer, encodeLoginRequest } from 'copse/internal/social/handshake.ts';
import { node, otherUser } from './cast.ts';
import { primitives } from './draw.ts';
import type { Vector } from './file.ts';
import { clientOf, flipped, serverOf, type Flights, type Setting } from './handshake-sides.ts';

export type Place = 'loginRequest' | 'loginChallenge' | 'loginResponse' | 'loginResult';

/** A flight, where it is received, and the fault that it must be answered with. */
export type Row = readonly [at: Place, name: string, bytes: Uint8Array, fault: Fault['code']];

/** The rows as vectors, after the faults have been seen to be those. */
export async function checkedVectors(
  of: Setting,
  flights: Flights,
  rows: readonly Row[],
): Promise<readonly Vector[]> {
  const vectors: Vector[] = [];
  for (const [at, name, bytes, fault] of rows) {
    // One after the other, so that the first wrong one is named.
    const found = await outcome(of, flights, at, bytes);
    if (found?.code !== fault)
      throw new Error(`${at} ${name}: ${found?.code ?? 'accepted'} instead of ${fault}`);
    vectors.push({ name: `${at}: ${name}`, of: of.name, at, bytes: hex(bytes), fault });
  }
  return vectors;
}

export async function spoiltFlights(of: Setting, flights: Flights): Promise<readonly Row[]> {
  return [
    ...(await requests(of, flights.request)),
    ...challenges(flights),
    ['loginResponse', 'a flipped bit of the ciphertext', flipped(flights.response, 5), 'badProof'],
    ['loginResponse', 'a flipped bit of the tag', flipped(flights.response, -1), 'badProof'],
    ['loginResponse', 'the request again', flights.request, 'badProof'],
    ['loginResponse', 'the challenge reflected', flights.challenge, 'badProof'],
    ['loginResponse', 'no bytes', new Uint8Array(0), 'badProof'],
    ['loginResult', 'a flipped bit of the ciphertext', flipped(flights.result, 0), 'badProof'],
    ['loginResult', 'a flipped bit of the tag', flipped(flights.result, -1), 'badProof'],
    ['loginResult', 'the response reflected', flights.response, 'badProof'],
    ['loginResult', 'no bytes', new Uint8Array(0), 'badProof'],
  ];
}

async function requests(of: Setting, request: Uint8Array): Promise<readonly Row[]> {
  const oneTimeKey = (await exchangeKeyOf(primitives, of.clientSecret)).publicKey;
  const good = { suite: 1, oneTimeKey, target: node.publicKey, cookie: new Uint8Array(0) };
  const changed = (part: Partial<typeof good>): Uint8Array => encodeLoginRequest({ ...good, ...part });
  return [
    ['loginRequest', 'another suite', changed({ suite: 2 }), 'version'],
    ['loginRequest', 'for another node', changed({ target: otherUser.publicKey }), 'wrongPeer'],
    ['loginRequest', 'a one-time key of zeros', changed({ oneTimeKey: new Uint8Array(32) }), 'badProof'],
    ['loginRequest', 'another label', flipped(request, 11), 'malformed'],
    ['loginRequest', 'without its last byte', request.subarray(0, -1), 'malformed'],
    ['loginRequest', 'with a byte too many', concat(request, Uint8Array.of(0)), 'malformed'],
    ['loginRequest', 'no bytes', new Uint8Array(0), 'malformed'],
    ['loginRequest', 'longer than allowed', new Uint8Array(8193), 'tooLarge'],
  ];
}

function challenges(flights: Flights): readonly Row[] {
  const answer = decodeLoginAnswer(flights.challenge);
  if (answer.kind !== 'challenge') throw new Error('the node answers a challenge');
  const changed = (part: Partial<typeof answer>): Uint8Array => encodeLoginAnswer({ ...answer, ...part });
  return [
    [
      'loginChallenge',
      'a flipped bit of the ciphertext',
      changed({ sealed: flipped(answer.sealed, 3) }),
      'badProof',
    ],
    [
      'loginChallenge',
      'a flipped bit of the tag',
      changed({ sealed: flipped(answer.sealed, -1) }),
      'badProof',
    ],
    [
      'loginChallenge',
      'another one-time key',
      changed({ oneTimeKey: flipped(answer.oneTimeKey, 0) }),
      'badProof',
    ],
    ['loginChallenge', 'a one-time key of zeros', changed({ oneTimeKey: new Uint8Array(32) }), 'badProof'],
    ['loginChallenge', 'the request echoed', flights.request, 'malformed'],
    ['loginChallenge', 'a refusal', encodeLoginAnswer({ kind: 'refused', fault: 'tooMany' }), 'tooMany'],
    ['loginChallenge', 'a refusal that is never given in clear', Uint8Array.of(0x82, 0, 10), 'malformed'],
    ['loginChallenge', 'an answer of an unknown kind', Uint8Array.of(0x82, 3, 0), 'malformed'],
    [
      'loginChallenge',
      'a cookie of 15 bytes',
      encodeLoginAnswer({ kind: 'cookie', cookie: new Uint8Array(15) }),
      'malformed',
    ],
    ['loginChallenge', 'without its last byte', flights.challenge.subarray(0, -1), 'malformed'],
  ];
}

/** The fault with which the receiving side ends, or null when it goes on. */
async function outcome(of: Setting, flights: Flights, at: Place, flight: Uint8Array): Promise<Fault | null> {
  const toServer = at === 'loginRequest' || at === 'loginResponse';
  const side = toServer ? serverOf(of) : clientOf(of);
  if ('begin' in side) await side.begin();
  if (at === 'loginResponse') await side.receive(flights.request, 1);
  if (at === 'loginResult') await side.receive(flights.challenge, 1);
  const step = await side.receive(flight, 1);
  return step.kind === 'refused' ? step.fault : null;
}
