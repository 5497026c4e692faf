/**
 * `npm run judge -- webpush`: notifications (SPEC I14) as others read them. The examples of RFC 8291 and RFC 8188;
 * the package `http_ece`, which decrypts some hundred messages beside those of `web-push`; `jose`, which checks the
 * signatures; and Firefox, which subscribes at a push service on loopback, decrypts, shows and acknowledges what the
 * sender sends. Each failing case is a line; the last one is `N passed, N failed`.
 */

import { createECDH, createHash, randomBytes } from 'node:crypto';

import ece from 'http_ece';
import { importJWK, jwtVerify } from 'jose';
import webPush from 'web-push';

import { must } from 'copse/internal/base/assert.ts';
import { base64url, fromBase64url, utf8 } from 'copse/internal/base/bytes.ts';
import { siteId } from 'copse/internal/base/ids.ts';
import { decodeNotice, encodeNotice, type Notice } from 'copse/internal/social/notice.ts';
import { encryptPadded, encryptPush, encryptRecord } from '../../server/src/notify/push/encrypt.ts';
import { pointJwk, readPushKeys } from '../../server/src/notify/push/subscription.ts';
import { newVapidKey, Vapid } from '../../server/src/notify/push/vapid.ts';
import { Autopush } from '../suites/autopush.ts';
import { PushStage } from '../suites/push-stage.ts';
import { check, compared, conclude } from './tally.ts';
import { ensureFirefox } from '../../scripts/firefox.mjs';
import { openFirefox, PAGE, shown, subscribe, unsubscribe } from './webpush-browser.ts';

const bytes = (text: string): Uint8Array => must(fromBase64url(text), text);

judgeExamples();
compared('examples of RFC 8291 and RFC 8188');
judgeEncryption();
compared('messages that http_ece decrypts, and the same from web-push');
await judgeSignatures();
compared('signatures that jose checks');
const version = await judgeFirefox();
compared(`messages to ${version}`);
conclude();

function judgeExamples(): void {
  const keys = readPushKeys(
    'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
    'BTBZMqHH6r4Tts7J_aSIgg',
  );
  const text = utf8('When I grow up, I want to be a watermelon');
  const draw = {
    senderKey: bytes('yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw'),
    salt: bytes('DGv6ra1nlYgDCS1FRnbzlw'),
  };
  const message =
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl' +
    '7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN';
  check(base64url(encryptPadded(keys, text, text.length, draw)) === message, 'RFC 8291, appendix A');
  const record = { secret: bytes('yqdlZ-tYemfogSmv7Ws5PQ'), salt: bytes('I1BsxtFttlv3u_Oo94xnmw') };
  const walrus = encryptRecord({ ...record, keyId: new Uint8Array(0) }, utf8('I am the walrus'), 15);
  const expected = 'I1BsxtFttlv3u_Oo94xnmwAAEAAA-NAVub2qFgBEuQKRapoZu-IxkIva3MEB1PD-ly8Thjg';
  check(base64url(walrus) === expected, 'RFC 8188, section 3.1');
}

function judgeEncryption(): void {
  for (let i = 0; i < 300; i++) {
    const pair = createECDH('prime256v1');
    pair.setPrivateKey(createHash('sha256').update(`judge ${i}`).digest());
    const authSecret = randomBytes(16);
    const [p256dh, auth] = [pair.getPublicKey('base64url'), authSecret.toString('base64url')];
    const read = (body: Uint8Array): Buffer =>
      ece.decrypt(Buffer.from(body), { version: 'aes128gcm', privateKey: pair, authSecret });
    const text = randomBytes((i * 53) % 3994);
    const ours = encryptPush(readPushKeys(p256dh, auth), new Uint8Array(text));
    const theirs = webPush.generateRequestDetails(
      { endpoint: 'https://push.example/x', keys: { p256dh, auth } },
      text,
      {
        vapidDetails: { subject: 'mailto:a@b.example', ...webPush.generateVAPIDKeys() },
        contentEncoding: 'aes128gcm',
      },
    );
    check(read(ours).equals(text), `message ${i} of ${text.length} bytes`);
    if (text.length > 0) check(read(theirs.body).equals(text), `message ${i} of web-push`);
  }
}

async function judgeSignatures(): Promise<void> {
  for (let i = 0; i < 20; i++) {
    const vapid = new Vapid({ privateKey: newVapidKey(), subject: 'mailto:a@b.example' });
    const origin = `https://push${i}.example`;
    const header = vapid.authorization(origin, Date.now());
    const [, token = '', point = ''] = must(/^vapid t=([^,]+), ?k=(.+)$/.exec(header), 'a header');
    const key = await importJWK(pointJwk(bytes(point)), 'ES256');
    const isGood = await jwtVerify(token, key, { audience: origin, algorithms: ['ES256'] }).then(
      ({ payload }) => payload.sub === 'mailto:a@b.example',
      () => false,
    );
    check(isGood, `signature ${i}`);
  }
}

function noticeOf(badge: number, tag: string): Notice {
  const place = {
    site: siteId('0123456789abcdef'.repeat(2)),
    log: null,
    upTo: 7,
    count: 1,
    isMention: false,
  };
  return { kind: 'news', badge, places: [place], navigate: 'https://copse.example/', tag };
}

/** What Firefox does with our messages; its version. */
async function judgeFirefox(): Promise<string> {
  const found = ensureFirefox();
  check('path' in found, 'reason' in found ? found.reason : found.path);
  if ('reason' in found) return 'no Firefox';
  await using service = new Autopush(PAGE);
  await using stage = new PushStage({ trusted: [service.origin], times: 1 });
  await using firefox = await openFirefox(found.path, service.browserUrl);
  const { page } = firefox;
  await page.goto(`${service.origin}/page`);
  const { endpoint, p256dh, auth } = await subscribe(page, stage.vapid.publicKey);
  const device = { endpoint, ...readPushKeys(p256dh, auth) };
  check(endpoint.startsWith(`${service.origin}/wpush/v2/`), 'Firefox subscribes at our push service');

  const notices = [noticeOf(1, 'first'), noticeOf(2, 'second'), noticeOf(3, 'second')];
  for (const [i, notice] of notices.entries()) {
    const id = stage.offer(device, encodeNotice(notice));
    check((await stage.endOf(id)) === 'delivered', `message ${i} is taken`);
    check((await codeOf(service, i)) === 100, `message ${i} is decrypted and handed over (code 100)`);
    // The browser acknowledges before its worker is through.
    await until(() => service.seen.length > i);
    const seen = decodeNotice(utf8(service.seen[i] ?? ''));
    check(JSON.stringify(seen) === JSON.stringify(notice), `the worker got message ${i} as it was written`);
  }
  const expected = 'first: Something new, second: Something new';
  let shownNow = '';
  await until(async () => (shownNow = (await shown(page)).toSorted().join(', ')) === expected);
  check(shownNow === expected, `two are shown: ${shownNow}`);

  service.spoilNext = true;
  await stage.endOf(stage.offer(device, encodeNotice(noticeOf(4, 'spoilt'))));
  check((await codeOf(service, 3)) === 101, 'a flipped bit is noticed (code 101)');
  check(service.seen.length === 3, 'and nothing is handed over');

  await unsubscribe(page);
  const late = stage.offer(device, encodeNotice(noticeOf(5, 'late')));
  check((await stage.endOf(late)) === 'gone', 'a device that unsubscribed is gone');
  return firefox.version;
}

/** What Firefox says of a message, by its number; 0 when it says nothing. */
async function codeOf(service: Autopush, index: number): Promise<number> {
  const find = (): number | undefined =>
    service.acknowledged.find(({ version: of }) => of === service.versions[index])?.code;
  await until(() => find() !== undefined);
  return find() ?? 0;
}

/** Waits for ten seconds at most. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let waits = 0; waits < 200; waits++) {
    if (await holds()) return;
    await Bun.sleep(50);
  }
}
