/** What stands on the screens of devices, by what has arrived there, and how often they rang (SPEC I3, I10, I12). */

import ece from 'http_ece';
import { must } from 'copse/internal/base/assert.ts';
import type { SiteId, UserId } from 'copse/internal/base/ids.ts';
import { decodeNotice, type Notice } from 'copse/internal/social/notice.ts';
import type { World } from '../world.ts';
import type { SimDevice } from './places.ts';

interface Tray {
  readonly shown: Set<SiteId>;
  /** By site, the times that it rang for something that was no mention since its user last read there. */
  readonly rings: Map<SiteId, number>;
  /** By site, when it was told of news last, and of a mention. */
  readonly told: Map<SiteId, number>;
  readonly meant: Map<SiteId, number>;
  /** Messages on their way to it. */
  flights: number;
  /** Rings that are nobody's mistake: of a kill, and of answers that were lost. */
  excuses: number;
}

interface ToldOf {
  readonly sinceMs: number;
  readonly isMeant: boolean;
}

export class Trays {
  readonly #world: World;
  readonly #trays = new Map<SimDevice, Tray>();

  constructor(world: World, devices: readonly SimDevice[]) {
    this.#world = world;
    for (const device of devices) {
      const [rings, told, meant] = [new Map(), new Map(), new Map()];
      this.#trays.set(device, { shown: new Set(), rings, told, meant, flights: 0, excuses: 0 });
    }
  }

  /** A message has arrived. */
  take(device: SimDevice, { kind, places, badge }: Notice): void {
    const of = places.map(({ site, isMention }) => `${site.slice(-2)}${isMention ? '!' : ''}`).join();
    this.#world.note(`${device.device.slice(-2)} is told ${kind} of ${of}, badge ${badge}`);
    const { shown, rings, told, meant, excuses } = this.#of(device);
    for (const { site, isMention } of places) {
      if (kind === 'read') shown.delete(site);
      else shown.add(site);
      if (kind !== 'news') continue;
      told.set(site, this.#world.nowMs);
      if (isMention) meant.set(site, this.#world.nowMs);
      if (isMention) continue;
      const count = (rings.get(site) ?? 0) + 1;
      rings.set(site, count);
      this.#world.check(
        count <= 1 + excuses,
        'I3',
        () => `${device.device} rang ${count} times for ${site}, ${excuses} of them excused`,
      );
    }
  }

  isShown(device: SimDevice, site: SiteId): boolean {
    return this.#of(device).shown.has(site);
  }

  /** Whether it was told of the site since then; with `isMeant`, of a mention. */
  wasTold(device: SimDevice, site: SiteId, { sinceMs, isMeant }: ToldOf): boolean {
    const tray = this.#of(device);
    return ((isMeant ? tray.meant : tray.told).get(site) ?? -1) >= sinceMs;
  }

  /** She reads, or notify hears of it: what comes next may ring again. */
  read(user: UserId, site: SiteId): void {
    for (const [device, { rings, flights }] of this.#trays)
      // What left before she read rings afterwards.
      if (device.user.user === user) rings.set(site, flights === 0 ? 0 : -1);
  }

  /** A message leaves for the device, or has ended. */
  flies(device: SimDevice, by: 1 | -1): void {
    this.#of(device).flights += by;
  }

  /** An answer to the sender of a message to this device was lost. */
  excuse(device: SimDevice): void {
    this.#of(device).excuses++;
  }

  /** Notify was killed: each device may hear once more what it was told. */
  excuseAll(): void {
    for (const tray of this.#trays.values()) tray.excuses++;
  }

  #of(device: SimDevice): Tray {
    return must(this.#trays.get(device), 'a device of this world');
  }
}

/** What a device finds in a message. */
export function opened({ pair, auth }: SimDevice, body: Uint8Array): Notice {
  const keys = { version: 'aes128gcm', privateKey: pair, authSecret: Buffer.from(auth) } as const;
  return must(decodeNotice(new Uint8Array(ece.decrypt(Buffer.from(body), keys))), 'a notice');
}
