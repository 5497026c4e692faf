/**
 * Our encryption and signature beside two implementations that are not ours: `http_ece`, by an author of the RFCs,
 * decrypts what we make, also for keys and secrets with leading zeros, where hand-made ones break; `jose` checks what
 * push services check, on our signature and on that of `web-push`.
 */

import assert from 'node:assert/strict';
import { createECDH, createHash, type ECDH, randomBytes } from 'node:crypto';
import { test } from 'node:test';

import ece from 'http_ece';
import { importJWK, jwtVerify } from 'jose';
import webPush from 'web-push';

import { base64url, fromBase64url, utf8 } from 'copse/internal/base/bytes.ts';
import { must } from 'copse/internal/base/assert.ts';
import { encryptPush } from '../../server/src/notify/push/encrypt.ts';
import { checkPushKeys, pointJwk, type PushKeys } from '../../server/src/notify/push/subscription.ts';
import { newVapidKey, Vapid } from '../../server/src/notify/push/vapid.ts';

interface Device {
  readonly pair: ECDH;
  readonly keys: PushKeys;
}

/** Devices from a seed, so that a failure can be repeated. */
function device(seed: string): Device {
  const pair = createECDH('prime256v1');
  pair.setPrivateKey(createHash('sha256').update(seed).digest());
  const auth = createHash('sha256').update(`${seed} auth`).digest().subarray(0, 16);
  return { pair, keys: { p256dh: new Uint8Array(pair.getPublicKey()), auth: new Uint8Array(auth) } };
}

/** The text of a padded message as a browser reads it. */
function decrypted({ pair, keys }: Device, body: Uint8Array): Buffer {
  const authSecret = Buffer.from(keys.auth);
  return ece.decrypt(Buffer.from(body), { version: 'aes128gcm', privateKey: pair, authSecret });
}

test('[I14] http_ece decrypts what we encrypt, to the byte', () => {
  for (let i = 0; i < 400; i++) {
    const one = device(`device ${i}`);
    checkPushKeys(one.keys);
    const text = new Uint8Array(randomBytes((i * 37) % 3994));
    assert.deepEqual(new Uint8Array(decrypted(one, encryptPush(one.keys, text))), text, `device ${i}`);
  }
});

test('[I14] keys and secrets that begin with a zero are encrypted to as others are', () => {
  const special = (keys: PushKeys): boolean =>
    keys.p256dh[1] === 0 || keys.p256dh[33] === 0 || keys.auth[0] === 0;
  let found = 0;
  for (let i = 0; found < 12; i++) {
    const one = device(`zero ${i}`);
    if (!special(one.keys)) continue;
    found++;
    // A fresh sender key each time: of 40 secrets that they share, one in 256 begins with a zero.
    for (let n = 0; n < 40; n++) {
      const text = utf8(`message ${n}`);
      assert.deepEqual(new Uint8Array(decrypted(one, encryptPush(one.keys, text))), text, `zero ${i}`);
    }
  }
});

test('[I14] a spoilt byte anywhere is noticed, and another device reads nothing', () => {
  const one = device('spoilt');
  const body = encryptPush(one.keys, utf8('for one'));
  assert.throws(() => decrypted(device('other'), body));
  for (let at = 0; at < body.length; at += 7) {
    const spoilt = body.slice();
    spoilt[at] = (spoilt[at] ?? 0) ^ 1;
    // The size of the records may grow unnoticed: there is one.
    if (at >= 16 && at < 20) continue;
    assert.throws(() => decrypted(one, spoilt), `byte ${at}`);
  }
});

test('[I14] web-push encrypts to the same subscription, and one device reads both', () => {
  const one = device('both');
  const subject = 'mailto:a@b.example';
  const theirs = webPush.generateRequestDetails(
    {
      endpoint: 'https://push.example/x',
      keys: { p256dh: base64url(one.keys.p256dh), auth: base64url(one.keys.auth) },
    },
    'from both',
    { vapidDetails: { subject, ...webPush.generateVAPIDKeys() }, contentEncoding: 'aes128gcm' },
  );
  assert.equal(decrypted(one, theirs.body).toString(), 'from both');
  assert.equal(decrypted(one, encryptPush(one.keys, utf8('from both'))).toString(), 'from both');
});

/** As a push service checks a request: by the key that the header names. */
async function claimsOf(authorization: string, origin: string): Promise<string> {
  const [, token = '', point = ''] = must(/^vapid t=([^,]+), ?k=(.+)$/.exec(authorization), 'the form');
  const key = await importJWK(pointJwk(must(fromBase64url(point), 'a point')), 'ES256');
  const { payload } = await jwtVerify(token, key, { audience: origin, algorithms: ['ES256'] });
  return `${payload.sub}`;
}

test('[I14] jose accepts our signature as it does that of web-push, with the same key', async () => {
  const privateKey = newVapidKey();
  const subject = 'mailto:a@b.example';
  const vapid = new Vapid({ privateKey, subject });
  const origin = 'https://push.example';
  const one = device('signature');
  const theirs = webPush.generateRequestDetails(
    { endpoint: `${origin}/x`, keys: { p256dh: base64url(one.keys.p256dh), auth: base64url(one.keys.auth) } },
    'x',
    {
      vapidDetails: { subject, publicKey: vapid.publicKey, privateKey: base64url(privateKey) },
      contentEncoding: 'aes128gcm',
    },
  );
  assert.equal(await claimsOf(`${theirs.headers['Authorization']}`, origin), subject);
  assert.equal(await claimsOf(vapid.authorization(origin, Date.now()), origin), subject);
  await assert.rejects(claimsOf(vapid.authorization(origin, Date.now()), 'https://other.example'));
  await assert.rejects(claimsOf(vapid.authorization(origin, Date.now() - 13 * 3_600_000), origin));
});
