/**
 * Puts listeners into the list where the judge wants them: armed ones wait for news of their site, due ones
 * for their device, parked ones for something of their user to end. Who is passed by for a good reason is in
 * no armed list any more, so that later sweeps do not meet her (SPEC I3, I13).
 */

import { Judge } from './judge.ts';
import { list, type ListName } from './listeners.ts';
import { deviceWord, userWord } from './people.ts';
import type { State } from './state.ts';

export class Places {
  readonly judge: Judge;
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
    this.judge = new Judge(state);
  }

  /** Something that the judge looks at has changed. The answer is the list in which the listener is now. */
  place(row: number): ListName {
    const { listeners, devices, ready, wakes } = this.#state;
    const to = this.judge.verdict(row);
    const isMoved = to !== listeners.listOf(row);
    if (isMoved) {
      this.unlink(row);
      if (to !== list.none) this.#link(row, to);
    }
    const device = listeners.device(row);
    if (to === list.due) ready.due(device, this.judge.isMention);
    if (to === list.parked && this.judge.wakeAtMs > 0)
      wakes.setEarlier(devices.userOf(device), this.judge.wakeAtMs);
    if (isMoved) this.#say(row, to);
    return to;
  }

  /** Why nothing leaves for it now. */
  #say(row: number, to: ListName): void {
    const { listeners, ready } = this.#state;
    if (to === list.parked && this.judge.whyNot !== null) this.#state.passBy(row, this.judge.whyNot);
    if (to === list.due && ready.isWaiting(listeners.device(row))) this.#state.passBy(row, 'held');
  }

  /** Takes the listener out of the list in which it is. */
  unlink(row: number): void {
    const { listeners, users, devices, ready } = this.#state;
    const from = listeners.listOf(row);
    if (from === list.none) return;
    const device = listeners.device(row);
    if (from === list.armed) {
      const site = this.#state.siteOf(row);
      if (site.cursor === row) site.cursor = listeners.next(row);
      site.armed = listeners.unlink(row, site.armed);
      return;
    }
    const user = devices.userOf(device);
    if (from === list.parked) {
      users.set(user, userWord.parked, listeners.unlink(row, users.get(user, userWord.parked)));
      return;
    }
    devices.set(device, deviceWord.due, listeners.unlink(row, devices.get(device, deviceWord.due)));
    users.set(user, userWord.dueCount, users.get(user, userWord.dueCount) - 1);
    ready.look(device);
  }

  #link(row: number, to: ListName): void {
    const { listeners, users, devices } = this.#state;
    const device = listeners.device(row);
    if (to === list.armed) {
      const site = this.#state.siteOf(row);
      listeners.link(row, to, site.armed);
      site.armed = row;
      return;
    }
    const user = devices.userOf(device);
    if (to === list.parked) {
      listeners.link(row, to, users.get(user, userWord.parked));
      users.set(user, userWord.parked, row);
      return;
    }
    listeners.link(row, to, devices.get(device, deviceWord.due));
    devices.set(device, deviceWord.due, row);
    users.set(user, userWord.dueCount, users.get(user, userWord.dueCount) + 1);
  }

  /** What held the user's parked listeners may be over. */
  wake(user: number): void {
    const { listeners, users } = this.#state;
    const rows: number[] = [];
    for (let row = users.get(user, userWord.parked); row !== 0; row = listeners.next(row)) rows.push(row);
    for (const row of rows) this.place(row);
  }

  /** She is here from now on: what is due waits until she has gone. */
  hush(user: number): void {
    if (this.#state.users.get(user, userWord.dueCount) === 0) return;
    for (const row of this.#state.all(user))
      if (this.#state.listeners.listOf(row) === list.due) this.place(row);
  }

  /** All listeners of the user in one site. */
  placeSite(head: number): void {
    for (let row = head; row !== 0; row = this.#state.listeners.nextSame(row)) this.place(row);
  }
}
