/** Notifications and mentions as people do them: by keyboard, once, and never unasked. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { RIGHT_DIGITS } from '../src/fake/fake-emails.ts';
import { resourceOf } from '../src/fake/fake-rights.ts';
import { close, garden, Visits } from './visit.ts';

const browser = ensureChromium();
const skip = 'reason' in browser && browser.reason;
const visits = 'path' in browser ? await Visits.begin(browser.path, CHROMIUM_ARGS) : null;
after(() => visits?.[Symbol.asyncDispose]());

async function visit(path: string) {
  assert.ok(visits !== null);
  return visits.open(path);
}

test(
  '[U37] nobody is asked before she has said something; who puts it off is not asked again',
  { skip },
  async () => {
    const there = await visit(`?as=member${garden}/log/chat`);
    const { page } = there;
    const card = page.getByRole('complementary', { name: 'Notifications' });
    const field = page.getByLabel('Write in chat');
    await field.waitFor();
    assert.equal(await card.count(), 0);
    await field.fill('Good morning');
    await page.keyboard.press('Enter');
    await card.waitFor();
    await card.getByRole('button', { name: 'Not now' }).click();
    await card.waitFor({ state: 'detached' });
    await page.reload();
    await field.fill('Good evening');
    await page.keyboard.press('Enter');
    await page.getByText('Good evening').waitFor();
    await page.waitForTimeout(100);
    assert.equal(await card.count(), 0);
    await close(there);
  },
);

test('[U37] a member is mentioned by keyboard alone, and marked in what was said', { skip }, async () => {
  const there = await visit(`?as=member${garden}/log/chat`);
  const { page } = there;
  const field = page.getByLabel('Write in chat');
  await field.pressSequentially('Thanks @');
  const options = page.getByRole('option');
  await options.first().waitFor();
  const first = await page.locator('[role=option][aria-selected=true]').textContent();
  await page.keyboard.press('ArrowDown');
  const active = await field.getAttribute('aria-activedescendant');
  assert.equal(await page.locator('[role=option][aria-selected=true]').getAttribute('id'), active);
  assert.notEqual(await page.locator('[role=option][aria-selected=true]').textContent(), first);
  await page.keyboard.press('Escape');
  assert.equal(await options.count(), 0);
  await field.pressSequentially('tomas');
  await options.first().waitFor();
  await page.keyboard.press('Enter');
  assert.equal(await field.inputValue(), 'Thanks @Tomás Vega ');
  // With nothing to choose Enter sends.
  await page.keyboard.press('Enter');
  await page.locator('.message.own .mention', { hasText: '@Tomás Vega' }).waitFor();
  assert.equal(await field.inputValue(), '');
  await close(there);
});

test(
  '[U37, I7] a site is paused and turned on again from its head, when this device is notified',
  { skip },
  async () => {
    const there = await visit('?as=member#/notifications');
    const { page } = there;
    await page.getByRole('button', { name: 'Turn on' }).click();
    await page.getByText('This device is notified.').waitFor();
    await page.evaluate((hash) => (location.hash = hash), `${garden}/log/chat`);
    await page.getByRole('button', { name: 'Notifications of Oak Lane Garden' }).click();
    await page.getByRole('button', { name: 'Mute until tomorrow' }).click();
    await page
      .getByText(/^Muted until/u)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Turn it on' }).click();
    await page.getByRole('button', { name: 'Mute for one hour' }).waitFor();
    await page.getByLabel('Nothing').check();
    await page.keyboard.press('Escape');
    await close(there);
  },
);

test(
  '[U37, I21] how much notifications show is chosen by keyboard, on this device, and stays so',
  { skip },
  async () => {
    const there = await visit('?as=member#/notifications');
    const { page } = there;
    const shows = (label: string) => page.getByRole('radio', { name: label });
    await page.getByRole('button', { name: 'Turn on' }).click();
    await shows('What was written').and(page.locator(':checked')).waitFor();
    await shows('What was written').press('ArrowDown');
    await shows('Only who and where').press('ArrowDown');
    await page.waitForFunction(async () => {
      const kept = await (await caches.open('copse device')).match('/showing');
      return (await kept?.text()) === 'nothing';
    });
    await page.reload();
    await shows('Only that there is something').and(page.locator(':checked')).waitFor();
    await close(there);
  },
);

test('[U37] what stands in the way is told, and whose fault it is', { skip }, async () => {
  const there = await visit('?as=member&push=dismissed#/notifications');
  const { page } = there;
  await page.getByRole('button', { name: 'Turn on' }).click();
  await page.getByText('Your browser has not allowed it').waitFor();
  assert.equal(
    await page.getByRole('button', { name: 'Turn on' }).isEnabled(),
    true,
    'it may be asked again',
  );
  await close(there);
});

test(
  '[I21, U15] a notification that the browser shows by itself leads to its conversation',
  { skip },
  async () => {
    const there = await visit('?as=member');
    const { page } = there;
    await page.evaluate((hash) => (location.hash = hash), `${garden}/log/${resourceOf('tools')}`);
    await page.getByText('Patched. It rolls.').waitFor();
    assert.match(page.url(), /log\/tools$/u);
    await close(there);
  },
);

test(
  '[U37, I22] what waits goes to an address of hers by e-mail, after as long as she says, and stops when she says',
  { skip },
  async () => {
    const there = await visit('?as=member#/notifications');
    const { page } = there;
    await page.getByRole('heading', { name: 'By e-mail' }).waitFor();
    await page.getByRole('link', { name: 'Add an e-mail address' }).press('Enter');
    await page.getByRole('button', { name: 'Continue with Example Mail' }).click();
    await page.getByLabel('Then type the six digits').fill(RIGHT_DIGITS);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('ada@example.org is yours here.').waitFor();
    await page.evaluate(() => (location.hash = '#/notifications'));
    await page.getByLabel('When I have been away for').selectOption('a day');
    await page.getByRole('button', { name: 'Tell me by e-mail' }).press('Enter');
    await page.getByText(/you have been away for a day, \S+@\S+ is told once/u).waitFor();
    await page.getByRole('button', { name: 'No e-mails' }).press('Enter');
    await page.getByRole('button', { name: 'Tell me by e-mail' }).waitFor();
    await close(there);
  },
);
