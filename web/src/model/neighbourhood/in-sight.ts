/** What is known of many things, bounded: what was used least recently goes, but nothing that a page shows. */

import { getOwner, onCleanup } from 'solid-js';

interface Entry<C> {
  readonly cell: C;
  readonly number: number;
  /** Computations that read it. */
  holders: number;
}

export class InSight<C> {
  readonly #entries = new Map<string, Entry<C>>();
  readonly #countMax: number;
  #count = 0;

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  /** What is there already; nobody is counted as using it. */
  peek(name: string): C | undefined {
    return this.#entries.get(name)?.cell;
  }

  /** It stays as long as the computation that asks. */
  hold(name: string, make: () => C): C {
    const entry = this.#used(name, make);
    if (getOwner() !== null) {
      entry.holders += 1;
      onCleanup(() => void (entry.holders -= 1));
    }
    return entry.cell;
  }

  /** The same for who only writes to it. */
  use(name: string, make: () => C): C {
    return this.#used(name, make).cell;
  }

  /** In the order in which they came. */
  all(): readonly (readonly [name: string, cell: C])[] {
    const all = [...this.#entries].toSorted(([, one], [, other]) => one.number - other.number);
    return all.map(([name, { cell }]) => [name, cell]);
  }

  #used(name: string, make: () => C): Entry<C> {
    const held = this.#entries.get(name);
    const entry = held ?? { cell: make(), number: (this.#count += 1), holders: 0 };
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    if (held === undefined) this.#forget();
    return entry;
  }

  /** Those that are shown count as used just now, so that nobody meets them again at once. */
  #forget(): void {
    let left = this.#entries.size;
    for (const [name, entry] of this.#entries) {
      if (this.#entries.size <= this.#countMax || left === 0) return;
      left -= 1;
      this.#entries.delete(name);
      if (entry.holders > 0) this.#entries.set(name, entry);
    }
  }
}
