/**
 * The keys to which envelopes for this user are sealed, by generation (SPEC K2): the first comes from her
 * secret, later ones are learned and lie in the keep as secrets (SPEC S10).
 */

import { must } from '../base/assert.ts';
import { exchangeKeyOf, type ExchangeKey } from '../crypto/agree.ts';
import type { Primitives } from '../crypto/primitives.ts';
import type { SiteId } from '../base/ids.ts';
import type { Keep, KeepChange } from './keep.ts';
import type { openEnvelope } from './site-envelope.ts';
import { openOwn, type SiteSecrets } from './site-keys.ts';

const PREFIX = 'user/key/';
/** Names sort as their generations do. */
const DIGITS = 10;

export interface HeldKey {
  readonly generation: number;
  readonly key: ExchangeKey;
}

/** How a key lies in the keep. */
export function keyRow(generation: number, secret: Uint8Array): KeepChange {
  return { name: PREFIX + String(generation).padStart(DIGITS, '0'), value: secret, secret: true };
}

export class KeyRing {
  readonly #primitives: Primitives;
  readonly #keep: Keep;
  readonly #keyByGeneration = new Map<number, ExchangeKey>();
  #newest = 1;

  private constructor(primitives: Primitives, keep: Keep, first: ExchangeKey) {
    this.#primitives = primitives;
    this.#keep = keep;
    this.#keyByGeneration.set(1, first);
  }

  static async load(primitives: Primitives, keep: Keep, first: ExchangeKey): Promise<KeyRing> {
    const ring = new KeyRing(primitives, keep, first);
    for (const { name, value } of await keep.list(PREFIX)) {
      await ring.#put(Number(name.slice(PREFIX.length)), value);
    }
    return ring;
  }

  get newest(): HeldKey {
    return { generation: this.#newest, key: must(this.get(this.#newest), 'the newest key is held') };
  }

  get(generation: number): ExchangeKey | undefined {
    return this.#keyByGeneration.get(generation);
  }

  /** Newest first. */
  all(): readonly HeldKey[] {
    const held = [...this.#keyByGeneration].map(([generation, key]) => ({ generation, key }));
    return held.toSorted((a, b) => b.generation - a.generation);
  }

  /** Kept before it is used: what is sealed to it must open after a restart. */
  async learn(generation: number, secret: Uint8Array): Promise<void> {
    await this.#keep.write([keyRow(generation, secret)]);
    await this.#put(generation, secret);
  }

  async #put(generation: number, secret: Uint8Array): Promise<void> {
    this.#keyByGeneration.set(generation, await exchangeKeyOf(this.#primitives, secret.slice()));
    this.#newest = Math.max(this.#newest, generation);
  }
}

/**
 * The secrets in an envelope for one of these keys, or null. A copy: they outlive the message. Of the first
 * epoch there is no set whose commitment tells a true key: only what the user sealed herself is believed.
 */
export async function openWith(
  primitives: Primitives,
  ring: KeyRing,
  at: { readonly site: SiteId; readonly epoch: number },
  envelope: Uint8Array,
): Promise<SiteSecrets | null> {
  for (const { generation, key } of ring.all()) {
    const own = { ...at, generation, publicKey: key.publicKey, secret: key.secret };
    const sealed = openOwn(primitives, own, envelope);
    const secrets = sealed ?? (at.epoch === 1 ? null : await openSent(primitives, own, envelope));
    if (secrets === null) continue;
    return { ...secrets, key: secrets.key.slice(), nameSecret: secrets.nameSecret.slice() };
  }
  return null;
}

const openSent: typeof openEnvelope = async (primitives, own, envelope) =>
  (await import('./site-envelope.ts')).openEnvelope(primitives, own, envelope);
