/** Recovery with a PIN in the product: two nodes, the built app, and browsers of their admins. */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { chromium, type Browser, type Page } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { startNode, type NodeProcess } from './node.ts';

const found = ensureChromium();
const skip = 'reason' in found ? found.reason : false;
const data = await mkdtemp(join(tmpdir(), 'copse-web-recovery-'));
const browser: Browser | null =
  'path' in found ? await chromium.launch({ executablePath: found.path, args: CHROMIUM_ARGS }) : null;
const nodes: NodeProcess[] = [];

after(async () => {
  await browser?.close();
  for (const node of nodes) await node.kill();
  await rm(data, { recursive: true, force: true });
});

/** The admin of a node of her own, in a browser of her own. */
async function admin(name: string, node: NodeProcess): Promise<Page> {
  assert.ok(browser !== null);
  const page = await (await browser.newContext()).newPage();
  await page.goto(node.setupLink ?? '');
  await page.getByLabel('Your name').fill(name);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Later' }).click();
  await page.evaluate(() => (location.hash = '#/recovery'));
  return page;
}

async function grant(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Make a link for a friend' }).click();
  return page.getByLabel('Link for a friend').inputValue();
}

async function fillPin(page: Page, label: string, pin: string): Promise<void> {
  await page.getByLabel(label, { exact: true }).fill(pin);
}

test(
  '[U26] two real nodes take a recovery that the app sets up, both say how many guesses are left, and code and PIN bring her back',
  { skip },
  async () => {
    assert.ok(browser !== null);
    // Pages of one node speak to the other, which the operators of both allow.
    for (const name of ['a', 'b']) nodes.push(await startNode(join(data, name), 0, ['--origins', '*']));
    const [home, friend] = nodes;
    assert.ok(home !== undefined && friend !== undefined);
    const ben = await admin('Ben', friend);
    const ada = await admin('Ada', home);
    await fillPin(ada, 'PIN', 'lentil-4711');
    await fillPin(ada, 'The same again', 'lentil-4711');
    await ada.getByLabel('Nodes that help').fill(`${home.url}\n${await grant(ben)}`);
    await ada.getByRole('button', { name: 'Set it up' }).click();
    const code = await ada.getByLabel('Recovery code', { exact: true }).inputValue();
    assert.match(code, /^copse-recovery:/u);
    await ada.getByRole('button', { name: 'I have kept it' }).click();
    await ada.getByText('10 of 10 guesses left').nth(1).waitFor();

    const lost = await (await browser.newContext()).newPage();
    await lost.goto(`${home.url}/#/recover`);
    await lost.getByLabel('Recovery code').fill(code);
    await fillPin(lost, 'PIN', 'lentil-4712');
    await lost.getByRole('button', { name: 'Come back' }).click();
    await lost.getByText('That is not the PIN. 9 guesses left.').waitFor();
    await fillPin(lost, 'PIN', 'lentil-4711');
    await lost.getByRole('button', { name: 'Come back' }).click();
    await lost.getByRole('heading', { name: 'Your sites' }).waitFor();
    await lost.getByText('Ada', { exact: true }).first().waitFor();
  },
);
