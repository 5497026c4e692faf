/** Where what this device wrote stands in a log, when only the log itself can tell (SPEC L6, L9). */

import type { DeviceId } from '../base/ids.ts';
import type { Page } from '../api/tail.ts';
import { EntryCursor } from '../wire/entry.ts';
import { nameOf } from './backlog.ts';

/** Positions of the device's entries from a position to the end of the log, by the names of their identities. */
export async function findOwn(
  read: (from: number) => Promise<Page>,
  device: DeviceId,
  from: number,
): Promise<ReadonlyMap<string, number>> {
  const atByName = new Map<string, number>();
  for (let at = from; ;) {
    const page = await read(at);
    if (page.kind === 'trimmed') {
      at = Math.max(page.first, at + 1);
      continue;
    }
    collect(page, device, atByName);
    at = page.at + page.count;
    if (page.count === 0 || at >= page.tail) return atByName;
  }
}

function collect(
  page: Extract<Page, { readonly kind: 'page' }>,
  device: DeviceId,
  atByName: Map<string, number>,
): void {
  const cursor = new EntryCursor(page.entries);
  for (let at = page.at; cursor.next(); at++) {
    if (cursor.device() === device) atByName.set(nameOf(cursor), at);
  }
}
