/** Signing in with e-mail in the browser: as a stranger, as a member, and as the device that lets another in. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Page } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { RIGHT_DIGITS, SAME_DIGITS } from '../src/fake/fake-emails.ts';
import { close, happen, heading, Visits } from './visit.ts';

const chromium = ensureChromium();
const skip = 'reason' in chromium ? chromium.reason : false;
const visits = 'path' in chromium ? await Visits.begin(chromium.path, CHROMIUM_ARGS) : null;
after(() => visits?.[Symbol.asyncDispose]());

/** Chooses the first provider and types what its page shows. */
async function signIn(page: Page, digits: string): Promise<void> {
  await page.getByRole('button', { name: 'Continue with Example Mail' }).click();
  await page.getByLabel('Then type the six digits').fill(digits);
  await page.getByRole('button', { name: 'Go on' }).click();
}

test('[U24] a new device is let in by another one after both showed the same digits', { skip }, async () => {
  assert.ok(visits !== null);
  const visit = await visits.open('?as=stranger');
  const { page } = visit;
  await page.getByText('More ways in').click();
  await page.getByRole('link', { name: 'Sign in with e-mail' }).click();
  await signIn(page, '12 34 56');
  await page.getByText('These are not the digits on the page. 2 more tries.').waitFor();
  await page.getByLabel('Then type the six digits').fill(RIGHT_DIGITS);
  await page.keyboard.press('Enter');
  await page.getByLabel('Digits to compare').waitFor();
  assert.equal(await page.locator('.same-digits').textContent(), SAME_DIGITS);
  await happen(page, 'handOver', 'given');
  await heading(page, 'Your sites').waitFor();
  await page.getByText('Your other device let this one in.').waitFor();
  await close(visit);
});

test('[U24] whoever is sent away, or fails at the provider, is told what to do', { skip }, async () => {
  assert.ok(visits !== null);
  const visit = await visits.open('?as=stranger#/email');
  const { page } = visit;
  await signIn(page, '000000');
  await page.getByText('The digits were wrong too often. Begin again.').waitFor();
  await signIn(page, RIGHT_DIGITS);
  await happen(page, 'handOver', 'denied');
  await page.getByText('Your other device sent this one away').waitFor();
  assert.equal(await heading(page, 'Sign in with e-mail').count(), 1);
  await close(visit);
});

test('[U24] an address that nobody has here begins an account', { skip }, async () => {
  assert.ok(visits !== null);
  const visit = await visits.open('?as=stranger&mail=new#/email');
  const { page } = visit;
  await signIn(page, RIGHT_DIGITS);
  await page.getByText('nobody of that address is here yet').waitFor();
  await page.getByLabel('Your name').fill('Ada');
  await page.keyboard.press('Enter');
  await heading(page, 'Your 24 words').waitFor();
  await close(visit);
});

test('[U24] a member adds an address and lets it go; without a provider she is told', { skip }, async () => {
  assert.ok(visits !== null);
  const visit = await visits.open('?as=member#/email');
  const { page } = visit;
  await page.getByText('None yet.').waitFor();
  await signIn(page, RIGHT_DIGITS);
  await page.getByText('ada@example.org is yours here.').waitFor();
  await page.locator('.list-title', { hasText: 'ada@example.org' }).waitFor();
  await page.getByRole('button', { name: 'Let go' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Let it go' }).click();
  await page.getByText('None yet.').waitFor();
  await close(visit);
  const without = await visits.open('?as=stranger&providers=none#/email');
  await without.page.getByText('This node knows no e-mail provider').waitFor();
  await close(without);
});

test(
  '[U24] a device that knocks is shown in every room, and let in only after the digits',
  { skip },
  async () => {
    assert.ok(visits !== null);
    const visit = await visits.open('?as=member');
    const { page } = visit;
    await happen(page, 'knock', 'Firefox on a laptop');
    await page.getByText('Firefox on a laptop signed in as ada@example.org').waitFor();
    await page.getByRole('button', { name: 'Look at it' }).click();
    const dialog = page.getByRole('dialog', { name: 'Let Firefox on a laptop in?' });
    assert.equal(await dialog.getByRole('button', { name: 'They are the same' }).count(), 0);
    assert.equal(await dialog.getByRole('alert').count(), 0);
    await dialog.getByRole('button', { name: 'Show the digits' }).click();
    await dialog.getByText(SAME_DIGITS).waitFor();
    await dialog.getByRole('button', { name: 'They are the same' }).click();
    await page.getByText('Firefox on a laptop is in.').waitFor();
    assert.equal(await page.getByText('asks to be let in').count(), 0);

    await happen(page, 'knock', 'Strange tablet');
    await page.getByRole('button', { name: 'Look at it' }).click();
    await page.getByText('This is another account at the provider than before').waitFor();
    await page.getByRole('button', { name: 'Send it away' }).click();
    await page.getByText('Strange tablet was sent away.').waitFor();
    assert.equal(await page.getByText('asks to be let in').count(), 0);
    await close(visit);
  },
);
