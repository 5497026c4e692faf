/**
 * The whole way of a notification, with nobody standing in: Ada turns notifications on in Firefox, which subscribes at a
 * push service on loopback; she goes away; Ben writes; her node encrypts and sends; Firefox decrypts and wakes the worker of
 * the app, which opens what Ben has written.
 */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openCopse } from 'copse';
import { MemoryKeep } from 'copse/internal/client/keep.ts';
import type { ElementHandle, Page } from 'puppeteer-core';
import { openFirefox, PAGE } from '../judge/webpush-browser.ts';
import { Autopush } from '../suites/autopush.ts';
import { ensureFirefox } from '../../scripts/firefox.mjs';
import { startNode } from '../../web/e2e/node.ts';

const firefox = ensureFirefox();
const skip = 'reason' in firefox && firefox.reason;

async function until(holds: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
  for (let i = 0; !(await holds()); i++) {
    if (i === 300) throw new Error(`not in time: ${what()}`);
    await pause(100);
  }
}

/** What a page that may evaluate no text can be asked: puppeteer's own waiting would, and Firefox refuses it. */
const holds = (page: Page, what: string, ask: () => boolean): Promise<void> =>
  until(
    () => page.evaluate(ask),
    () => what,
  );

const hears = (page: Page, words: string): Promise<void> =>
  until(
    () => page.evaluate((expected) => document.body.textContent.includes(expected), words),
    () => words,
  );

/** The first element that is shown with this selector and, when `words` are given, with these as its own. */
async function find(page: Page, selector: string, words = ''): Promise<ElementHandle> {
  let found: ElementHandle<Node> | null = null;
  await until(
    async () => {
      const handle = await page.evaluateHandle(
        (css, expected) =>
          [...document.querySelectorAll(css)].find(
            (element) => element.checkVisibility() && element.textContent.includes(expected),
          ) ?? null,
        selector,
        words,
      );
      return (found = handle.asElement()) !== null;
    },
    () => `${selector} ${words}`,
  );
  assert.ok(found !== null);
  return found;
}

interface Wanted {
  readonly selector: string;
  readonly words?: string;
}

/** A page that is drawn anew takes its elements along between finding and touching them. */
async function touch(
  page: Page,
  what: Wanted,
  act: (element: ElementHandle) => Promise<void>,
): Promise<void> {
  let failed: unknown = null;
  await until(
    async () => {
      const element = await find(page, what.selector, what.words);
      failed = await act(element).catch((thrown: unknown) => thrown);
      return failed === undefined;
    },
    () => `${what.selector} ${String(failed)}`,
  );
}

async function fill(page: Page, selector: string, words: string): Promise<void> {
  await touch(page, { selector }, (field) => field.type(words));
  await page.keyboard.press('Enter');
}

const press = (page: Page, selector: string, words = ''): Promise<void> =>
  touch(page, { selector, words }, (element) => element.click());

/** Makes an account and a site, turns notifications on from the card, and answers a link for somebody else. */
async function settle(page: Page, setupLink: string): Promise<string> {
  await page.goto(setupLink);
  await fill(page, 'input', 'Ada');
  await press(page, 'button', 'Later');
  await press(page, 'button', 'Found a site');
  await fill(page, 'dialog[open] input', 'Oak Lane');
  await fill(page, '#composer', 'Is anybody there?');
  await press(page, '.bell-card .button:last-child');
  await holds(page, 'the card goes', () => document.querySelector('.bell-card') === null);
  await press(page, '.log-head a[href$="/people"]');
  await press(page, 'button', 'Make a link');
  const link = await find(page, 'input[aria-label="Invitation link"]');
  return link.evaluate((input) => (input instanceof HTMLInputElement ? input.value : ''));
}

/** Opens the conversation in a window that has the focus, as the one does that somebody looks at. */
async function look(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.bringToFront();
  await find(page, '#composer');
  await holds(page, 'the focus', () => document.hasFocus());
}

async function shown(page: Page): Promise<readonly string[]> {
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    return (await registration.getNotifications()).map(({ title, body }) => `${title}: ${body}`);
  });
}

test(
  '[I21, I3, I4, I10] who is away is shown what was written, once; who is here is not; what she reads goes away',
  { skip, timeout: 120_000 },
  async () => {
    const data = await mkdtemp(join(tmpdir(), 'copse-notified-'));
    await using service = new Autopush(PAGE);
    const node = await startNode(data, 0, ['--push-trusted', service.origin]);
    try {
      await using browser = await openFirefox('path' in firefox ? firefox.path : '', service.browserUrl);
      const { page } = browser;
      const link = await settle(page, node.setupLink ?? '');
      const ben = await openCopse(link, { name: 'Ben', keep: new MemoryKeep() });
      const site = await ben.join(link);
      const chat = site.log('chat');

      // She looks at the room: nothing is sent.
      await look(page, `${node.url}/#/site/${site.id}/log/chat`);
      await chat.append({ text: 'I am' }, { news: true });
      await hears(page, 'I am');
      await pause(1_000);
      assert.equal(service.versions.length, 0);

      // She goes away, and two messages are one notification.
      await page.goto(`${node.url}/nothing-here`);
      await chat.append({ text: 'The plums are ripe' }, { news: true });
      const words = 'chat · Oak Lane: Ben: The plums are ripe';
      let now: readonly string[] = [];
      await until(
        async () => (now = await shown(page)).includes(words),
        () => `${service.versions.length} ${now.join(', ')}`,
      );
      await chat.append({ text: 'And the pears' }, { news: true });
      await pause(2_000);
      assert.deepEqual([await shown(page), service.versions.length], [[words], 1]);

      // She reads: the tray is empty, and Ada hears of the next one when she is away again.
      await look(page, `${node.url}/#/site/${site.id}/log/chat`);
      await hears(page, 'And the pears');
      await until(
        async () => (now = await shown(page)).length === 0,
        () => `${service.versions.length} ${now.join(', ')}`,
      );
      await ben.close();
    } finally {
      await node.kill();
      await rm(data, { recursive: true, force: true });
    }
  },
);
