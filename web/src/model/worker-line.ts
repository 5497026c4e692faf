/**
 * The page's end of what the worker says and asks when there is a push (`worker/news.ts`): where a click on a
 * notification leads, and whether somebody looks at what it would tell. What is read here leaves the tray.
 */

import { onCleanup } from 'solid-js';
import { closeAny, closeTelling } from '../worker/tray.ts';

export interface WorkerLineOptions {
  readonly go: (hash: string) => void;
  /** The tag of the place that is looked at up to its end now; null: of none. */
  readonly looked: () => Promise<string | null>;
}

/** Answers the worker as long as its owner lives. */
export function createWorkerLine({ go, looked }: WorkerLineOptions): void {
  if (!('serviceWorker' in navigator)) return;
  const end = new AbortController();
  navigator.serviceWorker.addEventListener(
    'message',
    ({ data, ports }) => {
      const said = wordOf(data);
      if (said?.kind === 'go') go(said.hash);
      const [port] = ports;
      if (said?.kind === 'looks' && port !== undefined) {
        void looked().then((tag) => port.postMessage(tag === said.tag));
      }
    },
    { signal: end.signal },
  );
  // Messages wait until a page that listens this way says that it is ready.
  navigator.serviceWorker.startMessages();
  onCleanup(() => end.abort());
}

type Word = { readonly kind: 'go'; readonly hash: string } | { readonly kind: 'looks'; readonly tag: string };

function wordOf(data: unknown): Word | null {
  if (typeof data !== 'object' || data === null) return null;
  const field = (name: string): unknown => Reflect.get(data, name);
  const [kind, hash, tag] = [field('kind'), field('hash'), field('tag')];
  if (kind === 'copse/go' && typeof hash === 'string' && hash.startsWith('#/')) return { kind: 'go', hash };
  return kind === 'copse/looks' && typeof tag === 'string' ? { kind: 'looks', tag } : null;
}

/** Takes out of the tray what says where something is new, and what. */
export async function clearTelling(): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration();
  if (registration !== undefined) await closeTelling(registration);
}

/** Nothing waits any more, wherever it was read: the tray of this device says so, too. */
export async function clearRead(): Promise<void> {
  try {
    await clearTelling();
    const registration = await navigator.serviceWorker?.getRegistration();
    if (registration !== undefined) await closeAny(registration);
  } catch {
    // The tray is as it was; the next push of the node clears it.
  }
}

/** Takes what is shown of a conversation out of the tray; a browser that shows nothing is asked for nothing. */
export async function clearTray(tagOf: () => Promise<string | null>): Promise<void> {
  try {
    if (!('serviceWorker' in navigator)) return;
    const registration = await navigator.serviceWorker.getRegistration();
    const all = (await registration?.getNotifications()) ?? [];
    if (all.length === 0) return;
    const tag = await tagOf();
    for (const shown of all) if (shown.tag === tag) shown.close();
  } catch {
    // The tray is as it was; the next push of the node clears it.
  }
}
