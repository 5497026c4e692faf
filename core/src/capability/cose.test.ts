/** Signed objects: the published example, every changed bit, and every other form of the same content. */

import { deepEqual, equal, notEqual, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { must } from '../base/assert.ts';
import { concat, fromHex, hex, utf8 } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { signedBytesMax } from '../base/limits.ts';
import { domain } from '../crypto/domain.ts';
import { signRaw } from '../crypto/sign.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { encodeCbor, type Cbor, type CborMap } from '../wire/cbor.ts';
import { objectId, openObject, signObject } from './cose.ts';

const primitives = nativePrimitives();
const HERE = domain('test/cose');
const SEED = new Uint8Array(32).fill(7);
const SIGNER = await primitives.ed25519PublicKey(SEED);
const PROTECTED = Uint8Array.of(0xa1, 0x01, 0x27);

const unhex = (text: string): Uint8Array => must(fromHex(text.toLowerCase()), 'hex');

/** Null and the two codes of a decoder count as refused; anything else thrown is a bug. */
async function isRefused(bytes: Uint8Array, within = HERE): Promise<boolean> {
  try {
    return (await openObject(primitives, within, bytes)) === null;
  } catch (thrown) {
    return thrown instanceof Fault && (thrown.code === 'malformed' || thrown.code === 'tooLarge');
  }
}

/** An object put together by hand, so that a test can put it together wrongly. */
async function handMade(
  payload: Uint8Array,
  parts: { head?: Cbor; unprotected?: Cbor; aad?: Uint8Array; context?: string; seed?: Uint8Array } = {},
): Promise<Uint8Array> {
  const head = parts.head ?? PROTECTED;
  const aad = parts.aad ?? utf8('copse/1/test/cose');
  const signature = await signRaw(
    primitives,
    parts.seed ?? SEED,
    encodeCbor([parts.context ?? 'Signature1', head, aad, payload]),
  );
  const body: Cbor = [head, parts.unprotected ?? new Map(), payload, signature];
  return concat(Uint8Array.of(0xd2), encodeCbor(body));
}

const body = (...fields: [number, Cbor][]): CborMap => new Map(fields);
const PAYLOAD = encodeCbor(body([1, 1], [2, SIGNER], [3, 'hello']));

test('[C9] an object opens to what was signed, its signer and its id', async () => {
  const bytes = await signObject(primitives, HERE, SEED, [[3, 'hello']]);
  const object = must(await openObject(primitives, HERE, bytes), 'opens');
  deepEqual(object.signer, SIGNER);
  equal(object.fields.text(3, 5), 'hello');
  object.fields.done();
  equal(object.id, objectId(primitives, bytes));
  const prefixed = concat(Uint8Array.of(17), utf8('copse/1/id/object'), bytes);
  equal(object.id, hex(primitives.sha256(prefixed)));
});

test('[C9] an object is the COSE_Sign1 that the specification describes, byte by byte', async () => {
  equal(hex(await signObject(primitives, HERE, SEED, [[3, 'hello']])), hex(await handMade(PAYLOAD)));
});

test('[C9] our encoder and signer make the published EdDSA example of cose-wg', async () => {
  // https://github.com/cose-wg/Examples eddsa-examples/eddsa-sig-01.json
  const seed = unhex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60');
  const head = unhex('A201270300');
  const content = utf8('This is the content.');
  const toBeSigned = encodeCbor(['Signature1', head, new Uint8Array(0), content]);
  equal(hex(toBeSigned), '846a5369676e61747572653145a2012703004054546869732069732074686520636f6e74656e742e');
  const unprotected = new Map([[4, utf8('11')]]);
  equal(
    hex(await handMade(content, { head, unprotected, aad: new Uint8Array(0), seed })),
    'd28445a201270300a10442313154546869732069732074686520636f6e74656e742e58407142fd2ff96d56db85bee905a76ba1' +
      'd0b7321a95c8c4d3607c5781932b7afb8711497dfa751bf40b58b3bcc32300b1487f3db34085eef013bf08f4a44d6fef0d',
  );
});

test('[C9] an object with any bit changed, missing, added or cut off is refused', async () => {
  const bytes = await signObject(primitives, HERE, SEED, [[3, 'hello']]);
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const changed = bytes.slice();
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    equal(await isRefused(changed), true, `bit ${bit}`);
  }
  for (let size = 0; size < bytes.length; size++) equal(await isRefused(bytes.slice(0, size)), true);
  equal(await isRefused(concat(bytes, Uint8Array.of(0))), true);
  equal(await isRefused(concat(Uint8Array.of(0xd2), bytes)), true);
});

test('[C2] an object of one domain is none of another', async () => {
  const bytes = await signObject(primitives, HERE, SEED, [[3, 'hello']]);
  equal(await openObject(primitives, domain('test/elsewhere'), bytes), null);
  equal(await isRefused(await handMade(PAYLOAD, { aad: new Uint8Array(0) })), true);
  equal(await isRefused(await handMade(PAYLOAD, { context: 'Signature' })), true);
});

test('[C9] another header is refused although the signature covers it', async () => {
  equal(await isRefused(await handMade(PAYLOAD)), false);
  for (const head of ['', 'a0', 'a10126', 'a1012b', 'a2012703 00', 'a1013807', 'bf0127ff']) {
    equal(await isRefused(await handMade(PAYLOAD, { head: unhex(head.replaceAll(' ', '')) })), true, head);
  }
});

test('[C9] what the signature does not cover has one form, so nobody can make a second id', async () => {
  for (const unprotected of [[], new Map([[4, utf8('11')]]), '', 0, new Uint8Array(0)]) {
    equal(await isRefused(await handMade(PAYLOAD, { unprotected })), true);
  }
  const bytes = await handMade(PAYLOAD);
  equal(await isRefused(bytes.slice(1)), true);
  equal(await isRefused(concat(unhex('d812'), bytes.slice(1))), true);
  equal(await isRefused(concat(unhex('d29804'), bytes.slice(2))), true);
});

test('[C9] a payload in another form than the deterministic one is refused although it is signed', async () => {
  const signer = hex(SIGNER);
  const forms = {
    unsorted: `a3 02 5820${signer} 01 01 03 00`,
    twice: `a4 01 01 02 5820${signer} 03 00 03 00`,
    indefinite: `bf 01 01 02 5820${signer} 03 00 ff`,
    longNumber: `a3 01 1801 02 5820${signer} 03 00`,
    trailing: `a3 01 01 02 5820${signer} 03 00 00`,
    float: `a3 01 01 02 5820${signer} 03 f90000`,
  };
  for (const [name, form] of Object.entries(forms)) {
    equal(await isRefused(await handMade(unhex(form.replaceAll(' ', '')))), true, name);
  }
  equal(await isRefused(await handMade(unhex(`a301010258 20${signer}0300`.replaceAll(' ', '')))), false);
});

test('[C9] a payload without version 1 or a signer is refused', async () => {
  for (const payload of [
    body([2, SIGNER]),
    body([1, 0], [2, SIGNER]),
    body([1, 2], [2, SIGNER]),
    body([1, 1]),
    body([1, 1], [2, SIGNER.slice(1)]),
    body([1, 1], [2, 'text']),
    [1, SIGNER],
    null,
  ]) {
    equal(await isRefused(await handMade(encodeCbor(payload))), true);
  }
});

test('[C9] the key in the payload is the one that signed', async () => {
  equal(await isRefused(await handMade(PAYLOAD, { seed: new Uint8Array(32).fill(8) })), true);
});

test('[C1] a small-order key signs nothing', async () => {
  // With A of order 1 and S = 0, R = A, the plain equation holds for every message.
  const identity = new Uint8Array(32);
  identity[0] = 1;
  const payload = encodeCbor(body([1, 1], [2, identity], [3, 'hello']));
  const signature = concat(identity, new Uint8Array(32));
  const bytes = concat(Uint8Array.of(0xd2), encodeCbor([PROTECTED, new Map(), payload, signature]));
  equal(await openObject(primitives, HERE, bytes), null);
});

test('[C9] two statements have two ids', async () => {
  const one = await signObject(primitives, HERE, SEED, [[3, 'one']]);
  const two = await signObject(primitives, HERE, SEED, [[3, 'two']]);
  notEqual(objectId(primitives, one), objectId(primitives, two));
});

test('[G2] an object beyond its size is too large', async () => {
  const bytes = await signObject(primitives, HERE, SEED, [[3, 'x'.repeat(signedBytesMax)]]);
  await rejects(openObject(primitives, HERE, bytes), { code: 'tooLarge' });
});
