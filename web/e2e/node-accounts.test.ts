/** The people of a real node, in the browsers of two of them (SPEC Z19). */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { after, test } from 'node:test';
import { chromium, type Browser, type Page } from 'playwright-core';
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

/** A browser profile of its own, as another person has. */
async function arrive(name: string): Promise<Page> {
  assert.ok(browser !== null);
  const context = await browser.newContext({ viewport: { width: 1280, height: 820 } });
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(`${name}: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${name}: ${message.text()}`);
  });
  return page;
}

/** Leaves the 24 words for later and goes to a room. */
async function goTo(page: Page, room: string): Promise<void> {
  await page.evaluate((hash) => (location.hash = hash), room);
}

test(
  '[Z19] a link lets somebody in; she is removed, told by whom and why, and comes back by herself',
  { skip },
  async () => {
    node = await startNode(data, 0, ['--signup', 'invited']);
    assert.ok(node.setupLink !== null);
    const ada = await arrive('ada');
    await ada.goto(node.setupLink);
    await ada.getByLabel('Your name').fill('Ada');
    await ada.keyboard.press('Enter');
    await heading(ada, 'Your 24 words').waitFor();
    await goTo(ada, '#/accounts');
    await ada.getByLabel('Who it is for').fill('Bea');
    await ada.getByLabel('How many she may let in herself').fill('2');
    await ada.getByRole('button', { name: 'Make a link' }).click();
    const link = await ada.getByLabel('Invitation link').inputValue();
    assert.match(link, /#account=[\w-]{86}$/u);

    const bea = await arrive('bea');
    await bea.goto(link);
    await heading(bea, 'Ada lets you in').waitFor();
    assert.ok(!bea.url().includes('account='), 'the secret has left the address');
    await bea.getByLabel('Your name').fill('Beatrice');
    await bea.keyboard.press('Enter');
    await heading(bea, 'Your 24 words').waitFor();
    await goTo(bea, '#/accounts');
    await bea.getByText('You came by Ada').waitFor();

    await ada.reload();
    await ada.getByRole('button', { name: 'Remove Bea' }).click();
    await ada.getByLabel('Why').fill('a quarrel');
    await ada.getByRole('button', { name: 'Remove', exact: true }).click();
    await ada.getByText('Removed by Ada').waitFor();
    await bea.getByText('Ada has removed “Bea” from this node').waitFor();
    await bea.getByText('a quarrel').waitFor();

    await ada.getByRole('button', { name: 'Restore Bea' }).click();
    await ada.getByText('Bea is back').waitFor();
    await bea.reload();
    await bea.getByText('You came by Ada').waitFor();
    await bea.getByText('Connected').waitFor();
    assert.deepEqual(complaints, []);
  },
);
