/**
 * Bytes and numbers that are a function of a name, so that the vectors are the same on every machine and
 * in every year: block n of a name is SHA-256 of "name n". Nothing here is secret.
 */

import { concat, utf8 } from 'copse/internal/base/bytes.ts';
import { realEnv, type Env } from 'copse/internal/base/env.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';

export const primitives = nativePrimitives();

/** The clock of all vectors: 2027-01-15. */
export const wallMs = 1_800_000_000_000;

export class Draw {
  readonly #name: string;
  #count = 0;

  constructor(name: string) {
    this.#name = name;
  }

  bytes(size: number): Uint8Array {
    let bytes: Uint8Array = new Uint8Array(0);
    while (bytes.length < size) {
      bytes = concat(bytes, primitives.sha256(utf8(`${this.#name} ${this.#count++}`)));
    }
    return bytes.slice(0, size);
  }

  /** A whole number from 0 to `max` whose number of digits varies as much as its value. */
  uint(max: number): number {
    const word = this.bytes(8);
    let value = 0;
    for (const byte of word.subarray(0, 6)) value = value * 256 + byte;
    const bits = (word[6] ?? 0) % 54;
    return Math.min(max, value % 2 ** Math.min(bits, 53));
  }

  /** A whole number from 0 to `below - 1`. */
  below(below: number): number {
    const [a = 0, b = 0, c = 0] = this.bytes(3);
    return (a * 65_536 + b * 256 + c) % below;
  }
}

/** 32 bytes that stand for `who` everywhere in the vectors. */
export function seedOf(who: string): Uint8Array {
  return primitives.sha256(utf8(`copse vectors ${who}`));
}

/** An environment whose random bytes are those given, one after the other, and whose clock stands. */
export function fixedEnv(...random: readonly Uint8Array[]): Env {
  let next = 0;
  return {
    ...realEnv(),
    wallMs: () => wallMs,
    nowMs: () => 0,
    random(size) {
      const bytes = random[next++];
      if (bytes?.length !== size) throw new Error(`the vector states no ${size} random bytes here`);
      return bytes.slice();
    },
  };
}
