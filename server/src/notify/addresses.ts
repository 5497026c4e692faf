/**
 * Where devices are reached, and how that went (SPEC I15). Whether a device has an address is in memory, the
 * address itself in the store and, while it is in use, here. One that a push service called gone is used no
 * more until auth names another one.
 */

import { Cache } from 'copse/internal/base/cache.ts';
import type { DeviceId, UserId } from 'copse/internal/base/ids.ts';
import { addressesReadyMax } from 'copse/internal/base/limits-notify.ts';
import type { Difference, Endpoint } from 'copse/internal/social/subscriptions/held.ts';
import type { DeliveryRecord, EndpointRecord, NewsStore } from '../store/news.ts';

export type AddressState = 'good' | 'failing' | 'gone';

type Counts = Pick<DeliveryRecord, 'failures' | 'sinceMs' | 'goneMs'>;

interface Going extends Counts {
  readonly origin: Origin;
}

/** A push service. Nearly all devices are well with theirs, and so there is one of that for each service. */
class Origin {
  readonly name: string;
  readonly well: Going;

  constructor(url: string) {
    // Enough to tell them apart; what is no address is refused when it is offered.
    this.name = URL.parse(url)?.origin ?? '';
    this.well = { ...WELL, origin: this };
  }
}

const WELL: Counts = { failures: 0, sinceMs: 0, goneMs: 0 };

/** Whose message it was. */
export interface Addressee {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly url: string;
}

export class Addresses {
  readonly #store: Pick<NewsStore, 'endpoint'>;
  readonly #going = new Map<DeviceId, Going>();
  /** By what stands before the path. */
  readonly #origins = new Map<string, Origin>();
  /** What is newest of an address is in here, also before it is stored. */
  readonly #ready = new Cache<DeviceId, Endpoint>(addressesReadyMax);
  #changed = new Map<DeviceId, DeliveryRecord>();
  #goneCount = 0;

  constructor(store: Pick<NewsStore, 'endpoint'>) {
    this.#store = store;
  }

  get count(): number {
    return this.#going.size;
  }

  /** Of those, the ones that nobody answers at any more. */
  get goneCount(): number {
    return this.#goneCount;
  }

  load(rows: readonly EndpointRecord[]): void {
    for (const { device, endpoint, failures, sinceMs, goneMs } of rows)
      this.#put(device, this.#goingAt(endpoint.url, { failures, sinceMs, goneMs }));
  }

  /** The devices whose address is another one now, or none. */
  apply(endpoints: Difference['endpoints']): void {
    for (const [device, endpoint] of endpoints) {
      this.#ready.delete(device);
      this.#changed.delete(device);
      this.#put(device, null);
      if (endpoint === null) continue;
      this.#put(device, this.#goingAt(endpoint.url, WELL));
      this.#ready.set(device, endpoint);
    }
  }

  /** Null when there is none. */
  state(device: DeviceId): AddressState | null {
    const going = this.#going.get(device);
    if (going === undefined) return null;
    if (going.goneMs > 0) return 'gone';
    return going.failures > 0 ? 'failing' : 'good';
  }

  canReach(device: DeviceId): boolean {
    return this.#going.get(device)?.goneMs === 0;
  }

  /** The push service of the device; null when it cannot be reached. */
  originOf(device: DeviceId): string | null {
    const going = this.#going.get(device);
    return going?.goneMs === 0 ? going.origin.name : null;
  }

  /** What is ready of it; undefined when the store has to be asked. */
  known(device: DeviceId): Endpoint | null | undefined {
    return this.canReach(device) ? this.#ready.get(device) : null;
  }

  async find(user: UserId, device: DeviceId): Promise<Endpoint | null> {
    const known = this.known(device);
    if (known !== undefined) return known;
    const stored = await this.#store.endpoint(user, device);
    // It may have changed meanwhile.
    const now = this.known(device);
    if (now !== undefined || stored === null) return now ?? null;
    this.#ready.set(device, stored.endpoint);
    return stored.endpoint;
  }

  /** A message has arrived there. */
  delivered(to: Addressee): void {
    if (this.#isOf(to) && (this.#going.get(to.device)?.failures ?? 0) > 0) this.#note(to, WELL);
  }

  /** A message was given up. The answer is how many in a row. */
  failed(to: Addressee, wallMs: number): number {
    const { failures, sinceMs, goneMs }: Counts = this.#going.get(to.device) ?? WELL;
    if (!this.#isOf(to)) return 1;
    this.#note(to, { failures: failures + 1, sinceMs: failures === 0 ? wallMs : sinceMs, goneMs });
    return failures + 1;
  }

  /** Its push service says that nobody is there any more; false when it is not the address of the device now. */
  gone(to: Addressee, wallMs: number): boolean {
    if (!this.#isOf(to)) return false;
    const { failures, sinceMs }: Counts = this.#going.get(to.device) ?? WELL;
    this.#note(to, { failures, sinceMs, goneMs: Math.max(1, wallMs) });
    this.#ready.delete(to.device);
    return true;
  }

  /** What is to be written, so many at most. */
  takeChanged(countMax: number): readonly DeliveryRecord[] {
    const rows: DeliveryRecord[] = [];
    for (const [device, row] of this.#changed) {
      if (rows.length >= countMax) break;
      this.#changed.delete(device);
      rows.push(row);
    }
    return rows;
  }

  /** Whether the message went where the device is reached now. One that is not ready is as it was stored. */
  #isOf({ device, url }: Addressee): boolean {
    if (!this.canReach(device)) return false;
    const ready = this.#ready.get(device);
    return ready === undefined || ready.url === url;
  }

  #note(to: Addressee, counts: Counts): void {
    this.#put(to.device, this.#goingAt(to.url, counts));
    this.#changed.set(to.device, { ...to, ...counts });
  }

  #goingAt(url: string, counts: Counts): Going {
    const path = url.indexOf('/', url.indexOf('//') + 2);
    const before = path < 0 ? url : url.slice(0, path);
    let origin = this.#origins.get(before);
    if (origin === undefined) {
      origin = new Origin(url);
      this.#origins.set(before, origin);
    }
    return counts.failures === 0 && counts.goneMs === 0 ? origin.well : { ...counts, origin };
  }

  #put(device: DeviceId, going: Going | null): void {
    if ((this.#going.get(device)?.goneMs ?? 0) > 0) this.#goneCount--;
    if (going === null) this.#going.delete(device);
    else this.#going.set(device, going);
    if ((going?.goneMs ?? 0) > 0) this.#goneCount++;
  }
}
