/**
 * The listeners of a site one after the other, each put where `Places.place` would put it. Nearly all of them
 * are alike: told of all that is new, with nothing on its way, their user here or not. These are judged and
 * linked in one piece, word by word, because the first sweep of a million listeners is nothing else (SPEC I13):
 * 40 ns each, and 79 by way of the judge. Whoever is different is left to `Places`.
 */

import { newestOrdinal } from './audiences.ts';
import { LIST_SHIFT, list, listenerWord, PLAIN, UNUSUAL } from './listeners.ts';
import type { Site } from './logs.ts';
import { userWord } from './people.ts';
import type { Places } from './places.ts';
import type { State } from './state.ts';
import { tickMs } from './wheel.ts';

const TO_DUE = (list.armed ^ list.due) << LIST_SHIFT;
const TO_PARKED = (list.armed ^ list.parked) << LIST_SHIFT;

export class Crowd {
  readonly #state: State;
  readonly #places: Places;
  /** What the listeners of one audience have to be behind their site by, so that something is new to them. */
  #audience = -1;
  #gap = 0;

  constructor(state: State, places: Places) {
    this.#state = state;
    this.#places = places;
  }

  /** Looks at so many armed listeners at most, from the cursor of the site on. */
  go(site: Site, count: number): void {
    const { listeners, devices, users, ready, env } = this.#state;
    const nowTick = env.nowMs() / tickMs;
    const ordinal = site.ordinal >>> 0;
    this.#audience = -1;
    for (let left = count; left > 0 && site.cursor !== 0; left--) {
      const row = site.cursor;
      const words = listeners.rows.chunk(row);
      const at = listeners.rows.at(row);
      site.cursor = words[at + listenerWord.next]!;
      if ((words[at + listenerWord.bits]! & UNUSUAL) !== PLAIN) {
        this.#places.place(row);
        continue;
      }
      const audience = words[at + listenerWord.audience]!;
      if (audience !== this.#audience) this.#measure(site, audience);
      const behindRead = (ordinal - words[at + listenerWord.read]!) >>> 0;
      const behindTold = (ordinal - words[at + listenerWord.told]!) >>> 0;
      if (behindRead <= this.#gap || behindTold <= this.#gap) continue;
      const device = words[at + listenerWord.device]!;
      const user = devices.userOf(device);
      const person = users.rows.chunk(user);
      const personAt = users.rows.at(user);
      if (person[personAt + userWord.here]! > 0) {
        this.#unlink(site, words, at);
        words[at + listenerWord.bits]! ^= TO_PARKED;
        this.#park(row, person, personAt);
      } else if (
        person[personAt + userWord.grace]! <= nowTick &&
        person[personAt + userWord.quiet] === 0 &&
        ready.isIdle(device)
      ) {
        this.#unlink(site, words, at);
        words[at + listenerWord.bits]! ^= TO_DUE;
        person[personAt + userWord.dueCount]!++;
        ready.dueFirst(device, row);
      } else this.#places.place(row);
    }
  }

  #measure(site: Site, audience: number): void {
    this.#audience = audience;
    this.#gap = site.ordinal - newestOrdinal(this.#state.audiences.of(audience), site);
  }

  /** Out of the armed list. The cursor has gone on. */
  #unlink(site: Site, words: Uint32Array, at: number): void {
    const { rows } = this.#state.listeners;
    const next = words[at + listenerWord.next]!;
    const prev = words[at + listenerWord.prev]!;
    if (next !== 0) rows.set(next, listenerWord.prev, prev);
    if (prev === 0) site.armed = next;
    else rows.set(prev, listenerWord.next, next);
    words[at + listenerWord.next] = 0;
    words[at + listenerWord.prev] = 0;
  }

  #park(row: number, person: Uint32Array, personAt: number): void {
    const { rows } = this.#state.listeners;
    const first = person[personAt + userWord.parked]!;
    rows.set(row, listenerWord.next, first);
    if (first !== 0) rows.set(first, listenerWord.prev, row);
    person[personAt + userWord.parked] = row;
    this.#state.passBy(row, 'here');
  }
}
