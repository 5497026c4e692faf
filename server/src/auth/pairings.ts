/**
 * Devices that wait to be let in (SPEC D1, D4): bounded in number, per address, device and user, short and for
 * one use. They live in memory only: a restart of the node ends them, and nothing of them is ever logged.
 */

import { equal, hex } from 'copse/internal/base/bytes.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import {
  handOverMs,
  pairingsMax,
  pairingsPerAddressMax,
  pairingsPerDeviceMax,
  pairingsPerUserMax,
} from 'copse/internal/base/limits.ts';
import { HandOver } from './hand-over.ts';
import type { LiveSession } from './live.ts';
import { addressGroup } from './rates.ts';

export interface Pairing {
  readonly id: Uint8Array;
  /** As people type it, without what parts it. */
  readonly code: string;
  readonly device: Key;
  readonly deviceName: string;
  readonly address: string;
  readonly commitment: Uint8Array;
  readonly handOver: HandOver;
  readonly untilMs: number;
  /** Whom to tell that it went on. */
  asking: LiveSession;
  giving: LiveSession | null;
  scanned: boolean;
}

export type NewPairing = Pick<Pairing, 'device' | 'deviceName' | 'address' | 'commitment' | 'asking'>;

/** No letter that is mistaken for a digit or another letter (Crockford). */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CODE_LETTERS = 8;

/** What somebody typed, as codes are kept; null when it is none. */
export function codeTyped(text: string): string | null {
  const letters = text.toUpperCase().replaceAll(/[\s-]/gu, '').replaceAll('O', '0').replaceAll(/[IL]/gu, '1');
  const isCode = letters.length === CODE_LETTERS && /^[0-9A-HJKMNP-TV-Z]+$/u.test(letters);
  return isCode ? letters : null;
}

/** In two halves. */
export function codeShown(code: string): string {
  return `${code.slice(0, CODE_LETTERS / 2)}-${code.slice(CODE_LETTERS / 2)}`;
}

export class Pairings {
  readonly #env: Env;
  readonly #byId = new Map<string, Pairing>();
  readonly #byCode = new Map<string, Pairing>();

  constructor(env: Env) {
    this.#env = env;
  }

  /** Throws `tooMany` when there is no place for another. */
  add(part: NewPairing): Pairing {
    this.#sweep();
    const all = [...this.#byId.values()];
    const group = addressGroup(part.address);
    const ofAddress = all.filter(({ address }) => addressGroup(address) === group).length;
    const ofDevice = all.filter(({ device }) => equal(device, part.device)).length;
    if (all.length >= pairingsMax) throw new Fault('tooMany', 'devices that wait at this node');
    if (ofAddress >= pairingsPerAddressMax) throw new Fault('tooMany', 'devices that wait at this address');
    if (ofDevice >= pairingsPerDeviceMax) throw new Fault('tooMany', 'pairings of this device');
    const pairing: Pairing = {
      ...part,
      id: this.#env.random(16),
      code: this.#freeCode(),
      handOver: new HandOver('waiting'),
      untilMs: this.#env.nowMs() + handOverMs,
      giving: null,
      scanned: false,
    };
    this.#byId.set(hex(pairing.id), pairing);
    this.#byCode.set(pairing.code, pairing);
    return pairing;
  }

  /** The pairing that this device began; `unknown` for every other one. */
  mine(id: Uint8Array, device: Key): Pairing {
    const pairing = this.#live(this.#byId.get(hex(id)));
    if (pairing === null || !equal(pairing.device, device)) throw new Fault('unknown', 'a pairing');
    return pairing;
  }

  withId(id: Uint8Array): Pairing | null {
    return this.#live(this.#byId.get(hex(id)));
  }

  withCode(code: string): Pairing | null {
    return this.#live(this.#byCode.get(code));
  }

  /** Throws `tooMany` when a user has enough of them in her hands. */
  requireRoomFor(user: Key): void {
    this.#sweep();
    const met = [...this.#byId.values()].filter(({ handOver: { metBy } }) => {
      return metBy !== null && equal(metBy.user, user);
    });
    if (met.length >= pairingsPerUserMax) throw new Fault('tooMany', 'devices that you let in at once');
  }

  end({ id, code }: Pairing): void {
    this.#byId.delete(hex(id));
    this.#byCode.delete(code);
  }

  get size(): number {
    return this.#byId.size;
  }

  #freeCode(): string {
    for (;;) {
      const code = [...this.#env.random(CODE_LETTERS)].map((byte) => LETTERS[byte % LETTERS.length]).join('');
      if (!this.#byCode.has(code)) return code;
    }
  }

  #live(pairing: Pairing | undefined): Pairing | null {
    return pairing === undefined || this.#env.nowMs() >= pairing.untilMs ? null : pairing;
  }

  #sweep(): void {
    for (const pairing of this.#byId.values()) {
      if (this.#env.nowMs() >= pairing.untilMs) this.end(pairing);
    }
  }
}
