/**
 * Answers kept in memory, each exactly as long as it is true: what a tail asks of a site and of a device with
 * every question, and lists of who holds a site. Whoever changes a row forgets what was said about it, in the
 * same turn in which the row changes, and nobody asks within a transaction: so an answer is always that of the
 * last commit, also when one fails. Everything is bounded, and asked of the file when it is not here.
 */

import type { Change } from 'copse/internal/api/auth.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import type { DeviceId, LogId, SiteId } from 'copse/internal/base/ids.ts';
import type { HoldingCursor } from './accounts-grants.ts';
import type { ListedRow } from './accounts-sqlite-grants-rows.ts';

/** Of a site, what goes with every access: some hundred bytes each. */
export interface SiteFacts {
  readonly keyEpoch: number;
  readonly origins: readonly string[];
}

export interface DeviceFacts {
  readonly user: string;
  readonly revoked_ms: number | null;
}

/** What a list of holders was asked for. */
export interface ListAsked {
  readonly log: LogId | null;
  readonly after: HoldingCursor | null;
  readonly countMax: number;
}

/** Sites and devices each: some three megabytes. */
export const FACTS_MAX = 16_384;
/** Sites whose lists are kept, lists of each, and rows of a list: a dialog that is open reads the first pages. */
const LISTS_PER_FACT = 1 / 64;
const LISTS_OF_SITE_MAX = 4;
const ROWS_MAX = 65;

export class Recall {
  readonly #countMax: number;
  readonly #sites: Cache<SiteId, SiteFacts>;
  readonly #devices: Cache<DeviceId, DeviceFacts>;
  readonly #lists: Cache<SiteId, Map<string, readonly ListedRow[]>>;

  /** With 0 nothing is kept. */
  constructor(countMax: number) {
    this.#countMax = countMax;
    this.#sites = new Cache(Math.max(1, countMax));
    this.#devices = new Cache(Math.max(1, countMax));
    this.#lists = new Cache(Math.max(1, Math.floor(countMax * LISTS_PER_FACT)));
  }

  /** Null: there is no such site, which is not kept. */
  site(site: SiteId, ask: () => SiteFacts | null): SiteFacts | null {
    return kept(this.#sites, site, this.#asking(ask));
  }

  device(device: DeviceId, ask: () => DeviceFacts | null): DeviceFacts | null {
    return kept(this.#devices, device, this.#asking(ask));
  }

  list(site: SiteId, asked: ListAsked, ask: () => readonly ListedRow[]): readonly ListedRow[] {
    const name = `${asked.log ?? ''} ${asked.after?.user ?? ''} ${asked.after?.number ?? 0} ${asked.countMax}`;
    const lists = this.#lists.get(site);
    const known = lists?.get(name);
    if (known !== undefined) return known;
    const rows = ask();
    if (this.#countMax === 0 || rows.length > ROWS_MAX) return rows;
    if (lists === undefined) this.#lists.set(site, new Map([[name, rows]]));
    else if (lists.size < LISTS_OF_SITE_MAX) lists.set(name, rows);
    return rows;
  }

  /** Within the transaction that makes the change. */
  changed(change: Change): void {
    if (change.kind === 'device') this.#devices.delete(change.device);
    if (change.kind === 'site' || change.kind === 'origins') this.#sites.delete(change.site);
  }

  /** A row of the site was added. */
  held(site: SiteId): void {
    this.#lists.delete(site);
  }

  /** Rows of whatever sites went. */
  dropped(): void {
    this.#lists.clear();
  }

  #asking<V>(ask: () => V | null): { readonly ask: () => V | null; readonly isKept: boolean } {
    return { ask, isKept: this.#countMax > 0 };
  }
}

function kept<K, V>(
  cache: Cache<K, V>,
  key: K,
  { ask, isKept }: { readonly ask: () => V | null; readonly isKept: boolean },
): V | null {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const value = ask();
  if (value !== null && isKept) cache.set(key, value);
  return value;
}
