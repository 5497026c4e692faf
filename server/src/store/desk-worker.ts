/** The worker's side of a desk: opens the clerk, carries out calls, tidies when idle, ends by message. */

import { parentPort } from 'node:worker_threads';

import { must } from 'copse/internal/base/assert.ts';
import { realEnv, type Timer } from 'copse/internal/base/env.ts';

import { CLOSE, OPEN, perform, replyOf, type Clerk, type Reply, type Request } from './desk.ts';

/** Long enough not to disturb a burst, short enough that a quiet node has nothing left to do. */
const IDLE_MS = 200;

/** Serves this worker's thread; `open` makes the clerk of the path that `workerDesk` was given. */
export function serveDesk(open: (path: string) => Clerk): void {
  const port = must(parentPort, 'this file runs as a worker');
  const env = realEnv();
  let clerk: Clerk | null = null;
  let idle: Timer | null = null;
  port.on('message', (request: Request) => {
    const { name, values } = request;
    idle?.cancel();
    const reply = replyTo(() => {
      if (name === OPEN) clerk = open(String(values[0]));
      else if (name === CLOSE) clerk?.close();
      else return perform(must(clerk, 'the desk is open'), request);
      return null;
    });
    port.postMessage(reply);
    // Bun ends a worker by this, not by `port.close()`.
    if (name === CLOSE) return globalThis.close();
    clerk?.tidy(false);
    idle = env.after(IDLE_MS, () => clerk?.tidy(true));
  });
}

function replyTo(task: () => unknown): Reply {
  try {
    return { kind: 'answer', value: task() };
  } catch (thrown) {
    return replyOf(thrown);
  }
}
