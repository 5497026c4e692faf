/** A headless Firefox that is pointed at a push service of ours, and the page and worker that it runs. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import puppeteer, { type Browser, type Page } from 'puppeteer-core';

import type { AutopushPage } from '../suites/autopush.ts';

/** Reports what it got and shows it as the browser would without a worker. */
const WORKER = `
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('push', (event) => {
  const text = event.data.text();
  const { title, ...options } = JSON.parse(text).notification;
  event.waitUntil(Promise.all([
    fetch('/seen', { method: 'POST', body: text }),
    self.registration.showNotification(title, options),
  ]));
});
`;

export const PAGE: AutopushPage = {
  html: '<!doctype html><meta charset="utf-8"><title>judge</title>',
  worker: WORKER,
};

export interface Firefox extends AsyncDisposable {
  readonly page: Page;
  readonly version: string;
}

export async function openFirefox(executablePath: string, pushUrl: string): Promise<Firefox> {
  const userDataDir = mkdtempSync(join(tmpdir(), 'copse-firefox-'));
  const browser: Browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    userDataDir,
    extraPrefsFirefox: {
      'dom.push.serverURL': pushUrl,
      'dom.push.testing.allowInsecureServerURL': true,
      'dom.push.connection.enabled': true,
      'permissions.default.desktop-notification': 1,
      // Without it a notification goes to a desktop that is not there, and fails.
      'alerts.useSystemBackend': false,
    },
  });
  const page = await browser.newPage();
  return {
    page,
    version: await browser.version(),
    [Symbol.asyncDispose]: async () => {
      await browser.close();
      rmSync(userDataDir, { recursive: true, force: true });
    },
  };
}

export interface BrowserKeys {
  readonly endpoint: string;
  readonly p256dh: string;
  readonly auth: string;
}

/** What the app's page does, in the words of the browser. */
export async function subscribe(page: Page, applicationServerKey: string): Promise<BrowserKeys> {
  const text: unknown = await page.evaluate(
    `(async () => {
      await navigator.serviceWorker.register('/worker.js');
      const registration = await navigator.serviceWorker.ready;
      const options = { userVisibleOnly: true, applicationServerKey: ${JSON.stringify(applicationServerKey)} };
      const { endpoint, keys } = (await registration.pushManager.subscribe(options)).toJSON();
      return JSON.stringify({ endpoint, p256dh: keys.p256dh, auth: keys.auth });
    })()`,
  );
  const keys: BrowserKeys = JSON.parse(String(text));
  return keys;
}

export async function unsubscribe(page: Page): Promise<void> {
  await page.evaluate(
    `navigator.serviceWorker.ready
      .then((registration) => registration.pushManager.getSubscription())
      .then((subscription) => subscription.unsubscribe())`,
  );
}

/** Title and tag of what is shown, the oldest first. */
export async function shown(page: Page): Promise<readonly string[]> {
  const text: unknown = await page.evaluate(
    `navigator.serviceWorker.ready
      .then((registration) => registration.getNotifications())
      .then((all) => JSON.stringify(all.map(({ title, tag }) => tag + ': ' + title)))`,
  );
  const lines: readonly string[] = JSON.parse(String(text));
  return lines;
}
