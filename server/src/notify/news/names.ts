/** Small numbers for names, each for as long as it is in use. */

import { assert } from 'copse/internal/base/assert.ts';

export class Names<Name extends string> {
  readonly #numbers = new Map<Name, number>();
  readonly #names: (Name | null)[] = [null];

  get count(): number {
    return this.#numbers.size;
  }

  /** 0 for a name without a number. */
  find(name: Name): number {
    return this.#numbers.get(name) ?? 0;
  }

  of(number: number): Name {
    const name = this.#names[number];
    assert(name !== null && name !== undefined, 'the number is in use');
    return name;
  }

  put(name: Name, number: number): void {
    assert(!this.#numbers.has(name), 'a name has one number');
    this.#numbers.set(name, number);
    while (this.#names.length < number) this.#names.push(null);
    this.#names[number] = name;
  }

  remove(number: number): void {
    this.#numbers.delete(this.of(number));
    this.#names[number] = null;
  }

  /** Every name with its number; what comes in meanwhile may be among them. */
  entries(): IterableIterator<[Name, number]> {
    return this.#numbers.entries();
  }
}
