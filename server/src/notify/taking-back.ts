/**
 * Takes notifications back from the devices on which they stand, after their user has read elsewhere (SPEC I10).
 * What comes in a second goes together; in quiet hours it waits for their end (SPEC I8). It never comes behind news
 * of the same site: a message that a push service may have had or not is not sent again then.
 */

import type { Env, Timer } from 'copse/internal/base/env.ts';
import { asFault } from 'copse/internal/base/fault.ts';
import type { DeviceId, SiteId, UserId } from 'copse/internal/base/ids.ts';
import { noticeReadMs, noticeReadsWaitingMax, wallLookMs } from 'copse/internal/base/limits-notify.ts';
import { noticePlacesMax } from 'copse/internal/base/limits-push.ts';
import type { Addresses } from './addresses.ts';
import type { News } from './news/news.ts';
import type { PushMessage } from './push/message.ts';
import type { End } from './push/origin-line.ts';
import type { Provider } from './push/provider.ts';
import type { QuietUsers } from './quiet-users.ts';
import { readMessage, type Words } from './words.ts';

export interface TakingBackOptions {
  readonly env: Env;
  readonly news: Pick<News, 'badge'>;
  readonly quiet: Pick<QuietUsers, 'until'>;
  readonly addresses: Addresses;
  readonly sender: Pick<Provider, 'offer' | 'withdraw'>;
  readonly words: Words;
}

interface Waiting {
  readonly user: UserId;
  readonly sites: Set<SiteId>;
  dueMs: number;
}

interface UnderWay {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly endpoint: string;
  readonly sites: Set<SiteId>;
}

/** Devices of one turn. */
const STEP = 256;

export class TakingBack {
  readonly #options: TakingBackOptions;
  readonly #waiting = new Map<DeviceId, Waiting>();
  readonly #underWay = new Map<string, UnderWay>();
  readonly #underWayTo = new Map<DeviceId, Set<UnderWay>>();
  #timer: Timer | null = null;
  #count = 0;
  #isOver = false;

  constructor(options: TakingBackOptions) {
    this.#options = options;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  add(user: UserId, device: DeviceId, site: SiteId): void {
    const { env, addresses } = this.#options;
    if (this.#isOver || !addresses.canReach(device)) return;
    const known = this.#waiting.get(device);
    if (known !== undefined) {
      known.sites.add(site);
      return;
    }
    if (this.#waiting.size >= noticeReadsWaitingMax) return;
    this.#waiting.set(device, { user, sites: new Set([site]), dueMs: env.nowMs() + noticeReadMs });
    this.#look(noticeReadMs);
  }

  /** The device is told of the site again, by what leaves next: there is nothing to be taken back. */
  told(device: DeviceId, site: SiteId): void {
    const waiting = this.#waiting.get(device);
    if (waiting?.sites.delete(site) === true && waiting.sites.size === 0) this.#waiting.delete(device);
    // The rest of it is said again when it has ended.
    for (const { endpoint, sites } of this.#underWayTo.get(device) ?? [])
      if (sites.delete(site)) this.#options.sender.withdraw(endpoint);
  }

  /** What was taken out because something else was is said again; whatever else became of it, nobody misses it. */
  ended({ id }: PushMessage, { how }: End): void {
    const underWay = this.#forget(id);
    if (underWay === null || how !== 'withdrawn') return;
    for (const site of underWay.sites) this.add(underWay.user, underWay.device, site);
  }

  #forget(id: string): UnderWay | null {
    const underWay = this.#underWay.get(id);
    if (underWay === undefined) return null;
    this.#underWay.delete(id);
    const others = this.#underWayTo.get(underWay.device);
    others?.delete(underWay);
    if (others?.size === 0) this.#underWayTo.delete(underWay.device);
    return underWay;
  }

  close(): void {
    this.#isOver = true;
    this.#timer?.cancel();
  }

  #look(delayMs: number): void {
    if (this.#isOver) return;
    this.#timer ??= this.#options.env.after(delayMs, () => {
      this.#timer = null;
      this.#turn();
    });
  }

  #turn(): void {
    const { env } = this.#options;
    const nowMs = env.nowMs();
    let [left, nextMs] = [STEP, Infinity];
    for (const [device, waiting] of this.#waiting) {
      if (waiting.dueMs <= nowMs && left-- > 0) this.#take(device, waiting);
      if (this.#waiting.has(device)) nextMs = Math.min(nextMs, waiting.dueMs);
    }
    if (nextMs !== Infinity) this.#look(Math.max(0, nextMs - nowMs));
  }

  #take(device: DeviceId, waiting: Waiting): void {
    const { env, quiet } = this.#options;
    const untilMs = quiet.until(waiting.user, env.wallMs(), 'news');
    if (untilMs !== null) {
      waiting.dueMs = env.nowMs() + Math.min(untilMs - env.wallMs(), wallLookMs);
      return;
    }
    this.#waiting.delete(device);
    this.#say(device, waiting).catch((thrown: unknown) => {
      env.log('warn', 'notify.read', { fault: asFault(thrown).code });
    });
  }

  async #say(device: DeviceId, { user, sites }: Waiting): Promise<void> {
    const { addresses, sender, words, news } = this.#options;
    const endpoint = await addresses.find(user, device);
    if (endpoint === null) return;
    const rest = [...sites];
    while (rest.length > 0) {
      const some = rest.splice(0, noticePlacesMax);
      const to = { id: `r${++this.#count}`, device, endpoint };
      const message = readMessage(words, to, { sites: some, badge: news.badge(user) });
      this.#note(to.id, { user, device, endpoint: endpoint.url, sites: new Set(some) });
      try {
        sender.offer(message);
      } catch (thrown) {
        this.#forget(to.id);
        throw thrown;
      }
    }
  }

  #note(id: string, underWay: UnderWay): void {
    this.#underWay.set(id, underWay);
    const others = this.#underWayTo.get(underWay.device);
    if (others === undefined) this.#underWayTo.set(underWay.device, new Set([underWay]));
    else others.add(underWay);
  }
}
