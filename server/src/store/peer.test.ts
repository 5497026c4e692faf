import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realEnv } from 'copse/internal/base/env.ts';
import { key } from 'copse/internal/base/ids.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { signMessage } from 'copse/internal/social/message/message.ts';
import { SqlitePeer } from 'copse/internal/social/store/sqlite.ts';
import { copyInto } from './backup-copy.ts';
import { openMigrated } from './migrate.ts';
import { PEER_SCHEMA } from './peer.ts';
import { openDatabase } from './sqlite.ts';

const primitives = nativePrimitives();
const env = realEnv();

test('[J9] the copy of messages in a backup finds words as the store does that it was made of', async () => {
  const seed = primitives.sha256(new Uint8Array(1));
  const payer = key(await primitives.ed25519PublicKey(seed));
  const database = openMigrated(':memory:', PEER_SCHEMA);
  await using store = new SqlitePeer({ database, primitives, env });
  for (let at = 0; at < 40; at++) {
    const text = at % 2 === 0 ? `the pump number ${at}` : `a hedge ${at}`;
    const message = await signMessage(primitives, seed, { kind: 1, timeMs: 1_000 + at, text });
    store.put([{ message, payer, bytesMax: 1 << 20, atMs: 5_000 }]);
  }
  while (store.indexWords(16));
  const target = openDatabase(':memory:');
  copyInto(database, target);
  await using copy = new SqlitePeer({ database: target, primitives, env });
  const seqs = (of: SqlitePeer): readonly number[] => of.search('pump', null, 100).map(({ seq }) => seq);
  assert.equal(seqs(store).length, 20);
  while (copy.indexWords(16));
  assert.deepEqual(seqs(copy), seqs(store));
  assert.deepEqual(
    [copy.epoch, copy.head(), copy.usage(payer)],
    [store.epoch, store.head(), store.usage(payer)],
  );
  const more = await signMessage(primitives, seed, { kind: 1, timeMs: 9_000, text: 'another pump' });
  copy.put([{ message: more, payer, bytesMax: 1 << 20, atMs: 9_000 }]);
  while (copy.indexWords(16));
  assert.deepEqual(seqs(copy), [41, ...seqs(store)]);
});
