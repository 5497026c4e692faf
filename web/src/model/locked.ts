/**
 * Opening a kept account whose keys may be locked (SPEC D8). They are asked for at the start, and again when this
 * tab takes over from the one that had them open.
 */

import type { Copse, Gate, LockWay, Opener, OpenOptions } from './sdk.ts';

/** The keys of this device wait for what opens them. */
export interface Locked {
  readonly ways: readonly LockWay[];
  /** The last try was wrong. */
  readonly isWrong: boolean;
  readonly open: (opener: Opener) => void;
}

interface Shown {
  readonly locked: (locked: Locked) => void;
  /** Something was tried: to where the keys were asked for, the start or the rooms of a tab that was open. */
  readonly back: (copse: Copse | null) => void;
}

export class Kept {
  readonly #gate: Gate;
  readonly #show: Shown;
  /** What is open in this tab. */
  copse: Copse | null = null;

  constructor(gate: Gate, show: Shown) {
    this.#gate = gate;
    this.#show = show;
  }

  open(): Promise<Copse> {
    const unlock: OpenOptions['unlock'] = (ways, isWrong) =>
      new Promise((resolve) => {
        const open = (opener: Opener): void => {
          resolve(opener);
          this.#show.back(this.copse);
        };
        this.#show.locked({ ways, isWrong, open });
      });
    return this.#gate.open({ unlock });
  }
}
