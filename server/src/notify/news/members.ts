/** Coming and going: who listens where, as auth tells it. Rows that are let go are named by nothing any more. */

import { Fault } from 'copse/internal/base/fault.ts';
import type { DeviceId, SiteId, UserId } from 'copse/internal/base/ids.ts';
import type { Resource } from 'copse/internal/capability/policy.ts';
import { flag } from './listeners.ts';
import type { Site } from './logs.ts';
import { deviceWord, userWord } from './people.ts';
import type { Places } from './places.ts';
import { rank } from './judge.ts';
import type { State } from './state.ts';

export class Members {
  readonly #state: State;
  readonly #places: Places;

  constructor(state: State, places: Places) {
    this.#state = state;
    this.#places = places;
  }

  /**
   * The listener of the device in the site, made when there is none, and what its user may read there. The
   * device hears of what comes from now on; what is unread for her elsewhere stays it (SPEC I10).
   */
  join(userName: UserId, deviceName: DeviceId, siteName: SiteId, resources: readonly Resource[]): number {
    const state = this.#state;
    const device = state.devices.names.find(deviceName);
    if (device !== 0 && state.users.names.of(state.devices.userOf(device)) !== userName)
      throw new Fault('taken', "The device is another user's.");
    let row = state.find(deviceName, siteName);
    if (row === 0) row = this.#add(userName, deviceName, state.logs.site(siteName));
    this.#setAudience(state.listeners.head(row), resources);
    state.touch(row);
    return row;
  }

  #setAudience(head: number, resources: readonly Resource[]): void {
    const { listeners, audiences } = this.#state;
    const before = listeners.audience(head);
    const audience = audiences.take(resources);
    audiences.give(before);
    if (audience === before) return;
    listeners.setAudience(head, audience);
    for (let row = head; row !== 0; row = listeners.nextSame(row)) this.#state.touch(row);
  }

  #add(userName: UserId, deviceName: DeviceId, site: Site): number {
    const { users, devices, listeners, audiences } = this.#state;
    const user = this.#state.userRow(userName);
    const device = devices.names.find(deviceName) || devices.add(deviceName, user);
    const head = this.#state.headOf(user, site);
    const row = listeners.add(device, site.number, head);
    if (head === 0) {
      listeners.setNextHead(row, users.heads(user));
      users.set(user, userWord.heads, row);
      listeners.setRead(row, site.ordinal);
      listeners.setAudience(row, audiences.take(['*']));
    }
    site.listenerCount++;
    listeners.setTold(row, site.ordinal);
    listeners.setLevels(row, rank.all, 0);
    devices.set(device, deviceWord.listenerCount, devices.get(device, deviceWord.listenerCount) + 1);
    return row;
  }

  /** Lets a listener go, and who has no other one. */
  remove(row: number): void {
    const { listeners, devices, users, mentions, gone, logs } = this.#state;
    const site = logs.byNumber(listeners.site(row));
    const device = listeners.device(row);
    const user = devices.userOf(device);
    this.#places.unlink(row);
    mentions.forget(row, site);
    this.#state.untilMs.delete(row);
    gone.push({ kind: 'listener-gone', device: devices.names.of(device), site: site.name });
    if (listeners.has(row, flag.isHead)) this.#removeHead(row, user, site);
    else listeners.remove(row);
    if (--site.listenerCount === 0) logs.drop(site);
    const left = devices.get(device, deviceWord.listenerCount) - 1;
    devices.set(device, deviceWord.listenerCount, left);
    if (left > 0) return;
    if (this.#state.ready.forget(device)) {
      const name = devices.names.of(device);
      gone.push({ kind: 'window-gone', user: users.names.of(user), device: name });
    }
    devices.remove(device);
    this.release(user);
  }

  #removeHead(head: number, user: number, site: Site): void {
    const { listeners, users, audiences } = this.#state;
    const isLast = listeners.nextSame(head) === 0;
    if (isLast) {
      audiences.give(listeners.audience(head));
      for (const log of this.#state.marks.clear(user, site)) this.#state.markGone(user, log);
    }
    let before = users.heads(user);
    if (before !== head) while (listeners.nextHead(before) !== head) before = listeners.nextHead(before);
    const successor = listeners.remove(head);
    if (before === head) users.set(user, userWord.heads, successor);
    else listeners.setNextHead(before, successor);
    if (!isLast) this.#state.touch(successor);
  }

  /** Forgets a user of whom nothing is left. */
  release(user: number): void {
    if (!this.#state.users.isGone(user)) return;
    this.#state.wakes.cancel(user);
    this.#state.dirtyMarks.delete(user);
  }
}
