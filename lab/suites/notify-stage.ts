/** The notification service over real sockets and a real store, with a clock that runs faster, for tests. */

import { ok } from 'node:assert/strict';
import type { NotifyInternal, SubscriptionChange } from 'copse/internal/api/notify.ts';
import { must } from 'copse/internal/base/assert.ts';
import { realEnv, type Env } from 'copse/internal/base/env.ts';
import { deviceId, logId, siteId, userId, type DeviceId, type UserId } from 'copse/internal/base/ids.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { decodeNotice, type Notice } from 'copse/internal/social/notice.ts';
import { SubscriptionSender } from 'copse/internal/social/subscriptions/sender.ts';
import { Notify } from '../../server/src/notify/notify.ts';
import { EndpointPolicy } from '../../server/src/notify/push/endpoint.ts';
import { networkPost, type Post } from '../../server/src/notify/push/post.ts';
import { Seals } from '../../server/src/notify/push/seals.ts';
import { newVapidKey, Vapid } from '../../server/src/notify/push/vapid.ts';
import { SqliteNews } from '../../server/src/store/news-sqlite.ts';
import type { NewsStore } from '../../server/src/store/news.ts';
import { PushService, type Behaviour } from './push-service.ts';

const primitives = nativePrimitives();
export const userAt = (n: number): UserId => userId(n.toString(16).padStart(8, '0').padStart(16, 'a'));
export const deviceAt = (n: number): DeviceId => deviceId(n.toString(16).padStart(8, '0').padStart(16, 'd'));
export const siteAt = (n: number) => siteId(n.toString(16).padStart(8, '0').padStart(32, '5'));
export const logAt = (n: number) => logId(n.toString(16).padStart(8, '0').padStart(32, 'c'));
export const origin = 'https://copse.example';

export interface NotifyStageOptions {
  /** A file, where the service is to be opened again. */
  readonly path?: string;
  readonly store?: NewsStore;
  readonly service?: PushService;
  readonly times?: number;
  readonly post?: Post;
  readonly vapid?: Vapid;
  readonly trusted?: readonly string[];
  readonly hosts?: readonly string[];
}

const vapidForTests = new Vapid({ privateKey: newVapidKey(), subject: 'mailto:a@b.example' });

export class NotifyStage implements AsyncDisposable {
  readonly env: Env;
  readonly lines: string[] = [];
  readonly notify: Notify;
  readonly service: PushService;
  /** Added to the wall clock. */
  readonly clock: { aheadMs: number };
  readonly #senders: Map<UserId, SubscriptionSender>;

  private constructor(
    parts: Pick<NotifyStage, 'env' | 'notify' | 'service' | 'clock'>,
    lines: string[],
    senders: Map<UserId, SubscriptionSender>,
  ) {
    this.env = parts.env;
    this.notify = parts.notify;
    this.service = parts.service;
    this.clock = parts.clock;
    this.lines = lines;
    this.#senders = senders;
  }

  static async open(options: NotifyStageOptions = {}): Promise<NotifyStage> {
    return NotifyStage.#open(options, new Map());
  }

  static async #open(
    options: NotifyStageOptions,
    senders: Map<UserId, SubscriptionSender>,
  ): Promise<NotifyStage> {
    const {
      path = ':memory:',
      service = new PushService(),
      times = 20,
      post,
      vapid = vapidForTests,
    } = options;
    const lines: string[] = [];
    const clock = { aheadMs: 0 };
    const env = fastEnv(times, clock, lines);
    const trusted = options.trusted ?? [service.origin];
    const notify = Notify.open({
      store: options.store ?? SqliteNews.open({ path }),
      env,
      primitives,
      vapid,
      policy: new EndpointPolicy({ hosts: options.hosts ?? [], trusted }),
      post: post ?? networkPost(env),
      seals: new Seals(env),
      soon: (task) => void setImmediate(task),
      words: { origin: () => origin, secret: new Uint8Array(32).fill(7) },
    });
    return new NotifyStage({ env, notify, service, clock }, lines, senders);
  }

  /** Another process with the same store file; what auth holds goes on. */
  async restarted(options: NotifyStageOptions): Promise<NotifyStage> {
    await this.notify[Symbol.asyncDispose]();
    return NotifyStage.#open({ service: this.service, ...options }, this.#senders);
  }

  /** What auth says of a user, until notify holds the same. */
  async tell(user: UserId, ...changes: readonly SubscriptionChange[]): Promise<void> {
    let sender = this.#senders.get(user);
    if (sender === undefined)
      this.#senders.set(user, (sender = new SubscriptionSender({ user, primitives })));
    sender.change(changes, this.env.wallMs());
    for (;;) {
      const message = sender.next(this.env.wallMs());
      if (message === null) return;
      sender.answered(message, await this.notify.update(message), this.env.wallMs());
    }
  }

  /** A device with an address in some sites; how it is reached. */
  async device(
    user: UserId,
    device: DeviceId,
    sites: readonly number[],
    ...behaviours: readonly Behaviour[]
  ) {
    const subscription = this.service.subscribe(...behaviours);
    const { endpoint: url, p256dh, auth } = subscription;
    const joins = sites.map((site): SubscriptionChange => ({
      kind: 'join',
      device,
      site: siteAt(site),
      audience: ['*'],
    }));
    await this.tell(user, { kind: 'endpoint', device, url, p256dh, auth }, ...joins);
    return subscription;
  }

  publish(site: number, log: number, length: number, mentions: readonly Uint8Array[] = []): void {
    const news = { site: siteAt(site), log: logAt(log), length, mentions: [...mentions], by: null };
    // One that the end of the service leaves unanswered is said again, by who said it.
    this.notify.publish({ logs: [news] }).catch(() => {});
  }

  async read(user: UserId, site: number, log: number, at: number): Promise<void> {
    await this.notify.read({ reads: [{ user, site: siteAt(site), log: logAt(log), at }] });
  }

  presence(frame: Partial<Parameters<NotifyInternal['presence']>[0]>) {
    return this.notify.presence({ shard: 0, epoch: 1, seq: 0, reads: [], muted: [], unmuted: [], ...frame });
  }

  /** What a device has received. */
  noticesOf(of: { readonly endpoint: string }): readonly Notice[] {
    return this.service.arrivals
      .filter(({ device }) => of.endpoint.endsWith(device))
      .map(({ text }) => must(decodeNotice(text), 'a notice'));
  }

  /** Waits until so many have come, and a while longer to see that no more do. */
  async arrived(of: { readonly endpoint: string }, count: number): Promise<readonly Notice[]> {
    await this.until(
      () => this.noticesOf(of).length >= count,
      () => `${this.noticesOf(of).length} of ${count} arrived`,
    );
    await Bun.sleep(40);
    return this.noticesOf(of);
  }

  async until(holds: () => boolean, what: () => string = () => 'it never held'): Promise<void> {
    for (let waits = 0; waits < 1_500; waits++) {
      if (holds()) return;
      await Bun.sleep(10);
    }
    ok(false, `${what()}; ${this.lines.slice(-5).join(' | ')}; ${JSON.stringify(this.notify.figures())}`);
  }

  figure(name: string): string {
    return must(
      this.notify.figures().find((each) => each.name === name),
      `the figure ${name}`,
    ).value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.notify[Symbol.asyncDispose]();
    await this.service[Symbol.asyncDispose]();
  }
}

/** The real clock, `times` as fast; the wall clock runs as it does, and can be set. */
function fastEnv(times: number, clock: { readonly aheadMs: number }, lines: string[]): Env {
  const env = realEnv(
    (level, event, fields) => void lines.push(`${level} ${event} ${JSON.stringify(fields)}`),
  );
  return {
    ...env,
    wallMs: () => env.wallMs() + clock.aheadMs,
    nowMs: () => env.nowMs() * times,
    after: (delayMs, task) => env.after(delayMs / times, task),
  };
}
