/** Recovery with a PIN in the browser: set up, looked after, ended; coming back; and who asks to begin anew. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Page } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { FAKE_CODE, FAKE_PIN, FAKE_RESET_CODE } from '../src/fake/fake-recovery.ts';
import { close, garden, happen, heading, Visits } from './visit.ts';

const chromium = ensureChromium();
const skip = 'reason' in chromium ? chromium.reason : false;
const visits = 'path' in chromium ? await Visits.begin(chromium.path, CHROMIUM_ARGS) : null;
after(() => visits?.[Symbol.asyncDispose]());

const nodes = ['https://ben.example', 'https://chiara.example', 'https://noor.example'];

async function setUp(page: Page): Promise<void> {
  await page.getByLabel('PIN', { exact: true }).fill('1234');
  await page.getByText('Easy to guess').waitFor();
  await page.getByLabel('PIN', { exact: true }).fill(FAKE_PIN);
  await page.getByLabel('The same again', { exact: true }).fill(FAKE_PIN);
  await page.getByLabel('Nodes that help').fill(nodes.join('\n'));
  await page.getByText('2 of 3 nodes and the PIN bring you back.').waitFor();
  await page.getByRole('button', { name: 'Set it up' }).click();
}

test('[U26] a recovery is set up, its code shown, its guesses counted, and ended', { skip }, async () => {
  assert.ok(visits !== null);
  const visit = await visits.open('?as=member#/recovery');
  const { page } = visit;
  assert.equal(await page.getByRole('button', { name: 'Set it up' }).isDisabled(), true);
  await setUp(page);
  assert.equal(await page.getByLabel('Recovery code', { exact: true }).inputValue(), FAKE_CODE);
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await page.getByText('10 of 10 guesses left').waitFor();
  await page.getByText('7 of 10 guesses left').waitFor();
  await page.getByText('Somebody has asked for your account with this code').waitFor();
  await page.getByRole('button', { name: 'Change the PIN or the nodes' }).click();
  await page.getByRole('heading', { name: 'Change the PIN or the nodes' }).waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'End it' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End it' }).click();
  await page.getByText('The recovery is ended.').waitFor();
  await page.getByRole('heading', { name: 'Set it up' }).waitFor();
  await close(visit);
});

test(
  '[U26] who lost everything comes back with code and PIN, and hears how many guesses are left',
  { skip },
  async () => {
    assert.ok(visits !== null);
    const visit = await visits.open('?as=stranger');
    const { page } = visit;
    await page.getByText('More ways in').click();
    await page.getByRole('link', { name: 'I have a recovery code and a PIN' }).click();
    const come = page.getByRole('button', { name: 'Come back' });
    await page.getByLabel('Recovery code').fill(FAKE_CODE);
    await page.getByLabel('PIN', { exact: true }).fill('wrong one');
    await come.click();
    await page.getByText('That is not the PIN. 8 guesses left.').waitFor();
    await page.getByText('noor.example: does not answer').waitFor();
    await page.getByLabel('Recovery code').fill(`${FAKE_CODE}locked`);
    await come.click();
    await page.getByText('this recovery is shut for good').waitFor();
    await page.getByLabel('Recovery code').fill(`${FAKE_CODE}elsewhere`);
    await page.getByLabel('PIN', { exact: true }).fill(FAKE_PIN);
    await come.click();
    assert.equal(
      await page.getByRole('link', { name: 'Go there' }).getAttribute('href'),
      'https://elsewhere.example/#/recover',
    );
    await page.getByLabel('Recovery code').fill('something else');
    await come.click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Recovery code').fill(FAKE_CODE);
    await come.click();
    await heading(page, 'Your sites').waitFor();
    await close(visit);
  },
);

test('[U26] an admin lets in who begins anew, only by the code that she says', { skip }, async () => {
  assert.ok(visits !== null);
  const visit = await visits.open('?as=member#/recovery');
  const { page } = visit;
  await page.locator('.reset', { hasText: 'Yuki Tanaka' }).getByText(FAKE_RESET_CODE).waitFor();
  await page.getByRole('button', { name: 'They said this code' }).click();
  await page.getByText('Yuki Tanaka begins anew.').waitFor();
  await page.evaluate((hash) => (location.hash = hash), `${garden}/people`);
  const field = page.getByLabel('The code that Wiremu Parata says');
  await field.fill('AAAA-AAAA');
  await page.getByRole('button', { name: 'Let them in' }).click();
  await page.getByRole('alert').waitFor();
  await field.fill(FAKE_RESET_CODE.toLowerCase());
  await page.getByRole('button', { name: 'Let them in' }).click();
  await page.getByText('Wiremu Parata is let in again.').waitFor();
  assert.equal(await field.count(), 0);
  await close(visit);
});

test(
  '[U34] who has lost everything asks to begin anew, says a code, and comes in when an admin has approved',
  { skip },
  async () => {
    assert.ok(visits !== null);
    const visit = await visits.open('?as=stranger');
    const { page } = visit;
    await page.getByText('More ways in').click();
    await page.getByRole('link', { name: 'I have lost everything' }).click();
    await heading(page, 'Begin anew as who you were').waitFor();
    const number = page.getByLabel('Your number here');
    await number.fill('ada okafor');
    await page.keyboard.press('Enter');
    await page.getByText('and nothing else').waitFor();
    await number.fill('e8e2 5d94 0ed9 0475');
    await page.getByLabel('A word to who runs this node').fill('It is me.');
    await happen(page, 'failNext', 'unknown');
    await page.keyboard.press('Enter');
    await page.getByText('Code: unknown').waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('An admin of this node decides').waitFor();
    assert.equal(await page.getByLabel('Your code').textContent(), FAKE_RESET_CODE);
    await happen(page, 'decide', 'refused');
    await page.getByRole('button', { name: 'Look again' }).click();
    await page.getByText('It was refused').waitFor();
    await page.getByRole('button', { name: 'Ask again' }).click();
    await number.fill('e8e25d940ed90475');
    await page.getByRole('button', { name: 'Ask to begin anew' }).click();
    await page.getByText('An admin of this node decides').waitFor();
    await happen(page, 'decide', 'approved');
    await page.getByRole('button', { name: 'Look again' }).click();
    await page.getByRole('button', { name: 'Come in' }).click();
    await heading(page, 'Recovery with a PIN').waitFor();
    await page.getByText('You begin anew.').waitFor();
    await close(visit);
  },
);
