/**
 * The device's connect token: asked for once, kept over restarts as a secret, renewed at half of its
 * life. An attempt has an id that is kept before it is made, so that an answer that got lost is given
 * again instead of a second token (SPEC A10).
 */

import type { Env } from '../base/env.ts';
import type { AuthBasics } from '../api/auth-basics.ts';
import { guidShape, timeShape, tokenShape } from '../api/model.ts';
import { prove, refreshing } from '../capability/possession.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { maybe, struct } from '../wire/compound.ts';
import { encode, type Of } from '../wire/shape.ts';
import type { SignKey } from './identity.ts';
import { decodeCopy, type Keep } from './keep.ts';

const NAME = 'token';
const GUID_BYTES = 16;
/** The only shard there is; the shard map will name more. */
const SHARD = 0;
/** A token that ends sooner is not worth a connection. */
const LEFT_MS_MIN = 10_000;

const heldShape = struct({ token: tokenShape, fromMs: timeShape, expiresMs: timeShape });
type Held = Of<typeof heldShape>;
const rowShape = struct({ held: maybe(heldShape), attempt: maybe(guidShape) });

export class Tokens {
  readonly #env: Env;
  readonly #primitives: Primitives;
  readonly #keep: Keep;
  readonly #device: SignKey;
  #held: Held | null;
  #attempt: Uint8Array | null;

  private constructor(
    parts: {
      readonly env: Env;
      readonly primitives: Primitives;
      readonly keep: Keep;
      readonly device: SignKey;
    },
    row: Of<typeof rowShape>,
  ) {
    this.#env = parts.env;
    this.#primitives = parts.primitives;
    this.#keep = parts.keep;
    this.#device = parts.device;
    this.#held = row.held;
    this.#attempt = row.attempt;
  }

  static async load(parts: {
    readonly env: Env;
    readonly primitives: Primitives;
    readonly keep: Keep;
    readonly device: SignKey;
  }): Promise<Tokens> {
    const kept = await parts.keep.get(NAME);
    const row = kept === null ? null : decodeCopy(rowShape, kept);
    return new Tokens(parts, row ?? { held: null, attempt: null });
  }

  /** A token that is worth trying, or null. */
  get current(): Uint8Array | null {
    const held = this.#held;
    return held !== null && held.expiresMs - this.#env.wallMs() > LEFT_MS_MIN ? held.token : null;
  }

  /** Whether a new one should be had when that is easy. */
  get isAging(): boolean {
    const held = this.#held;
    return held === null || this.#env.wallMs() > (held.fromMs + held.expiresMs) / 2;
  }

  /** Asks auth for a token, or for the successor of the present one. */
  async renew(auth: AuthBasics): Promise<void> {
    const guid = this.#attempt ?? this.#env.random(GUID_BYTES);
    this.#attempt = guid;
    await this.#write();
    const token = this.current;
    const answer =
      token === null
        ? await auth.login({ shard: SHARD, guid })
        : await auth.refresh({
            shard: SHARD,
            token,
            guid,
            signature: await prove(this.#primitives, this.#device.seed, refreshing({ token, guid })),
          });
    // The answer is a view into a message.
    const fromMs = Math.floor(this.#env.wallMs());
    this.#held = { token: answer.token.slice(), fromMs, expiresMs: answer.expiresMs };
    this.#attempt = null;
    await this.#write();
  }

  /** The node does not take the present one (any more). */
  async discard(): Promise<void> {
    this.#held = null;
    this.#attempt = null;
    await this.#write();
  }

  #write(): Promise<void> {
    const value = encode(rowShape, { held: this.#held, attempt: this.#attempt });
    return this.#keep.write([{ name: NAME, value, secret: true }], 'relaxed');
  }
}
