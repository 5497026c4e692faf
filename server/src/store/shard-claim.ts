/**
 * Who owns a shard: a cell beside its journal, which the owner sets anew with every beat. Whoever waits looks
 * whether it has changed, by its own monotonic clock, and sets it to its own name when it has not for too long:
 * of several who do one wins (SPEC J14).
 *
 * The cell only says who should write. Who may is decided by the seal in the journal (SPEC J11): an owner that
 * was merely slow loses its shard, and nothing else.
 */

import { compare } from 'copse/internal/base/bytes.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { shardBeatMs, shardSilentMs } from 'copse/internal/base/limits-shards.ts';
import { struct } from 'copse/internal/wire/compound.ts';
import { bool, decode, encode, fixed, text, type Of } from 'copse/internal/wire/shape.ts';

import type { Cell, Journal } from './journal.ts';

const NAME_BYTES = 16;

const ownerShape = struct({
  name: fixed(NAME_BYTES),
  /** WebSocket address of its tail. */
  url: text(512),
  /** It has ended by itself: nobody needs to wait. */
  hasLeft: bool,
});
export type Owner = Of<typeof ownerShape>;

/** The part of a journal that a claim is made of. */
export type Cells = Pick<Journal, 'cas'> & { cell(key: string): Promise<Omit<Cell, 'ok'>> };

const KEY = 'owner';
/** The time of a look that takes longer says nothing of how long the owner has been silent. */
const PROMPT_MS = 2 * shardBeatMs;

export interface ShardClaimOptions {
  readonly cells: Cells;
  readonly env: Env;
  readonly url: string;
  readonly silentMs?: number;
}

export class ShardClaim {
  readonly #options: ShardClaimOptions;
  readonly #name: Uint8Array;
  #version = 0;
  #owner: Owner | null = null;
  /** Since when the cell has been seen unchanged, look after look. */
  #sinceMs: number | null = null;

  constructor(options: ShardClaimOptions) {
    this.#options = options;
    this.#name = options.env.random(NAME_BYTES);
  }

  /** Who it was at the last look; null for nobody yet. */
  get owner(): Owner | null {
    return this.#owner;
  }

  /** Looks at the cell; answers whether the shard may be taken. */
  async look(): Promise<boolean> {
    const { cells, env, silentMs = shardSilentMs } = this.#options;
    const askedMs = env.nowMs();
    const { version, value } = await cells.cell(KEY).catch((thrown: unknown) => {
      // Who cannot see the cell cannot say that its owner is silent.
      this.#sinceMs = null;
      throw thrown;
    });
    const isSame = version === this.#version && this.#sinceMs !== null;
    const waitedMs = env.nowMs() - askedMs;
    // What keeps this answer waiting may keep the owner's beat waiting too: such time counts for nobody.
    if (this.#sinceMs !== null && waitedMs > PROMPT_MS) this.#sinceMs += waitedMs;
    this.#version = version;
    this.#owner = value === null ? null : decode(ownerShape, value);
    if (!isSame) this.#sinceMs = env.nowMs();
    if (this.#owner === null || this.#owner.hasLeft) return true;
    return env.nowMs() - (this.#sinceMs ?? env.nowMs()) >= silentMs;
  }

  /** Sets the cell to this process's name; false when somebody else was faster. */
  take(): Promise<boolean> {
    return this.#set(false);
  }

  /**
   * Says that the owner is there; false when it is another one by now. Rejects when the database does not
   * answer: then nobody else can take the shard either, and the next beat finds out.
   */
  async beat(): Promise<boolean> {
    return this.#isOurs() && (await this.#set(false));
  }

  /** Gives the shard up, for who waits to take at once; nothing when it is another one's. */
  async leave(): Promise<void> {
    if (this.#isOurs()) await this.#set(true);
  }

  /** By the last answer. */
  #isOurs(): boolean {
    return this.#owner !== null && compare(this.#owner.name, this.#name) === 0;
  }

  async #set(hasLeft: boolean): Promise<boolean> {
    const { cells, url } = this.#options;
    const owner: Owner = { name: this.#name, url, hasLeft };
    const set = await cells.cas(KEY, this.#version, encode(ownerShape, owner));
    this.#version = set.version;
    this.#owner = set.value === null ? null : decode(ownerShape, set.value);
    this.#sinceMs = null;
    if (set.ok) return true;
    // An earlier beat whose answer was lost has counted.
    return this.#isOurs() && this.#owner?.hasLeft === hasLeft;
  }
}
