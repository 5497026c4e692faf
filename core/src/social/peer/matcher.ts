/**
 * Who follows what (SPEC Z30): a message is looked up under its own few keys, whatever the number of those who
 * follow something else. A follower is found once, though several keys lead to it.
 */

import { hex } from '../../base/bytes.ts';

export class Matcher<Follower extends object> {
  readonly #followersByRef = new Map<string, Set<Follower>>();

  /** Answers whether it is new. */
  add(ref: Uint8Array, follower: Follower): boolean {
    const name = hex(ref);
    const followers = this.#followersByRef.get(name);
    if (followers === undefined) {
      this.#followersByRef.set(name, new Set([follower]));
      return true;
    }
    if (followers.has(follower)) return false;
    followers.add(follower);
    return true;
  }

  /** Answers whether it was there. */
  remove(ref: Uint8Array, follower: Follower): boolean {
    const name = hex(ref);
    const followers = this.#followersByRef.get(name);
    if (followers === undefined || !followers.delete(follower)) return false;
    if (followers.size === 0) this.#followersByRef.delete(name);
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
      const followers = this.#followersByRef.get(hex(ref));
      if (followers === undefined) continue;
      if (found === null) {
        found = followers;
        continue;
      }
      // Copied only where a second key has followers: most messages have one that does.
      if (!isOwn) found = new Set(found);
      isOwn = true;
      for (const follower of followers) found.add(follower);
    }
    return found ?? NOBODY;
  }
}

const NOBODY: ReadonlySet<never> = new Set<never>();
