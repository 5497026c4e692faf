/**
 * A value that changes, as interfaces want it: `get` answers the same object until something changed,
 * `subscribe` tells that it did (SPEC S9). Solid, React and plain code see the same snapshots.
 */

export interface Store<T> {
  /** The current snapshot; the same reference between two changes. */
  get(): T;
  /** Calls `listener` after each change until the answered function is called. */
  subscribe(listener: () => void): () => void;
}

/** What a store does when the first listener comes; the answered function runs when the last one has left. */
export type Wake = () => () => void;

type Equal<T> = (a: T, b: T) => boolean;

/** A store that its owner sets. Several changes in one turn are told once. */
export class Cell<T> implements Store<T> {
  #value: T;
  readonly #equal: Equal<T>;
  readonly #wake: Wake | null;
  readonly #listeners = new Set<() => void>();
  #sleep: (() => void) | null = null;
  #told = true;

  constructor(value: T, options: { readonly equal?: Equal<T>; readonly wake?: Wake } = {}) {
    this.#value = value;
    this.#equal = options.equal ?? Object.is;
    this.#wake = options.wake ?? null;
  }

  get(): T {
    return this.#value;
  }

  /** Whether anybody listens. */
  get watched(): boolean {
    return this.#listeners.size > 0;
  }

  set(value: T): void {
    if (this.#equal(this.#value, value)) return;
    this.#value = value;
    if (!this.#told) return;
    this.#told = false;
    queueMicrotask(this.#tell);
  }

  readonly #tell = (): void => {
    this.#told = true;
    // A copy: a listener may leave or bring another one while it is told.
    const listeners = [...this.#listeners];
    for (const listener of listeners) if (this.#listeners.has(listener)) listener();
  };

  subscribe(listener: () => void): () => void {
    // One function may be subscribed twice, and each subscription ends on its own.
    const own = (): void => listener();
    this.#listeners.add(own);
    if (this.#listeners.size === 1) this.#sleep = this.#wake?.() ?? null;
    return () => {
      if (!this.#listeners.delete(own) || this.#listeners.size > 0) return;
      const sleep = this.#sleep;
      this.#sleep = null;
      sleep?.();
    };
  }
}

/**
 * A store over something that its owner changes in place: the snapshot is made when somebody asks for it,
 * so that a thousand changes in a turn cost one.
 */
export class LazyCell<T> implements Store<T> {
  readonly #make: () => T;
  readonly #version = new Cell(0);
  #madeFor = 0;
  #value: T;

  constructor(make: () => T) {
    this.#make = make;
    this.#value = make();
  }

  /** What the snapshot is made of has changed. */
  touch(): void {
    this.#version.set(this.#version.get() + 1);
  }

  get(): T {
    const version = this.#version.get();
    if (version !== this.#madeFor) {
      this.#value = this.#make();
      this.#madeFor = version;
    }
    return this.#value;
  }

  subscribe(listener: () => void): () => void {
    return this.#version.subscribe(listener);
  }
}

/** A store computed from another one; `pick` runs once per change of its source. */
export function derived<S, T>(
  source: Store<S>,
  pick: (value: S) => T,
  equal: Equal<T> = Object.is,
): Store<T> {
  let from = source.get();
  let value = pick(from);
  const get = (): T => {
    const now = source.get();
    if (Object.is(now, from)) return value;
    from = now;
    const next = pick(now);
    if (!equal(value, next)) value = next;
    return value;
  };
  return {
    get,
    subscribe(listener) {
      let last = get();
      return source.subscribe(() => {
        const next = get();
        if (Object.is(next, last)) return;
        last = next;
        listener();
      });
    },
  };
}
