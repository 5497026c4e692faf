/** A real node, the built app and its worker in Chromium: what a push shows is what the device has opened itself. */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCopse, type Copse } from 'copse';
import { fromHex, fromUtf8, hex } from 'copse/internal/base/bytes.ts';
import { key, logId, siteId } from 'copse/internal/base/ids.ts';
import { MemoryKeep } from 'copse/internal/client/keep.ts';
import { encodeNotice, type NoticeKind } from 'copse/internal/social/notice.ts';
import {
  neighbourhoodOf as neighbourhoodOfUser,
  threadLog,
} from 'copse/internal/social/subscriptions/neighbourhood.ts';
import { neighbourhoodOf } from 'copse/neighbourhood';
import { chromium, type Page } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { must } from 'copse/internal/base/assert.ts';
import { pushTo, shownIn } from './push.ts';
import { startNode } from './node.ts';
import { heading } from './visit.ts';

const browser = ensureChromium();
const skip = 'reason' in browser && browser.reason;

/** Makes the account and the site, and answers a link for somebody else. */
async function settle(page: Page, setupLink: string): Promise<string> {
  await page.goto(setupLink);
  await page.getByLabel('Your name').fill('Ada');
  await page.keyboard.press('Enter');
  await heading(page, 'Your 24 words').waitFor();
  await page.getByRole('button', { name: 'Later' }).click();
  await page.getByRole('button', { name: 'Found a site' }).first().click();
  await page.getByLabel('What is it called?').fill('Oak Lane');
  await page.keyboard.press('Enter');
  await heading(page, 'chat').waitFor();
  await page.locator('.log-head').getByRole('link', { name: 'People' }).click();
  await page.getByRole('button', { name: 'Make a link' }).click();
  return page.getByLabel('Invitation link').inputValue();
}

/** `upTo`: the length of the log, one more than the position of its newest entry. */
async function noticeFor(ben: Copse, upTo: number, kind: NoticeKind = 'news'): Promise<string> {
  const site = must(ben.sites.get()[0], 'Ben is in the site');
  const log = logId(await (await ben.rights).resourceOf(site.id, 'chat'));
  const places = [{ site: siteId(site.id), log, upTo, count: 1, isMention: kind === 'news' && upTo > 2 }];
  const badge = kind === 'read' ? 0 : 1;
  const navigate = 'https://node.example/';
  return fromUtf8(encodeNotice({ kind, badge, places, navigate, tag: 'one' })) ?? '';
}

interface Neighbour {
  readonly page: Page;
  readonly push: (data: string) => Promise<void>;
  readonly ben: Copse;
  readonly url: string;
}

/** Somebody mentions her; then she mutes him. */
async function inNeighbourhood({ page, push, ben, url }: Neighbour): Promise<void> {
  const place = await neighbourhoodOf(ben);
  const ada = must(
    (await ben.sites.get()[0]?.members())?.find(({ name }) => name === 'Ada'),
    'Ada',
  );
  await place.setProfile({ name: 'Ben', about: '' });
  const post = await place.post({ text: 'The pump is broken', mentions: [key(ada.key)] });
  const [seq] = await place.arrived([must(await place.get(post.id), 'it is there')]);
  const upTo = must(seq, 'it has arrived') + 1;
  place[Symbol.dispose]();
  const log = threadLog(must(fromHex(post.id), 'an id'));
  const places = [{ site: neighbourhoodOfUser(ada.user), log, upTo, count: 1, isMention: true }];
  const notice = encodeNotice({ kind: 'news', badge: 1, places, navigate: `${url}/#/inbox`, tag: 'one' });
  const text = fromUtf8(notice) ?? '';
  await page.goto(`${url}/nothing-here`);
  await push(text);
  const words = 'You are mentioned in the neighbourhood: Ben: The pump is broken';
  assert.deepEqual(await shownWhen(page, words), [words]);
  await page.goto(`${url}/#/post/${post.id}`);
  await page.getByText('The pump is broken').first().waitFor();
  // What is read here leaves the tray.
  assert.deepEqual(await shownIn(page, 0), []);
  await page.goto(`${url}/#/person/${hex(post.from)}`);
  await page.getByRole('button', { name: 'Mute', exact: true }).click();
  await page.getByRole('button', { name: 'Hear them again' }).waitFor();
  await page.goto(`${url}/nothing-here`);
  await push(text);
  await push(await noticeFor(ben, 3));
  const shown = await shownIn(page, 1);
  assert.deepEqual([shown.length, shown[0]?.startsWith('You are mentioned in chat')], [1, true]);
}

test(
  '[I21, I27] the worker shows the words of a message, with a page open and without one, and takes them away',
  { skip, timeout: 120_000 },
  async () => {
    const data = await mkdtemp(join(tmpdir(), 'copse-push-'));
    const profile = await mkdtemp(join(tmpdir(), 'copse-push-profile-'));
    const node = await startNode(data);
    let isDown = false;
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: 'path' in browser ? browser.path : '',
      args: [...CHROMIUM_ARGS],
      permissions: ['notifications'],
      viewport: { width: 1280, height: 820 },
    });
    try {
      const page = await context.newPage();
      const link = await settle(page, node.setupLink ?? '');
      await page.evaluate(() => navigator.serviceWorker.ready.then(() => null));
      const ben = await openCopse(link, { name: 'Ben', keep: new MemoryKeep() });
      const chat = (await ben.join(link)).log('chat');
      await chat.append({ text: 'The plums are ripe' }, { news: true });
      // The page is on another room: it has the keys, and does not show the conversation.
      const push = await pushTo(page);
      await push(await noticeFor(ben, 2));
      assert.deepEqual(await shownIn(page, 1), ['chat · Oak Lane: Ben: The plums are ripe']);

      // Nobody has the keys open: the worker opens them itself.
      await page.goto(`${node.url}/nothing-here`);
      await chat.append({ text: 'Come and see, @Ada' }, { mentions: 'everyone' });
      // Two at once, as after a night without a network.
      const second = await noticeFor(ben, 3);
      await Promise.all([push(second), push(second)]);
      const both = 'You are mentioned in chat · Oak Lane: Ben: The plums are ripe\nBen: Come and see, @Ada';
      assert.deepEqual(await shownWhen(page, both), [both]);

      // The app is opened while the worker had the keys a moment ago, and has them at once.
      await page.goto(`${node.url}/#/site/${ben.sites.get()[0]?.id}/log/chat`);
      await page.getByText('Come and see').first().waitFor();
      // What is read here leaves the tray.
      assert.deepEqual(await shownIn(page, 0), []);

      await inNeighbourhood({ page, push, ben, url: node.url });

      await page.goto(`${node.url}/nothing-here`);
      await push(await noticeFor(ben, 3));
      await shownIn(page, 1);
      await push(await noticeFor(ben, 3, 'read'));
      assert.deepEqual(await shownIn(page, 0), []);
      // Without its node the device knows where, and not what.
      const late = await noticeFor(ben, 4);
      await ben.close();
      await node.kill();
      isDown = true;
      await push(late);
      assert.deepEqual(await shownIn(page, 1), ['You are mentioned in chat · Oak Lane: Something new.']);
    } finally {
      await context.close();
      if (!isDown) await node.kill();
      for (const path of [data, profile]) await rm(path, { recursive: true, force: true });
    }
  },
);

test(
  '[I21, U37] the worker shows no more than was chosen on this device, also when that was without a connection',
  { skip, timeout: 120_000 },
  async () => {
    const data = await mkdtemp(join(tmpdir(), 'copse-push-'));
    const profile = await mkdtemp(join(tmpdir(), 'copse-push-profile-'));
    const node = await startNode(data);
    let isDown = false;
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: 'path' in browser ? browser.path : '',
      args: [...CHROMIUM_ARGS],
      permissions: ['notifications'],
      viewport: { width: 1280, height: 820 },
    });
    try {
      const page = await context.newPage();
      const link = await settle(page, node.setupLink ?? '');
      await page.evaluate(() => navigator.serviceWorker.ready.then(() => null));
      const ben = await openCopse(link, { name: 'Ben', keep: new MemoryKeep() });
      await (await ben.join(link)).log('chat').append({ text: 'The plums are ripe' }, { news: true });
      const second = await noticeFor(ben, 2);
      const third = await noticeFor(ben, 3);
      const read = await noticeFor(ben, 3, 'read');
      await ben.close();
      // The node, which has no address of this device, counts nothing: a page that asks for the number would hear that all is read.
      await page.addInitScript(() => void Reflect.deleteProperty(Navigator.prototype, 'setAppBadge'));
      // This Chromium has no push service to subscribe at: the app believes that it has.
      await page.evaluate(() => localStorage.setItem('copse/my/bell', 'on'));
      await page.goto(`${node.url}/nothing-here`);
      await page.goto(`${node.url}/#/notifications`);
      const push = await pushTo(page);
      await push(second);
      assert.deepEqual(await shownIn(page, 1), ['chat · Oak Lane: Ben: The plums are ripe']);
      assert.ok(await page.getByLabel('What was written').isChecked());

      await page.getByLabel('Only who and where').check();
      assert.deepEqual(await shownIn(page, 0), [], 'what says more goes away');
      await push(second);
      assert.deepEqual(await shownIn(page, 1), ['chat · Oak Lane: A message from Ben.']);

      // Without a connection, and in a worker that begins anew.
      await node.kill();
      isDown = true;
      await page.reload();
      const least = page.getByLabel('Only that there is something');
      await least.check();
      assert.deepEqual(await shownIn(page, 0), []);
      await page.reload();
      await page.waitForFunction(() => document.querySelector('input[name=showing]:checked') !== null);
      assert.ok(await least.isChecked());
      await Promise.all([push(third), push(second)]);
      assert.deepEqual(await shownIn(page, 1), ['Something new: Open copse to see it.']);
      await push(read);
      assert.deepEqual(await shownIn(page, 0), []);
    } finally {
      await context.close();
      if (!isDown) await node.kill();
      for (const path of [data, profile]) await rm(path, { recursive: true, force: true });
    }
  },
);

async function shownWhen(page: Page, words: string): Promise<readonly string[]> {
  for (let i = 0; ; i++) {
    const shown = await shownIn(page, 1);
    if (shown[0] === words || i === 10) return shown;
  }
}
