/**
 * Handshakes with fixed one-time keys (SPEC H1-H10): every flight, hash, key and proof of each, and flights
 * that must end one. `env.random` of each side is asked once, for its one-time key.
 */

import { hex, utf8 } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { bless } from 'copse/internal/capability/blessing.ts';
import { decodeProof, encodeLoginAnswer, encodeLoginResult } from 'copse/internal/social/handshake.ts';
import { device, keyPair, node, user } from './cast.ts';
import { primitives, seedOf, wallMs } from './draw.ts';
import type { Json, Vector, VectorFile } from './file.ts';
import { craftedFlights } from './handshake-crafted.ts';
import { derive, flightsOf, type Setting } from './handshake-sides.ts';
import { checkedVectors, spoiltFlights } from './handshake-spoilt.ts';
import { terms as blessingTerms } from './objects.ts';

const blessing = await bless(primitives, user.seed, blessingTerms);
const setting = (name: string, part: Partial<Setting>): Setting => ({
  name,
  clientSecret: seedOf(`${name} client`),
  serverSecret: seedOf(`${name} server`),
  terms: new Uint8Array(0),
  info: new Uint8Array(0),
  blessing: null,
  ...part,
});

const blessed = setting('a blessed device', { terms: utf8('terms'), info: utf8('session'), blessing });
const stranger = setting('a stranger', {});

export async function handshake(): Promise<VectorFile> {
  const flights = await flightsOf(blessed);
  const rows = [...(await spoiltFlights(blessed, flights)), ...(await craftedFlights(blessed, flights))];
  return {
    path: 'handshake.json',
    about:
      'Handshakes between the client with the one-time secret and device seed stated and the node with its own. Names of hashes and keys are those of docs/protocol.md. An invalid flight is put in the place of the one named in `at`, and ends the handshake of the receiving side with the stated fault.',
    valid: [await transcript(blessed), await transcript(stranger), refusal()],
    invalid: await checkedVectors(blessed, flights, rows),
  };
}

async function transcript(of: Setting): Promise<Vector> {
  const flights = await flightsOf(of);
  const { request, challenge, response, result } = flights;
  const known = await derive(of, flights);
  const { clientKey, serverKey, shared, keys, challengeText, responseText, h1, h2, h3, secrets } = known;
  return {
    name: of.name,
    kind: 'transcript',
    wallMs,
    node: keyPair(node),
    device: keyPair(device),
    terms: hex(of.terms),
    info: hex(of.info),
    blessing: of.blessing === null ? '' : hex(of.blessing),
    ...all({ clientSecret: of.clientSecret, X: clientKey, serverSecret: of.serverSecret, Y: serverKey }),
    ...all({ loginRequest: request, shared, h1 }),
    ...all({ challengeKey: keys.challenge, responseKey: keys.response }),
    ...all({ serverMacKey: keys.serverMac, clientMacKey: keys.clientMac }),
    ...all({ challengePlaintext: challengeText, loginChallenge: challenge, h2 }),
    ...all({ responsePlaintext: responseText, loginResponse: response, h3 }),
    ...all({ toServer: secrets.toServer, toClient: secrets.toClient }),
    ...all({ resultPlaintext: encodeLoginResult({ kind: 'ok', info: of.info }), loginResult: result }),
    nodeProof: proofJson(challengeText),
    deviceProof: proofJson(responseText),
  };
}

function proofJson(plaintext: Uint8Array): Json {
  const { publicKey, signature, mac, extra } = decodeProof(plaintext);
  return { publicKey: hex(publicKey), signature: hex(signature), mac: hex(mac), extra: hex(extra) };
}

function all(values: Readonly<Record<string, Uint8Array>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, bytes]) => [name, hex(bytes)]));
}

/** The other answers to a request, and a refusal in the channel. */
function refusal(): Vector {
  const cookie = seedOf('cookie').slice(0, 16);
  const refused = new Fault('revoked', 'this device');
  return {
    name: 'other answers',
    kind: 'answers',
    cookie: hex(cookie),
    cookieAnswer: hex(encodeLoginAnswer({ kind: 'cookie', cookie })),
    refused: ['malformed', 'tooMany', 'version', 'wrongPeer'],
    refusedAnswers: (['malformed', 'tooMany', 'version', 'wrongPeer'] as const).map((fault) =>
      hex(encodeLoginAnswer({ kind: 'refused', fault })),
    ),
    resultFault: refused.code,
    resultDetail: refused.detail,
    resultPlaintext: hex(encodeLoginResult({ kind: 'refused', fault: refused.code, detail: refused.detail })),
  };
}
