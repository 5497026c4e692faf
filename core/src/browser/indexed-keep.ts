/**
 * The keep in IndexedDB: one store of rows, one for the wrapping key. Several tabs may have it open; the
 * agreement between tabs (`tabs.ts`) sees to it that one of them writes.
 */

import { Fault } from '../base/fault.ts';
import {
  checkChanges,
  type KeepChange,
  type KeepRow,
  type LockableKeep,
  type LockedBy,
  type Safety,
} from '../client/keep.ts';
import type { Sealer } from '../client/sealer.ts';
import type { OpenOptions } from '../client/types.ts';
import { completed, KEYS, LOCK, result, ROWS, WRAPPING } from './indexed-rows.ts';
import { newSubtleKey, subtleSealer } from './subtle-sealer.ts';

const VERSION = 1;

/** A row as it is stored: plain bytes, or sealed ones in an object. */
type Stored = Uint8Array | { readonly sealed: Uint8Array };

export class IndexedKeep implements LockableKeep {
  readonly #database: IDBDatabase;
  #sealer: Sealer;
  #isOpen = true;
  /** Writes follow one another. */
  #last: Promise<void> = Promise.resolve();

  private constructor(database: IDBDatabase, sealer: Sealer) {
    this.#database = database;
    this.#sealer = sealer;
    // Another tab deletes or upgrades it: this one must let go.
    database.addEventListener('versionchange', () => this.#end());
    database.addEventListener('close', () => this.#end());
  }

  /** Throws `sealed` when it is locked and `unlock` does not open it. */
  static async open(name: string, unlock?: OpenOptions['unlock']): Promise<IndexedKeep> {
    const database = await openDatabase(name);
    try {
      const record = await recordIn(database);
      if (record === null) return new IndexedKeep(database, await ownSealer(database));
      const { lockedSealer } = await import('./keep-locker.ts');
      return new IndexedKeep(database, await lockedSealer(record, unlock));
    } catch (thrown) {
      database.close();
      throw thrown;
    }
  }

  lockRecord(): Promise<Uint8Array | null> {
    return recordIn(this.#database);
  }

  relock(by: LockedBy | null): Promise<void> {
    return this.#inTurn(async () => {
      const { relock } = await import('./keep-locker.ts');
      this.#sealer = await relock(this.#database, this.#sealer, by);
    });
  }

  async get(name: string): Promise<Uint8Array | null> {
    const store = this.#transaction('readonly').objectStore(ROWS);
    const stored = asStored(await result(store.get(name)));
    return stored === null ? null : this.#content(name, stored);
  }

  async list(prefix: string): Promise<readonly KeepRow[]> {
    const store = this.#transaction('readonly').objectStore(ROWS);
    // Names are ASCII, so nothing with the prefix comes after this.
    const range = prefix === '' ? undefined : IDBKeyRange.bound(prefix, `${prefix}\uffff`);
    const [names, values] = await Promise.all([result(store.getAllKeys(range)), result(store.getAll(range))]);
    return Promise.all(
      names.map(async (key, i) => {
        const name = typeof key === 'string' ? key : '';
        const stored = asStored(values[i]);
        if (stored === null) throw new Fault('corrupt', `the row ${name} of the keep`);
        return { name, value: await this.#content(name, stored) };
      }),
    );
  }

  async #content(name: string, stored: Stored): Promise<Uint8Array> {
    if (stored instanceof Uint8Array) return stored;
    const secret = await this.#sealer.open(name, stored.sealed);
    if (secret === null) throw new Fault('corrupt', `the secret ${name} of the keep`);
    return secret;
  }

  write(changes: readonly KeepChange[], safety: Safety = 'strict'): Promise<void> {
    const own = changes.map((change) => ({ ...change, value: change.value?.slice() ?? null }));
    return this.#inTurn(() => this.#write(own, safety));
  }

  #inTurn(task: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(task);
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #write(changes: readonly KeepChange[], safety: Safety): Promise<void> {
    checkChanges(changes);
    // A transaction ends when it is left alone, so everything is sealed before it begins.
    const rows = await Promise.all(
      changes.map(async ({ name, value, secret }) => ({
        name,
        stored: value !== null && secret === true ? { sealed: await this.#sealer.seal(name, value) } : value,
      })),
    );
    const transaction = this.#transaction('readwrite', safety);
    const store = transaction.objectStore(ROWS);
    for (const { name, stored } of rows) {
      if (stored === null) store.delete(name);
      else store.put(stored, name);
    }
    await completed(transaction);
  }

  clear(): Promise<void> {
    return this.#inTurn(() => this.#clear());
  }

  async #clear(): Promise<void> {
    if (!this.#isOpen) throw new Fault('closed', 'the keep of this device');
    const transaction = this.#database.transaction([ROWS, KEYS], 'readwrite', { durability: 'strict' });
    transaction.objectStore(ROWS).clear();
    // What the lock kept is gone, and the lock with it.
    transaction.objectStore(KEYS).delete(LOCK);
    await completed(transaction);
    this.#sealer = await ownSealer(this.#database);
  }

  #transaction(mode: IDBTransactionMode, safety: Safety = 'relaxed'): IDBTransaction {
    if (!this.#isOpen) throw new Fault('closed', 'the keep of this device');
    return this.#database.transaction(ROWS, mode, { durability: safety });
  }

  #end(): void {
    this.#isOpen = false;
    this.#database.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    this.#end();
  }
}

async function openDatabase(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, VERSION);
  request.addEventListener('upgradeneeded', () => {
    request.result.createObjectStore(ROWS);
    request.result.createObjectStore(KEYS);
  });
  return result(request);
}

async function recordIn(database: IDBDatabase): Promise<Uint8Array | null> {
  const kept: unknown = await result(database.transaction(KEYS).objectStore(KEYS).get(LOCK));
  return kept instanceof Uint8Array ? kept : null;
}

async function ownSealer(database: IDBDatabase): Promise<Sealer> {
  return subtleSealer(crypto, await wrappingKey(database));
}

/** The wrapping key, made by the first tab that opens the keep. */
async function wrappingKey(database: IDBDatabase): Promise<CryptoKey> {
  const known = await keptKey(database);
  if (known !== null) return known;
  const made = await newSubtleKey(crypto.subtle);
  const transaction = database.transaction(KEYS, 'readwrite', { durability: 'strict' });
  // Of two tabs that start at once the first one's key stays: `add` does not replace.
  transaction.objectStore(KEYS).add(made, WRAPPING);
  await completed(transaction).catch(() => {});
  const kept = await keptKey(database);
  if (kept === null) throw new Fault('full', 'the storage of this browser');
  return kept;
}

async function keptKey(database: IDBDatabase): Promise<CryptoKey | null> {
  const kept: unknown = await result(database.transaction(KEYS).objectStore(KEYS).get(WRAPPING));
  return kept instanceof CryptoKey ? kept : null;
}

function asStored(value: unknown): Stored | null {
  if (value instanceof Uint8Array) return value;
  const isSealed = typeof value === 'object' && value !== null && 'sealed' in value;
  return isSealed && value.sealed instanceof Uint8Array ? { sealed: value.sealed } : null;
}
