/**
 * What a device keeps: its keys, its token, its queue of unsent entries. A small ordered table of rows
 * that applies several changes together or not at all. IndexedDB in browsers, a directory elsewhere,
 * memory in tests; one suite proves all of them (`lab/suites/keep.suite.ts`).
 */

import { assert } from '../base/assert.ts';
import { Fault } from '../base/fault.ts';
import { keepBytesMax, keepNameBytesMax, keepRowBytesMax } from '../base/limits.ts';
import { decode, type Shape } from '../wire/shape.ts';

export interface KeepRow {
  readonly name: string;
  readonly value: Uint8Array;
}

export interface KeepChange {
  readonly name: string;
  /** Null deletes the row. */
  readonly value: Uint8Array | null;
  /** Private keys and tokens are encrypted at rest (SPEC S10). */
  readonly secret?: boolean;
}

/**
 * `strict` survives power loss when it resolves; `relaxed` survives the end of the process, and power
 * loss a little later.
 */
export type Safety = 'strict' | 'relaxed';

export interface Keep extends AsyncDisposable {
  get(name: string): Promise<Uint8Array | null>;
  /** Rows whose name begins with `prefix`, in the order of their names. */
  list(prefix: string): Promise<readonly KeepRow[]>;
  /** All of the changes or none, after all earlier ones. Rejects with `full` when there is no room. */
  write(changes: readonly KeepChange[], safety?: Safety): Promise<void>;
  /** Deletes everything. */
  clear(): Promise<void>;
}

/** The record of a lock (`keep-lock.ts`), and the key under which the secrets lie. */
export interface LockedBy {
  readonly record: Uint8Array;
  readonly key: Uint8Array;
}

/** A keep whose secrets can be locked (SPEC D8). */
export interface LockableKeep extends Keep {
  /** The record of its lock, or null. */
  lockRecord(): Promise<Uint8Array | null>;
  /** Seals every secret anew, all or none; null gives them back to where they lie without a lock. */
  relock(by: LockedBy | null): Promise<void>;
}

/** Finds the key of a lock; throws `sealed` when it cannot. */
export type Unlock = (record: Uint8Array) => Promise<Uint8Array>;

/** What every keep refuses; its own mistakes are the client's. */
export function checkChanges(changes: readonly KeepChange[]): void {
  for (const { name, value } of changes) {
    assert(/^[\x20-\x7e]+$/.test(name), 'a row has a name in ASCII');
    assert(name.length <= keepNameBytesMax, 'the name of a row is short');
    if (value !== null && value.length > keepRowBytesMax) throw new Fault('tooLarge', 'a row of the keep');
  }
}

/** A keep that forgets with the process: for tests, and for those who want no trace. */
export class MemoryKeep implements Keep {
  readonly #valueByName = new Map<string, Uint8Array>();
  readonly #bytesMax: number;
  #bytes = 0;
  #isOpen = true;

  constructor(bytesMax: number = keepBytesMax) {
    this.#bytesMax = bytesMax;
  }

  async get(name: string): Promise<Uint8Array | null> {
    this.#requireOpen();
    return this.#valueByName.get(name)?.slice() ?? null;
  }

  async list(prefix: string): Promise<readonly KeepRow[]> {
    this.#requireOpen();
    return [...this.#valueByName]
      .filter(([name]) => name.startsWith(prefix))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => ({ name, value: value.slice() }));
  }

  async write(changes: readonly KeepChange[]): Promise<void> {
    this.#requireOpen();
    checkChanges(changes);
    const bytes = this.#bytes + growthOf(changes, this.#valueByName);
    if (bytes > this.#bytesMax) throw new Fault('full', 'the keep of this device');
    this.#bytes = bytes;
    for (const { name, value } of changes) {
      if (value === null) this.#valueByName.delete(name);
      else this.#valueByName.set(name, value.slice());
    }
  }

  async clear(): Promise<void> {
    this.#requireOpen();
    this.#valueByName.clear();
    this.#bytes = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOpen = false;
  }

  #requireOpen(): void {
    if (!this.#isOpen) throw new Fault('closed', 'the keep of this device');
  }
}

/** Bytes by which the changes make a table of rows larger. */
export function growthOf(
  changes: readonly KeepChange[],
  valueByName: ReadonlyMap<string, Uint8Array>,
): number {
  const sizeByName = new Map<string, number>();
  let growth = 0;
  for (const { name, value } of changes) {
    const before = sizeByName.get(name) ?? sizeOf(name, valueByName.get(name) ?? null);
    const after = sizeOf(name, value);
    sizeByName.set(name, after);
    growth += after - before;
  }
  return growth;
}

function sizeOf(name: string, value: Uint8Array | null): number {
  return value === null ? 0 : name.length + value.length;
}

/** What can be asked for again, or null when another version of the program has written it (SPEC S17). */
export function decodeCopy<T>(shape: Shape<T>, bytes: Uint8Array): T | null {
  try {
    return decode(shape, bytes);
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.code === 'malformed') return null;
    throw thrown;
  }
}
