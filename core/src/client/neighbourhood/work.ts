/**
 * Working for a stamp (SPEC Z70): in slices, so that whatever else the thread does goes on, and with a way to
 * watch it and to stop.
 */

import { pause, type Env } from '../../base/env.ts';
import { Fault } from '../../base/fault.ts';
import { workSliceTries } from '../../base/limits-work.ts';
import { Grind, type Grinder } from '../../crypto/work.ts';

export interface WorkProgress {
  /** Leading zero bits that are looked for. */
  readonly bits: number;
  /** Attempts so far. */
  readonly tries: number;
  /** How likely it was to be done by now, in [0, 1): it may well take longer. */
  readonly progress: number;
}

export interface WorkWatch {
  readonly onProgress?: (progress: WorkProgress) => void;
  readonly signal?: AbortSignal;
}

export interface WorkTask {
  readonly head: Uint8Array;
  readonly bits: number;
  /** The nonce of the first attempt. */
  readonly first: Uint8Array;
}

/** Answers a nonce; a fault when it was stopped. */
export type WorkDoer = (task: WorkTask, watch: WorkWatch) => Promise<Uint8Array>;

/** Works in the thread of the caller. */
export function sliceWorker(env: Env, grinder: Grinder): WorkDoer {
  return async ({ head, bits, first }, { onProgress, signal }) => {
    const grind = new Grind(grinder, head, { bits, first });
    for (;;) {
      if (signal?.aborted === true) throw stopped();
      const nonce = grind.step(workSliceTries);
      if (nonce !== null) return nonce;
      onProgress?.({ bits, tries: grind.tries, progress: grind.progress });
      await pause(env, 0);
    }
  };
}

export function stopped(): Fault {
  return new Fault('closed', 'The work was stopped.');
}
