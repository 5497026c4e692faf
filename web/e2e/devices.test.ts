/** Adding and revoking devices in the app: by picture, by code, and what axe-core says of each step (SPEC D7). */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { close, happen, heading, narrow, Visits, wide, type Visit } from './visit.ts';

const chromium = ensureChromium();
const skip = 'reason' in chromium ? chromium.reason : false;
const visits = 'path' in chromium ? await Visits.begin(chromium.path, CHROMIUM_ARGS) : null;

after(() => visits?.[Symbol.asyncDispose]());

async function open(path: string, look = wide): Promise<Visit> {
  assert.ok(visits !== null);
  return visits.open(path, look);
}

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).first().click();

async function waitFor(page: Page, text: string): Promise<void> {
  await page.getByText(text).first().waitFor();
}

async function letIn(page: Page, code: string): Promise<void> {
  await press(page, 'Let a device in');
  await page.getByLabel('Or type its code').fill(code);
  await press(page, 'Go on');
}

test(
  '[D2, D7] a newcomer with another device shows a picture, a code and digits, and is in',
  { skip },
  async () => {
    const visit = await open('?as=stranger');
    const { page } = visit;
    await page.getByText('I have another device').click();
    await waitFor(page, 'K7QM-3X9P');
    await happen(page, 'answer', 'digits');
    await waitFor(page, '482 913');
    await happen(page, 'give');
    assert.equal(await page.getByText('This is a device of yours now.').count(), 0, 'a person says so first');
    await press(page, 'It has let me in');
    await waitFor(page, 'This is a device of yours now.');
    await heading(page, 'Your sites').waitFor();
    await close(visit);
  },
);

test('[D3, D7] whose picture was taken has nothing to compare', { skip }, async () => {
  const visit = await open('?as=stranger#/pair');
  await waitFor(visit.page, 'K7QM-3X9P');
  await happen(visit.page, 'answer', 'scanned');
  await waitFor(visit.page, 'Your other device has taken the picture.');
  await happen(visit.page, 'give');
  await waitFor(visit.page, 'This is a device of yours now.');
  await close(visit);
});

test('[D4, D7] a newcomer who is sent away is told, and may ask again', { skip }, async () => {
  const visit = await open('?as=stranger#/pair');
  await waitFor(visit.page, 'K7QM-3X9P');
  await happen(visit.page, 'answer', 'refused');
  await press(visit.page, 'Try again');
  await waitFor(visit.page, 'K7QM-3X9P');
  await close(visit);
});

test(
  '[D2, D7] a code needs the digits of the other screen, and wrong ones send the device away',
  { skip },
  async () => {
    const visit = await open('?as=member#/devices');
    const { page } = visit;
    await letIn(page, 'K7QM-3X9P');
    const button = page.getByRole('button', { name: 'Let it in' });
    await button.waitFor();
    assert.ok(await button.isDisabled(), 'not without digits');
    await page.getByLabel('The six digits that it shows now').fill('000 000');
    await button.click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Or type its code').fill('K7QM-3X9P');
    await press(page, 'Go on');
    await page.getByLabel('The six digits that it shows now').fill('482913');
    await button.click();
    await waitFor(page, 'Safari on iPhone is let in.');
    await close(visit);
  },
);

test(
  '[D3, D7] a photograph of the picture lets the device in, read without the help of the browser',
  { skip },
  async () => {
    const stranger = await open('?as=stranger#/pair');
    const picture = stranger.page.locator('.qr svg');
    await picture.waitFor();
    const photograph = await stranger.page.locator('.welcome-text').screenshot();
    await close(stranger);
    const visit = await open('?as=member#/devices');
    const { page } = visit;
    await page.evaluate(() => Reflect.deleteProperty(globalThis, 'BarcodeDetector'));
    await press(page, 'Let a device in');
    await press(page, 'Take its picture');
    const file = page.locator('input[type=file]');
    await file.setInputFiles({ name: 'nothing.png', mimeType: 'image/png', buffer: EMPTY });
    await waitFor(page, 'No code is seen in this picture.');
    await file.setInputFiles({ name: 'picture.png', mimeType: 'image/png', buffer: photograph });
    await waitFor(page, 'It is the device whose picture you took.');
    await press(page, 'Let it in');
    await waitFor(page, 'Safari on iPhone is let in.');
    await close(visit);
  },
);

/** One transparent pixel. */
const EMPTY = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

test(
  '[D3, D7] the camera of the telephone opens the link in the app, which asks at once',
  { skip },
  async () => {
    const visit = await open(`?as=member#pair=${'A'.repeat(128)}`);
    const { page } = visit;
    await waitFor(page, 'It is the device whose picture you took.');
    assert.ok(!page.url().includes('pair='), 'what is in the link has left the address bar');
    await press(page, 'Send it away');
    await waitFor(page, 'Safari on iPhone was sent away.');
    await close(visit);
    const stranger = await open(`?as=stranger#pair=${'A'.repeat(128)}`);
    await heading(stranger.page, 'This picture is for a device of yours').waitFor();
    await close(stranger);
  },
);

test('[D6, D7] what a device can open is shown before it is revoked', { skip }, async () => {
  const visit = await open('?as=member#/devices');
  const { page } = visit;
  await press(page, 'Revoke');
  await waitFor(page, 'It can open these sites.');
  assert.equal(await page.locator('.revoke-sites li').count(), 3);
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
  await waitFor(page, 'is shut out.');
  await close(visit);
});

test(
  '[D8] locked keys are opened with the passphrase or the passkey, and a wrong one may try again',
  { skip },
  async () => {
    const visit = await open('?as=member&locked');
    const { page } = visit;
    await heading(page, 'Your keys are locked').waitFor();
    await page.getByLabel('Passphrase').fill('oak and elm');
    await page.keyboard.press('Enter');
    await waitFor(page, 'That does not open them.');
    await page.getByLabel('Passphrase').fill('oak and ash');
    await page.keyboard.press('Enter');
    await heading(page, 'Your sites').waitFor();
    await close(visit);
    const again = await open('?as=member&locked');
    await press(again.page, 'Open with a passkey');
    await heading(again.page, 'Your sites').waitFor();
    await close(again);
  },
);

test('[D8] a device is locked with a passphrase and a passkey, and unlocked', { skip }, async () => {
  const visit = await open('?as=member#/devices');
  const { page } = visit;
  await press(page, 'Lock with a passphrase');
  await page.getByLabel('New passphrase').fill('oak and ash');
  await page.getByLabel('The same again').fill('oak and elm');
  await waitFor(page, 'The two differ.');
  await page.getByLabel('The same again').fill('oak and ash');
  await page.getByLabel('Open it with a passkey too').check();
  await press(page, 'Lock');
  await waitFor(page, 'needs your passkey or passphrase first');
  await press(page, 'Take the lock away');
  await waitFor(page, 'The lock is gone.');
  await page.getByRole('button', { name: 'Lock with a passphrase' }).waitFor();
  await close(visit);
});

const STEPS: readonly {
  readonly name: string;
  readonly path: string;
  readonly first: (page: Page) => Promise<void>;
}[] = [
  { name: 'the picture', path: '?as=stranger#/pair', first: (page) => waitFor(page, 'K7QM-3X9P') },
  {
    name: 'the digits',
    path: '?as=stranger#/pair',
    async first(page) {
      await waitFor(page, 'K7QM-3X9P');
      await happen(page, 'answer', 'digits');
      await waitFor(page, '482 913');
    },
  },
  {
    name: 'the locked keys',
    path: '?as=member&locked',
    async first(page) {
      await page.getByLabel('Passphrase').fill('oak and elm');
      await page.keyboard.press('Enter');
      await waitFor(page, 'That does not open them.');
    },
  },
  {
    name: 'locking',
    path: '?as=member#/devices',
    first: (page) => press(page, 'Lock with a passphrase'),
  },
  { name: 'typing a code', path: '?as=member#/devices', first: (page) => press(page, 'Let a device in') },
  { name: 'typing digits', path: '?as=member#/devices', first: (page) => letIn(page, 'K7QM-3X9P') },
  {
    name: 'the camera',
    path: '?as=member#/devices',
    async first(page) {
      await press(page, 'Let a device in');
      await press(page, 'Take its picture');
      await waitFor(page, 'No camera can be used here.');
    },
  },
  {
    name: 'the preview',
    path: '?as=member#/devices',
    async first(page) {
      await press(page, 'Revoke');
      await waitFor(page, 'It can open these sites.');
    },
  },
];

for (const look of [wide, narrow]) {
  for (const { name, path, first } of STEPS) {
    test(`[U4, D7] ${name}, ${look.scheme}, ${look.width} pixels`, { skip }, async () => {
      const visit = await open(path, look);
      await first(visit.page);
      await visit.page.waitForTimeout(80);
      await visit.page.evaluate(axe.source);
      const { violations } = await visit.page.evaluate(() =>
        axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
      );
      assert.deepEqual(
        violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`),
        [],
      );
      const tooWide = await visit.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(tooWide <= 0, `the page sticks out by ${tooWide} pixels`);
      await close(visit);
    });
  }
}
