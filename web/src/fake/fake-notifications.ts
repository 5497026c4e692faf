/** Notifications of the fake node, and the push of a browser that says what the address of the page asks for. */

import { Cell } from 'copse/internal/client/store.ts';
import type { Fault } from 'copse/internal/base/fault.ts';
import { deviceId, userId } from 'copse/internal/base/ids.ts';
import { neighbourhoodOf } from 'copse/internal/social/subscriptions/neighbourhood.ts';
import type {
  DigestState,
  Level,
  NoticeTold,
  Notifications,
  NotificationsState,
  Push,
  PushObstacle,
  QuietHours,
  SiteId,
  SiteLevel,
  TestAnswer,
} from '../model/sdk.ts';
import { pause } from './fake-log.ts';
import { myDevice } from './fake-site.ts';

const MINUTE_MS = 60_000;
const neighbourhood = neighbourhoodOf(userId('a1'.repeat(8)));
const ADDRESS = {
  endpoint: 'https://push.example/ada',
  keys: { p256dh: new Uint8Array(65), auth: new Uint8Array(16) },
};

export interface FakeNotifyOptions {
  readonly sites: () => readonly { readonly id: SiteId }[];
  readonly delayMs: () => number;
  readonly takeFault: () => Fault | null;
}

export class FakeNotifications implements Notifications {
  readonly state = new Cell<NotificationsState | null>(null);
  readonly #options: FakeNotifyOptions;
  readonly #levels = new Map<SiteId, SiteLevel>();
  #address: string | null = null;
  #quiet: QuietHours | null = null;
  #digest: DigestState['to'] = null;
  #told: readonly NoticeTold[] = [];

  constructor(options: FakeNotifyOptions) {
    this.#options = options;
  }

  async look(): Promise<NotificationsState> {
    await pause(this.#options.delayMs());
    const fault = this.#options.takeFault();
    if (fault !== null) throw fault;
    const isOn = this.#address !== null;
    const sites = isOn ? this.#options.sites().map(({ id }) => this.#levelOf(id)) : [];
    const now: NotificationsState = {
      pushKey: new Uint8Array(65),
      address: this.#address,
      state: isOn ? 'good' : 'none',
      quiet: this.#quiet,
      sites,
      neighbourhood: isOn ? this.#levelOf(neighbourhood) : null,
    };
    this.state.set(now);
    return now;
  }

  /** As many as a page sets with `happen`. */
  unreadCount = 0;

  async unread(): Promise<number> {
    await pause(this.#options.delayMs());
    return this.unreadCount;
  }

  async readPosts(): Promise<void> {
    await pause(this.#options.delayMs());
    this.unreadCount = 0;
  }

  async subscribe({ endpoint }: typeof ADDRESS): Promise<void> {
    this.#address = endpoint;
    this.#told = this.#sample();
    await this.#changed();
  }

  async unsubscribe(): Promise<void> {
    this.#address = null;
    await this.#changed();
  }

  level(site: SiteId, level: Level): Promise<void> {
    return this.#set(site, { level, override: null });
  }

  mute(site: SiteId, durationMs: number): Promise<void> {
    return this.#override(site, 'none', durationMs);
  }

  unmute(site: SiteId, durationMs = 0): Promise<void> {
    return durationMs === 0 ? this.#set(site, { override: null }) : this.#override(site, 'all', durationMs);
  }

  #override(site: SiteId, level: 'all' | 'none', durationMs: number): Promise<void> {
    return this.#set(site, {
      override: { level, untilMs: durationMs === 0 ? null : Date.now() + durationMs },
    });
  }

  async quiet(hours: QuietHours | null): Promise<void> {
    this.#quiet = hours;
    await this.#changed();
  }

  async test(): Promise<TestAnswer> {
    await pause(this.#options.delayMs());
    if (this.#address === null) return { outcome: 'none', said: '' };
    this.#told = [{ device: myDevice, site: null, atMs: Date.now(), what: 'sent' }, ...this.#told];
    return { outcome: 'sent', said: '201 Created' };
  }

  async digest(): Promise<DigestState> {
    await pause(this.#options.delayMs());
    return { sends: true, to: this.#digest };
  }

  async setDigest(to: DigestState['to']): Promise<void> {
    await pause(this.#options.delayMs());
    const fault = this.#options.takeFault();
    if (fault !== null) throw fault;
    this.#digest = to;
  }

  async history(): Promise<readonly NoticeTold[]> {
    await pause(this.#options.delayMs());
    return this.#told;
  }

  #levelOf(site: SiteId): SiteLevel {
    return this.#levels.get(site) ?? { site, level: 'all', override: null };
  }

  async #set(site: SiteId, change: Partial<SiteLevel>): Promise<void> {
    this.#levels.set(site, { ...this.#levelOf(site), ...change });
    await this.#changed();
  }

  async #changed(): Promise<void> {
    const fault = this.#options.takeFault();
    if (fault !== null) throw fault;
    await this.look();
  }

  #sample(): readonly NoticeTold[] {
    const nowMs = Date.now();
    const [garden, choir] = this.#options.sites();
    const phone = deviceId('4f1e2d3c4b5a6978');
    const row = (agoMinutes: number, what: string, site = garden, device = phone): NoticeTold => ({
      device,
      site: site?.id ?? null,
      atMs: nowMs - agoMinutes * MINUTE_MS,
      what,
    });
    return [
      row(9, 'sent'),
      row(9, 'here', garden, myDevice),
      row(41, 'held'),
      row(196, 'muted', choir),
      row(12 * 60, 'quiet', choir),
      row(26 * 60, 'sent', choir),
      { ...row(30 * 60, 'sent'), site: neighbourhood },
    ];
  }
}

export function fakePush(obstacle: PushObstacle | null): Push {
  const inTheWay = (): PushObstacle | null => (obstacle === 'dismissed' ? null : obstacle);
  return {
    obstacle: inTheWay,
    async begin(notifications) {
      if (obstacle === null) await notifications.subscribe(ADDRESS);
      return obstacle;
    },
    end: (notifications) => notifications.unsubscribe(),
    renew: async () => {},
    forget: async () => {},
  };
}

/** What the address of the page says of the browser's push, or null. */
export function obstacleNamed(text: string | null): PushObstacle | null {
  const known: readonly PushObstacle[] = [
    'unsupported',
    'homeScreen',
    'denied',
    'dismissed',
    'refused',
    'node',
  ];
  return known.find((name) => name === text) ?? null;
}
