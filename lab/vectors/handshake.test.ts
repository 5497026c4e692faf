/** The golden handshakes (SPEC W7, H1-H8): both sides say the stated bytes, and end with the stated faults. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { FAULT_CODES } from 'copse/internal/base/fault.ts';
import { key } from 'copse/internal/base/ids.ts';
import { agree, exchangeKeyOf } from 'copse/internal/crypto/agree.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { ClientHandshake } from 'copse/internal/social/handshake-client.ts';
import {
  challengeHash,
  flightKeys,
  identityOf,
  requestHash,
  responseHash,
  trafficSecrets,
} from 'copse/internal/social/handshake-keys.ts';
import { ServerHandshake } from 'copse/internal/social/handshake-server.ts';
import {
  decodeLoginAnswer,
  decodeLoginResult,
  decodeProof,
  encodeLoginAnswer,
  encodeLoginResult,
  isClearFault,
} from 'copse/internal/social/handshake.ts';
import { fixedEnv } from './make/draw.ts';
import { read, unhex } from './read.ts';

const primitives = nativePrimitives();

type Bytes =
  | 'terms'
  | 'info'
  | 'blessing'
  | 'clientSecret'
  | 'X'
  | 'serverSecret'
  | 'Y'
  | 'shared'
  | 'loginRequest'
  | 'challengePlaintext'
  | 'loginChallenge'
  | 'responsePlaintext'
  | 'loginResponse'
  | 'resultPlaintext'
  | 'loginResult'
  | 'h1'
  | 'h2'
  | 'h3'
  | 'challengeKey'
  | 'responseKey'
  | 'serverMacKey'
  | 'clientMacKey'
  | 'toServer'
  | 'toClient';

interface Pair {
  readonly seed: string;
  readonly publicKey: string;
}

interface Proof {
  readonly publicKey: string;
  readonly signature: string;
  readonly mac: string;
  readonly extra: string;
}

type Transcript = Readonly<Record<Bytes, string>> & {
  readonly name: string;
  readonly kind: 'transcript';
  readonly node: Pair;
  readonly device: Pair;
  readonly nodeProof: Proof;
  readonly deviceProof: Proof;
};

interface Answers {
  readonly kind: 'answers';
  readonly cookie: string;
  readonly cookieAnswer: string;
  readonly refused: readonly string[];
  readonly refusedAnswers: readonly string[];
  readonly resultFault: string;
  readonly resultDetail: string;
  readonly resultPlaintext: string;
}

interface Spoilt {
  readonly of: string;
  readonly at: 'loginRequest' | 'loginChallenge' | 'loginResponse' | 'loginResult';
  readonly bytes: string;
  readonly fault: string;
}

const { valid, invalid } = read<Transcript | Answers, Spoilt>('handshake.json');
const transcripts = valid.filter((vector) => vector.kind === 'transcript');

async function clientOf(of: Transcript): Promise<ClientHandshake> {
  const device = await identityOf(primitives, unhex(of.device.seed));
  const part = of.blessing === '' ? {} : { blessing: unhex(of.blessing) };
  const server = key(unhex(of.node.publicKey));
  const env = fixedEnv(unhex(of.clientSecret));
  return new ClientHandshake({ primitives, env, server, device, ...part }, 0);
}

async function serverOf(of: Transcript): Promise<ServerHandshake> {
  const node = await identityOf(primitives, unhex(of.node.seed));
  const env = fixedEnv(unhex(of.serverSecret));
  return new ServerHandshake({ primitives, env, node, terms: unhex(of.terms) }, 0);
}

test('[W7, H1, H2, H4] both sides say the stated flights', async () => {
  assert.equal(transcripts.length, 2);
  for (const of of transcripts) {
    const client = await clientOf(of);
    const server = await serverOf(of);
    assert.equal(hex(await client.begin()), of.loginRequest, of.name);
    const challenged = await server.receive(unhex(of.loginRequest), 1);
    assert.ok(challenged.kind === 'send', of.name);
    assert.equal(hex(challenged.flight), of.loginChallenge, of.name);
    const responded = await client.receive(unhex(of.loginChallenge), 1);
    assert.ok(responded.kind === 'send', of.name);
    assert.equal(hex(responded.flight), of.loginResponse, of.name);
    const welcomed = await server.receive(unhex(of.loginResponse), 1);
    assert.ok(welcomed.kind === 'guest', of.name);
    assert.equal(hex(welcomed.guest.device), of.device.publicKey, of.name);
    assert.equal(welcomed.guest.blessing === null, of.blessing === '', of.name);
    const { flight } = welcomed.guest.admit(unhex(of.info));
    assert.equal(hex(flight), of.loginResult, of.name);
    const done = await client.receive(unhex(of.loginResult), 1);
    assert.ok(done.kind === 'done', of.name);
    assert.deepEqual([hex(done.info), hex(done.terms)], [of.info, of.terms], of.name);
  }
});

test('[W7, H2] hashes, keys and proofs follow as stated', async () => {
  for (const of of transcripts) {
    const Y = (await exchangeKeyOf(primitives, unhex(of.serverSecret))).publicKey;
    const shared = must(await agree(primitives, unhex(of.clientSecret), Y), 'the keys agree');
    const h1 = requestHash(primitives, unhex(of.loginRequest), Y);
    const h2 = challengeHash(primitives, h1, unhex(of.challengePlaintext));
    const h3 = responseHash(primitives, h2, unhex(of.responsePlaintext));
    const keys = flightKeys(primitives, shared, h1);
    const secrets = trafficSecrets(primitives, shared, h3);
    const result = encodeLoginResult({ kind: 'ok', info: unhex(of.info) });
    const found = {
      X: (await exchangeKeyOf(primitives, unhex(of.clientSecret))).publicKey,
      Y,
      shared,
      h1,
      h2,
      h3,
      toServer: secrets.toServer,
      toClient: secrets.toClient,
      challengeKey: keys.challenge,
      responseKey: keys.response,
      serverMacKey: keys.serverMac,
      clientMacKey: keys.clientMac,
      resultPlaintext: result,
    };
    const stated = Object.fromEntries(Object.entries(found).map(([name, bytes]) => [name, hex(bytes)]));
    assert.deepEqual({ ...of, ...stated }, of, of.name);
    assert.deepEqual(proofJson(unhex(of.challengePlaintext)), of.nodeProof, of.name);
    assert.deepEqual(proofJson(unhex(of.responsePlaintext)), of.deviceProof, of.name);
  }
});

function proofJson(plaintext: Uint8Array): Proof {
  const { publicKey, signature, mac, extra } = decodeProof(plaintext);
  return { publicKey: hex(publicKey), signature: hex(signature), mac: hex(mac), extra: hex(extra) };
}

test('[W7, H9] cookies and refusals have their bytes', () => {
  const answers = must(
    valid.find((vector) => vector.kind === 'answers'),
    'other answers are stated',
  );
  assert.deepEqual(decodeLoginAnswer(unhex(answers.cookieAnswer)), {
    kind: 'cookie',
    cookie: unhex(answers.cookie),
  });
  const clear = [...FAULT_CODES.values()].filter(isClearFault);
  assert.deepEqual(clear, answers.refused);
  for (const [i, fault] of clear.entries()) {
    assert.equal(hex(encodeLoginAnswer({ kind: 'refused', fault })), answers.refusedAnswers[i]);
  }
  assert.deepEqual(decodeLoginResult(unhex(answers.resultPlaintext)), {
    kind: 'refused',
    fault: answers.resultFault,
    detail: answers.resultDetail,
  });
});

test('[W7, H1, H2, H3, H4, H5, H7] wrong flights end the handshake with the stated faults', async () => {
  for (const { name, of: base, at, bytes, fault } of invalid) {
    const of = must(
      transcripts.find((transcript) => transcript.name === base),
      'a transcript that is stated',
    );
    const toServer = at === 'loginRequest' || at === 'loginResponse';
    const side = toServer ? await serverOf(of) : await clientOf(of);
    if ('begin' in side) await side.begin();
    if (at === 'loginResponse') await side.receive(unhex(of.loginRequest), 1);
    if (at === 'loginResult') await side.receive(unhex(of.loginChallenge), 1);
    const step = await side.receive(unhex(bytes), 1);
    assert.ok(step.kind === 'refused', name);
    assert.equal(step.fault.code, fault, name);
  }
});
