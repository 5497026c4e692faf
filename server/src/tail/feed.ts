/**
 * The feed of changes from auth: revocations in order with heartbeats, the keys of tokens, and how fresh
 * all of it is (SPEC A14). A change that does not follow its predecessor, or a silence, makes the feed
 * ask again from where it stands; nothing here trusts that pushes arrive.
 */

import type { AuthInternalEvents, Change } from 'copse/internal/api/auth.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import type { Env } from 'copse/internal/base/env.ts';
import type { DeviceId, UserId } from 'copse/internal/base/ids.ts';
import { keyedMac } from 'copse/internal/crypto/hash.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import type { TokenKey } from 'copse/internal/crypto/token.ts';
import type { Authority } from './rights.ts';

export interface FeedOptions {
  readonly authority: (events: AuthInternalEvents) => Authority;
  readonly primitives: Primitives;
  readonly env: Env;
  readonly shard: number;
  readonly staleMs: number;
  /** Changes in order, all contained in `seq`; the revocation table already has them. */
  readonly onChanges: (changes: readonly Change[], seq: number) => void;
  /** Everything known before `seq` is void. */
  readonly onReset: (seq: number) => void;
}

export class Feed {
  readonly authority: Authority;
  readonly #options: FeedOptions;
  readonly #keyByNumber = new Map<number, TokenKey>();
  readonly #epochByDevice = new Map<DeviceId, number>();
  readonly #epochByUser = new Map<UserId, number>();
  #seq = 0;
  #heardMs = Number.NEGATIVE_INFINITY;
  #following: Promise<void> | null = null;
  #hasBegun = false;
  #closed = false;
  /** The newest push that overtook the answer to `follow`. */
  #earlySeq = 0;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.authority = options.authority({
      change: (message) => this.#pushed(message),
      beat: ({ seq }) => this.#beat(seq),
      keys: ({ keys }) => this.#setKeys(keys),
    });
  }

  get seq(): number {
    return this.#seq;
  }

  get ageMs(): number {
    return this.#options.env.nowMs() - this.#heardMs;
  }

  /** Whether too little has been heard for new leases. */
  get stale(): boolean {
    return this.ageMs > this.#options.staleMs;
  }

  get hasKeys(): boolean {
    return this.#keyByNumber.size > 0;
  }

  tokenKey(number: number): TokenKey | undefined {
    return this.#keyByNumber.get(number);
  }

  /** Whether a token of this epoch has been revoked for its device or user. */
  isRevoked(user: UserId, device: DeviceId, epoch: number): boolean {
    return epoch < (this.#epochByDevice.get(device) ?? 0) || epoch < (this.#epochByUser.get(user) ?? 0);
  }

  /** Catches up with auth; the second call joins the first. Never rejects: a failure leaves the feed to grow stale. */
  follow(): Promise<void> {
    this.#hasBegun = true;
    this.#following ??= this.#catchUp().finally(() => {
      this.#following = null;
      if (this.#earlySeq > this.#seq && !this.stale) void this.follow();
    });
    return this.#following;
  }

  /** Asks again when it has been silent for a third of what makes it stale. */
  sweep(): void {
    if (this.#following === null && this.ageMs > this.#options.staleMs / 3) void this.follow();
  }

  close(): void {
    this.#closed = true;
  }

  async #catchUp(): Promise<void> {
    const { shard, env } = this.#options;
    try {
      for (let more = true; more && !this.#closed;) {
        const page = await this.authority.follow({ shard, from: this.#seq });
        if (this.#closed) return;
        if (page.reset) this.#reset(page.seq);
        this.#apply(page.changes, page.seq);
        this.#seq = page.seq;
        this.#setKeys(page.keys);
        more = page.more;
      }
      this.#heard();
    } catch (thrown) {
      env.log('warn', 'tail.feed.failed', { fault: asFault(thrown).code });
    }
  }

  #heard(): void {
    this.#heardMs = this.#options.env.nowMs();
  }

  #reset(seq: number): void {
    this.#epochByDevice.clear();
    this.#epochByUser.clear();
    this.#options.onReset(seq);
  }

  #setKeys(keys: readonly { readonly number: number; readonly key: Uint8Array }[]): void {
    this.#keyByNumber.clear();
    for (const { number, key } of keys) {
      const mac = keyedMac(this.#options.primitives, key.slice());
      this.#keyByNumber.set(number, { number, mac });
    }
  }

  #beat(seq: number): void {
    if (!this.#hasBegun || this.#closed || this.#following !== null) return;
    if (seq > this.#seq) void this.follow();
    else this.#heard();
  }

  #pushed(message: { readonly seq: number; readonly change: Change }): void {
    if (!this.#hasBegun || this.#closed || message.seq <= this.#seq) return;
    // A revocation is never wrong to apply, also when another before it is missing.
    this.#apply([message.change], message.seq);
    if (this.#following !== null) {
      this.#earlySeq = Math.max(this.#earlySeq, message.seq);
    } else if (message.seq === this.#seq + 1) {
      this.#seq = message.seq;
      this.#heard();
    } else {
      void this.follow();
    }
  }

  #apply(changes: readonly Change[], seq: number): void {
    for (const change of changes) {
      if (change.kind === 'device') raise(this.#epochByDevice, change.device, change.minEpoch);
      if (change.kind === 'user') raise(this.#epochByUser, change.user, change.minEpoch);
    }
    if (changes.length > 0) this.#options.onChanges(changes, seq);
  }
}

function raise<K>(epochs: Map<K, number>, key: K, epoch: number): void {
  epochs.set(key, Math.max(epochs.get(key) ?? 0, epoch));
}
