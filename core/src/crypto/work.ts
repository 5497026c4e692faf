/**
 * Proof of work (SPEC Z70): hashcash with committed bits. A stamp says how much work it is, and holds when the
 * hash of the message, of those whom it is for and of the stamp begins with at least as many zero bits: who was
 * lucky has not worked more than she says. Counted as NIP-13 counts.
 *
 *   SHA-256( domain · id of the message (32) · node (32) · recipient (32) · algorithm (1) · bits (1) ·
 *            end in ms (8) · nonce (8) )
 *
 * All but the nonce are two blocks of SHA-256, so that an attempt costs its third block only, for who looks as
 * for who attacks.
 */

import { assert } from '../base/assert.ts';
import { concat } from '../base/bytes.ts';
import { workBitsMax } from '../base/limits-work.ts';
import { domain, separated } from './domain.ts';
import { hashBytes } from './hash.ts';
import type { Primitives } from './primitives.ts';

export const WORK_ALGORITHM = 1;
export const nonceBytes = 8;

/** What work is for; each of 32 bytes. */
export interface WorkFor {
  readonly id: Uint8Array;
  readonly node: Uint8Array;
  readonly recipient: Uint8Array;
}

export interface StampTerms {
  /** Leading zero bits that are claimed. */
  readonly bits: number;
  /** Milliseconds since 1970; it counts for nothing afterwards. */
  readonly expiresMs: number;
}

export interface Stamp extends StampTerms {
  readonly algorithm: number;
  readonly nonce: Uint8Array;
}

/** Prepares a beginning of `headBytes`; what it answers hashes that with a nonce behind it. */
export type Grinder = (head: Uint8Array) => (nonce: Uint8Array) => Uint8Array;

const WORK = domain('stranger/work');
/** Two blocks of SHA-256. */
export const headBytes = 128;

/** Whether the stamp is the work that it claims, for this and nothing else. Its end is the caller's to look at. */
export function isWork(primitives: Pick<Primitives, 'sha256'>, of: WorkFor, stamp: Stamp): boolean {
  const { algorithm, bits, nonce } = stamp;
  if (algorithm !== WORK_ALGORITHM || nonce.length !== nonceBytes || bits > workBitsMax) return false;
  return zeroBits(primitives.sha256(concat(headOf(of, stamp), nonce))) >= bits;
}

/** What is hashed before the nonce. */
export function headOf({ id, node, recipient }: WorkFor, { bits, expiresMs }: StampTerms): Uint8Array {
  for (const part of [id, node, recipient])
    assert(part.length === hashBytes, 'what work is for has 32 bytes');
  assert(bits >= 0 && bits < 256, 'bits are a byte');
  const terms = new DataView(new ArrayBuffer(10));
  terms.setUint8(0, WORK_ALGORITHM);
  terms.setUint8(1, bits);
  terms.setBigUint64(2, BigInt(expiresMs));
  const head = separated(WORK, id, node, recipient, new Uint8Array(terms.buffer));
  assert(head.length === headBytes, 'all but the nonce are whole blocks');
  return head;
}

/** Leading zero bits, as NIP-13 counts the difficulty of an id. */
export function zeroBits(hash: Uint8Array): number {
  const at = hash.findIndex((byte) => byte !== 0);
  if (at === -1) return 8 * hash.length;
  return 8 * at + Math.clz32(hash[at] ?? 0) - 24;
}

/** Hashes with the primitives of the runtime. */
export function plainGrinder({ sha256 }: Pick<Primitives, 'sha256'>): Grinder {
  return (head) => {
    const whole = concat(head, new Uint8Array(nonceBytes));
    return (nonce) => {
      whole.set(nonce, head.length);
      return sha256(whole);
    };
  };
}

/** Looks for a nonce, a bounded number of attempts at a time; goes on where it was. */
export class Grind {
  readonly bits: number;
  readonly #hash: (nonce: Uint8Array) => Uint8Array;
  readonly #nonce: Uint8Array;
  readonly #view: DataView;
  tries = 0;

  /** `first` is the nonce of the first attempt. */
  constructor(grinder: Grinder, head: Uint8Array, { bits, first }: { bits: number; first: Uint8Array }) {
    assert(first.length === nonceBytes, 'a nonce has eight bytes');
    this.bits = bits;
    this.#hash = grinder(head);
    this.#nonce = first.slice();
    this.#view = new DataView(this.#nonce.buffer);
  }

  /** The nonce, or null when none of the next `tries` is one. */
  step(tries: number): Uint8Array | null {
    for (let left = tries; left > 0; left--) {
      this.tries += 1;
      if (zeroBits(this.#hash(this.#nonce)) >= this.bits) return this.#nonce.slice();
      this.#next();
    }
    return null;
  }

  /** How likely it was to be done by now, in [0, 1). */
  get progress(): number {
    return 1 - Math.exp(-this.tries / 2 ** this.bits);
  }

  #next(): void {
    const low = (this.#view.getUint32(4) + 1) >>> 0;
    this.#view.setUint32(4, low);
    if (low === 0) this.#view.setUint32(0, (this.#view.getUint32(0) + 1) >>> 0);
  }
}
