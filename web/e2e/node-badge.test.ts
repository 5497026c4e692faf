/** A real node and the built app in Chromium: the number on the icon is what the node counts (SPEC I10). */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openCopse } from 'copse';
import { phraseOf } from 'copse/phrase';
import { MemoryKeep } from 'copse/internal/client/keep.ts';
import { chromium, type Page } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { PushService } from '../../lab/suites/push-service.ts';
import { startNode } from './node.ts';

const browser = ensureChromium();
const skip = 'reason' in browser && browser.reason;

/** No page can read the number: what it is set to is noted. */
const NOTE_NUMBERS = `
globalThis.numbers = [];
Navigator.prototype.setAppBadge = async (count) => void numbers.push(count);
Navigator.prototype.clearAppBadge = async () => void numbers.push(0);
`;

async function numberIs(page: Page, count: number): Promise<void> {
  await page.waitForFunction((wanted) => Reflect.get(globalThis, 'numbers').at(-1) === wanted, count);
}

test(
  '[I10] the number on the icon is right when the app is opened, after reading here, and after reading elsewhere',
  { skip, timeout: 120_000 },
  async () => {
    const data = await mkdtemp(join(tmpdir(), 'copse-badge-'));
    await using service = new PushService();
    const node = await startNode(data, 0, ['--push-trusted', service.origin]);
    const shown = await chromium.launch({
      executablePath: 'path' in browser ? browser.path : '',
      args: [...CHROMIUM_ARGS],
    });
    try {
      // A device with an address hears of the site; the number is that of all of her devices.
      await using desk = await openCopse(node.setupLink ?? '', { name: 'Ada', keep: new MemoryKeep() });
      const garden = await desk.found({ title: 'Garden', logs: ['chat', 'plans'] });
      const { endpoint, p256dh, auth } = service.subscribe();
      const notifications = await desk.notifications();
      await notifications.subscribe({ endpoint, keys: { p256dh, auth } });
      await using ben = await openCopse(node.url, { name: 'Ben', keep: new MemoryKeep() });
      const his = await ben.join(await garden.invite());
      await his.log('chat').append({ text: 'The plums are ripe' }, { news: true });
      await his.log('plans').append({ text: 'A new fence' }, { news: true });
      for (let i = 0; (await notifications.unread()) < 2; i++) {
        assert.ok(i < 100, 'the node counts both');
        await pause(100);
      }

      const page = await shown.newPage();
      await page.addInitScript(NOTE_NUMBERS);
      await page.goto(node.url);
      await page.getByRole('link', { name: 'I have my 24 words' }).click();
      await page
        .getByLabel(/words/u)
        .first()
        .fill(phraseOf(await desk.secret()));
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText('Garden').first().waitFor();
      // This Chromium has no push service to subscribe at: the app believes that it has.
      await page.evaluate(() => localStorage.setItem('copse/my/bell', 'on'));
      await page.reload();
      await numberIs(page, 2);

      await page.bringToFront();
      await page.goto(`${node.url}/#/site/${garden.id}/log/chat`);
      await page.getByText('The plums are ripe').first().waitFor();
      await numberIs(page, 1);

      // Read on the other device; the page is looked at again.
      const { tail } = await garden.log('plans').read({ last: 1 });
      (await desk.attention()).read(garden.log('plans'), tail - 1);
      await page.evaluate(() => dispatchEvent(new Event('focus')));
      await numberIs(page, 0);
    } finally {
      await shown.close();
      await node.kill();
      await rm(data, { recursive: true, force: true });
    }
  },
);
