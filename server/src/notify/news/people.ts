/**
 * Users and their devices, as rows: what notifications need to know of them whatever the site. A user is
 * known while a device of hers listens or a shard says that she is here, a device while it listens.
 */

import { assert } from 'copse/internal/base/assert.ts';
import type { DeviceId, UserId } from 'copse/internal/base/ids.ts';

import { Names } from './names.ts';
import { Rows } from './rows.ts';

/** Words of a user. */
export const userWord = {
  /** First of the heads of her listeners. */
  heads: 0,
  /** First of her listeners that wait for something of hers to end. */
  parked: 1,
  devices: 2,
  /** Shards that say that she is here. */
  here: 3,
  /** Tick until which she counts as here. */
  grace: 4,
  /** Listeners of hers in lists of due ones. */
  dueCount: 5,
  /** 1: she has quiet hours. */
  quiet: 6,
} as const;
const USER_WORDS = 7;

/** Words of a device. */
export const deviceWord = {
  user: 0,
  /** The next device of the user. */
  next: 1,
  /** First of the listeners that are due. */
  due: 2,
  readyNext: 3,
  readyPrev: 4,
  /** How often the window has grown. */
  window: 5,
  /** Number of the notice on its way, shortened; 0 is none. */
  flight: 6,
  listenerCount: 7,
  /** The line in which it stands, whether a mention is due, whether a failure holds it. */
  bits: 8,
  /** The hour in which it was said last why nothing left, and why. */
  passed: 9,
} as const;
const DEVICE_WORDS = 10;

type UserWord = (typeof userWord)[keyof typeof userWord];
type DeviceWord = (typeof deviceWord)[keyof typeof deviceWord];

export class Users {
  readonly rows = new Rows(USER_WORDS);
  readonly names = new Names<UserId>();

  get bytes(): number {
    return this.rows.bytes;
  }

  get(user: number, word: UserWord): number {
    return this.rows.get(user, word);
  }

  set(user: number, word: UserWord, value: number): void {
    this.rows.set(user, word, value);
  }

  heads(user: number): number {
    return this.rows.get(user, userWord.heads);
  }

  make(name: UserId): number {
    const known = this.names.find(name);
    if (known !== 0) return known;
    const user = this.rows.take();
    this.names.put(name, user);
    return user;
  }

  /** Lets go of a user of whom nothing is left. */
  isGone(user: number): boolean {
    if (this.get(user, userWord.heads) !== 0 || this.get(user, userWord.here) !== 0) return false;
    assert(this.get(user, userWord.devices) === 0, 'who listens nowhere has no device');
    this.names.remove(user);
    this.rows.give(user);
    return true;
  }
}

export class Devices {
  readonly rows = new Rows(DEVICE_WORDS);
  readonly #users: Users;
  readonly names = new Names<DeviceId>();

  constructor(users: Users) {
    this.#users = users;
  }

  get bytes(): number {
    return this.rows.bytes;
  }

  get(device: number, word: DeviceWord): number {
    return this.rows.get(device, word);
  }

  set(device: number, word: DeviceWord, value: number): void {
    this.rows.set(device, word, value);
  }

  userOf(device: number): number {
    return this.rows.get(device, deviceWord.user);
  }

  add(name: DeviceId, user: number): number {
    const device = this.rows.take();
    this.names.put(name, device);
    this.set(device, deviceWord.user, user);
    this.set(device, deviceWord.next, this.#users.get(user, userWord.devices));
    this.#users.set(user, userWord.devices, device);
    return device;
  }

  remove(device: number): void {
    assert(this.get(device, deviceWord.listenerCount) === 0, 'the device listens nowhere');
    const user = this.get(device, deviceWord.user);
    const next = this.get(device, deviceWord.next);
    let other = this.#users.get(user, userWord.devices);
    if (other === device) this.#users.set(user, userWord.devices, next);
    while (other !== device) {
      const after = this.get(other, deviceWord.next);
      if (after === device) this.set(other, deviceWord.next, next);
      other = after;
    }
    this.names.remove(device);
    this.rows.give(device);
  }
}
