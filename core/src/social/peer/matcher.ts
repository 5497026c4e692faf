/**
 * Who follows what (SPEC Z30): a message is looked up under its own few keys, whatever the number of those who
 * follow something else. A follower is found once, though several keys lead to it.
 */

import { hex } from '../../base/bytes.ts';

export class Matcher<Follower extends object> {
  /** Most keys have one follower: a set of its own for each would be three quarters of the memory. */
  readonly #followersByRef = new Map<string, Follower | Followers<Follower>>();

  /** Answers whether it is new. */
  add(ref: Uint8Array, follower: Follower): boolean {
    const name = hex(ref);
    const there = this.#followersByRef.get(name);
    if (there === follower) return false;
    if (there === undefined) {
      this.#followersByRef.set(name, follower);
      return true;
    }
    if (!(there instanceof Followers)) {
      this.#followersByRef.set(name, new Followers([there, follower]));
      return true;
    }
    if (there.has(follower)) return false;
    there.add(follower);
    return true;
  }

  /** Answers whether it was there. */
  remove(ref: Uint8Array, follower: Follower): boolean {
    const name = hex(ref);
    const there = this.#followersByRef.get(name);
    if (there === follower) return this.#followersByRef.delete(name);
    if (!(there instanceof Followers) || !there.delete(follower)) return false;
    const [only] = there;
    if (there.size === 1 && only !== undefined) this.#followersByRef.set(name, only);
    return true;
  }

  /** Keys that somebody follows. */
  get size(): number {
    return this.#followersByRef.size;
  }

  /** Everybody who follows one of these, once. */
  of(refs: readonly Uint8Array[]): ReadonlySet<Follower> {
    if (this.#followersByRef.size === 0) return NOBODY;
    let found: Set<Follower> | null = null;
    let isOwn = false;
    for (const ref of refs) {
      const there = this.#followersByRef.get(hex(ref));
      if (there === undefined) continue;
      if (found === null && there instanceof Followers) {
        found = there;
        continue;
      }
      // Copied only where a second key has followers: most messages have one that does.
      if (!isOwn) found = new Set(found ?? []);
      isOwn = true;
      if (!(there instanceof Followers)) found?.add(there);
      else for (const follower of there) found?.add(follower);
    }
    return found ?? NOBODY;
  }
}

/** Two of them or more; told from a follower by its class. */
class Followers<Follower> extends Set<Follower> {}

const NOBODY: ReadonlySet<never> = new Set<never>();
