/** Whom one does not want to hear, the same on all of one's devices (SPEC U42). */

import { Fault } from 'copse/internal/base/fault.ts';
import {
  decodeQuiet,
  encodeQuiet,
  quietListMax,
  quietName,
  withQuiet,
  type Quiet,
  type QuietList,
} from 'copse/internal/client/neighbourhood/quiet-list.ts';
import { createSignal, type Accessor } from 'solid-js';
import type { Neighbourhood } from '../sdk-street.ts';
import type { PersonKey } from './keys.ts';

export interface QuietPeople {
  readonly list: Accessor<QuietList>;
  readonly of: (person: PersonKey) => Quiet | null;
  readonly set: (person: PersonKey, quiet: Quiet | null) => Promise<void>;
  /** Another device has changed it. */
  readonly look: () => Promise<void>;
}

export function createQuiet(place: Neighbourhood): QuietPeople {
  const [list, setList] = createSignal<QuietList>(new Map());
  const read = async (): Promise<QuietList> => decodeQuiet(await place.shared(quietName));
  return {
    list,
    of: (person) => list().get(person) ?? null,
    async look() {
      const found = await read();
      setList(() => found);
    },
    async set(person, quiet) {
      // What another device has written meanwhile stays.
      const next = withQuiet(await read(), person, quiet);
      if (next.size > quietListMax) throw new Fault('full', 'take somebody off the list first');
      await place.setShared(quietName, encodeQuiet(next));
      setList(() => next);
    },
  };
}
