import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { utf8 } from '../base/bytes.ts';
import { realEnv } from '../base/env.ts';
import { key } from '../base/ids.ts';
import { newExchangeKey, type ExchangeKey } from '../crypto/agree.ts';
import { nativePrimitives } from '../native/primitives.ts';
import {
  commitmentOf,
  isCommitted,
  openHandOver,
  sealHandOver,
  shortCodeOf,
  transcriptOf,
  type HandOverParty,
  type Meeting,
} from './hand-over.ts';

const primitives = nativePrimitives();
const env = realEnv();
const SECRET = utf8('the secret of a user');

interface Side extends HandOverParty {
  readonly own: ExchangeKey;
}

async function side(): Promise<Side> {
  const own = await newExchangeKey(primitives, env);
  return { own, device: key(env.random(32)), exchange: own.publicKey, nonce: env.random(16) };
}

async function meeting(): Promise<Meeting & { readonly asking: Side; readonly giving: Side }> {
  const [asking, giving] = await Promise.all([side(), side()]);
  return { node: key(env.random(32)), email: 'ada@example.org', statement: 7, asking, giving };
}

test('[E6] both devices see the same digits, and what one seals the other opens', async () => {
  const met = await meeting();
  const transcript = transcriptOf(primitives, met);
  assert.match(shortCodeOf(primitives, transcript), /^\d{3} \d{3}$/);
  const { asking, giving } = met;
  const giver = { secret: giving.own.secret, other: asking.exchange, transcript };
  const sealed = await sealHandOver(primitives, env, giver, SECRET);
  assert.ok(sealed !== null);
  const asker = { secret: asking.own.secret, other: giving.exchange, transcript };
  assert.deepEqual(await openHandOver(primitives, asker, sealed), SECRET);
});

test('[E6] a commitment opens to one device, key and nonce', async () => {
  const asking = await side();
  const commitment = commitmentOf(primitives, asking);
  assert.ok(isCommitted(primitives, commitment, asking));
  const other = await side();
  for (const part of ['device', 'exchange', 'nonce'] as const) {
    assert.ok(!isCommitted(primitives, commitment, { ...asking, [part]: other[part] }), part);
  }
});

test('[E6] whatever the node changes, the transcript and with it the seal is another', async () => {
  const met = await meeting();
  const transcript = transcriptOf(primitives, met);
  const { asking, giving } = met;
  const giver = { secret: giving.own.secret, other: asking.exchange, transcript };
  const sealed = await sealHandOver(primitives, env, giver, SECRET);
  assert.ok(sealed !== null);
  const other = await meeting();
  const changes: readonly Partial<Meeting>[] = [
    { node: other.node },
    { email: 'eve@example.org' },
    { statement: 8 },
    { asking: other.asking },
    { giving: other.giving },
    { asking: { ...asking, nonce: other.asking.nonce } },
    { giving: { ...giving, exchange: other.giving.exchange } },
  ];
  for (const change of changes) {
    const changed = transcriptOf(primitives, { ...met, ...change });
    assert.notDeepEqual(changed, transcript);
    const asker = { secret: asking.own.secret, other: giving.exchange, transcript: changed };
    assert.equal(await openHandOver(primitives, asker, sealed), null);
  }
  const stranger = { secret: other.asking.own.secret, other: giving.exchange, transcript };
  assert.equal(await openHandOver(primitives, stranger, sealed), null);
});

test('[E6] a one-time key that is none is refused', async () => {
  const met = await meeting();
  const ends = { secret: met.giving.own.secret, other: new Uint8Array(32), transcript: new Uint8Array(32) };
  assert.equal(await sealHandOver(primitives, env, ends, SECRET), null);
});

test('[E6] the digits of transcripts are spread over the whole million', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (transcript) => {
      seen.add(shortCodeOf(primitives, transcript).slice(0, 1));
    }),
    { numRuns: 400 },
  );
  assert.equal(seen.size, 10);
});
