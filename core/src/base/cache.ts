/** A bounded map that forgets the least recently used entry. Get and set are O(1). */

import { assert } from './assert.ts';

export class Cache<K, V> {
  readonly #valueByKey = new Map<K, V>();
  readonly #countMax: number;

  constructor(countMax: number) {
    assert(countMax > 0, 'a cache holds at least one entry');
    this.#countMax = countMax;
  }

  get size(): number {
    return this.#valueByKey.size;
  }

  get(key: K): V | undefined {
    const value = this.#valueByKey.get(key);
    if (value === undefined) return undefined;
    this.#valueByKey.delete(key);
    this.#valueByKey.set(key, value);
    return value;
  }

  set(key: K, value: V): void {
    this.#valueByKey.delete(key);
    this.#valueByKey.set(key, value);
    if (this.#valueByKey.size <= this.#countMax) return;
    for (const oldest of this.#valueByKey.keys()) {
      this.#valueByKey.delete(oldest);
      return;
    }
  }

  delete(key: K): void {
    this.#valueByKey.delete(key);
  }

  clear(): void {
    this.#valueByKey.clear();
  }

  keys(): IterableIterator<K> {
    return this.#valueByKey.keys();
  }
}
