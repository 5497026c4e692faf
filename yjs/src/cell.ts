/** A value with listeners, in the form of the SDK's stores. */

import type { Store } from 'copse';

export class Cell<T> implements Store<T> {
  #value: T;
  readonly #isEqual: (a: T, b: T) => boolean;
  readonly #listeners = new Set<() => void>();

  constructor(value: T, isEqual: (a: T, b: T) => boolean = Object.is) {
    this.#value = value;
    this.#isEqual = isEqual;
  }

  get(): T {
    return this.#value;
  }

  set(value: T): void {
    if (this.#isEqual(this.#value, value)) return;
    this.#value = value;
    // A copy: a listener may leave or bring another one while it is told.
    const listeners = [...this.#listeners];
    for (const listener of listeners) listener();
  }

  subscribe(listener: () => void): () => void {
    const own = (): void => listener();
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }
}
