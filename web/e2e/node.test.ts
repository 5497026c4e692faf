/** The product itself: a real node, the built app, and browsers of two people. */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { after, test } from 'node:test';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { startNode, type NodeProcess } from './node.ts';
import { heading } from './visit.ts';

const found = ensureChromium();
const skip = 'reason' in found ? found.reason : false;
const data = await mkdtemp(joinPath(tmpdir(), 'copse-web-'));
const browser: Browser | null =
  'path' in found ? await chromium.launch({ executablePath: found.path, args: CHROMIUM_ARGS }) : null;
let node: NodeProcess | null = null;
const complaints: string[] = [];

after(async () => {
  await browser?.close();
  await node?.kill();
  await rm(data, { recursive: true, force: true });
});

/** A browser profile of its own, as another person or device has. */
async function arrive(name: string): Promise<{ readonly context: BrowserContext; readonly page: Page }> {
  assert.ok(browser !== null);
  const context = await browser.newContext({ viewport: { width: 1280, height: 820 } });
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(`${name}: ${error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    // A node that was killed does not answer; browsers report that by themselves.
    if (/ERR_CONNECTION|ERR_INTERNET_DISCONNECTED|WebSocket connection/u.test(text)) return;
    if (message.type() === 'error') complaints.push(`${name}: ${text}`);
  });
  return { context, page };
}

async function write(page: Page, text: string): Promise<void> {
  await page.getByLabel('Write in chat').fill(text);
  await page.keyboard.press('Enter');
}

const bubble = (page: Page, text: string) => page.locator('.message .text', { hasText: text });
const kept = (page: Page, text: string) => page.locator('.message.kept', { hasText: text });

test(
  '[N5, N8, U19] the first start makes an admin, who founds a site; an invited second browser writes with her',
  { skip },
  async () => {
    node = await startNode(data);
    assert.ok(node.setupLink !== null);
    const { page: ada } = await arrive('ada');
    await ada.goto(node.setupLink);
    await heading(ada, 'This node is yours').waitFor();
    assert.ok(!ada.url().includes('setup'));
    await ada.getByLabel('Your name').fill('Ada');
    await ada.keyboard.press('Enter');
    await heading(ada, 'Your 24 words').waitFor();
    const words = await ada.locator('.word-grid li').allTextContents();
    await ada.getByRole('button', { name: 'Later' }).click();
    await ada.getByRole('link', { name: 'This node', exact: true }).waitFor();

    await ada.getByRole('button', { name: 'Found a site' }).first().click();
    await ada.getByLabel('What is it called?').fill('Oak Lane');
    await ada.keyboard.press('Enter');
    await heading(ada, 'chat').waitFor();
    await write(ada, 'Is anybody there?');
    await kept(ada, 'Is anybody there?').waitFor();

    await ada.locator('.log-head').getByRole('link', { name: 'People' }).click();
    await ada.getByRole('button', { name: 'Make a link' }).click();
    const link = await ada.getByLabel('Invitation link').inputValue();
    const ben = await join(link, 'Ben');
    await bubble(ben, 'Is anybody there?').waitFor();
    await write(ben, 'Me!');
    await ada.getByRole('link', { name: /^chat/u }).first().click();
    await bubble(ada, 'Me!').waitFor();
    assert.equal(await ada.locator('.message', { hasText: 'Me!' }).locator('.who b').textContent(), 'Ben');

    await usedLinkIsTold(link);
    await survives(ada, ben);
    await secondDevice(ada, words);
    assert.deepEqual(complaints, []);
  },
);

async function join(link: string, name: string): Promise<Page> {
  const { page } = await arrive(name);
  await page.goto(link);
  await heading(page, 'Oak Lane').waitFor();
  await page.getByText('Ada invites you to').waitFor();
  await page.getByLabel('Your name').fill(name);
  await page.keyboard.press('Enter');
  await heading(page, 'Your 24 words').waitFor();
  await page.getByRole('button', { name: 'Later' }).click();
  await heading(page, 'chat').waitFor();
  return page;
}

/** An invitation works once; the next one is told so before anything is made. */
async function usedLinkIsTold(link: string): Promise<void> {
  const { page, context } = await arrive('late');
  await page.goto(link);
  await page.getByText('This invitation was already used').waitFor();
  assert.equal(await page.getByLabel('Your name').count(), 0);
  await context.close();
}

/** Offline, reload, and a node that is killed in the middle of a sentence. */
async function survives(ada: Page, ben: Page): Promise<void> {
  await ben.context().setOffline(true);
  await ben.getByText('You are offline.').waitFor();
  await write(ben, 'written on a train');
  await ben.locator('.message.waiting', { hasText: 'written on a train' }).waitFor();
  await write(ada, 'while Ben is away');
  await ben.context().setOffline(false);
  await kept(ben, 'written on a train').waitFor();
  await bubble(ben, 'while Ben is away').waitFor();
  await bubble(ada, 'written on a train').waitFor();

  await ben.reload();
  await bubble(ben, 'while Ben is away').waitFor();

  assert.ok(node !== null);
  await write(ada, 'the last words before');
  await node.kill();
  await write(ada, 'and the first after');
  await ada.locator('.message.waiting', { hasText: 'and the first after' }).waitFor();
  // Without its node the app opens from the device, with what she read and what waits there.
  await ada.evaluate(async () => void (await navigator.serviceWorker.ready));
  await untilKept(ada);
  await ada.reload();
  await ada.locator('.message.waiting', { hasText: 'and the first after' }).waitFor();
  await bubble(ada, 'Me!').waitFor();
  assert.equal(await ada.locator('.message', { hasText: 'Me!' }).locator('.who b').textContent(), 'Ben');
  // Coming back disturbs neither what is read nor what is typed.
  const drawn = await watchList(ada);
  await ada.getByLabel('Write in chat').fill('half a sen');
  node = await startNode(data, Number(new URL(node.url).port));
  assert.equal(node.setupLink, null);
  await kept(ada, 'and the first after').waitFor();
  await bubble(ben, 'and the first after').waitFor();
  // Whatever the cut hit, both end with the same words, each once.
  const words = (page: Page): Promise<string[]> => page.locator('.message .text').allTextContents();
  assert.deepEqual(await words(ben), await words(ada));
  for (const text of ['the last words before', 'and the first after'])
    assert.equal(await bubble(ben, text).count(), 1);
  // The marks beside the names come last.
  await ada.locator('.message .trust-sign').first().waitFor({ state: 'attached' });
  assertOnlyGrew(await drawn());
  await ada.keyboard.type('tence');
  assert.equal(await ada.getByLabel('Write in chat').inputValue(), 'half a sentence');
}

/** What is shown at once is on the device a sync of its disk later; a reload takes with it what is not. */
async function untilKept(page: Page): Promise<void> {
  await page.waitForFunction(async () => {
    const rows = (request: IDBRequest<IDBValidKey[]>): Promise<number> =>
      new Promise((resolve) => request.addEventListener('success', () => resolve(request.result.length)));
    let kept = 0;
    for (const { name = '' } of await indexedDB.databases()) {
      const open = indexedDB.open(name);
      await new Promise((resolve) => open.addEventListener('success', resolve));
      const database = open.result;
      if (database.objectStoreNames.contains('rows')) {
        const range = IDBKeyRange.bound('queue/', 'queue/\uffff');
        kept += await rows(database.transaction('rows').objectStore('rows').getAllKeys(range));
      }
      database.close();
    }
    return kept >= document.querySelectorAll('.message.waiting').length;
  });
}

/** Every list of words that the page shows from now on, one after the other. */
async function watchList(page: Page): Promise<() => Promise<readonly (readonly string[])[]>> {
  const drawn = await page.evaluateHandle(() => {
    const lists: string[][] = [];
    const look = (): void => {
      const texts = document.querySelectorAll('.message .text');
      const list = [...texts].map((text) => text.textContent ?? '');
      if (lists.at(-1)?.join('\n') !== list.join('\n')) lists.push(list);
    };
    look();
    new MutationObserver(look).observe(document.body, {
      childList: true,
      subtree: true,
      characterData: true,
    });
    return lists;
  });
  return () => drawn.jsonValue();
}

/** What stood there once stays, in its order and once; more may come in between and behind. */
function assertOnlyGrew(lists: readonly (readonly string[])[]): void {
  for (const [i, list] of lists.entries()) {
    const before = lists[i - 1] ?? [];
    assert.deepEqual(
      list.filter((text) => before.includes(text)),
      before,
      `of ${JSON.stringify(before)} became ${JSON.stringify(list)}`,
    );
    assert.equal(new Set(list).size, list.length, `twice in ${JSON.stringify(list)}`);
  }
}

/** The 24 words bring a second device; the first one shuts it out again. */
async function secondDevice(ada: Page, words: readonly string[]): Promise<void> {
  const { page: phone } = await arrive('phone');
  await phone.goto(new URL(ada.url()).origin);
  await phone.getByRole('link', { name: 'I have my 24 words' }).click();
  await phone.getByLabel('Your words').fill(words.join(' '));
  await phone.getByText('All 24 words fit together.').waitFor();
  await phone.getByRole('button', { name: 'Sign in' }).click();
  await phone
    .getByRole('link', { name: /Oak Lane/u })
    .first()
    .click();
  await bubble(phone, 'and the first after').waitFor();

  await ada.getByRole('link', { name: 'Devices' }).first().click();
  await ada.getByRole('button', { name: 'Revoke', exact: true }).click();
  await ada.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await ada.getByText('Chrome on Linux is shut out').waitFor();
  await phone.getByText('This device was shut out').waitFor();

  // Its keys are worth nothing now; the words make it a new device.
  await phone.getByRole('button', { name: 'Sign in again' }).click();
  await heading(phone, 'Sign in with your 24 words').waitFor();
  await phone.getByLabel('Your words').fill(words.join(' '));
  await phone.getByRole('button', { name: 'Sign in' }).click();
  await phone
    .getByRole('link', { name: /Oak Lane/u })
    .first()
    .click();
  await bubble(phone, 'and the first after').waitFor();
}

/** A member of a fresh node with a site of hers, and somebody whom she invited. */
async function twoOnANode(nodeData: string): Promise<{
  readonly running: NodeProcess;
  readonly ada: Page;
  readonly ben: Page;
}> {
  const running = await startNode(nodeData);
  const { page: ada } = await arrive('ada');
  await ada.goto(running.setupLink ?? '');
  await ada.getByLabel('Your name').fill('Ada');
  await ada.keyboard.press('Enter');
  await ada.getByRole('button', { name: 'Later' }).click();
  await ada.getByRole('button', { name: 'Found a site' }).first().click();
  await ada.getByLabel('What is it called?').fill('Oak Lane');
  await ada.keyboard.press('Enter');
  await heading(ada, 'chat').waitFor();
  await ada.getByRole('link', { name: 'Rights' }).first().click();
  await ada.getByRole('button', { name: 'Share', exact: true }).click();
  await ada.getByLabel('By a link').check();
  await ada.getByRole('button', { name: 'Make a link' }).click();
  const link = await ada.getByLabel('Invitation link').inputValue();
  await ada.keyboard.press('Escape');
  return { running, ada, ben: await join(link, 'Ben') };
}

/** Shares a log with Ben for a week, sees it in the list, and takes it back after the preview. */
async function sharesAndTakesBack(ada: Page): Promise<void> {
  await ada.reload();
  await heading(ada, 'Rights in Oak Lane').waitFor();
  await ada.locator('.grants-node', { hasText: 'Ben' }).waitFor();
  await ada.getByRole('button', { name: 'Share', exact: true }).click();
  const dialog = ada.getByRole('dialog', { name: 'Share Oak Lane' });
  await dialog.getByLabel('Member', { exact: true }).selectOption({ label: 'Ben (unverified)' });
  await dialog.getByLabel('Where').selectOption('chat');
  await dialog.getByLabel('A week').check();
  await dialog.getByText('More: only from').click();
  await dialog.getByLabel('Only from these networks').fill('127.0.0.0/8');
  await dialog.locator('.sentence', { hasText: 'Ben may read and write – chat until' }).waitFor();
  await dialog.getByRole('button', { name: 'Share', exact: true }).click();
  await ada.getByText('Ben has it now.').waitFor();
  await ada.getByLabel('List', { exact: true }).check();
  await ada.locator('.grants-list > li', { hasText: 'only from 127.0.0.0/8' }).waitFor();
  await ada.getByRole('button', { name: /^Take back from Ben: Writer, chat/u }).click();
  const falling = ada.getByRole('dialog', { name: 'Take this back from Ben?' });
  await falling.getByText('Who: Ben').waitFor();
  await falling.getByRole('button', { name: 'Take back' }).click();
  await ada.getByText('Taken back from Ben.').waitFor();
  await ada.locator('.grants-list > li', { hasText: 'only from 127.0.0.0/8' }).waitFor({ state: 'detached' });
  await ada.getByRole('button', { name: 'Change the key now' }).click();
  await ada.getByRole('dialog').getByRole('button', { name: 'Change it' }).click();
  await ada.getByText(/^Key \d+ is in use/u).waitFor();
}

/** Both see the same digits, and each types what the other reads. */
async function verifyEachOther(ada: Page, ben: Page): Promise<void> {
  await ada.getByRole('link', { name: 'People' }).first().click();
  await ben.locator('.log-head').getByRole('link', { name: 'People' }).click();
  // A list that is drawn anew meanwhile takes a click along; a person presses again.
  const same = ben.locator('.same-digits');
  for (let presses = 0; presses < 5 && !(await same.isVisible()); presses++) {
    await ben.getByRole('button', { name: 'Verify Ada' }).click();
    await same.waitFor({ timeout: 5_000 }).catch(() => {});
  }
  const digits = (await same.textContent()) ?? '';
  await ada.getByRole('button', { name: 'Verify Ben' }).click();
  assert.equal(await ada.locator('.same-digits').textContent(), digits);
  await ada.getByLabel('Digits that Ben reads').fill('1'.repeat(36));
  await ada.keyboard.press('Enter');
  await ada.getByText('These are other digits').waitFor();
  await ada.getByLabel('Digits that Ben reads').fill(digits);
  await ada.keyboard.press('Enter');
  await ada.locator('.list > li', { hasText: 'Ben' }).getByText('compared').waitFor();
}

test(
  '[U21, U22, U23, U25, U27, U28] on a real node rights are shared, seen and taken back, and people verified',
  { skip },
  async () => {
    const nodeData = await mkdtemp(joinPath(tmpdir(), 'copse-web-rights-'));
    const { running, ada, ben } = await twoOnANode(nodeData);
    try {
      await sharesAndTakesBack(ada);
      await verifyEachOther(ada, ben);
      // Who is no admin sees what concerns her.
      await ben.keyboard.press('Escape');
      await ben.getByRole('link', { name: 'Rights' }).first().click();
      await ben.locator('.grants-node', { hasText: 'Ben' }).waitFor();
      await ben.getByText('Admins see everybody.').waitFor();
      assert.equal(await ben.locator('.grants-node').count(), 1);
      await ada.evaluate(() => (location.hash = '#/audit'));
      await ada.getByText('Everything that it said fits together').waitFor();
      await ada.evaluate(() => (location.hash = '#/email'));
      await ada.getByText('This node knows no e-mail provider').waitFor();
      await ada.evaluate(() => (location.hash = '#/recovery'));
      await ada.getByText('Nobody.', { exact: true }).waitFor();
      await ada.getByRole('button', { name: 'Make a link for a friend' }).click();
      assert.match(await ada.getByLabel('Link for a friend').inputValue(), /#realm=/u);
      assert.deepEqual(complaints, []);
    } finally {
      await running.kill();
      await rm(nodeData, { recursive: true, force: true });
    }
  },
);
