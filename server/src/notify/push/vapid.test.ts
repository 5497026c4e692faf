/** The signature for push services, checked as they check it. */

import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';

import { fromBase64url, fromUtf8, utf8 } from 'copse/internal/base/bytes.ts';
import { must } from 'copse/internal/base/assert.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { vapidMs } from 'copse/internal/base/limits-push.ts';

import { pointJwk } from './subscription.ts';
import { newVapidKey, Vapid } from './vapid.ts';

const NOW_MS = 1_700_000_000_000;
const bytes = (text: string): Uint8Array => must(fromBase64url(text), text);

interface Read {
  readonly isSigned: boolean;
  readonly head: string;
  readonly claims: string;
}

/** As a push service does it, from the header alone. */
function read(authorization: string): Read {
  const [, head = '', claims = '', signature = '', point = ''] = must(
    /^vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), ?k=([\w-]+)$/.exec(authorization),
    'the header has its form',
  );
  const key = createPublicKey({ key: pointJwk(bytes(point)), format: 'jwk' });
  const isSigned = verify(
    'sha256',
    utf8(`${head}.${claims}`),
    { key, dsaEncoding: 'ieee-p1363' },
    bytes(signature),
  );
  return { isSigned, head: fromUtf8(bytes(head)) ?? '', claims: fromUtf8(bytes(claims)) ?? '' };
}

const EXAMPLE =
  'vapid t=eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1M' +
  'jM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErt' +
  'mysazNjjvW2L9OkSSHzvoD1oA, k=BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs';

test('[I14] the example of RFC 8292 is a signature as ours are', () => {
  const example = read(EXAMPLE);
  assert.equal(example.isSigned, true);
  const ours = new Vapid({ privateKey: newVapidKey(), subject: 'mailto:push@example.com' });
  const made = read(ours.authorization('https://push.example.net', 1_453_523_768_000 - vapidMs));
  assert.deepEqual(made, example);
});

test('[I14] a signature names its push service, lasts half a day and is made anew after half of that', () => {
  const vapid = new Vapid({ privateKey: newVapidKey(), subject: 'https://copse.example/' });
  const first = vapid.authorization('https://a.example', NOW_MS);
  assert.equal(vapid.authorization('https://a.example', NOW_MS + vapidMs / 2 - 1), first);
  assert.notEqual(vapid.authorization('https://b.example', NOW_MS), first);
  const renewed = vapid.authorization('https://a.example', NOW_MS + vapidMs / 2);
  assert.notEqual(renewed, first);
  const claims = read(renewed).claims;
  const expected = { aud: 'https://a.example', exp: (NOW_MS + 1.5 * vapidMs) / 1000 };
  assert.deepEqual(JSON.parse(claims), { ...expected, sub: 'https://copse.example/' });
});

test('[I14] a clock that was set back makes a signature anew', () => {
  const vapid = new Vapid({ privateKey: newVapidKey(), subject: 'mailto:a@b.example' });
  const early = vapid.authorization('https://a.example', NOW_MS);
  const back = vapid.authorization('https://a.example', NOW_MS - 86_400_000);
  assert.notEqual(back, early);
});

test('[I14] the same key has the same name; another is another', () => {
  const key = newVapidKey();
  const subject = 'mailto:a@b.example';
  assert.equal(
    new Vapid({ privateKey: key, subject }).publicKey,
    new Vapid({ privateKey: key, subject }).publicKey,
  );
  assert.notEqual(
    new Vapid({ privateKey: newVapidKey(), subject }).publicKey,
    new Vapid({ privateKey: key, subject }).publicKey,
  );
});

test('[I14] a key or a contact that is none is refused at the start', () => {
  const isConfig = (thrown: unknown): boolean => thrown instanceof Fault && thrown.code === 'config';
  for (const privateKey of [new Uint8Array(31), new Uint8Array(32), new Uint8Array(32).fill(255)])
    assert.throws(() => new Vapid({ privateKey, subject: 'mailto:a@b.example' }), isConfig);
  const privateKey = newVapidKey();
  for (const subject of ['', 'a@b.example', 'mailto:', 'http://a.example', `mailto:a@${'b'.repeat(300)}`])
    assert.throws(() => new Vapid({ privateKey, subject }), isConfig);
});
