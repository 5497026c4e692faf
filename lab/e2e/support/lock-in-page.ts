/** Runs inside a page: locks a keep in IndexedDB, and opens it again in every right and wrong way. */

import { utf8 } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import { IndexedKeep } from 'copse/internal/browser/indexed-keep.ts';
import { askPasskey, makePasskey } from 'copse/internal/browser/passkey.ts';
import { browserPrimitives } from 'copse/internal/browser/primitives.ts';
import { lockWays, makeLock, type Opener } from 'copse/internal/client/keep-lock.ts';
import type { OpenOptions } from 'copse/internal/client/types.ts';

type Unlock = OpenOptions['unlock'];

/** What is tested is not the price of a guess. */
const costLog = 12;
const tools = { primitives: browserPrimitives(), env: realEnv() };
const nothing: Opener = { kind: 'passphrase', passphrase: '' };
const oak: Opener = { kind: 'passphrase', passphrase: 'oak and ash', costLog };

/** What the keep holds, or why it does not open. */
async function seen(name: string, unlock?: Unlock): Promise<string | null> {
  try {
    await using keep = await IndexedKeep.open(name, unlock);
    const rows = await keep.list('k');
    return rows.length === 0 ? null : rows.map(({ value }) => new TextDecoder().decode(value)).join(' ');
  } catch (thrown) {
    return asFault(thrown).code;
  }
}

async function withSecret(name: string): Promise<IndexedKeep> {
  const keep = await IndexedKeep.open(name);
  await keep.write([{ name: 'k', value: utf8('x'), secret: true }]);
  return keep;
}

/** Whether a key lies in the database that opens it without being asked. */
async function hasKey(name: string): Promise<boolean> {
  const database = await new Promise<IDBDatabase>((resolve) => {
    const request = indexedDB.open(name);
    request.addEventListener('success', () => resolve(request.result));
  });
  const keys = await new Promise<unknown[]>((resolve) => {
    const request: IDBRequest<unknown[]> = database.transaction('keys').objectStore('keys').getAll();
    request.addEventListener('success', () => resolve(request.result));
  });
  database.close();
  return keys.some((key) => key instanceof CryptoKey);
}

export async function byPassphrase() {
  const name = 'passphrase';
  const first = await withSecret(name);
  await first[Symbol.asyncDispose]();
  const withoutLock = await seen(name);
  const keep = await IndexedKeep.open(name);
  await keep.relock(await makeLock(tools, [oak]));
  const whileOpen = new TextDecoder().decode((await keep.get('k')) ?? undefined);
  await keep.write([{ name: 'k2', value: utf8('later'), secret: true }]);
  await keep[Symbol.asyncDispose]();
  const without = await seen(name);
  let tries = 0;
  const wrong = await seen(name, async () => {
    tries++;
    return { kind: 'passphrase', passphrase: 'oak and elm' };
  });
  const second = await seen(name, async (_ways, isWrong) => (isWrong ? oak : nothing));
  const right = await seen(name, async () => oak);
  const keyStored = await hasKey(name);
  const again = await IndexedKeep.open(name, async () => oak);
  await again.relock(null);
  await again[Symbol.asyncDispose]();
  const unlocked = await seen(name);
  const last = await IndexedKeep.open(name);
  await last.relock(await makeLock(tools, [oak]));
  await last.clear();
  await last[Symbol.asyncDispose]();
  return {
    withoutLock,
    whileOpen,
    without,
    wrong,
    tries,
    second,
    right,
    keyStored,
    unlocked,
    afterClear: await seen(name),
  };
}

export async function byPasskey() {
  const name = 'passkey';
  const passkey = await makePasskey('Ada');
  if (passkey === null) return { made: false };
  const keep = await withSecret(name);
  await keep.relock(await makeLock(tools, [passkey, oak]));
  const ways = lockWays((await keep.lockRecord()) ?? new Uint8Array(0)).map(({ kind }) => kind);
  await keep[Symbol.asyncDispose]();
  const without = await seen(name);
  const opened = await seen(name, async (known) => (await askPasskey(known)) ?? nothing);
  const spare = await seen(name, async () => oak);
  return { made: true, without, opened, ways, spare };
}

export async function makes(): Promise<boolean> {
  return (await makePasskey('Ada')) !== null;
}
