/**
 * What reaching somebody costs (SPEC Z71): 18 bits for half a kilobyte and a day, one more for each doubling of
 * either, and what a crowd adds. A price that was said is kept: the node knows it again by a MAC, so that it keeps
 * nothing of whom it told.
 */

import { concat, equal } from '../../base/bytes.ts';
import type { Env } from '../../base/env.ts';
import {
  knocksPerUserMax,
  workBitsMax,
  workBitsMin,
  workCrowd,
  workInvitationBits,
  workLoadBitsMax,
  workPriceMs,
  workUnitBytes,
} from '../../base/limits-work.ts';
import type { Price, Purpose } from '../../api/strangers.ts';
import { domain } from '../../crypto/domain.ts';
import { macOf } from '../../crypto/hash.ts';
import type { Primitives } from '../../crypto/primitives.ts';

/** What is to be left with whom. */
export interface Asked {
  readonly to: Uint8Array;
  readonly size: number;
  readonly days: number;
  readonly purpose: Purpose;
}

export interface Queue {
  readonly count: number;
  /** The least work in a queue that is full; null: it is not. */
  readonly least: number | null;
}

const PRICE = domain('stranger/price');
const MAC_BYTES = 16;
/** Queues fuller than these parts cost a bit more each. */
const FULLER = [1 / 2, 3 / 4];

/** Without what the crowd adds. */
export function plainBits({ size, days, purpose }: Omit<Asked, 'to'>): number {
  const units = Math.max(1, Math.ceil(size / workUnitBytes)) * Math.max(1, days);
  return workBitsMin + Math.ceil(Math.log2(units)) + (purpose === 'invitation' ? workInvitationBits : 0);
}

export class Pricing {
  readonly #primitives: Primitives;
  readonly #env: Env;
  readonly #key: Uint8Array;
  readonly #load: Load;

  constructor(primitives: Primitives, env: Env) {
    this.#primitives = primitives;
    this.#env = env;
    this.#key = env.random(32);
    this.#load = new Load(env.nowMs());
  }

  /** Somebody has knocked. */
  took(): void {
    this.#load.took(this.#env.nowMs());
  }

  /** What the crowd adds now, and until when it adds no more. */
  load(): { readonly bits: number; readonly untilMs: number } {
    const nowMs = this.#env.nowMs();
    const leftMs = this.#load.holdsMs(nowMs);
    return { bits: this.#load.bits(nowMs), untilMs: Math.floor(this.#env.wallMs() + leftMs) };
  }

  price(asked: Asked, queue: Queue): Price {
    const { size, days } = asked;
    const { bits: load, untilMs } = this.load();
    const bits = Math.min(workBitsMax, plainBits(asked) + load + queueBits(asked, load, queue));
    return { bits, size, days, untilMs, mac: this.#mac(asked, { size, bits, untilMs }) };
  }

  /** The least that is taken: what was said, where that holds, else what is asked now. */
  least(asked: Asked, said: Price | null, queue: Queue): number {
    const nowMs = this.#env.nowMs();
    const load = this.#load.floor(nowMs);
    const bits = Math.min(workBitsMax, plainBits(asked) + load + queueBits(asked, load, queue));
    return said !== null && this.#isOurs(asked, said) ? Math.min(said.bits, bits) : bits;
  }

  #isOurs(asked: Asked, said: Price): boolean {
    if (said.untilMs < this.#env.wallMs()) return false;
    if (asked.size > said.size || asked.days > said.days) return false;
    return equal(said.mac, this.#mac({ ...asked, days: said.days }, said));
  }

  #mac({ to, days, purpose }: Asked, { size, bits, untilMs }: Omit<Price, 'mac' | 'days'>): Uint8Array {
    const view = new DataView(new ArrayBuffer(8 + 4 + 3));
    view.setBigUint64(0, BigInt(untilMs));
    view.setUint32(8, size);
    view.setUint8(12, days);
    view.setUint8(13, bits);
    view.setUint8(14, purpose === 'invitation' ? 1 : 0);
    const data = concat(to, new Uint8Array(view.buffer));
    return macOf(this.#primitives, this.#key, PRICE, data).slice(0, MAC_BYTES);
  }
}

/** A queue that fills costs more, and a full one more than the least that waits in it. */
function queueBits(asked: Asked, load: number, { count, least }: Queue): number {
  const fuller = FULLER.filter((part) => count >= part * knocksPerUserMax).length;
  if (least === null) return fuller;
  return Math.max(fuller, least + 1 - plainBits(asked) - load);
}

/**
 * How many knock, in stretches of time: after a stretch with a crowd the price rises by the doublings of that, and
 * it falls by a bit after a quiet one. What was said in a stretch holds through the next one.
 */
export class Load {
  #beganMs: number;
  #count = 0;
  #bits = 0;
  #before = 0;

  constructor(nowMs: number) {
    this.#beganMs = nowMs;
  }

  took(nowMs: number): void {
    this.#roll(nowMs);
    this.#count += 1;
  }

  bits(nowMs: number): number {
    this.#roll(nowMs);
    return this.#bits;
  }

  /** The least that was said in this stretch or the one before. */
  floor(nowMs: number): number {
    this.#roll(nowMs);
    return Math.min(this.#bits, this.#before);
  }

  /** How long what is said now holds. */
  holdsMs(nowMs: number): number {
    this.#roll(nowMs);
    return this.#beganMs + 2 * workPriceMs - nowMs;
  }

  #roll(nowMs: number): void {
    while (nowMs >= this.#beganMs + workPriceMs) {
      this.#before = this.#bits;
      this.#bits = nextBits(this.#bits, this.#count);
      this.#count = 0;
      this.#beganMs += workPriceMs;
      const isQuiet = this.#bits === 0 && this.#before === 0;
      // A node that nobody asked for days has nothing to count.
      if (isQuiet) this.#beganMs += Math.floor((nowMs - this.#beganMs) / workPriceMs) * workPriceMs;
    }
  }
}

function nextBits(bits: number, count: number): number {
  if (count > workCrowd) return Math.min(workLoadBitsMax, bits + Math.ceil(Math.log2(count / workCrowd)));
  return count > workCrowd / 2 ? bits : Math.max(0, bits - 1);
}
