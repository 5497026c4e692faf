/** Pushes by the devtools protocol, in the place of a push service, and what the worker made of them. */

import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from 'playwright-core';

/** Hands the page's worker a decrypted message, as a browser does. */
export async function pushTo(page: Page): Promise<(data: string) => Promise<void>> {
  // What is pushed to a worker that is not there yet is lost.
  await page.waitForFunction(async () => (await navigator.serviceWorker.ready).active?.state === 'activated');
  const session = await page.context().newCDPSession(page);
  const origin = new URL(page.url()).origin;
  const registered = new Promise<string>((resolve) => {
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const [registration] = registrations.filter(({ scopeURL }) => scopeURL.startsWith(origin));
      if (registration !== undefined) resolve(registration.registrationId);
    });
  });
  await session.send('ServiceWorker.enable');
  const registrationId = await registered;
  return async (data) => {
    await session.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data });
  };
}

/** Titles and texts in the tray, as soon as there are so many. */
export async function shownIn(page: Page, count: number): Promise<readonly string[]> {
  for (let i = 0; ; i++) {
    const shown = await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      return (await registration.getNotifications()).map(({ title, body }) => `${title}: ${body}`);
    });
    // Once more than asked for stays, it is seen too.
    if ((shown.length === count && i > 3) || i === 150) return shown;
    await pause(100);
  }
}
