/** Ends the messages of a user in all tabs of a browser and takes them off the device (SPEC Z58). */

import { pause, type Env } from '../../base/env.ts';
import { asFault, Fault } from '../../base/fault.ts';
import { FORGET, homeLock, squareName } from './words.ts';

/** A worker that was ended gives its handles back within moments. */
const ATTEMPTS = 50;
const AGAIN_MS = 100;
/** A tab that runs hears of it and lets go at once; one that its browser has put to sleep may never. */
const LET_GO_MS = 5_000;
const HELD = 'A tab does not let go of the messages: close the other tabs and try again.';

/** Resolves when nothing is there any more; `locked`, and in bounded time, when a tab does not let go of it. */
export async function forgetHome(env: Env, name: string): Promise<void> {
  const square = new BroadcastChannel(squareName(name));
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a broadcast channel has none
  square.postMessage(FORGET);
  const waiting = new AbortController();
  const timer = env.after(LET_GO_MS, () => waiting.abort(new Fault('locked', HELD)));
  try {
    await navigator.locks.request(homeLock(name), { signal: waiting.signal }, () => {
      timer.cancel();
      return removed(env, name);
    });
  } finally {
    timer.cancel();
    square.close();
  }
}

async function removed(env: Env, name: string): Promise<void> {
  const root = await filesLent();
  if (root === null) return;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      await root.removeEntry(name, { recursive: true });
      return;
    } catch (thrown) {
      if (thrown instanceof DOMException && thrown.name === 'NotFoundError') return;
      env.log('info', 'peer.forget', { fault: asFault(thrown).code });
    }
    await pause(env, AGAIN_MS);
  }
  throw new Fault('locked', HELD);
}

/** Null where the browser lends none, as in a private window of some: nothing was kept. */
async function filesLent(): Promise<FileSystemDirectoryHandle | null> {
  try {
    return await navigator.storage.getDirectory();
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === 'SecurityError') return null;
    throw thrown;
  }
}
