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

test(
  '[U33] the mark stands beside names in the conversation, the graph, the list and the members',
  { skip },
  async () => {
    assert.ok(visits !== null);
    const visit = await visits.open(`?as=member&changed=Yuki${garden}/log/chat`);
    const { page } = visit;
    const who = (name: string) => page.locator('.message .who', { hasText: name }).last();
    await who('Ben Lindqvist').getByText('compared', { exact: true }).waitFor({ state: 'attached' });
    await who('Tomás Vega').getByText('unverified', { exact: true }).waitFor({ state: 'attached' });
    assert.equal(await page.locator('.message.own .trust-sign').count(), 0);

    await page.evaluate((hash) => (location.hash = hash), `${garden}/rights`);
    const node = (name: string) => page.locator('.grants-node', { hasText: name }).first();
    await node('Ben Lindqvist').locator('.trust-badge.good').waitFor();
    await node('Tomás Vega').locator('.trust-badge:not(.good)', { hasText: '?' }).waitFor();
    await node('Yuki Tanaka').locator('.trust-badge', { hasText: '!' }).waitFor();
    assert.match((await node('Yuki Tanaka').locator('title').textContent()) ?? '', /, changed key: /u);
    assert.equal(await node('Ada Okafor').locator('.trust-badge').count(), 0);
    await page.getByLabel('List', { exact: true }).check();
    await page
      .locator('.grants-list > li', { hasText: 'Yuki Tanaka' })
      .first()
      .getByText('changed key')
      .waitFor();

    await page.evaluate((hash) => (location.hash = hash), `${garden}/people`);
    const row = page.locator('.list > li', { hasText: 'Yuki Tanaka' }).first();
    await row.getByText('changed key').waitFor();
    await page.getByRole('button', { name: 'Verify Yuki Tanaka' }).click();
    const dialog = page.getByRole('dialog', { name: 'Is it really Yuki Tanaka?' });
    await dialog.getByText('was verified here with another key').waitFor();
    // The log alone cannot say that two keys are one person.
    assert.equal(await dialog.getByRole('button', { name: 'Check the log' }).count(), 0);
    await dialog.getByLabel('Digits that Yuki Tanaka reads').fill(FAKE_DIGITS);
    await page.keyboard.press('Enter');
    await row.getByText('compared', { exact: true }).waitFor();
    await page.evaluate((hash) => (location.hash = hash), `${garden}/rights`);
    await node('Yuki Tanaka').locator('.trust-badge.good').waitFor();
    await close(visit);
  },
);
