/** Asks the browser to keep the files of the app, so that it opens without its node (`service-worker.ts`). */

import { workerUrl } from '../kit/dom.ts';

export function keepShellFiles(): void {
  // Outside https and localhost there are no service workers; the app is the same with its node.
  if (!('serviceWorker' in navigator)) return;
  navigator.serviceWorker.register(workerUrl()).catch(() => {});
}
