/** Entries as they leave the log: opened, or with the reason why they do not open (SPEC S6). */

import type { DeviceId, LogId } from '../base/ids.ts';
import { EntryCursor, type Ruling } from '../wire/entry.ts';
import { Fault } from '../base/fault.ts';
import type { SiteKeys } from './site-keys.ts';
import type { Broken } from './types.ts';

export interface Item {
  readonly at: number;
  readonly device: DeviceId;
  readonly timeMs: number;
  /** Empty when `broken` is not null. */
  readonly value: Uint8Array;
  readonly broken: Broken | null;
  /** What the leader of a led log made of it: the value is changed, or the reason why it was refused. */
  readonly ruling: Ruling | null;
  /** The value is a part of a snapshot (`snapshot-parts.ts`). */
  readonly isPart: boolean;
}

/** Positions that are no longer kept: `[from, to)`. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

const NO_VALUE = new Uint8Array(0);

/** Entries laid end to end, of which the first has position `at`. */
export interface Run {
  readonly at: number;
  readonly count: number;
  readonly entries: Uint8Array;
}

/** The entries of a run from position `from` on, until `bytesMax` of values are passed. */
export function openRun(
  keys: SiteKeys,
  log: LogId,
  run: Run,
  want: { from: number; bytesMax: number },
): Item[] {
  const cursor = new EntryCursor(run.entries);
  const items: Item[] = [];
  let at = run.at;
  let bytes = 0;
  for (; bytes <= want.bytesMax && at < run.at + run.count; at++) {
    if (!cursor.next()) throw new Fault('malformed', 'a run has fewer entries than it says');
    if (at < want.from) continue;
    const opened = keys.openEntry(log, cursor);
    const isBroken = typeof opened === 'string';
    const value = isBroken ? NO_VALUE : opened;
    bytes += value.length + ITEM_BYTES;
    items.push({
      at,
      device: cursor.device(),
      timeMs: cursor.timeMs,
      value,
      broken: isBroken ? opened : null,
      ruling: cursor.ruling,
      isPart: cursor.isPart,
    });
  }
  return items;
}

/** Whether a key is missing, and not something else wrong. */
export function lacksKey(items: readonly Item[]): boolean {
  return items.some((item) => item.broken === 'noKey');
}

/** What an entry costs beside its value: an application may read millions of empty ones. */
const ITEM_BYTES = 64;
