/** Who has no account here and has left something with this user (SPEC U48). */

import { createSignal, type Accessor } from 'solid-js';
import type { Knock, Neighbourhood } from '../sdk-street.ts';
import type { ReadsTold } from './reads-told.ts';

export interface Knocks {
  /** Those with the most work first; null until it is known. */
  readonly mine: Accessor<readonly Knock[] | null>;
  readonly look: () => Promise<void>;
  /** Somebody has looked at them: they wait on no device any more. */
  readonly seen: () => void;
}

export function createKnocks(
  { doorstep }: Pick<Neighbourhood, 'doorstep'>,
  told: Pick<ReadsTold, 'knocks'>,
): Knocks {
  const [mine, setMine] = createSignal<readonly Knock[] | null>(null);
  return {
    mine,
    async look() {
      setMine(await doorstep.requests());
    },
    seen: told.knocks,
  };
}
