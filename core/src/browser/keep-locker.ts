/** Locking a keep in IndexedDB (SPEC D8): loaded when there is a lock, or when one is made or taken away. */

import { Fault } from '../base/fault.ts';
import { lockTriesMax } from '../base/limits.ts';
import type { LockedBy } from '../client/keep.ts';
import { lockWays, openLock } from '../client/keep-lock.ts';
import type { Sealer } from '../client/sealer.ts';
import type { OpenOptions } from '../client/types.ts';
import { completed, KEYS, LOCK, result, ROWS, WRAPPING } from './indexed-rows.ts';
import { browserPrimitives } from './primitives.ts';
import { newSubtleKey, subtleSealer } from './subtle-sealer.ts';

/** The sealer of a locked keep; `sealed` when nobody can open it, after as many tries as a person makes. */
export async function lockedSealer(record: Uint8Array, unlock: OpenOptions['unlock']): Promise<Sealer> {
  if (unlock === undefined) throw new Fault('sealed');
  const ways = lockWays(record);
  for (let tries = 0; tries < lockTriesMax; tries++) {
    const key = await openLock(browserPrimitives(), record, await unlock(ways, tries > 0));
    if (key !== null) return sealerOf(key);
  }
  throw new Fault('sealed', 'Nothing that was tried opens them.');
}

async function sealerOf(key: Uint8Array): Promise<Sealer> {
  const usages = ['encrypt', 'decrypt'] as const;
  const raw = new Uint8Array(key);
  return subtleSealer(crypto, await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, [...usages]));
}

/** Seals every secret anew in one transaction, with the record of the lock or the key that needs none. */
export async function relock(database: IDBDatabase, before: Sealer, by: LockedBy | null): Promise<Sealer> {
  const rows = await secretsOf(database);
  const own = by === null ? await newSubtleKey(crypto.subtle) : null;
  const after = by === null ? null : await sealerOf(by.key);
  const next = own === null ? after : subtleSealer(crypto, own);
  if (next === null) throw new Fault('internal', 'a lock without a key');
  // A transaction ends when it is left alone, so everything is sealed before it begins.
  const sealed = await Promise.all(
    rows.map(async ({ name, bytes }) => {
      const secret = await before.open(name, bytes);
      if (secret === null) throw new Fault('corrupt', `the secret ${name} of the keep`);
      return { name, stored: { sealed: await next.seal(name, secret) } };
    }),
  );
  const transaction = database.transaction([ROWS, KEYS], 'readwrite', { durability: 'strict' });
  for (const { name, stored } of sealed) transaction.objectStore(ROWS).put(stored, name);
  const keys = transaction.objectStore(KEYS);
  keys.delete(by === null ? LOCK : WRAPPING);
  if (by === null) keys.put(own, WRAPPING);
  else keys.put(by.record, LOCK);
  await completed(transaction);
  return next;
}

async function secretsOf(database: IDBDatabase) {
  const store = database.transaction(ROWS).objectStore(ROWS);
  const [names, values] = await Promise.all([result(store.getAllKeys()), result(store.getAll())]);
  return names.flatMap((name, at) => {
    const value: unknown = values[at];
    if (typeof value !== 'object' || value === null || !('sealed' in value)) return [];
    if (typeof name !== 'string' || !(value.sealed instanceof Uint8Array)) return [];
    return [{ name, bytes: value.sealed }];
  });
}
