/** Files of posts as people use them, among those of the fake node. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Page } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { paper, picture } from './rooms-neighbourhood.ts';
import { close, happen, heading, Visits, type Visit } from './visit.ts';

const browser = ensureChromium();
const skip = 'reason' in browser && browser.reason;
const visits = 'path' in browser ? await Visits.begin(browser.path, CHROMIUM_ARGS) : null;
after(() => visits?.[Symbol.asyncDispose]());

async function visit(path: string): Promise<Visit> {
  assert.ok(visits !== null);
  return visits.open(path);
}

const card = (page: Page, text: string) => page.locator('article', { hasText: text });

async function go(page: Page, hash: string): Promise<void> {
  await page.evaluate((to) => (location.hash = to), hash);
}

const focused = (page: Page): Promise<string | undefined> =>
  page.evaluate(() => document.activeElement?.tagName);

/** Inside the page: whether so many files of drafts lie on the device. */
function countedFiles(wanted: number): Promise<boolean> {
  return new Promise((resolve) => {
    const opening = indexedDB.open('copse-drafts');
    opening.addEventListener('success', () => {
      const found = opening.result.transaction('files').objectStore('files').count();
      found.addEventListener('success', () => {
        opening.result.close();
        resolve(found.result === wanted);
      });
    });
  });
}

test('[U51, U17] files go while one writes, on after a reload, and stand in the post', { skip }, async () => {
  const there = await visit('?as=member#/feed');
  const { page } = there;
  const bench = card(page, 'The bench is mended');
  await bench.getByRole('img', { name: 'The new bench' }).waitFor();
  await bench.getByRole('link', { name: 'Save bench-plan-2.pdf' }).waitFor();
  const hive = card(page, 'From my old node');
  // Pictures are asked for when they come into sight.
  await hive.scrollIntoViewIfNeeded();
  await hive.getByText('Picture that is not on this node').waitFor();
  await hive.getByRole('button', { name: 'Fetch it' }).click();
  await hive.getByRole('img', { name: 'The hive as it was' }).waitFor();
  assert.equal(
    await bench.locator('video').getAttribute('aria-label'),
    'Ben planes the seat, and the chips fly',
  );
  await happen(page, 'holdUploads', 'on');
  await page.getByLabel('Files for this post').setInputFiles([picture, paper]);
  await page.getByText('2 files on the way').waitFor();
  // The files are written once; what is said of them is written apart.
  await page.waitForFunction(countedFiles, 2);
  await page.evaluate(() => {
    IDBObjectStore.prototype.put = () => {
      throw new Error('a file was written anew');
    };
  });
  await page.getByLabel('What it shows').pressSequentially('A pear');
  assert.equal(await page.getByRole('button', { name: 'Post', exact: true }).isDisabled(), true);
  await page.reload();
  await page.getByText('All files are at the node.').waitFor();
  assert.equal(await page.getByLabel('What it shows').inputValue(), 'A pear');
  await page.getByRole('button', { name: 'Take out rota.pdf' }).click();
  await page.waitForFunction(countedFiles, 1);
  await page.getByText('The file is at the node.').waitFor();
  await page.getByRole('button', { name: 'Post', exact: true }).click();
  const made = page.locator('article').first();
  await made.getByRole('img', { name: 'A pear' }).waitFor();
  assert.equal(await made.getByRole('link', { name: 'Save rota.pdf' }).count(), 0);
  await page.getByRole('list', { name: 'Files of this post' }).waitFor({ state: 'detached' });
  await page.waitForFunction(countedFiles, 0);
  await page.getByLabel('Files for this post').setInputFiles([paper]);
  await page.getByText('The file is at the node.').waitFor();
  assert.ok(
    await page.evaluate(async () =>
      (await indexedDB.databases()).some(({ name }) => name === 'copse-drafts'),
    ),
  );
  await go(page, '#/settings');
  await page.getByRole('button', { name: 'Sign out' }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
  // Files of drafts leave the device with the account.
  await page.waitForFunction(async () =>
    (await indexedDB.databases()).every(({ name }) => name !== 'copse-drafts'),
  );
  await close(there);
});

test('[U51] what plays goes on when somebody does something to the post', { skip }, async () => {
  const there = await visit('?as=member#/feed');
  const { page } = there;
  const bench = card(page, 'The bench is mended');
  const film = await bench.locator('video').elementHandle();
  await bench.getByRole('button', { name: 'Answer with a picture' }).press('Enter');
  await bench.getByRole('button', { name: '👍' }).press('Enter');
  await bench.getByRole('button', { name: '👍 from 1 person, you too' }).waitFor();
  assert.equal(await film?.evaluate((video) => video.isConnected), true);
  await close(there);
});

test(
  '[U51] why a file does not load is said as it is, and it comes with the connection',
  { skip },
  async () => {
    const there = await visit('?as=member#/neighbours');
    const { page } = there;
    const bench = card(page, 'The bench is mended');
    const told = (words: string) => bench.locator('.attached-told', { hasText: words }).first();
    await happen(page, 'files', 'shut');
    await go(page, '#/feed');
    await bench.locator('span.attached-picture').first().waitFor();
    await bench.scrollIntoViewIfNeeded();
    await happen(page, 'files', 'away');
    await happen(page, 'status', 'offline');
    await happen(page, 'status', 'live');
    await told('Picture was not loaded').getByRole('button', { name: 'Try again' }).waitFor();
    await happen(page, 'status', 'offline');
    await told('Picture waits for the connection').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Fetch it' }).count(), 0);
    await happen(page, 'files', 'here');
    await happen(page, 'status', 'live');
    await bench.getByRole('img', { name: 'The new bench' }).waitFor();
    assert.equal(await bench.locator('.attached-told').count(), 0);
    await go(page, '#/neighbours');
    await heading(page, 'People').waitFor();
    await happen(page, 'files', 'odd');
    await go(page, '#/feed');
    await told('Picture is not shown by this browser').getByRole('link', { name: 'Save' }).waitFor();
    await close(there);
  },
);

test('[U47] files are kept and deleted, and what goes first is shown', { skip }, async () => {
  const there = await visit('?as=member#/storage');
  const { page } = there;
  const files = page.locator('.storage-files > li');
  await page.getByText('7 files, 1 upload not finished').waitFor();
  assert.equal(await page.getByRole('img', { name: /^Files: / }).count(), 1);
  await page.getByRole('row', { name: /Copies that go when room is needed/ }).waitFor();
  await page.getByRole('button', { name: 'Keep plums.jpg' }).press('Enter');
  await page.getByRole('button', { name: 'Let go of plums.jpg' }).waitFor();
  assert.equal(await focused(page), 'BUTTON');
  await page.getByLabel('Goes first').check();
  assert.match((await files.first().textContent()) ?? '', /old-well\.jpg/);
  await page.getByRole('button', { name: 'Keep old-well.jpg' }).click();
  await page.getByText('old-well.jpg').waitFor({ state: 'detached' });
  assert.equal(await focused(page), 'LI');
  await page.getByLabel('Largest').check();
  await page.getByRole('button', { name: 'Delete archive.zip' }).click();
  await page.getByText('Posts that show it have an empty place from then on').waitFor();
  await page.getByRole('button', { name: 'Delete it' }).click();
  await page.getByText('6 files', { exact: true }).waitFor();
  await close(there);
});
