/**
 * `npm run judge -- hpke`: our HPKE (SPEC C4) against the vectors of RFC 9180 and two implementations that
 * share nothing with it, `@hpke/core` and `hpke`. What we seal they must open and what they seal we must
 * open; under another context, associated data, key or with a flipped bit nobody opens anything. Each
 * failing case is a line; the last line is `N passed, N failed`.
 */

import * as core from '@hpke/core';
import * as panva from 'hpke';
import { concat, equal, utf8 } from 'copse/internal/base/bytes.ts';
import { must } from 'copse/internal/base/assert.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { exchangeKeyOf } from 'copse/internal/crypto/agree.ts';
import { sealExamples } from 'copse/internal/crypto/examples/seal.ts';
import { hpkeOpen, hpkeSeal } from 'copse/internal/crypto/hpke.ts';
import { browserPrimitives } from 'copse/internal/browser/primitives.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { check, compared, conclude } from './tally.ts';

interface Letter {
  readonly publicKey: Uint8Array;
  readonly secret: Uint8Array;
  readonly info: Uint8Array;
  readonly associated: Uint8Array;
  readonly plaintext: Uint8Array;
}

/** Another implementation of the same suite. */
interface Other {
  readonly name: string;
  seal(letter: Letter): Promise<Uint8Array>;
  /** Null when it refuses. */
  open(letter: Letter, sealed: Uint8Array): Promise<Uint8Array | null>;
}

const ROUNDS = 100;
const ENC_BYTES = 32;
const SIZES = [0, 1, 15, 16, 17, 32, 80, 255, 4096];
const env = realEnv();

for (const [name, primitives] of [
  ['native', nativePrimitives()],
  ['browser', browserPrimitives()],
] as const) {
  await judgeVectors(name, primitives);
  compared(`${name} primitives, vectors of RFC 9180`);
  for (const other of [hpkeCore(), panvaHpke()]) {
    await judgeOther(name, primitives, other);
    compared(`${name} primitives, ${other.name}, both directions, whole and spoilt`);
  }
}
conclude();

/** What RFC 9180 prints for our suite with AES-128-GCM: there is no vector for AES-256-GCM with X25519. */
async function judgeVectors(name: string, primitives: Primitives): Promise<void> {
  const printed = sealExamples.filter((example) => example.name.startsWith('RFC 9180'));
  check(printed.length > 0, `${name}: there are no vectors of RFC 9180`);
  for (const example of printed) {
    const outcomes = await example.run(primitives);
    outcomes.forEach(([actual, wanted], n) =>
      check(actual === wanted, `${name}: ${example.name}, step ${n + 1}`),
    );
  }
}

async function judgeOther(name: string, primitives: Primitives, other: Other): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const letter = await letterOf(primitives, round);
    const context = { info: letter.info, associated: letter.associated };
    const to = { ...context, publicKey: letter.publicKey };
    const title = `${name} and ${other.name}, round ${round}`;
    const ours = await Promise.resolve(await hpkeSeal(primitives, env, to, letter.plaintext));
    const read = ours === null ? null : await other.open(letter, ours);
    check(read !== null && equal(read, letter.plaintext), `${title}: they do not open what we sealed`);
    const theirs = await other.seal(letter);
    const opened = await Promise.resolve(await hpkeOpen(primitives, letter.secret, context, theirs));
    check(opened !== null && equal(opened, letter.plaintext), `${title}: we do not open what they sealed`);
    if (ours === null) continue;
    for (const [what, spoilt, sealed] of await spoil(primitives, letter, ours, round)) {
      check((await other.open(spoilt, sealed)) === null, `${title}: they open it with ${what}`);
    }
    for (const [what, spoilt, sealed] of await spoil(primitives, letter, theirs, round)) {
      const of = { info: spoilt.info, associated: spoilt.associated };
      const got = await Promise.resolve(await hpkeOpen(primitives, spoilt.secret, of, sealed));
      check(got === null, `${title}: we open it with ${what}`);
    }
  }
}

async function letterOf(primitives: Primitives, round: number): Promise<Letter> {
  const { secret, publicKey } = await exchangeKeyOf(primitives, env.random(32));
  return {
    secret,
    publicKey,
    info: concat(utf8('copse judge'), env.random(round % 40)),
    associated: env.random((round * 7) % 90),
    plaintext: env.random(must(SIZES[round % SIZES.length], 'a size')),
  };
}

/** Each way in which a letter must not open. */
async function spoil(
  primitives: Primitives,
  letter: Letter,
  sealed: Uint8Array,
  round: number,
): Promise<readonly (readonly [string, Letter, Uint8Array])[]> {
  const flipped = sealed.slice();
  const at = (round * 131) % flipped.length;
  flipped[at] = (flipped[at] ?? 0) ^ (1 << (at === ENC_BYTES - 1 ? 3 : round % 8));
  const longer = Uint8Array.of(1);
  const other = await exchangeKeyOf(primitives, env.random(32));
  return [
    ['a flipped bit', letter, flipped],
    ['a byte less', letter, sealed.subarray(0, -1)],
    ['another info', { ...letter, info: concat(letter.info, longer) }, sealed],
    ['other associated data', { ...letter, associated: concat(letter.associated, longer) }, sealed],
    ['another key', { ...letter, secret: other.secret, publicKey: other.publicKey }, sealed],
  ];
}

/** A copy in a buffer of its own, which WebCrypto asks for. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

function hpkeCore(): Other {
  const suite = new core.CipherSuite({
    kem: new core.DhkemX25519HkdfSha256(),
    kdf: new core.HkdfSha256(),
    aead: new core.Aes256Gcm(),
  });
  return {
    name: '@hpke/core',
    async seal({ publicKey, info, associated, plaintext }) {
      const recipientPublicKey = await suite.kem.deserializePublicKey(own(publicKey));
      const sender = await suite.createSenderContext({ recipientPublicKey, info: own(info) });
      const ciphertext = await sender.seal(own(plaintext), own(associated));
      return concat(new Uint8Array(sender.enc), new Uint8Array(ciphertext));
    },
    async open({ secret, info, associated }, sealed) {
      const recipientKey = await suite.kem.deserializePrivateKey(own(secret));
      try {
        const enc = own(sealed.subarray(0, ENC_BYTES));
        const recipient = await suite.createRecipientContext({ recipientKey, enc, info: own(info) });
        return new Uint8Array(await recipient.open(own(sealed.subarray(ENC_BYTES)), own(associated)));
      } catch {
        return null;
      }
    },
  };
}

function panvaHpke(): Other {
  const suite = new panva.CipherSuite(
    panva.KEM_DHKEM_X25519_HKDF_SHA256,
    panva.KDF_HKDF_SHA256,
    panva.AEAD_AES_256_GCM,
  );
  return {
    name: 'hpke',
    async seal({ publicKey, info, associated, plaintext }) {
      const to = await suite.DeserializePublicKey(own(publicKey));
      const options = { info: own(info), aad: own(associated) };
      const { encapsulatedSecret, ciphertext } = await suite.Seal(to, own(plaintext), options);
      return concat(encapsulatedSecret, ciphertext);
    },
    async open({ secret, info, associated }, sealed) {
      const key = await suite.DeserializePrivateKey(own(secret), false);
      try {
        const enc = own(sealed.subarray(0, ENC_BYTES));
        const options = { info: own(info), aad: own(associated) };
        return await suite.Open(key, enc, own(sealed.subarray(ENC_BYTES)), options);
      } catch {
        return null;
      }
    },
  };
}
