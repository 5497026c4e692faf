/**
 * The states of logs in the keep (SPEC Q5): what an application has made of the entries up to a position, in the
 * same parts as a snapshot, each sealed under the key of the site. The logs that were kept longest ago lose theirs.
 */

import type { Env } from '../base/env.ts';
import type { LogId, SiteId } from '../base/ids.ts';
import { partsMax, statesBytesMax, statesKeptMax } from '../base/limits-snapshot.ts';
import { logIdShape, siteIdShape } from '../api/model.ts';
import { list, struct } from '../wire/compound.ts';
import { EntryCursor } from '../wire/entry.ts';
import { encode, uint } from '../wire/shape.ts';
import { inTurn } from './in-turn.ts';
import { decodeCopy, type Keep, type KeepChange } from './keep.ts';
import type { SiteKeys } from './site-keys.ts';

/** The logs whose state is kept, the one written last first. */
const INDEX = 'states';
const PREFIX = 'state/';
/** No device writes under this epoch: what is kept is no entry of a log. */
const EPOCH = 0;

const indexShape = list(
  struct({ site: siteIdShape, log: logIdShape, parts: uint(partsMax), bytes: uint() }),
  statesKeptMax,
);

export interface StateKeep {
  readonly env: Env;
  readonly keep: Keep;
}

/** Whose state it is: a log, and the keys under which it is sealed. */
export interface StatePlace {
  readonly keys: SiteKeys;
  readonly log: LogId;
  readonly device: Parameters<SiteKeys['sealEntry']>[1]['device'];
}

interface Row {
  readonly site: SiteId;
  readonly log: LogId;
  readonly parts: number;
  readonly bytes: number;
}

async function rowsOf(keep: Keep): Promise<readonly Row[]> {
  const index = await keep.get(INDEX);
  return (index === null ? null : decodeCopy(indexShape, index)) ?? [];
}

/** Keeps the parts of a state, all or none, in the place of what was kept. */
export function keepState(of: StateKeep, place: StatePlace, parts: readonly Uint8Array[]): Promise<void> {
  return inTurn(of.keep, () => replaceState(of, place, parts));
}

async function replaceState(
  { env, keep }: StateKeep,
  place: StatePlace,
  parts: readonly Uint8Array[],
): Promise<void> {
  const { keys, log, device } = place;
  const { site } = keys;
  const rows = await rowsOf(keep);
  const timeMs = Math.floor(env.wallMs());
  const sealed = parts.map((part, i) => {
    return keys.sealEntry(log, { device, epoch: EPOCH, seq: i + 1, timeMs, isPart: true }, part);
  });
  const bytes = sealed.reduce((sum, part) => sum + part.length, 0);
  const before = rows.find((row) => row.site === site && row.log === log);
  const others = rows.filter((row) => row !== before);
  const stay: Row[] = [{ site, log, parts: parts.length, bytes }];
  let left = statesBytesMax - bytes;
  const changes: KeepChange[] = sealed.map((value, i) => ({ name: nameOf(site, log, i), value }));
  for (let i = parts.length; i < (before?.parts ?? 0); i++) {
    changes.push({ name: nameOf(site, log, i), value: null });
  }
  for (const row of others) {
    left -= row.bytes;
    if (left >= 0 && stay.length < statesKeptMax) stay.push(row);
    else changes.push(...gone(row));
  }
  changes.push({ name: INDEX, value: encode(indexShape, stay) });
  await keep.write(changes, 'relaxed');
}

/** One part of what is kept of a log; none when there is no such part, or it does not open. */
export async function keptPart(
  { keep }: Pick<StateKeep, 'keep'>,
  { keys, log }: Pick<StatePlace, 'keys' | 'log'>,
  index: number,
): Promise<readonly Uint8Array[]> {
  const row = await keep.get(nameOf(keys.site, log, index));
  if (row === null) return [];
  try {
    const cursor = new EntryCursor(row);
    const isEntry = cursor.next() && cursor.epoch === EPOCH && cursor.seq === index + 1;
    const value = isEntry ? keys.openEntry(log, cursor) : 'altered';
    return typeof value === 'string' ? [] : [value];
  } catch {
    // Altered on the disk: the node has what it was made of.
    return [];
  }
}

/** The site is not this user's any more. */
export function forgetStates(keep: Keep, site: SiteId): Promise<void> {
  return inTurn(keep, () => forget(keep, site));
}

async function forget(keep: Keep, site: SiteId): Promise<void> {
  const rows = await rowsOf(keep);
  const leaving = rows.filter((row) => row.site === site);
  if (leaving.length === 0) return;
  const stay = rows.filter((row) => row.site !== site);
  await keep.write([...leaving.flatMap(gone), { name: INDEX, value: encode(indexShape, stay) }]);
}

function gone({ site, log, parts }: Row): readonly KeepChange[] {
  return Array.from({ length: parts }, (_, i) => ({ name: nameOf(site, log, i), value: null }));
}

function nameOf(site: SiteId, log: LogId, index: number): string {
  return `${PREFIX}${site}/${log}/${index.toString(16).padStart(2, '0')}`;
}
