/**
 * Who is here, as the shards of the tail say it (SPEC I4, I5). What a shard says is a lease: its frames are
 * numbered, and after a hole, or when it was silent for too long, nothing of it counts until it has said
 * everything anew under a higher epoch, which nobody else was told: two processes may speak for a shard, one after
 * the other or at once, and frames of the earlier one arrive late. A shard that dies unmutes its users.
 */

import { randomUint, type Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { UserId } from 'copse/internal/base/ids.ts';
import { presenceShardsMax, presenceSilenceMs } from 'copse/internal/base/limits-notify.ts';

import type { Read } from './reading.ts';
import { Slice } from './sweep.ts';

export interface UserRead extends Read {
  readonly user: UserId;
}

/** What a shard says; also without users, so that it is heard. */
export interface PresenceFrame {
  readonly shard: number;
  /** Of what the shard says; a higher one begins with the frame 0 and takes the place of everything before. */
  readonly epoch: number;
  readonly seq: number;
  /** They count before `unmuted`. */
  readonly reads: readonly UserRead[];
  readonly muted: readonly UserId[];
  readonly unmuted: readonly UserId[];
}

/** `again`: from the frame 0 of the epoch above the one that is named, which is the caller's alone. */
export type Heard = { readonly ok: true } | { readonly again: { readonly epoch: number } };

/** What presence changes. */
export interface PresenceTarget {
  mute(user: UserId): void;
  unmute(user: UserId): void;
  read(user: UserId, read: Read): void;
}

interface Shard {
  epoch: number;
  /** The highest that anybody may have been told to begin with. */
  told: number;
  /** The next frame; null when only a higher epoch counts. */
  next: number | null;
  /** The highest frame of the epoch whose reads have counted; -1 for none. */
  read: number;
  heardMs: number;
  here: Set<UserId>;
  /** Whom it muted before it began again or fell silent, and has not muted since: unmuted in slices. */
  left: Set<UserId>;
}

/** Where the epochs of a shard begin: from there on as many are left as nobody uses up. */
const EPOCHS_TOLD_BELOW = 2 ** 31;

export class Presence {
  readonly #env: Env;
  readonly #target: PresenceTarget;
  readonly #shards = new Map<number, Shard>();

  constructor(env: Env, target: PresenceTarget) {
    this.#env = env;
    this.#target = target;
  }

  /** Users whom at least one shard mutes, one for each shard that does. */
  get hereCount(): number {
    let count = 0;
    for (const shard of this.#shards.values()) count += shard.here.size + shard.left.size;
    return count;
  }

  /**
   * Takes a frame. One that came before changes nothing; after a hole the shard begins again. Reads count
   * whatever the number says, once: who has read before hears again of what came since.
   */
  frame(frame: PresenceFrame): Heard {
    const shard = this.#shard(frame.shard);
    if (frame.epoch !== shard.epoch || frame.seq > shard.read)
      for (const { user, ...read } of frame.reads) this.#target.read(user, read);
    if (frame.epoch === shard.epoch) shard.read = Math.max(shard.read, frame.seq);
    if (frame.epoch < shard.epoch) return again(shard, frame);
    if (frame.epoch > shard.epoch) {
      if (frame.seq !== 0) return again(shard, frame);
      this.#leave(shard);
      shard.epoch = frame.epoch;
      shard.next = 0;
      shard.read = 0;
    }
    if (shard.next === null || frame.seq > shard.next) return again(shard, frame);
    shard.heardMs = this.#env.nowMs();
    if (frame.seq < shard.next) return { ok: true };
    shard.next = frame.seq + 1;
    this.#apply(shard, frame);
    return { ok: true };
  }

  /**
   * Shards that were silent for too long mute nobody any more. To be called every second or so; false when
   * there is more to do than a slice allows (SPEC I13).
   */
  look(): boolean {
    const slice = new Slice(this.#env);
    for (const shard of this.#shards.values()) {
      if (this.#env.nowMs() - shard.heardMs >= presenceSilenceMs) {
        this.#leave(shard);
        shard.next = null;
      }
      for (const user of shard.left) {
        if (!slice.mayGoOn()) return false;
        shard.left.delete(user);
        this.#target.unmute(user);
      }
    }
    return true;
  }

  #apply(shard: Shard, frame: PresenceFrame): void {
    for (const user of frame.muted) {
      if (shard.here.has(user)) continue;
      shard.here.add(user);
      // Who was muted before it began again just stays it.
      if (!shard.left.delete(user)) this.#target.mute(user);
    }
    for (const user of frame.unmuted) if (shard.here.delete(user)) this.#target.unmute(user);
  }

  #leave(shard: Shard): void {
    if (shard.left.size === 0) {
      shard.left = shard.here;
      shard.here = new Set();
      return;
    }
    for (const user of shard.here) shard.left.add(user);
    shard.here.clear();
  }

  #shard(number: number): Shard {
    const known = this.#shards.get(number);
    if (known !== undefined) return known;
    if (this.#shards.size >= presenceShardsMax) throw new Fault('full', 'There are too many shards.');
    const shard: Shard = {
      epoch: 0,
      // What an earlier life of notify has told nobody knows: another begins elsewhere.
      told: randomUint(this.#env, EPOCHS_TOLD_BELOW),
      next: null,
      read: -1,
      heardMs: this.#env.nowMs(),
      here: new Set(),
      left: new Set(),
    };
    this.#shards.set(number, shard);
    return shard;
  }
}

function again(shard: Shard, { epoch }: PresenceFrame): Heard {
  const told = Math.max(shard.told, shard.epoch, epoch);
  shard.told = told + 1;
  return { again: { epoch: told } };
}
