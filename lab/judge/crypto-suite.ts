/**
 * The judge's questions to one set of primitives on one runtime: every public case, every printed
 * example, and HPKE against npm `hpke` in both directions. Runs in Bun, Node and Chromium, so it names
 * nothing that is not in all three.
 */

import { mnemonicToSeedSync } from '@scure/bip39';
import { AssertionError, must } from 'copse/internal/base/assert.ts';
import { concat, fromHex, hex } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { agree, newExchangeKey } from 'copse/internal/crypto/agree.ts';
import { curveExamples } from 'copse/internal/crypto/examples/curve.ts';
import { hashExamples } from 'copse/internal/crypto/examples/hash.ts';
import { sealExamples } from 'copse/internal/crypto/examples/seal.ts';
import { hkdfExpand, hkdfExtract } from 'copse/internal/crypto/hash.ts';
import { hpkeOpen, hpkeSeal, type AeadKeyBytes } from 'copse/internal/crypto/hpke.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { verifyRaw } from 'copse/internal/crypto/sign.ts';
import { explainPhrase, phraseOf, secretOfPhrase } from 'copse/internal/phrase.ts';
import {
  AEAD_AES_128_GCM,
  AEAD_AES_256_GCM,
  CipherSuite,
  KDF_HKDF_SHA256,
  KEM_DHKEM_X25519_HKDF_SHA256,
} from 'hpke';
import type { Answers, Case } from './crypto-case.ts';

const HPKE_ROUNDS = 25;

type Check = (primitives: Primitives, item: Case) => boolean | Promise<boolean>;

const CHECKS: Readonly<Record<Case['suite'], Check>> = {
  ed25519: async (primitives, item) => (await isVerified(primitives, item)) === (item.result === 'valid'),
  cctv: async (primitives, item) => (await isVerified(primitives, item)) === (item.result === 'valid'),
  x25519: isAgreed,
  hmac: isAuthenticated,
  hkdf: isDerived,
  'aes-gcm': isSealed,
  bip39: isPhrase,
};

/** Runs everything; a case that throws has failed. */
export async function judge(primitives: Primitives, cases: readonly Case[]): Promise<Answers> {
  const failures: string[] = [];
  const accepted: string[] = [];
  let passed = 0;
  const count = async (name: string, run: () => boolean | Promise<boolean>) => {
    const failure = await failureOf(run);
    if (failure === null) passed++;
    else failures.push(`${name}: ${failure}`);
  };
  for (const item of cases) {
    await count(item.name, () => CHECKS[item.suite](primitives, item));
    if (item.suite === 'cctv' && (await isVerified(primitives, item))) accepted.push(item.name);
  }
  for (const example of [...hashExamples, ...curveExamples, ...sealExamples]) {
    await count(example.name, async () =>
      (await example.run(primitives)).every(([actual, printed]) => actual === printed),
    );
  }
  for (const keyBytes of [16, 32] as const) {
    for (let round = 0; round < HPKE_ROUNDS; round++) {
      const name = `npm hpke, AES-${keyBytes * 8}-GCM, round ${round}`;
      await count(`${name}, ours opens with theirs`, () => isOpenedByTheirs(primitives, keyBytes, round));
      await count(`${name}, theirs opens with ours`, () => isOpenedByOurs(primitives, keyBytes, round));
    }
  }
  return { passed, failures, accepted };
}

async function failureOf(run: () => boolean | Promise<boolean>): Promise<string | null> {
  try {
    return (await run()) ? null : 'another result than the expected one';
  } catch (thrown) {
    return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  }
}

function field(item: Case, name: string): Uint8Array {
  return must(fromHex(must(item.fields[name], `${item.name} has ${name}`)), `${name} of ${item.name} is hex`);
}

function isVerified(primitives: Primitives, item: Case): Promise<boolean> {
  return verifyRaw(primitives, field(item, 'key'), field(item, 'msg'), field(item, 'sig'));
}

/** Wycheproof calls keys on the twist and non-canonical ones acceptable: we take them; all-zero results we refuse. */
async function isAgreed(primitives: Primitives, item: Case): Promise<boolean> {
  const shared = await agree(primitives, field(item, 'private'), field(item, 'public'));
  const expected = must(item.fields['shared'], 'a case has its secret');
  if (/^0*$/u.test(expected)) return shared === null;
  return item.result !== 'invalid' && shared !== null && hex(shared) === expected;
}

function isAuthenticated(primitives: Primitives, item: Case): boolean {
  const mac = hex(primitives.hmacSha256(field(item, 'key'), field(item, 'msg')).subarray(0, item.size));
  return (mac === item.fields['tag']) === (item.result === 'valid');
}

function isDerived(primitives: Primitives, item: Case): boolean {
  const prk = hkdfExtract(primitives, field(item, 'salt'), field(item, 'ikm'));
  const expand = () => hkdfExpand(primitives, prk, field(item, 'info'), item.size);
  if (item.result === 'valid') return hex(expand()) === item.fields['okm'];
  try {
    expand();
    return false;
  } catch (thrown) {
    return thrown instanceof AssertionError;
  }
}

function isSealed(primitives: Primitives, item: Case): boolean {
  const [key, nonce, associated] = [field(item, 'key'), field(item, 'iv'), field(item, 'aad')];
  const sealed = concat(field(item, 'ct'), field(item, 'tag'));
  const opened = primitives.aesGcmOpen(key, nonce, sealed, associated);
  if (item.result !== 'valid') return opened === null;
  const made = primitives.aesGcmSeal(key, nonce, field(item, 'msg'), associated);
  return opened !== null && hex(opened) === item.fields['msg'] && hex(made) === hex(sealed);
}

function isPhrase(_: Primitives, item: Case): boolean {
  const phrase = must(item.fields['phrase'], 'a case has its phrase');
  const trezorSeed = hex(mnemonicToSeedSync(phrase, 'TREZOR'));
  if (trezorSeed !== item.fields['trezorSeed']) return false;
  const secret = secretOfPhrase(phrase);
  if (item.result === 'invalid') return secret === null && explainPhrase(phrase).kind === 'wrongCount';
  const entropy = field(item, 'entropy');
  return phraseOf(entropy) === phrase && secret !== null && hex(secret) === hex(entropy);
}

function theirSuite(keyBytes: AeadKeyBytes) {
  const aead = keyBytes === 32 ? AEAD_AES_256_GCM : AEAD_AES_128_GCM;
  return new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, aead);
}

/** A message whose parts have all sizes from nothing up. */
function message(round: number) {
  const env = realEnv();
  return {
    info: env.random(round * 3),
    associated: env.random((round * 7) % 40),
    text: env.random(round * round),
  };
}

async function isOpenedByTheirs(primitives: Primitives, keyBytes: AeadKeyBytes, round: number) {
  const suite = theirSuite(keyBytes);
  const own = await newExchangeKey(primitives, realEnv());
  const { info, associated, text } = message(round);
  const to = { info, associated, keyBytes, publicKey: own.publicKey };
  const sealed = must(await hpkeSeal(primitives, realEnv(), to, text), 'a fresh key is a good one');
  const privateKey = await suite.DeserializePrivateKey(own.secret);
  const pair = { privateKey, publicKey: await suite.DeserializePublicKey(own.publicKey) };
  const opened = await suite.Open(pair, sealed.subarray(0, 32), sealed.subarray(32), {
    info,
    aad: associated,
  });
  return hex(opened) === hex(text);
}

async function isOpenedByOurs(primitives: Primitives, keyBytes: AeadKeyBytes, round: number) {
  const suite = theirSuite(keyBytes);
  const own = await newExchangeKey(primitives, realEnv());
  const { info, associated, text } = message(round);
  const publicKey = await suite.DeserializePublicKey(own.publicKey);
  const theirs = await suite.Seal(publicKey, text, { info, aad: associated });
  const sealed = concat(theirs.encapsulatedSecret, theirs.ciphertext);
  const opened = await hpkeOpen(primitives, own.secret, { info, associated, keyBytes }, sealed);
  return opened !== null && hex(opened) === hex(text);
}
