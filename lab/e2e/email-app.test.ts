/**
 * Signing in with e-mail in the app itself (SPEC U24): the certified provider, a node, and Chromium. An address
 * is added in one browser; another one signs in with it, and is let in after both have shown the same digits.
 */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { chromium, type Browser as Chromium, type Page } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { House } from '../judge/oidc-house.ts';
import { Browser, digitsOf, Party } from '../judge/oidc-party.ts';

const found = ensureChromium();
const skip = 'reason' in found ? found.reason : false;
const browser: Chromium | null =
  'path' in found ? await chromium.launch({ executablePath: found.path, args: CHROMIUM_ARGS }) : null;
const complaints: string[] = [];

after(() => browser?.close());

async function arrive(address: string): Promise<Page> {
  assert.ok(browser !== null);
  const page = await (await browser.newContext()).newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(address);
  return page;
}

/** Follows the address of the provider as a window of its own would, and types the digits that it shows. */
async function signIn(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Continue with Provider example' }).click();
  const link = page.getByRole('link', { name: 'Open Provider example' });
  const window = new Browser();
  const begin = must(await link.getAttribute('href'), 'the address of the provider');
  const back = await window.until(begin, ({ pathname }) => pathname.startsWith('/oidc/return/'));
  const digits = must(digitsOf(await window.show(back)), 'digits');
  await page.getByLabel('Then type the six digits').fill(digits);
  await page.getByRole('button', { name: 'Go on' }).click();
}

async function hasBoth(old: Page, url: string): Promise<void> {
  const fresh = await arrive(`${url}/#/email`);
  await signIn(fresh);
  await fresh.getByText('Waiting for your other device').waitFor();
  await old.getByText('signed in as ada@example.org and asks to be let in').waitFor();
  await old.getByRole('button', { name: 'Look at it' }).click();
  await old.getByRole('button', { name: 'Show the digits' }).click();
  const shown = await old.locator('.same-digits').textContent();
  await fresh.locator('.same-digits').waitFor();
  assert.equal(await fresh.locator('.same-digits').textContent(), shown);
  await old.getByRole('button', { name: 'They are the same' }).click();
  await fresh.getByText('Your other device let this one in.').waitFor();
  await fresh.getByRole('link', { name: 'Settings of Ada' }).waitFor();
}

test('[U24] in the app an address brings a new browser to the keys of an old one', { skip }, async () => {
  await using house = await House.open({ isStrict: false });
  await using party = new Party();
  const url = await party.open({ example: house });
  house.claims = { sub: 'ada', email: 'ada@example.org', email_verified: true };
  const old = await arrive(`${url}/#/signup`);
  await old.getByLabel('Your name').fill('Ada');
  await old.keyboard.press('Enter');
  await old.getByRole('button', { name: 'Later' }).click();
  await old.evaluate(() => (location.hash = '#/email'));
  await signIn(old);
  await old.getByText('ada@example.org is yours here.').waitFor();
  await hasBoth(old, url);
  assert.deepEqual(complaints, []);
});
