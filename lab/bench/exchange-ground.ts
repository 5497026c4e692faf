/** The messages of a street for the benchmark of the exchange: the same in each process that makes them. */

import { must } from 'copse/internal/base/assert.ts';
import { utf8 } from 'copse/internal/base/bytes.ts';
import { peerCommitMax } from 'copse/internal/base/limits-peer.ts';
import { signKeyOf, type SignKey } from 'copse/internal/client/identity.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { signMessage } from 'copse/internal/social/message/message.ts';
import type { Message } from 'copse/internal/social/message/terms.ts';
import type { PeerStore } from 'copse/internal/social/store/store.ts';

export const primitives = nativePrimitives();
const AUTHORS = 200;
const BEGAN_MS = 1_700_000_000_000;
/** A message every four seconds. */
const EVERY_MS = 4_000;
const WORDS =
  'so many words as people write when they tell one another how their day was and what they had to eat ';

export function keyOf(name: string): Promise<SignKey> {
  return signKeyOf(primitives, primitives.sha256(utf8(name)));
}

export function authors(): Promise<readonly SignKey[]> {
  return Promise.all(Array.from({ length: AUTHORS }, (_, n) => keyOf(`author ${n}`)));
}

/** Puts `count` messages into a store, but for those of which `isMissing` says so; as carried by one account. */
export async function fillStreet(
  store: PeerStore,
  count: number,
  isMissing: (n: number) => boolean,
): Promise<void> {
  const people = await authors();
  const payer = (await keyOf('carrier')).publicKey;
  const common = { payer, bytesMax: Number.MAX_SAFE_INTEGER, atMs: BEGAN_MS + count * EVERY_MS };
  let batch: Promise<Message>[] = [];
  const write = async (): Promise<void> => {
    store.put((await Promise.all(batch)).map((message) => ({ message, ...common })));
    batch = [];
  };
  for (let n = 0; n < count; n++) {
    if (isMissing(n)) continue;
    const { seed } = must(people[(n * 7919) % AUTHORS], 'somebody');
    const text = WORDS.repeat(2).slice(n % 50, (n % 50) + 120);
    batch.push(signMessage(primitives, seed, { kind: 1, timeMs: BEGAN_MS + n * EVERY_MS, text }));
    if (batch.length === peerCommitMax) await write();
  }
  await write();
}
