/**
 * Brings notices from the state to the push services and tells the state how they ended (SPEC I3, I10, I12, I15).
 * A push service is given so many at once; whoever waits for room behind them, or has no address, is a number
 * in memory, and what she is told is made when it can leave, so that it says what is true then.
 */

import type { Env } from 'copse/internal/base/env.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import type { DeviceId, UserId } from 'copse/internal/base/ids.ts';
import {
  noticeDeadPauseMaxMs,
  noticeDeadPauseMs,
  noticesPerOriginMax,
} from 'copse/internal/base/limits-notify.ts';
import type { Endpoint } from 'copse/internal/social/subscriptions/held.ts';
import type { Addresses } from './addresses.ts';
import type { News } from './news/news.ts';
import type { Notice } from './news/notices.ts';
import { Slice } from './news/sweep.ts';
import type { PushMessage } from './push/message.ts';
import type { End } from './push/origin-line.ts';
import type { Provider } from './push/provider.ts';
import { newsMessage, type Words } from './words.ts';

export interface DeliveriesOptions {
  readonly env: Env;
  readonly news: Pick<News, 'take' | 'sent' | 'failed' | 'putBack'>;
  readonly addresses: Addresses;
  readonly sender: Provider;
  readonly words: Words;
  /** One is offered now. */
  readonly onLeave: (notice: Notice) => void;
  /** How one ended, for who keeps that. */
  readonly onEnd: (ended: Ended) => void;
}

export interface Ended {
  readonly notice: Notice;
  /** Of the push service. */
  readonly origin: string;
  readonly end: End;
}

interface UnderWay {
  readonly notice: Notice;
  readonly message: PushMessage;
  readonly origin: string;
  readonly atMs: number;
}

interface Queue {
  count: number;
  /** Whose turn has not come. */
  waiting: DeviceId[];
}

export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #underWay = new Map<string, UnderWay>();
  readonly #idByDevice = new Map<DeviceId, string>();
  readonly #queueByOrigin = new Map<string, Queue>();
  /** Taken, and without an address. */
  readonly #homeless = new Set<DeviceId>();
  #looking = 0;
  #isAwake = false;
  #isOver = false;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
  }

  /** Offered to push services and not ended. */
  get underWayCount(): number {
    return this.#underWay.size;
  }

  get waitingCount(): number {
    let count = this.#looking;
    for (const { waiting } of this.#queueByOrigin.values()) count += waiting.length;
    return count;
  }

  get homelessCount(): number {
    return this.#homeless.size;
  }

  /** How long the first one has been under way; 0 when there is none. */
  get oldestMs(): number {
    for (const { atMs } of this.#underWay.values()) return this.#options.env.nowMs() - atMs;
    return 0;
  }

  /** Notices are due: they are taken from the next turn on, in slices. */
  wake(): void {
    if (this.#isAwake || this.#isOver) return;
    this.#isAwake = true;
    this.#options.env.after(0, () => void this.#pump());
  }

  /** The device has another address, or none any more: what is on its way to the old one is not sent again. */
  moved(device: DeviceId): void {
    const id = this.#idByDevice.get(device);
    const underWay = id === undefined ? undefined : this.#underWay.get(id);
    if (underWay !== undefined) this.#options.sender.withdraw(underWay.message.subscription.endpoint);
    this.settle(device);
  }

  /** Something of the device has changed: one that waits without an address is looked at anew. */
  settle(device: DeviceId): void {
    if (this.#homeless.delete(device)) this.#putBack(device);
  }

  /** What has not left says what is not true any more. */
  stale(device: DeviceId): void {
    const id = this.#idByDevice.get(device);
    const underWay = id === undefined ? undefined : this.#underWay.get(id);
    if (underWay !== undefined) this.#options.sender.withdraw(underWay.message.subscription.endpoint);
  }

  /** How a message of ours ended; false when it is none. */
  ended(message: PushMessage, end: End): boolean {
    const underWay = this.#underWay.get(message.id);
    if (underWay === undefined) return false;
    this.#underWay.delete(message.id);
    this.#idByDevice.delete(underWay.notice.device);
    this.#tell(underWay, end);
    this.#left(underWay.origin);
    this.#options.onEnd({ notice: underWay.notice, origin: underWay.origin, end });
    return true;
  }

  close(): void {
    this.#isOver = true;
  }

  /** One after the other, so that what a slice has begun it has also done. */
  async #pump(): Promise<void> {
    const slice = new Slice(this.#options.env);
    while (!slice.isOver) {
      const notice = this.#isOver ? null : this.#options.news.take();
      if (notice === null) {
        this.#isAwake = false;
        return;
      }
      try {
        await this.#bring(notice);
      } catch (thrown) {
        this.#mistake(notice, thrown);
      }
    }
    this.#isAwake = false;
    this.wake();
  }

  /** Who has to wait behind others is not even looked up. */
  async #bring(notice: Notice): Promise<void> {
    const { addresses } = this.#options;
    if (this.#isFull(addresses.originOf(notice.device), notice)) return;
    this.#looking++;
    try {
      const endpoint = await addresses.find(notice.user, notice.device);
      // What is taken and has not left is due again after the start.
      if (!this.#isOver) this.#offer(notice, endpoint);
    } finally {
      this.#looking--;
    }
  }

  #isFull(origin: string | null, notice: Notice): boolean {
    if (origin === null || notice.isUrgent) return false;
    const queue = this.#queueTo(origin);
    if (queue.count < noticesPerOriginMax) return false;
    queue.waiting.push(notice.device);
    return true;
  }

  #offer(notice: Notice, endpoint: Endpoint | null): void {
    const origin = this.#options.addresses.originOf(notice.device);
    if (endpoint === null || origin === null) {
      this.#homeless.add(notice.device);
      return;
    }
    const queue = this.#queueTo(origin);
    const { env, words, sender } = this.#options;
    const id = `n${notice.number}`;
    const message = newsMessage(words, { id, device: notice.device, endpoint }, notice);
    queue.count++;
    this.#underWay.set(id, { notice, message, origin, atMs: env.nowMs() });
    this.#idByDevice.set(notice.device, id);
    this.#options.onLeave(notice);
    try {
      sender.offer(message);
    } catch (thrown) {
      const { code } = asFault(thrown);
      this.ended(message, { how: 'dead', why: 'refused', last: code });
    }
  }

  #tell({ notice, message }: UnderWay, end: End): void {
    const { news, addresses, env } = this.#options;
    const to = addresseeOf(notice.user, notice.device, message);
    switch (end.how) {
      case 'delivered':
        addresses.delivered(to);
        return news.sent(notice);
      case 'gone':
        addresses.gone(to, env.wallMs());
        // The state holds it for the address that auth may name.
        if (addresses.canReach(notice.device)) return this.#putBack(notice.device);
        this.#homeless.add(notice.device);
        return;
      case 'replaced':
      case 'withdrawn':
        return this.#putBack(notice.device);
      case 'dead': {
        const count = addresses.failed(to, env.wallMs());
        const pauseMs = noticeDeadPauseMs * 2 ** Math.min(count - 1, 5);
        return news.failed(notice, Math.min(pauseMs, noticeDeadPauseMaxMs));
      }
    }
  }

  /** There is room again: a half at once, so that a turn is worth it. */
  #left(origin: string): void {
    const queue = this.#queueTo(origin);
    queue.count--;
    if (queue.waiting.length > 0 && queue.count <= noticesPerOriginMax / 2) {
      const next = queue.waiting.splice(0, noticesPerOriginMax - queue.count);
      for (const device of next) this.#options.news.putBack(device);
      this.wake();
    }
    if (queue.count === 0 && queue.waiting.length === 0) this.#queueByOrigin.delete(origin);
  }

  #putBack(device: DeviceId): void {
    this.#options.news.putBack(device);
    this.wake();
  }

  #mistake(notice: Notice, thrown: unknown): void {
    const { env, news } = this.#options;
    env.log('error', 'notify.delivery', { fault: asFault(thrown).code });
    news.failed(notice);
  }

  #queueTo(origin: string): Queue {
    let queue = this.#queueByOrigin.get(origin);
    if (queue === undefined) {
      queue = { count: 0, waiting: [] };
      this.#queueByOrigin.set(origin, queue);
    }
    return queue;
  }
}

export function addresseeOf(user: UserId, device: DeviceId, { subscription }: PushMessage) {
  return { user, device, url: subscription.endpoint };
}
