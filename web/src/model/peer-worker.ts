/** The worker with the messages of the neighbourhood, made before it is known whose they are. */

import { peerWorkerUrl } from '../kit/dom.ts';

/** Where another tab has the messages, or nobody asks, it goes again. */
const UNUSED_MS = 10_000;
let waiting: Worker | null = null;

/** The one that was made ahead, or another one. */
export function peerWorker(): Worker {
  const ready = waiting ?? made();
  waiting = null;
  return ready;
}

/** It loads what it runs on while the page finds out who is here. */
export function peerWorkerAhead(): void {
  try {
    const worker = (waiting = made());
    const forget = (): void => {
      if (waiting !== worker) return;
      worker.terminate();
      waiting = null;
    };
    // Nobody else hears that yet: whoever needs one makes another.
    worker.addEventListener('error', forget);
    setTimeout(forget, UNUSED_MS);
  } catch {
    // Whoever needs one is told.
  }
}

function made(): Worker {
  return new Worker(peerWorkerUrl(), { type: 'module' });
}
