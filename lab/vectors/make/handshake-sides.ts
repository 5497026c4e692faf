/** The two sides of the vectors' handshakes, what passes between them, and the keys that follow from it. */

import { must } from 'copse/internal/base/assert.ts';
import { concat } from 'copse/internal/base/bytes.ts';
import { agree, exchangeKeyOf } from 'copse/internal/crypto/agree.ts';
import { ClientHandshake } from 'copse/internal/social/handshake-client.ts';
import {
  challengeHash,
  flightKeys,
  openFlight,
  requestHash,
  responseHash,
  trafficSecrets,
  type FlightKeys,
  type TrafficSecrets,
} from 'copse/internal/social/handshake-keys.ts';
import { ServerHandshake } from 'copse/internal/social/handshake-server.ts';
import { decodeLoginAnswer } from 'copse/internal/social/handshake.ts';
import { device, node } from './cast.ts';
import { fixedEnv, primitives } from './draw.ts';

export interface Setting {
  readonly name: string;
  readonly clientSecret: Uint8Array;
  readonly serverSecret: Uint8Array;
  readonly terms: Uint8Array;
  readonly info: Uint8Array;
  readonly blessing: Uint8Array | null;
}

export interface Flights {
  readonly request: Uint8Array;
  readonly challenge: Uint8Array;
  readonly response: Uint8Array;
  readonly result: Uint8Array;
}

export function clientOf(of: Setting): ClientHandshake {
  const part = of.blessing === null ? {} : { blessing: of.blessing };
  const env = fixedEnv(of.clientSecret);
  return new ClientHandshake({ primitives, env, server: node.publicKey, device, ...part }, 0);
}

export function serverOf(of: Setting): ServerHandshake {
  return new ServerHandshake({ primitives, env: fixedEnv(of.serverSecret), node, terms: of.terms }, 0);
}

/** The flights of an undisturbed handshake. */
export async function flightsOf(of: Setting): Promise<Flights> {
  const client = clientOf(of);
  const server = serverOf(of);
  const request = await client.begin();
  const challenged = await server.receive(request, 1);
  if (challenged.kind !== 'send') throw new Error('the node answers a challenge');
  const responded = await client.receive(challenged.flight, 1);
  if (responded.kind !== 'send') throw new Error('the client answers a response');
  const welcomed = await server.receive(responded.flight, 1);
  if (welcomed.kind !== 'guest') throw new Error('the node has a guest');
  const { flight } = welcomed.guest.admit(of.info);
  return { request, challenge: challenged.flight, response: responded.flight, result: flight };
}

/** Everything that both sides know of an undisturbed handshake. */
export interface Derived {
  readonly clientKey: Uint8Array;
  readonly serverKey: Uint8Array;
  readonly shared: Uint8Array;
  readonly keys: FlightKeys;
  readonly challengeText: Uint8Array;
  readonly responseText: Uint8Array;
  readonly h1: Uint8Array;
  readonly h2: Uint8Array;
  readonly h3: Uint8Array;
  readonly secrets: TrafficSecrets;
}

export async function derive(of: Setting, { request, challenge, response }: Flights): Promise<Derived> {
  const answer = decodeLoginAnswer(challenge);
  if (answer.kind !== 'challenge') throw new Error('the node answers a challenge');
  const clientKey = (await exchangeKeyOf(primitives, of.clientSecret)).publicKey;
  const serverKey = (await exchangeKeyOf(primitives, of.serverSecret)).publicKey;
  const shared = must(await agree(primitives, of.clientSecret, serverKey), 'the keys agree');
  const h1 = requestHash(primitives, request, serverKey);
  const keys = flightKeys(primitives, shared, h1);
  const challengeText = must(openFlight(primitives, keys.challenge, answer.sealed), 'the challenge opens');
  const h2 = challengeHash(primitives, h1, challengeText);
  const responseText = must(openFlight(primitives, keys.response, response), 'the response opens');
  const h3 = responseHash(primitives, h2, responseText);
  const secrets = trafficSecrets(primitives, shared, h3);
  return { clientKey, serverKey, shared, keys, challengeText, responseText, h1, h2, h3, secrets };
}

/** A byte of a flight changed. */
export function flipped(flight: Uint8Array, at: number): Uint8Array {
  const bytes = concat(flight);
  const place = at < 0 ? bytes.length + at : at;
  bytes[place] = (bytes[place] ?? 0) ^ 1;
  return bytes;
}
