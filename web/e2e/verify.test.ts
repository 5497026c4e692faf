/** Marks on people whose key was not checked, in the browser. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { FAKE_DIGITS } from '../src/fake/fake-names.ts';
import { close, garden, Visits } from './visit.ts';

const chromium = ensureChromium();
const skip = 'reason' in chromium ? chromium.reason : false;
const visits = 'path' in chromium ? await Visits.begin(chromium.path, CHROMIUM_ARGS) : null;
after(() => visits?.[Symbol.asyncDispose]());

test('[U28] who was not checked is marked, and is checked by the log or by digits', { skip }, async () => {
  assert.ok(visits !== null);
  const visit = await visits.open(`?as=member${garden}/people`);
  const { page } = visit;
  const row = (name: string) => page.locator('.list > li', { hasText: name }).first();
  await row('Ben Lindqvist').getByText('compared', { exact: true }).waitFor();
  await row('Chiara Ruggeri').getByText('checked', { exact: true }).waitFor();
  await row('Tomás Vega').getByText('unverified').waitFor();
  assert.equal(await row('Ada Okafor').getByText('unverified').count(), 0);

  await page.getByRole('button', { name: 'Verify Tomás Vega' }).click();
  await page.getByRole('button', { name: 'Check the log' }).click();
  await row('Tomás Vega').getByText('checked', { exact: true }).waitFor();

  await page.getByRole('button', { name: 'Verify Noor Haddad' }).click();
  const dialog = page.getByRole('dialog', { name: 'Is it really Noor Haddad?' });
  await dialog.getByRole('button', { name: 'Check the log' }).click();
  await dialog.getByText('The log says nothing of Noor Haddad').waitFor();
  await dialog.getByLabel('Digits that Noor Haddad reads').fill('1'.repeat(36));
  await dialog.getByRole('button', { name: 'Compare' }).click();
  await dialog.getByText('These are other digits').waitFor();
  await dialog.getByLabel('Digits that Noor Haddad reads').fill(FAKE_DIGITS.replaceAll(' ', '-'));
  await page.keyboard.press('Enter');
  await row('Noor Haddad').getByText('compared', { exact: true }).waitFor();
  await close(visit);
});
