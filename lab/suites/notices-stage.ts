/** Parties for tests of what devices hear: a notify that can be away, forget and begin anew, and devices at the facet. */

import { noticesApi, type NoticesRemote } from 'copse/internal/api/notices.ts';
import type { Letter, NotifyRemote, Told, Update, Updated } from 'copse/internal/api/notify.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { DeviceId, SiteId, UserId } from 'copse/internal/base/ids.ts';
import type { ListenerAt } from 'copse/internal/social/subscriptions/held.ts';
import { neighbourIn } from 'copse/internal/social/subscriptions/neighbourhood.ts';
import { SubscriptionDesk } from '../../server/src/notify/subscriptions/desk.ts';
import { MemoryNews } from '../../server/src/store/news-memory.ts';
import type { NewsStore } from '../../server/src/store/news.ts';
import { Clock, settled, type Actor } from './auth-stage.ts';
import { primitives } from './people.ts';

/** What may happen to a message: it comes, it is lost, or its answer is. */
export type Fate = 'comes' | 'lost' | 'unanswered';

/** Dead letters in one answer, so that a few make several. */
const LETTERS_PAGE = 2;

/** The end of `update` as notify has it, and the rest of notify as a test says. */
export class NotifyDouble implements NotifyRemote {
  store: NewsStore;
  readonly updates: Update[] = [];
  readonly tested: DeviceId[] = [];
  /** Who has said that she has read posts. */
  readonly seenBy: UserId[] = [];
  fate: (update: Update) => Fate = () => 'comes';
  rows: readonly Told[] = [];
  deadLetters: readonly Letter[] = [];
  /** Logs with news that a user has not read. */
  readonly unreadByUser = new Map<UserId, number>();
  addresses: Awaited<ReturnType<NotifyRemote['told']>>['addresses'] = [];
  #desk: SubscriptionDesk;

  constructor(store: NewsStore = new MemoryNews()) {
    this.store = store;
    this.#desk = this.#begin();
  }

  #begin(): SubscriptionDesk {
    return new SubscriptionDesk({ store: this.store, env: new Clock(), primitives, apply: () => ({}) });
  }

  /** Begins anew with what it has, or with nothing. */
  restart(isLost: boolean): void {
    if (isLost) this.store = new MemoryNews();
    this.#desk = this.#begin();
  }

  unread({ user }: { readonly user: UserId }): Promise<{ readonly count: number }> {
    return Promise.resolve({ count: this.unreadByUser.get(user) ?? 0 });
  }

  async update(update: Update): Promise<Updated> {
    this.updates.push(update);
    const fate = this.fate(update);
    if (fate === 'lost') throw new Fault('closed');
    const answer = await this.#desk.update(update);
    if (fate === 'unanswered') throw new Fault('deadline');
    return answer;
  }

  /** `device site audience level` of all that it holds of a user in her sites, sorted. */
  async listeners(user: UserId): Promise<readonly string[]> {
    return this.#lines(user, ({ site }) => neighbourIn(site) === null);
  }

  /** The same in her neighbourhood. */
  async neighbours(user: UserId): Promise<readonly string[]> {
    return this.#lines(user, ({ site }) => neighbourIn(site) !== null);
  }

  async #lines(user: UserId, isOne: (at: ListenerAt) => boolean): Promise<readonly string[]> {
    const { state } = await this.store.stored(user);
    return [...state.listeners()]
      .filter(isOne)
      .map(({ device, site, listener }) => {
        const { audience, level, override } = listener;
        return [device, site, audience, level, override?.level ?? '-'].join(' ');
      })
      .toSorted();
  }

  async sites(user: UserId, device: DeviceId): Promise<readonly SiteId[]> {
    const sites = [...(await this.store.stored(user)).state.sitesOf(device)];
    return sites.filter((site) => neighbourIn(site) === null).toSorted();
  }

  async posts({ lengths }: { readonly lengths: readonly number[] }) {
    return { rows: lengths.map(() => null) };
  }

  async seen({ user }: { readonly user: UserId }) {
    this.seenBy.push(user);
    return {};
  }

  async about() {
    return { pushKey: new Uint8Array(65).fill(9) };
  }

  async told() {
    return { rows: this.rows, addresses: this.addresses };
  }

  async test({ device }: { readonly device: DeviceId }) {
    this.tested.push(device);
    return { outcome: 'sent' as const, said: '201' };
  }

  async letters({ after }: { readonly after: number }) {
    const left = this.deadLetters.filter(({ id }) => id > after);
    const rows = left.slice(0, LETTERS_PAGE);
    return { rows, more: left.length > rows.length ? (rows.at(-1)?.id ?? null) : null };
  }

  async replay({ ids }: { readonly ids: readonly number[] }) {
    const left = this.deadLetters.filter(({ id }) => !ids.includes(id));
    const count = this.deadLetters.length - left.length;
    this.deadLetters = left;
    return { count };
  }

  async publish() {
    return {};
  }

  async presence() {
    return { kind: 'ok' as const };
  }

  async read() {
    return {};
  }
}

export const address = (n: number) => ({
  url: `https://push.example/${n}`,
  p256dh: new Uint8Array(65).fill(4),
  auth: new Uint8Array(16).fill(n),
});

export function noticesOf(actor: Actor): NoticesRemote {
  return actor.facet(noticesApi, {});
}

/** Lets auth tell what it has to tell. */
export async function told(clock: Clock, rounds = 6): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await settled();
    clock.advance(20);
    await settled();
  }
}
