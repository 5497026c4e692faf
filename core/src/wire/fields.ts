/**
 * Reads a decoded CBOR map or array field by field into true types. A field that is missing, of another
 * kind or beyond its bound is `malformed`, and so is one that nobody asked for (`done`), so that the
 * fields of a version are exactly those (SPEC W13).
 */

import { utf8 } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import type { Cbor, CborKey, CborMap } from './cbor.ts';

export class Fields {
  readonly #what: string;
  readonly #value: CborMap | readonly Cbor[];
  /** Each field is read once. They are few: to look through a list costs less than a copy of the map. */
  readonly #read: CborKey[] = [];

  /** `what` names the message in faults. The keys of an array are its positions. */
  constructor(what: string, value: Cbor) {
    this.#what = what;
    if (!(value instanceof Map) && !isArray(value)) {
      throw new Fault('malformed', `${what} is not a map or array`);
    }
    this.#value = value;
  }

  uint(key: CborKey, max: number = Number.MAX_SAFE_INTEGER): number {
    const value = this.#take(key);
    if (typeof value !== 'number' || value < 0 || value > max) throw this.#wrong(key);
    return value;
  }

  /** Exactly `size` bytes. */
  bytes(key: CborKey, size: number): Uint8Array {
    return this.blob(key, size, size);
  }

  /** At most `sizeMax` bytes. */
  blob(key: CborKey, sizeMax: number, sizeMin = 0): Uint8Array {
    const value = this.#take(key);
    if (!(value instanceof Uint8Array)) throw this.#wrong(key);
    if (value.length < sizeMin || value.length > sizeMax) throw this.#wrong(key);
    return value;
  }

  /** At most `sizeMax` bytes of UTF-8. */
  text(key: CborKey, sizeMax: number): string {
    const value = this.#take(key);
    if (typeof value !== 'string' || utf8(value).length > sizeMax) throw this.#wrong(key);
    return value;
  }

  list(key: CborKey, countMax: number): readonly Cbor[] {
    const value = this.#take(key);
    if (!isArray(value) || value.length > countMax) throw this.#wrong(key);
    return value;
  }

  /** Refuses fields that were not read. */
  done(): void {
    const count = this.#value instanceof Map ? this.#value.size : this.#value.length;
    if (this.#read.length < count) throw new Fault('malformed', `${this.#what} has unknown fields`);
  }

  #take(key: CborKey): Cbor | undefined {
    const value = this.#value instanceof Map ? this.#value.get(key) : this.#value[Number(key)];
    if (value === undefined || this.#read.includes(key)) return undefined;
    this.#read.push(key);
    return value;
  }

  #wrong(key: CborKey): Fault {
    return new Fault('malformed', `${this.#what}: field ${key}`);
  }
}

function isArray(value: Cbor | undefined): value is readonly Cbor[] {
  return Array.isArray(value);
}
