/** Entries of earlier runs whose log has not been opened yet (SPEC S2). */

import type { LogId } from '../base/ids.ts';
import type { Place, Waiting } from './queue.ts';
import { cursorOf } from './backlog.ts';
import type { SiteKeys } from './site-keys.ts';

interface Left {
  readonly place: Place;
  readonly waiting: readonly Waiting[];
}

export class Leftover {
  #left: readonly Left[];

  constructor(left: readonly Left[]) {
    this.#left = left;
  }

  /** Epochs below the newest whose keys its entries need and nobody holds here. */
  lacking(keys: SiteKeys): readonly number[] {
    const epochs = this.#of(keys).flatMap(({ waiting }) => waiting.map(epochOf));
    return [...new Set(epochs)].filter((epoch) => epoch < keys.epoch && keys.keyAt(epoch) === undefined);
  }

  /** Logs of a site with entries that open. */
  logsOf(keys: SiteKeys): readonly LogId[] {
    return this.#of(keys)
      .filter((left) => opens(keys, left))
      .map(({ place }) => place.log);
  }

  /** What waits for a log, once; what does not open stays for a later run. */
  take(keys: SiteKeys, log: LogId): readonly Waiting[] {
    const found = this.#of(keys).find((left) => left.place.log === log && opens(keys, left));
    this.#left = this.#left.filter((each) => each !== found);
    return found?.waiting ?? [];
  }

  #of({ site }: SiteKeys): readonly Left[] {
    return this.#left.filter(({ place }) => place.site === site);
  }
}

function opens(keys: SiteKeys, { waiting }: Left): boolean {
  return waiting.every((each) => keys.keyAt(epochOf(each)) !== undefined);
}

function epochOf({ bytes }: Waiting): number {
  return cursorOf(bytes).keyEpoch;
}
