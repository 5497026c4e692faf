/**
 * What listeners may read, each set once: all logs of their site, or folders and logs. A question about a set
 * walks the lists of its folders, never those of others, so that it costs what it finds (SPEC I6, I13).
 */

import { assert, must } from 'copse/internal/base/assert.ts';
import { covers, isFolder, type Resource } from 'copse/internal/capability/policy.ts';
import type { LogId } from 'copse/internal/base/ids.ts';
import type { Log, Site } from './logs.ts';

export interface Audience {
  readonly isAll: boolean;
  /** As folders are named in a site: without the asterisk. */
  readonly folders: readonly string[];
  /** Those that are in none of the folders. */
  readonly logs: readonly LogId[];
  readonly resources: readonly Resource[];
  readonly key: string;
  uses: number;
}

/** Which logs count as unread: those after `after`, but for the ones that were read by themselves. */
export interface Unread {
  readonly after: number;
  readonly marks: ReadonlyMap<Log, number> | undefined;
  readonly countMax: number;
}

/** Number of the audience that may read everything. */
const ALL = 0;

export class Audiences {
  readonly #byKey = new Map<string, number>();
  readonly #byNumber: (Audience | null)[] = [];
  readonly #free: number[] = [];

  constructor() {
    this.#byNumber.push(audienceOf(['*']));
    this.#byKey.set('*', ALL);
  }

  of(number: number): Audience {
    return must(this.#byNumber[number], 'the audience is in use');
  }

  /** Counts the use. */
  take(resources: readonly Resource[]): number {
    if (resources.length === 1 && resources[0] === '*') {
      this.of(ALL).uses++;
      return ALL;
    }
    const made = audienceOf(resources);
    let number = this.#byKey.get(made.key);
    if (number === undefined) {
      number = this.#free.pop() ?? this.#byNumber.length;
      this.#byNumber[number] = made;
      this.#byKey.set(made.key, number);
    }
    this.of(number).uses++;
    return number;
  }

  give(number: number): void {
    const audience = this.of(number);
    assert(audience.uses > 0, 'the audience is in use');
    if (--audience.uses > 0 || number === ALL) return;
    this.#byKey.delete(audience.key);
    this.#byNumber[number] = null;
    this.#free.push(number);
  }
}

function audienceOf(resources: readonly Resource[]): Audience {
  const sorted: readonly Resource[] = resources.includes('*') ? ['*'] : [...new Set(resources)].toSorted();
  const folders = sorted.filter((resource) => resource !== '*' && isFolder(resource));
  const own = sorted.filter(
    (resource): resource is LogId =>
      resource !== '*' && !isFolder(resource) && !folders.some((folder) => covers(folder, resource)),
  );
  return {
    isAll: sorted[0] === '*',
    folders: folders.map((folder) => folder.slice(0, -1)),
    logs: own,
    resources: sorted,
    key: sorted.join(' '),
    uses: 0,
  };
}

export function isCovered(audience: Audience, log: Log): boolean {
  return audience.isAll || audience.resources.some((resource) => covers(resource, log.name));
}

/** Ordinal of the newest log of the site that is covered; 0 when there is none. */
export function newestOrdinal(audience: Audience, site: Site): number {
  if (audience.isAll) return site.newest?.ordinal ?? 0;
  let ordinal = 0;
  for (const name of audience.folders)
    ordinal = Math.max(ordinal, site.folders.get(name)?.newest?.ordinal ?? 0);
  for (const name of audience.logs) ordinal = Math.max(ordinal, site.logs.get(name)?.ordinal ?? 0);
  return ordinal;
}

/** Counts the unread logs up to `countMax`; puts the newest of each list, as many at most, to `into`. */
export function countUnread(audience: Audience, site: Site, which: Unread, into: Log[] | null): number {
  if (audience.isAll) return countList(site.newest, (log) => log.older, which, into);
  let count = 0;
  for (const name of audience.folders) {
    const newest = site.folders.get(name)?.newest ?? null;
    count += countList(newest, (log) => log.olderInFolder, which, into);
    if (into === null && count >= which.countMax) return count;
  }
  for (const name of audience.logs) {
    const log = site.logs.get(name) ?? null;
    count += countList(log, () => null, which, into);
    if (into === null && count >= which.countMax) return count;
  }
  return count;
}

function countList(
  newest: Log | null,
  olderOf: (log: Log) => Log | null,
  which: Unread,
  into: Log[] | null,
): number {
  let count = 0;
  for (let log = newest; log !== null && log.ordinal > which.after; log = olderOf(log)) {
    if (log.ordinal === which.marks?.get(log)) continue;
    into?.push(log);
    if (++count === which.countMax) break;
  }
  return count;
}
