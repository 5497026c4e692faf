/**
 * Keeps the files of the app on the device, so that it opens when the node does not answer (SPEC U19). The page
 * itself is asked of the node first, so that a new version is there at the next load; files whose names hold
 * their content never need to be asked again. Nothing of people is kept here: that is the SDK's.
 *
 * A push wakes it, too; what it does then is a script of its own (`worker/news.ts`), which the browser keeps with
 * this one and which runs only then (SPEC I21).
 */

import { messageIn } from './worker/message.ts';
import { NEWS_NAME, type Clicked, type Extendable, type NewsPart, type Pushed } from './worker/scope.ts';

/** Paths of the app's files, put in by the build. */
declare const SHELL_FILES: readonly string[];
/** Changes with any of them. */
declare const SHELL_VERSION: string;
/** Path of the script for pushes. */
declare const NEWS_FILE: string;

interface Fetching extends Extendable {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

// The scope of a worker is not that of a page, which is what the compiler knows.
interface Installing extends Extendable {
  /** The static routing of service workers; absent in older browsers. */
  addRoutes?(routes: readonly Route[]): Promise<void>;
}

interface Route {
  readonly condition: { readonly urlPattern: string };
  readonly source: { readonly cacheName: string };
}

declare function addEventListener(type: 'install', listener: (event: Installing) => void): void;
declare function addEventListener(type: 'activate', listener: (event: Extendable) => void): void;
declare function addEventListener(type: 'fetch', listener: (event: Fetching) => void): void;
declare function addEventListener(type: 'push', listener: (event: Pushed) => void): void;
declare function addEventListener(type: 'notificationclick', listener: (event: Clicked) => void): void;
declare function addEventListener(
  type: 'pushsubscriptionchange',
  listener: (event: Extendable) => void,
): void;
declare function importScripts(url: string): void;
declare const registration: ServiceWorkerRegistration;

const FILES = SHELL_FILES;
const PREFIX = 'copse shell ';
const NAME = PREFIX + SHELL_VERSION;
const PAGE = './';
/** A node that takes longer is as good as none: the page opens from here and waits for it inside. */
const PAGE_MS = 4_000;

addEventListener('install', (event) => {
  // A browser keeps what a worker imports while it is installed, and refuses every later script.
  newsPart();
  event.waitUntil(keep());
  // The browser takes files from the cache itself, without waking this worker for each.
  const routes = ['js', 'css', 'wasm'].map((kind) => ({
    condition: { urlPattern: `/:file.${kind}` },
    source: { cacheName: NAME },
  }));
  // Without them this worker answers, as where they are not known.
  event.addRoutes?.(routes).catch(() => {});
});
addEventListener('activate', (event) => event.waitUntil(forgetOthers()));
addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET') return;
  if (isPage(request)) event.respondWith(page(request));
  else if (isFile(request)) event.respondWith(file(request));
});
addEventListener('push', (event) => event.waitUntil(pushed(event)));
addEventListener('notificationclick', (event) => {
  event.waitUntil(newsPart()?.clicked(event.notification) ?? Promise.resolve());
});
addEventListener('pushsubscriptionchange', (event) => {
  event.waitUntil(newsPart()?.renewed() ?? Promise.resolve());
});

interface Policy {
  createScriptURL(url: string): string;
}

interface PolicyFactory {
  createPolicy(name: string, rules: Policy): Policy;
}

/** The part for pushes, or null where it cannot be had. */
function newsPart(): NewsPart | null {
  const known: NewsPart | undefined = Reflect.get(globalThis, NEWS_NAME);
  if (known !== undefined) return known;
  try {
    const factory: PolicyFactory | undefined = Reflect.get(globalThis, 'trustedTypes');
    // The one policy that the node allows the app (SPEC N4): a worker has its own, and one address.
    const rules: Policy = { createScriptURL: () => NEWS_FILE };
    importScripts((factory?.createPolicy('solid', rules) ?? rules).createScriptURL(NEWS_FILE));
  } catch {
    return null;
  }
  return Reflect.get(globalThis, NEWS_NAME) ?? null;
}

async function pushed(event: Pushed): Promise<void> {
  try {
    const bytes = messageIn(event);
    const news = newsPart();
    if (news !== null) {
      await news.pushed(bytes);
      return;
    }
  } catch {
    // Something is new, whatever went wrong.
  }
  await registration.showNotification('Something new', { body: 'Open copse to see it.', tag: 'unknown' });
}

async function keep(): Promise<void> {
  const cache = await caches.open(NAME);
  await cache.addAll([PAGE, ...FILES]);
}

/** Runs when no page of the former version is open any more. */
async function forgetOthers(): Promise<void> {
  const names = await caches.keys();
  const others = names.filter((name) => name.startsWith(PREFIX) && name !== NAME);
  await Promise.all(others.map((name) => caches.delete(name)));
}

function isPage(request: Request): boolean {
  return request.mode === 'navigate' && addressOf(request.url) === addressOf(PAGE);
}

function isFile(request: Request): boolean {
  const address = addressOf(request.url);
  return FILES.some((path) => addressOf(path) === address);
}

function addressOf(path: string): string {
  const { origin, pathname } = new URL(path, location.href);
  return origin + pathname;
}

async function page(request: Request): Promise<Response> {
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PAGE_MS) });
    // A proxy whose node is down answers for it.
    if (answer.status < 500) return answer;
  } catch {
    // The kept page tells how the connection is.
  }
  return (await caches.match(PAGE)) ?? Response.error();
}

async function file(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}
