/**
 * What the service worker does with a push. A script of its own with the SDK in it, which the worker starts only
 * when there is a push, so that every other start of it stays as short as it was.
 */

import { decodeNotice } from 'copse/internal/social/notice.ts';
import { tagOf, type Notice, type NoticePlace } from '../logic/notice-words.ts';
import { countWith } from './badge.ts';
import { WorkerDevice } from './device.ts';
import { quietHere } from './quiet.ts';
import { NEWS_NAME, type NewsPart, type PageClient, type PageClients } from './scope.ts';
import { deviceCaches, showingHere } from './showing.ts';
import { showNotice, shownOf } from './tray.ts';

declare const registration: ServiceWorkerRegistration;
declare const clients: PageClients;

/** A page that is looked at and works answers faster. */
const PAGE_MS = 400;

const part: NewsPart = {
  async pushed(bytes) {
    const notice = decodeNotice(bytes);
    await withDevice(async (device) => {
      // The number is asked for when it is known what does not count.
      const silent = await device.silent(notice?.places ?? [], await quietHere(deviceCaches));
      await Promise.all([count(notice, device), show(notice, device, silent)]);
    });
  },
  async clicked(notification) {
    notification.close();
    const hash = shownOf(notification)?.hash ?? '#/';
    const pages = await pagesOf();
    const page = pages.find(({ focused }) => focused) ?? pages[0];
    if (page === undefined) {
      await clients.openWindow(new URL(hash, registration.scope).href);
      return;
    }
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a page of the worker has none
    page.postMessage({ kind: 'copse/go', hash });
    await page.focus();
  },
  async renewed() {
    await withDevice((device) => device.renew(registration));
  },
};
Reflect.set(globalThis, NEWS_NAME, part);

async function withDevice(act: (device: WorkerDevice) => Promise<unknown>): Promise<void> {
  const device = new WorkerDevice(location.origin);
  try {
    await act(device);
  } finally {
    await device[Symbol.asyncDispose]();
  }
}

async function show(
  notice: Notice | null,
  device: WorkerDevice,
  silent: ReadonlySet<NoticePlace>,
): Promise<void> {
  await showNotice(registration, notice, {
    open: (place, from) => device.open(place, from),
    isLookedAt,
    showing: await showingHere(deviceCaches),
    silent,
  });
}

/** Where there is no number on the icon, nobody is asked for it. */
async function count(notice: Notice | null, device: WorkerDevice): Promise<void> {
  if (!('setAppBadge' in navigator)) return;
  await countWith(notice, {
    show: (badge) => (badge === 0 ? navigator.clearAppBadge() : navigator.setAppBadge(badge)).catch(() => {}),
    unread: () => device.unread(),
  });
}

function pagesOf(): Promise<readonly PageClient[]> {
  return clients.matchAll({ type: 'window', includeUncontrolled: true });
}

/** Whether a page that somebody looks at shows the place up to its end: it says so itself. */
async function isLookedAt(place: NoticePlace): Promise<boolean> {
  const pages = (await pagesOf()).filter(
    ({ focused, visibilityState }) => focused && visibilityState === 'visible',
  );
  const answers = await Promise.all(pages.map((page) => askPage(page, place)));
  return answers.includes(true);
}

function askPage(page: PageClient, place: NoticePlace): Promise<boolean> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', ({ data }) => resolve(data === true));
    port1.start();
    setTimeout(() => resolve(false), PAGE_MS);
    page.postMessage({ kind: 'copse/looks', tag: tagOf(place) }, [port2]);
  });
}
