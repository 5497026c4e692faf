/**
 * The copies of logs in the keep (SPEC S15): a row per log, entries sealed as they were received, with the
 * names of their writers. Rows are written together and a little later; the logs that were used longest ago
 * lose theirs. Whatever is wrong with a copy, the log opens without it.
 */

import type { Env, Timer } from '../base/env.ts';
import { asFault } from '../base/fault.ts';
import type { DeviceId, SiteId } from '../base/ids.ts';
import { copyBytesMax, copyLogsMax, copyPauseMs, copyPeopleMax } from '../base/limits.ts';
import {
  deviceIdShape,
  logIdShape,
  nameShape,
  positionShape,
  siteIdShape,
  userIdShape,
} from '../api/model.ts';
import { list, struct } from '../wire/compound.ts';
import { EntryCursor } from '../wire/entry.ts';
import { bytes, decode, encode, uint } from '../wire/shape.ts';
import type { Keep, KeepChange } from './keep.ts';
import { forgetStates } from './kept-states.ts';
import type { LogCopy } from './log-copy.ts';
import { openRun, type Run } from './log-items.ts';
import type { Owner } from './people.ts';
import type { Place } from './queue.ts';
import type { SiteKeys } from './site-keys.ts';

const PREFIX = 'copy/';
/** The logs that have a copy, the one used last first. */
const INDEX = 'copies';

const indexShape = list(struct({ site: siteIdShape, log: logIdShape }), copyLogsMax);
const copyShape = struct({
  at: positionShape,
  count: uint(copyBytesMax),
  entries: bytes(copyBytesMax),
  people: list(struct({ device: deviceIdShape, user: userIdShape, name: nameShape }), copyPeopleMax),
});

export interface CopiesOwner {
  readonly env: Env;
  readonly keep: Keep;
  personOf(site: SiteId, device: DeviceId): Owner | undefined;
  learn(site: SiteId, people: readonly Owner[]): void;
}

interface Open {
  readonly place: Place;
  readonly copy: LogCopy;
  writtenVersion: number;
}

export class Copies {
  readonly #owner: CopiesOwner;
  readonly #openByRow = new Map<string, Open>();
  /** Rows in the keep, the one used last first. */
  #places: Place[] = [];
  #timer: Timer | null = null;
  #writing: Promise<void> = Promise.resolve();
  #isOver = false;

  private constructor(owner: CopiesOwner) {
    this.#owner = owner;
  }

  static async load(owner: CopiesOwner): Promise<Copies> {
    const copies = new Copies(owner);
    const index = await owner.keep.get(INDEX);
    if (index === null) return copies;
    try {
      copies.#places = [...decode(indexShape, index)];
    } catch {
      await copies.#clear();
    }
    return copies;
  }

  /** Rows that nobody lists would stay for ever. */
  async #clear(): Promise<void> {
    const { keep } = this.#owner;
    const rows = await keep.list(PREFIX);
    const gone = [INDEX, ...rows.map(({ name }) => name)];
    await keep.write(gone.map((name) => ({ name, value: null })));
  }

  /** What is kept of a log and of use, or null; from now on `copy` is what will be kept. */
  async open(place: Place, copy: LogCopy, keys: SiteKeys): Promise<Run | null> {
    const row = rowOf(place);
    this.#openByRow.set(row, { place, copy, writtenVersion: copy.version });
    try {
      const value = await this.#owner.keep.get(row);
      if (value === null) return null;
      const { people, ...run } = decode(copyShape, value);
      this.#owner.learn(place.site, people);
      return isOfUse(keys, place, run) ? run : null;
    } catch (thrown) {
      this.#owner.env.log('warn', 'copy.open', { fault: asFault(thrown).code });
      return null;
    }
  }

  /** A copy has changed: it is written a little later, together with the others. */
  changed(): void {
    if (this.#timer !== null || this.#isOver) return;
    this.#timer = this.#owner.env.after(copyPauseMs, () => {
      this.#timer = null;
      this.#write();
    });
  }

  /** The site is not this user's any more. */
  async forget(site: SiteId): Promise<void> {
    for (const [row, { place, copy }] of this.#openByRow) {
      if (place.site !== site) continue;
      copy.clear();
      this.#openByRow.delete(row);
    }
    const gone = this.#places.filter((place) => place.site === site);
    this.#places = this.#places.filter((place) => place.site !== site);
    await this.#writing;
    await this.#owner.keep.write([
      ...gone.map((place) => ({ name: rowOf(place), value: null })),
      { name: INDEX, value: encode(indexShape, this.#places) },
    ]);
    await forgetStates(this.#owner.keep, site);
  }

  #write(): void {
    const dirty = [...this.#openByRow].filter(([, open]) => open.copy.version !== open.writtenVersion);
    if (dirty.length === 0) return;
    const changes: KeepChange[] = [];
    for (const [row, open] of dirty) {
      open.writtenVersion = open.copy.version;
      changes.push({ name: row, value: this.#encode(open) });
      changes.push(...this.#use(open.place));
    }
    changes.push({ name: INDEX, value: encode(indexShape, this.#places) });
    this.#writing = this.#owner.keep.write(changes, 'relaxed').catch((thrown: unknown) => {
      // A keep without room has none for what the node has anyway.
      this.#owner.env.log('info', 'copy.write', { fault: asFault(thrown).code });
    });
  }

  #encode({ place, copy }: Open): Uint8Array | null {
    const run = copy.find(copy.first);
    if (run === undefined) return null;
    const devices = [...devicesIn(run)];
    const people = devices.flatMap((device) => this.#owner.personOf(place.site, device) ?? []);
    return encode(copyShape, { ...run, people: people.slice(0, copyPeopleMax) });
  }

  /** The log is used now; answers what has to go for it. */
  #use(used: Place): readonly KeepChange[] {
    const others = this.#places.filter((place) => rowOf(place) !== rowOf(used));
    this.#places = [used, ...others].slice(0, copyLogsMax);
    const gone = others.slice(copyLogsMax - 1);
    return gone.map((place) => ({ name: rowOf(place), value: null }));
  }

  /** Writes what is not written yet. */
  async stop(): Promise<void> {
    this.#isOver = true;
    this.#timer?.cancel();
    await this.#writing;
    this.#write();
    await this.#writing;
  }
}

function rowOf({ site, log }: Place): string {
  return `${PREFIX}${site}/${log}`;
}

/** Whether it is whole, and this user can open anything of it; throws when it is not even entries. */
function isOfUse(keys: SiteKeys, { log }: Place, run: Run): boolean {
  const items = openRun(keys, log, run, { from: run.at, bytesMax: Number.POSITIVE_INFINITY });
  return items.some(({ broken }) => broken === null);
}

/** Whose entries these are. */
function devicesIn({ entries }: Run): ReadonlySet<DeviceId> {
  const cursor = new EntryCursor(entries);
  const devices = new Set<DeviceId>();
  while (cursor.next()) devices.add(cursor.device());
  return devices;
}
