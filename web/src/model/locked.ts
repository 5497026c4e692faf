/** Opening a kept account whose keys may be locked (SPEC D8): asks until they are open. */

import { asFault } from 'copse/internal/base/fault.ts';
import type { Copse, Gate, LockWay, Opener, OpenOptions } from './sdk.ts';

/** The keys of this device wait for what opens them. */
export interface Locked {
  readonly ways: readonly LockWay[];
  /** The last try was wrong. */
  readonly isWrong: boolean;
  /** Resolves when it is known whether this was right. */
  readonly open: (opener: Opener) => Promise<void>;
}

export async function openKept(gate: Gate, onLocked: (locked: Locked) => void): Promise<Copse> {
  for (let isWrong = false; ; isWrong = true) {
    let tell: () => void = () => {};
    const unlock: OpenOptions['unlock'] = (ways) =>
      new Promise((resolve) => {
        const open = (opener: Opener): Promise<void> => {
          resolve(opener);
          return new Promise((told) => (tell = told));
        };
        onLocked({ ways, isWrong, open });
      });
    try {
      return await gate.open({ unlock });
    } catch (thrown) {
      if (asFault(thrown).code !== 'sealed') throw thrown;
    } finally {
      tell();
    }
  }
}
