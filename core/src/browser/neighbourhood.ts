/** The entry `copse/neighbourhood` in browsers. */

import type { Copse } from '../client/copse.ts';
import { openNoticePosts, type NoticePost } from '../client/notice-posts.ts';
import type { Notifications } from '../client/notifications.ts';
import type { Neighbourhood } from '../client/neighbourhood/neighbourhood.ts';
import { openOn, type NeighbourhoodOptions } from '../client/neighbourhood/open.ts';
import { userKeysOf } from '../client/identity.ts';
import { forgetHome } from './peer/forget.ts';
import { HomeLine } from './peer/home-line.ts';
import { homeName, isLent } from './peer/words.ts';
import { sliceWorker } from '../client/neighbourhood/work.ts';
import { browserGrinder } from './work-grinder.ts';
import { threadWorker } from './work-thread.ts';
import { browserRuntime } from './runtime.ts';

export * from '../client/neighbourhood/index.ts';

/** What a page may say about the worker with the messages. */
export interface WorkerOptions {
  /**
   * Makes the worker: `peer/worker.js` of this package beside `sqlite3.wasm`, as a module. Null: there shall be none,
   * and everything is asked of the node.
   */
  readonly worker?: (() => Worker) | null;
  /** Makes a worker that works for a stamp: `work-worker.js` of this package, as a module. Null: the page works itself. */
  readonly workWorker?: (() => Worker) | null;
}

/** The neighbourhood of a node, for whoever has signed in there; posts are signed in this program. */
export async function neighbourhoodOf(
  copse: Pick<Copse, 'node' | 'secret'>,
  options: WorkerOptions = {},
): Promise<Neighbourhood> {
  const { url, key: node } = copse.node;
  return openNeighbourhood({ url, node, secret: await copse.secret(), ...options });
}

/** The same for who holds the key, or none. */
export function openNeighbourhood({
  worker = besideThis,
  workWorker = workBesideThis,
  ...options
}: NeighbourhoodOptions & WorkerOptions): Promise<Neighbourhood> {
  const lent = browserRuntime('neighbourhood');
  const own = sliceWorker(lent.env, browserGrinder);
  const runtime = { ...lent, work: workWorker === null ? own : threadWorker(workWorker, own) };
  if (worker === null) return openOn(runtime, options);
  return openOn({ ...runtime, lineOf: (parts) => new HomeLine({ ...parts, spawn: worker }) }, options);
}

/**
 * Takes what this device has of the neighbourhood of a user away, in all tabs: for who signs out. What waits to be
 * brought to the node goes with it.
 */
export async function forgetNeighbourhood({
  node,
  secret,
}: Pick<NeighbourhoodOptions, 'node' | 'secret'>): Promise<void> {
  if (secret === null || !isLent()) return;
  const { env, primitives } = browserRuntime('neighbourhood');
  const { sign } = await userKeysOf(primitives, secret);
  await forgetHome(env, homeName(node, sign.publicKey));
}

/** As bundlers find it, too. */
function besideThis(): Worker {
  return new Worker(new URL('./peer/worker.js', import.meta.url), { type: 'module' });
}

/** The posts that notifications of the neighbourhood are about, by the lengths that they name; null where there is none. */
export async function noticePosts(
  notifications: Pick<Notifications, 'postRows'>,
  lengths: readonly number[],
): Promise<readonly (NoticePost | null)[]> {
  return openNoticePosts(browserRuntime('neighbourhood').primitives, await notifications.postRows(lengths));
}

function workBesideThis(): Worker {
  return new Worker(new URL('./work-worker.js', import.meta.url), { type: 'module' });
}
