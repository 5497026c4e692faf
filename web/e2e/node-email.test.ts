/**
 * Sharing by e-mail address in the product (SPEC U31, E8): the certified provider, a node, and three browsers. The
 * invitation opens for whoever signs in with the address, and for nobody else.
 */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { chromium, type Browser as Chromium, type Page } from 'playwright-core';
import { must } from 'copse/internal/base/assert.ts';
import { House } from '../../lab/judge/oidc-house.ts';
import { Browser, digitsOf, Party } from '../../lab/judge/oidc-party.ts';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';

const found = ensureChromium();
const skip = 'reason' in found ? found.reason : false;
const browser: Chromium | null =
  'path' in found ? await chromium.launch({ executablePath: found.path, args: CHROMIUM_ARGS }) : null;
const complaints: string[] = [];

after(() => browser?.close());

async function signUp(address: string, name: string): Promise<Page> {
  assert.ok(browser !== null);
  const page = await (await browser.newContext()).newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(address);
  await page.getByLabel('Your name').fill(name);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Later' }).click();
  return page;
}

/** Follows the address of the provider as a window of its own would, and types the digits that it shows. */
async function addAddress(page: Page): Promise<void> {
  await page.evaluate(() => (location.hash = '#/email'));
  await page.getByRole('button', { name: 'Continue with Provider example' }).click();
  const link = page.getByRole('link', { name: 'Open Provider example' });
  const window = new Browser();
  const begin = must(await link.getAttribute('href'), 'the address of the provider');
  const back = await window.until(begin, ({ pathname }) => pathname.startsWith('/oidc/return/'));
  await page.getByLabel('Then type the six digits').fill(must(digitsOf(await window.show(back)), 'digits'));
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByText('sam@example.org is yours here.').waitFor();
}

/** Puts an invitation in that came by letter. */
async function open(page: Page, text: string): Promise<void> {
  await page.evaluate(() => (location.hash = '#/'));
  await page.getByRole('button', { name: 'Open a link' }).first().click();
  await page.getByLabel('The link, or a sealed invitation').fill(text);
  await page.getByRole('button', { name: 'Look inside' }).click();
}

test(
  '[U31, U33, E8, M15] a site is shared with an address: nobody first, then its account, unverified until checked, and the invitation opens for it alone',
  { skip, timeout: 60_000 },
  async () => {
    await using house = await House.open({ isStrict: false });
    await using party = new Party();
    const url = await party.open({ example: house });
    house.claims = { sub: 'sam', email: 'sam@example.org', email_verified: true };
    const ada = await signUp(`${url}/#/signup`, 'Ada');
    await ada.getByRole('button', { name: 'Found a site' }).first().click();
    await ada.getByLabel('What is it called?').fill('Oak Lane');
    await ada.keyboard.press('Enter');
    await ada.getByLabel('Write in chat').fill('Welcome, Sam.');
    await ada.keyboard.press('Enter');
    await ada.locator('.message.kept').waitFor();
    await ada.getByRole('link', { name: 'Rights' }).first().click();
    await ada.getByRole('button', { name: 'Share', exact: true }).click();
    const dialog = ada.getByRole('dialog', { name: 'Share Oak Lane' });
    await dialog.getByLabel('By e-mail', { exact: true }).check();
    await dialog.getByLabel('E-mail address').fill('sam@example.org');
    await ada.keyboard.press('Enter');
    await dialog.getByText('Nobody has signed in here as sam@example.org yet').waitFor();

    const sam = await signUp(`${url}/#/signup`, 'Sam');
    await addAddress(sam);
    await dialog.getByRole('button', { name: 'Look it up' }).click();
    const account = dialog.getByRole('list', { name: 'Accounts of this address' }).getByRole('listitem');
    await account.getByText('unverified').waitFor();
    await account.getByText('Not in this site yet').waitFor();
    await account.getByRole('button', { name: 'Check the log' }).click();
    await account.getByText('checked', { exact: true }).waitFor();
    await dialog.getByRole('button', { name: 'Make the invitation' }).click();
    const sealed = await dialog.getByLabel('Sealed invitation').inputValue();
    await dialog.getByRole('button', { name: 'Done' }).click();

    const eve = await signUp(`${url}/#/signup`, 'Eve');
    await open(eve, sealed);
    await eve.getByText('Code: badProof').waitFor();
    await open(sam, sealed);
    await sam.getByRole('button', { name: 'Join Oak Lane' }).click();
    await sam.getByText('Welcome, Sam.').waitFor();
    await sam.getByLabel('Write in chat').fill('Thank you!');
    await sam.keyboard.press('Enter');
    // With the number of what is new behind it, when that is already there.
    await ada.getByRole('link', { name: /^chat/u }).first().click();
    const thanks = ada.locator('.message', { hasText: 'Thank you!' });
    await thanks.locator('.who').getByText('checked', { exact: true }).waitFor({ state: 'attached' });
    assert.deepEqual(complaints, []);
  },
);
