/**
 * What a session needs for notifications, and what of it lives as long as auth: the desk, the teller, and notify
 * itself. A node that does not notify has none of it.
 */

import type { NoticesApi } from 'copse/internal/api/notices.ts';
import type { NotifyRemote } from 'copse/internal/api/notify.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { DeviceId, UserId } from 'copse/internal/base/ids.ts';
import { addressesMeteredMax } from 'copse/internal/base/limits.ts';
import {
  endpointBytesMax,
  noticeTriesBurst,
  noticeTriesPerSecond,
} from 'copse/internal/base/limits-notify.ts';
import { Meter } from 'copse/internal/base/meter.ts';
import { Zones } from 'copse/internal/base/zones.ts';
import type { Endpoint } from 'copse/internal/social/subscriptions/held.ts';
import type { Grounds } from './grounds.ts';
import { NoticeDesk } from './notice-desk.ts';
import { NoticeTeller } from './notice-teller.ts';

/** Throws `malformed` or `forbidden` for an address that will never be called. */
export type CheckAddress = (address: Endpoint) => void;

export interface NoticesOptions {
  readonly grounds: Grounds;
  readonly notify: NotifyRemote;
  readonly checkAddress: CheckAddress;
}

type State = Awaited<ReturnType<NoticesApi['desk']>>['state'];

export class NoticesParts implements AsyncDisposable {
  readonly notify: NotifyRemote;
  readonly checkAddress: CheckAddress;
  readonly desk: NoticeDesk;
  readonly teller: NoticeTeller;
  readonly zones = new Zones();
  readonly #grounds: Grounds;
  readonly #tries = new Cache<UserId, Meter>(addressesMeteredMax);
  #pushKey: Uint8Array | null = null;

  constructor({ grounds, notify, checkAddress }: NoticesOptions) {
    this.#grounds = grounds;
    this.notify = notify;
    this.checkAddress = checkAddress;
    this.desk = new NoticeDesk(grounds);
    this.teller = new NoticeTeller({ grounds, desk: this.desk, notify });
  }

  async pushKey(): Promise<Uint8Array> {
    this.#pushKey ??= (await this.notify.about({})).pushKey.slice();
    return this.#pushKey;
  }

  /** How the last message to a device that has an address went. */
  async stateOf(user: UserId, device: DeviceId): Promise<State> {
    const { addresses } = await this.notify.told({ user });
    // Notify knows nothing of an address that it was not told of yet: nothing was sent to it.
    return addresses.find((each) => each.device === device)?.state ?? 'good';
  }

  /** Throws `tooMany` for who tries too often. */
  take(user: UserId, what: string): void {
    let meter = this.#tries.get(user);
    if (meter === undefined) {
      meter = new Meter(noticeTriesPerSecond, noticeTriesBurst);
      this.#tries.set(user, meter);
    }
    const waitMs = meter.take(this.#grounds.env.nowMs());
    if (waitMs > 0) throw new Fault('tooMany', `${what}: again in ${Math.ceil(waitMs)} ms`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.teller[Symbol.asyncDispose]();
  }
}

const POINT = 4;
const POINT_BYTES = 65;
const SECRET_BYTES = 16;

/** What any address of a push service is; which of them are called is the operator's to say. */
export function checkAnyAddress({ url, p256dh, auth }: Endpoint): void {
  if (url.length > endpointBytesMax || !/^https:\/\/[\x21-\x7e]+$/.test(url) || !URL.canParse(url))
    throw new Fault('malformed', 'The address is no https address.');
  const { username, password } = new URL(url);
  if (username !== '' || password !== '' || url.includes('#'))
    throw new Fault('malformed', 'The address holds more than a host and a path.');
  if (p256dh.length !== POINT_BYTES || p256dh[0] !== POINT)
    throw new Fault('malformed', 'p256dh is an uncompressed point of 65 bytes.');
  if (auth.length !== SECRET_BYTES) throw new Fault('malformed', 'auth has 16 bytes.');
}
