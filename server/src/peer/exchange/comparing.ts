/**
 * Comparing what is here with what another node has, by ranges, and fetching what is missing (SPEC Z91, Z92): after a
 * long absence, and when positions of that node say nothing any more. What it names and does not show, and what it
 * shows and nobody asked for, is counted; one that names without end is left alone.
 */

import { hex } from 'copse/internal/base/bytes.ts';
import { pause, type Env } from 'copse/internal/base/env.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import {
  exchangeComparesMax,
  exchangeMissedMax,
  exchangeMissingMax,
  exchangePatienceMs,
  exchangePatienceTries,
} from 'copse/internal/base/limits-exchange.ts';
import { peerMessageBytesMax, peerPageBytesMax, peerPageRowsMax } from 'copse/internal/base/limits-peer.ts';
import { reconcilePeerFrameBytesMax } from 'copse/internal/base/limits-reconcile.ts';
import type { Compared, PeerRemote } from 'copse/internal/api/peer.ts';
import { readMessage } from 'copse/internal/social/message/message.ts';
import type { Peer } from 'copse/internal/social/peer/peer.ts';
import type { Have } from 'copse/internal/social/reconcile/have.ts';
import { Initiator, type Step } from 'copse/internal/social/reconcile/initiator.ts';
import { shownOf } from './fetching.ts';
import type { Intake, Shown } from './intake.ts';

/** What comparing with one node has come to since this one was started. */
export interface CompareCounts {
  /** Messages in the sets that were compared here. */
  compared: number;
  /** Messages that were missing here and were shown. */
  missing: number;
  /** Of messages in both directions. */
  bytes: number;
}

export interface ComparingOptions {
  readonly env: Env;
  readonly peer: Peer;
  readonly remote: PeerRemote;
  readonly intake: Intake;
  /** What was asked for in this connection. */
  readonly asked: { has(ref: string): boolean };
  readonly counts: CompareCounts;
  /** Told what is here and not there. */
  readonly onHave: (have: Have) => void;
}

interface Difference {
  /** By their names in hex; each once. */
  readonly need: ReadonlyMap<string, Uint8Array>;
  /** Or the other side has more to say. */
  readonly isWhole: boolean;
}

/** What a node answers that does not compare with this one, or not now. */
const REFUSALS: readonly string[] = ['forbidden', 'unknown', 'full', 'tooMany', 'version', 'tooLarge'];
/** A page that is larger may have been cut off for its size. */
const CUT_BYTES = peerPageBytesMax - 2 * (peerMessageBytesMax + 1);

export class Comparing {
  readonly #options: ComparingOptions;
  #shown = 0;
  #missed = 0;

  constructor(options: ComparingOptions) {
    this.#options = options;
  }

  /** Fetches what is there and not here; false: that node does not compare. Throws `badProof` for one that lies. */
  async run(of: readonly Compared[]): Promise<boolean> {
    for (let round = 0; round < exchangeComparesMax; round++) {
      const difference = await this.#difference(of);
      if (difference === null) return false;
      const shown = await this.#fetch([...difference.need.values()]);
      if (difference.isWhole) return true;
      if (shown === 0) throw new Fault('badProof', 'that node names messages without end');
    }
    return false;
  }

  /** Null: it is not to be had. */
  async #difference(of: readonly Compared[]): Promise<Difference | null> {
    const { remote, counts, env, peer } = this.#options;
    const held = await refused(patiently(env, () => peer.comparisons.hold(of)));
    if (held === null) return null;
    using ground = held;
    counts.compared += ground.snapshot.size;
    const initiator = new Initiator(ground, { frameBytesMax: reconcilePeerFrameBytesMax });
    const need = new Map<string, Uint8Array>();
    let message: Uint8Array | null = initiator.start();
    let number: number | null = null;
    try {
      while (message !== null) {
        const answer = await this.#ask(of, number, message);
        if (answer === null) return null;
        ({ number } = answer);
        counts.bytes += message.length + answer.message.length;
        const step = read(initiator, answer.message);
        if (step !== null) this.#note(step, need);
        if (step === null || (need.size >= exchangeMissingMax && step.message !== null))
          return { need, isWhole: false };
        ({ message } = step);
      }
      return { need, isWhole: true };
    } finally {
      // What it says to that changes nothing.
      if (number !== null) await remote.compareEnd({ number }).catch(() => {});
    }
  }

  #note({ have, need }: Step, into: Map<string, Uint8Array>): void {
    const { store } = this.#options.peer.options;
    // What was taken back here is not among what is compared, and does not come again.
    for (const id of need) if (!store.knows(id)) into.set(hex(id), id);
    if (have.count > 0) this.#options.onHave(have);
  }

  async #ask(
    of: readonly Compared[],
    number: number | null,
    message: Uint8Array,
  ): Promise<{ readonly number: number; readonly message: Uint8Array } | null> {
    const { remote, env } = this.#options;
    if (number === null) return refused(patiently(env, () => remote.compare({ of: [...of], message })));
    const answer = await refused(patiently(env, () => remote.compareOn({ number, message })));
    return answer === null ? null : { number, message: answer.message };
  }

  /** Answers how many were shown. */
  async #fetch(ids: readonly Uint8Array[]): Promise<number> {
    const { remote, env, intake, asked, counts } = this.#options;
    const before = this.#shown;
    for (let at = 0; at < ids.length;) {
      const named = ids.slice(at, at + peerPageRowsMax);
      const names = new Map(named.map((id, place) => [hex(id), place]));
      const { rows } = await patiently(env, () => remote.get({ ids: named }));
      const copied = rows.map(shownOf);
      const places = copied.flatMap((row) => this.#placeOf(row, names));
      await intake.take(copied, asked, names);
      const isCut = sizeOf(copied) > CUT_BYTES && places.length > 0;
      const done = isCut ? Math.max(...places) + 1 : named.length;
      const shown = new Set(places).size;
      counts.missing += shown;
      this.#shown += shown;
      this.#missed += done - shown;
      if (this.#missed > exchangeMissedMax && this.#missed > this.#shown)
        throw new Fault('badProof', 'that node names messages and does not show them');
      at += done;
    }
    return this.#shown - before;
  }

  /** Where in what was asked for a message stands. */
  #placeOf({ message }: Shown, names: ReadonlyMap<string, number>): readonly number[] {
    try {
      const place = names.get(hex(readMessage(this.#options.peer.options.primitives, message).id));
      return place === undefined ? [] : [place];
    } catch {
      return [];
    }
  }
}

/** What an answer says; null: the other side comes to no end. One that contradicts itself has lied. */
function read(initiator: Initiator, answer: Uint8Array): Step | null {
  try {
    return initiator.on(answer);
  } catch (thrown) {
    const { code, message } = asFault(thrown);
    if (code === 'tooMany') return null;
    if (code === 'internal') throw thrown;
    throw new Fault('badProof', message);
  }
}

/** Null where somebody refuses to compare, or has no room for it. */
async function refused<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (thrown) {
    const fault = asFault(thrown);
    if (!REFUSALS.includes(fault.code)) throw fault;
    return null;
  }
}

/** Calls that were too many at once are tried again after a while. */
export async function patiently<T>(env: Env, ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (thrown) {
      const fault = asFault(thrown);
      if (fault.code !== 'tooMany' || tries >= exchangePatienceTries) throw fault;
      await pause(env, exchangePatienceMs * (1 + env.chance()));
    }
  }
}

function sizeOf(rows: readonly Shown[]): number {
  return rows.reduce((sum, { message, edit }) => sum + message.length + (edit?.length ?? 0), 0);
}
