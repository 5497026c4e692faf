/**
 * Working for a stamp beside the page (SPEC Z59): in a worker of its own, so that the page is drawn and answers
 * meanwhile; where none can be had, in slices on the thread of the page.
 */

import {
  stopped,
  type WorkDoer,
  type WorkProgress,
  type WorkTask,
  type WorkWatch,
} from '../client/neighbourhood/work.ts';

export type FromWork =
  | { readonly kind: 'progress'; readonly progress: WorkProgress }
  | { readonly kind: 'found'; readonly nonce: Uint8Array }
  | { readonly kind: 'failed' };

/** `otherwise` works where there is no worker. */
export function threadWorker(spawn: () => Worker, otherwise: WorkDoer): WorkDoer {
  return async (task, watch) => {
    if (watch.signal?.aborted === true) throw stopped();
    const worker = spawned(spawn);
    if (worker === null) return otherwise(task, watch);
    try {
      const nonce = await worked(worker, task, watch);
      return nonce ?? (await otherwise(task, watch));
    } finally {
      worker.terminate();
    }
  };
}

function spawned(spawn: () => Worker): Worker | null {
  try {
    return spawn();
  } catch {
    // The policy of the page does not let it, or there are none.
    return null;
  }
}

/** Null when the worker cannot: its file is not there, or it broke. */
function worked(
  worker: Worker,
  task: WorkTask,
  { onProgress, signal }: WorkWatch,
): Promise<Uint8Array | null> {
  return new Promise((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<FromWork>) => {
      if (data.kind === 'progress') onProgress?.(data.progress);
      else resolve(data.kind === 'found' ? data.nonce : null);
    });
    worker.addEventListener('error', () => resolve(null));
    signal?.addEventListener('abort', () => reject(stopped()), { once: true });
    worker.postMessage(task, []);
  });
}
