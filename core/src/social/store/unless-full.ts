/** For what runs behind everything else: a disk that is full now may have room later. */

import type { Env } from '../../base/env.ts';
import { asFault } from '../../base/fault.ts';

/** Runs a task; answers null, and says so in the log, where it has no room. Whoever calls it tries again later. */
export function unlessFull<T>(env: Pick<Env, 'log'>, event: string, task: () => T): T | null {
  try {
    return task();
  } catch (thrown) {
    const { code } = asFault(thrown);
    if (code !== 'full') throw thrown;
    env.log('warn', event, { fault: code });
    return null;
  }
}
