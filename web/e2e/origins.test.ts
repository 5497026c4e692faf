/** The web addresses that may use a site, in the browser. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { close, garden, happen, Visits } from './visit.ts';

const chromium = ensureChromium();
const skip = 'reason' in chromium ? chromium.reason : false;
const visits = 'path' in chromium ? await Visits.begin(chromium.path, CHROMIUM_ARGS) : null;
after(() => visits?.[Symbol.asyncDispose]());

test(
  '[U29] an address is added and removed; a bad one is told, and nobody shuts herself out by mistake',
  { skip },
  async () => {
    assert.ok(visits !== null);
    const visit = await visits.open(`?as=member${garden}/rights`);
    const { page } = visit;
    await page.getByText('No address is named').waitFor();
    const field = page.getByLabel('Address of a web app');
    await field.fill('app.example');
    await page.keyboard.press('Enter');
    await page.getByText('has no beginning. Write https://app.example').waitFor();
    assert.equal(await field.getAttribute('aria-invalid'), 'true');
    await field.fill('https://app.example/');
    await happen(page, 'failNext', 'forbidden');
    await page.keyboard.press('Enter');
    const ask = page.getByRole('dialog', { name: 'Shut out the page you are on?' });
    await ask.getByText(visits.origin).waitFor();
    await ask.getByRole('button', { name: 'Keep this page in' }).click();
    await page.getByText('You do not hold this right.').waitFor();
    await ask.getByRole('button', { name: 'Keep this page in' }).click();
    const list = page.getByRole('list', { name: 'Addresses' });
    await list.getByText('https://app.example').waitFor();
    assert.equal(await list.getByRole('listitem').count(), 2);
    await list.getByText('this page').waitFor();

    await page.getByRole('button', { name: `Remove ${visits.origin}` }).focus();
    await page.keyboard.press('Enter');
    await ask.getByRole('button', { name: 'Close' }).click();
    assert.equal(await list.getByRole('listitem').count(), 2);
    await page.getByRole('button', { name: 'Remove https://app.example' }).click();
    await list.getByText('https://app.example').waitFor({ state: 'detached' });
    await close(visit);
  },
);
