import assert from 'node:assert/strict';
import { test } from 'node:test';

import { realEnv } from '../base/env.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { lockWays, makeLock, openLock, type Opener } from './keep-lock.ts';

const primitives = nativePrimitives();
const env = realEnv();
const tools = { primitives, env };
/** What is tested is not the price of a guess. */
const costLog = 12;

function passkey(): Opener & { kind: 'passkey' } {
  return { kind: 'passkey', credential: env.random(20), salt: env.random(32), answer: env.random(32) };
}

test('[D8] a lock opens in each of its ways and in no other', async () => {
  const key = passkey();
  const { record, key: secret } = await makeLock(tools, [
    { kind: 'passphrase', passphrase: 'oak and ash', costLog },
    key,
  ]);
  assert.deepEqual(
    lockWays(record).map(({ kind }) => kind),
    ['passphrase', 'passkey'],
  );
  assert.deepEqual(
    await openLock(primitives, record, { kind: 'passphrase', passphrase: 'oak and ash' }),
    secret,
  );
  assert.deepEqual(
    await openLock(primitives, record, { kind: 'passphrase', passphrase: ' oak and ash ' }),
    secret,
  );
  assert.deepEqual(await openLock(primitives, record, key), secret);
  assert.equal(await openLock(primitives, record, { kind: 'passphrase', passphrase: 'oak and elm' }), null);
  assert.equal(await openLock(primitives, record, { ...key, answer: env.random(32) }), null);
});

test('[D8] a lock without a passphrase has none that opens it', async () => {
  const { record } = await makeLock(tools, [passkey()]);
  assert.equal(await openLock(primitives, record, { kind: 'passphrase', passphrase: '' }), null);
});

test('[D8] whatever is changed in the record, the key does not come out', async () => {
  const { record, key } = await makeLock(tools, [{ kind: 'passphrase', passphrase: 'oak', costLog }]);
  assert.equal(Buffer.from(record).includes(Buffer.from(key)), false);
  const last = record.length - 1;
  const altered = record.with(last, (record[last] ?? 0) ^ 1);
  assert.equal(await openLock(primitives, altered, { kind: 'passphrase', passphrase: 'oak' }), null);
});
