/** What a node is asked on the device's own account, by nobody who would ask again. */

import { asFault } from '../base/fault.ts';

const TRIES = 8;

/** Asks again when the answer did not come in time: the connection that swallowed it may well live on. */
export async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let i = 1; ; i++) {
    try {
      return await ask();
    } catch (thrown) {
      if (asFault(thrown).code !== 'deadline' || i === TRIES) throw thrown;
    }
  }
}
