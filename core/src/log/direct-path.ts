/**
 * Which way entries go to the leader of a log: through the node, or over a direct connection (SPEC V11, V12).
 * Pure: its owner makes the connection, carries the entries, and tells what happens.
 *
 * The node carries at once, and always can. A direct connection is sought beside it by who hands in; it is used
 * when it is open, and left when it breaks, or when the leader does not say in time that it heard something. With
 * every change of the way all that does not stand in the log is handed in again, from the first on: the leader
 * knows what it had, so the order is kept and nothing is lost or doubled.
 */

import { assert } from '../base/assert.ts';
import {
  directGoodMs,
  directIdleMs,
  directOpenMs,
  directRestMaxMs,
  directRestMinMs,
  directSilenceMs,
} from '../base/limits-direct.ts';

export type Way = 'node' | 'direct';

export type PathEffect =
  /** Entries go this way from now on, from the first that does not stand in the log. */
  | { readonly kind: 'use'; readonly way: Way }
  /** Seek a direct connection. */
  | { readonly kind: 'dial' }
  /** Let go of the direct connection, or of the attempt. */
  | { readonly kind: 'drop' };

type Link =
  | { readonly kind: 'none' }
  | { readonly kind: 'dialing'; readonly sinceMs: number }
  | { readonly kind: 'open'; readonly sinceMs: number };

const NO_LINK: Link = { kind: 'none' };

export class DirectPath {
  /** Another device leads, and this one may hand in. */
  #isLed = false;
  #link: Link = NO_LINK;
  /** When something was handed in last, or never. */
  #handedMs = -Infinity;
  /** Since when the leader owes a word, or null. */
  #askedMs: number | null = null;
  #restMs = directRestMinMs;
  #restUntilMs = -Infinity;

  get way(): Way {
    return this.#link.kind === 'open' ? 'direct' : 'node';
  }

  /** Whether the leader shall say that it has heard what is sent next. */
  get shallAsk(): boolean {
    return this.#link.kind === 'open' && this.#askedMs === null;
  }

  /**
   * Another device leads from now on. Who has handed in lately will again, so it seeks the connection in advance.
   */
  led(nowMs: number): readonly PathEffect[] {
    const dropped = this.gone();
    this.#isLed = true;
    this.#restMs = directRestMinMs;
    this.#restUntilMs = -Infinity;
    return [...dropped, { kind: 'use', way: 'node' }, ...this.#seek(nowMs)];
  }

  /** The writer has stopped, and goes on as it was. */
  again(): readonly PathEffect[] {
    return this.#isLed ? [{ kind: 'use', way: this.way }] : [];
  }

  /** Nobody else leads. */
  gone(): readonly PathEffect[] {
    this.#isLed = false;
    return this.#letGo();
  }

  /** Something is handed in, over either way. */
  handed(nowMs: number): readonly PathEffect[] {
    if (!this.#isLed) return [];
    this.#handedMs = nowMs;
    if (this.shallAsk) this.#askedMs = nowMs;
    return this.#seek(nowMs);
  }

  #seek(nowMs: number): readonly PathEffect[] {
    if (this.#link.kind !== 'none' || nowMs < this.#restUntilMs) return [];
    if (nowMs >= this.#handedMs + directIdleMs) return [];
    this.#link = { kind: 'dialing', sinceMs: nowMs };
    return [{ kind: 'dial' }];
  }

  /** The connection is open. */
  opened(nowMs: number): readonly PathEffect[] {
    assert(this.#link.kind === 'dialing', 'a connection is sought');
    this.#link = { kind: 'open', sinceMs: nowMs };
    return [{ kind: 'use', way: 'direct' }];
  }

  /** The leader has heard what it was asked about. */
  heard(): void {
    this.#askedMs = null;
  }

  /** The connection, or the attempt, has ended. */
  failed(nowMs: number): readonly PathEffect[] {
    const { kind } = this.#link;
    if (kind === 'none') return [];
    this.#rest(nowMs);
    return [...this.#letGo(), ...this.#back(kind)];
  }

  #back(before: Link['kind']): readonly PathEffect[] {
    return before === 'open' && this.#isLed ? [{ kind: 'use', way: 'node' }] : [];
  }

  #rest(nowMs: number): void {
    const link = this.#link;
    if (link.kind === 'open' && nowMs >= link.sinceMs + directGoodMs) this.#restMs = directRestMinMs;
    this.#restUntilMs = nowMs + this.#restMs;
    this.#restMs = Math.min(directRestMaxMs, 2 * this.#restMs);
  }

  #letGo(): readonly PathEffect[] {
    this.#askedMs = null;
    if (this.#link.kind === 'none') return [];
    this.#link = NO_LINK;
    return [{ kind: 'drop' }];
  }

  /** When `look` may have something to do, or null. */
  get lookMs(): number | null {
    switch (this.#link.kind) {
      case 'none':
        return null;
      case 'dialing':
        return this.#link.sinceMs + directOpenMs;
      case 'open':
        return Math.min(this.#handedMs + directIdleMs, (this.#askedMs ?? Infinity) + directSilenceMs);
    }
  }

  look(nowMs: number): readonly PathEffect[] {
    if (this.lookMs === null || nowMs < this.lookMs) return [];
    const isIdle = this.#link.kind === 'open' && nowMs < (this.#askedMs ?? Infinity) + directSilenceMs;
    if (!isIdle) return this.failed(nowMs);
    return [...this.#letGo(), ...this.#back('open')];
  }
}
