/**
 * Devices in the app on a real node (SPEC D2, D3, D5, D8): Ada's second browser comes in by the code and digits, and
 * by the link of the picture; she locks one, which asks after a reload and opens with the passphrase.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { chromium, type Browser, type Page } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { plantGarden, TITLE, type Garden } from './support/garden.ts';
import { buildWeb } from './support/node.ts';
import { heading, Visitor } from './support/visitor.ts';

const found = ensureChromium();
const skip = 'reason' in found ? found.reason : false;
const SLOW = { skip, timeout: 60_000 };
let launched: Browser | null = null;

before(async () => {
  if (!('path' in found)) return;
  await buildWeb();
  launched = await chromium.launch({ executablePath: found.path, args: [...CHROMIUM_ARGS] });
});
after(() => launched?.close());

async function plant(): Promise<Garden> {
  const garden = await plantGarden(must(launched, 'a browser'));
  await garden.ada.write('the plums are ripe');
  return garden;
}

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).first().click();

/** Another browser of hers that waits to be let in; answers its code. */
async function ask({ node }: Garden): Promise<{ readonly visitor: Visitor; readonly code: string }> {
  const visitor = await Visitor.arrive(must(launched, 'a browser'), 'Ada again');
  await visitor.open(node.url);
  await visitor.page.getByText('I have another device').click();
  const code = await visitor.page.getByLabel('The code to type').textContent();
  return { visitor, code: must(code, 'a code').trim() };
}

async function answer({ ada: { page } }: Garden, code: string): Promise<Page> {
  await page.evaluate(() => (location.hash = '#/devices'));
  await press(page, 'Let a device in');
  await page.getByLabel('Or type its code').fill(code);
  await press(page, 'Go on');
  return page;
}

async function reads(visitor: Visitor): Promise<void> {
  await heading(visitor.page, 'Your sites').waitFor();
  await visitor.page.getByText(TITLE).first().click();
  await visitor.reads('the plums are ripe');
  assert.deepEqual(visitor.complaints, []);
}

test(
  '[D2, D5, D7] another browser comes in by its code and the digits, and reads what she reads',
  SLOW,
  async () => {
    await using garden = await plant();
    const { visitor, code } = await ask(garden);
    await using fresh = visitor;
    const page = await answer(garden, code);
    const digits = fresh.page.getByText(/^\d{3} \d{3}$/u);
    await digits.waitFor();
    await page.getByLabel('The six digits that it shows now').fill((await digits.textContent()) ?? '');
    await press(page, 'Let it in');
    await page.getByText('is let in.').waitFor();
    await press(fresh.page, 'It has let me in');
    await reads(fresh);
  },
);

test(
  '[D3, D5, D7, D8] another browser comes in by its picture, is locked, and asks after a reload',
  SLOW,
  async () => {
    await using garden = await plant();
    const { visitor } = await ask(garden);
    await using fresh = visitor;
    await fresh.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await press(fresh.page, 'Copy it as a link');
    const link = await fresh.page.evaluate(() => navigator.clipboard.readText());
    const page = await answer(garden, link);
    await page.getByText('It is the device whose picture you took.').waitFor();
    await press(page, 'Let it in');
    await reads(fresh);
    await fresh.page.evaluate(() => (location.hash = '#/devices'));
    await press(fresh.page, 'Lock with a passphrase');
    await fresh.page.getByLabel('New passphrase').fill('oak and ash');
    await fresh.page.getByLabel('The same again').fill('oak and ash');
    await press(fresh.page, 'Lock');
    await fresh.page.getByText('Your keys are locked here from now on.').waitFor();
    await fresh.page.reload();
    await heading(fresh.page, 'Your keys are locked').waitFor();
    await fresh.page.getByLabel('Passphrase').fill('oak and elm');
    await fresh.page.keyboard.press('Enter');
    await fresh.page.getByText('That does not open them.').waitFor();
    await fresh.page.getByLabel('Passphrase').fill('oak and ash');
    await fresh.page.keyboard.press('Enter');
    await heading(fresh.page, 'Your devices').waitFor();
    await fresh.page.evaluate(() => (location.hash = '#/'));
    await reads(fresh);
    const tab = await fresh.openTab(garden.node.url);
    await heading(tab, 'Your sites').waitFor();
    await fresh.moveTo(tab);
    // The tab that had the keys open is gone: this one asks, and comes back to where it was.
    await heading(fresh.page, 'Your keys are locked').waitFor();
    await fresh.page.getByLabel('Passphrase').fill('oak and ash');
    await fresh.page.keyboard.press('Enter');
    await reads(fresh);
  },
);
