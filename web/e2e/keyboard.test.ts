/** The way of a newcomer without a mouse: account, words, first site, first message, invitation. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Page } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { close, garden, heading, Visits } from './visit.ts';

const chromium = ensureChromium();
const skip = 'reason' in chromium ? chromium.reason : false;
const visits = 'path' in chromium ? await Visits.begin(chromium.path, CHROMIUM_ARGS) : null;
after(() => visits?.[Symbol.asyncDispose]());

/** What has the focus, in the words of a screen reader. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (element === null) return '';
    const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : undefined;
    return (element.getAttribute('aria-label') ?? label ?? element.textContent ?? '').trim();
  });
}

/** Tabs until `name` has the focus; a focus that cannot be seen or reached is a failure. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press('Tab');
    if ((await focused(page)) === name) {
      const style = await page.evaluate(() => {
        const shown = document.activeElement === null ? null : getComputedStyle(document.activeElement);
        return { style: shown?.outlineStyle, width: shown?.outlineWidth };
      });
      assert.notEqual(style.style, 'none', `${name} shows its focus`);
      return;
    }
  }
  assert.fail(`${name} was not reached; the focus is on ${await focused(page)}`);
}

test(
  '[U4, U6] an account is made, its words confirmed, a site founded and written in, by keyboard',
  { skip },
  async () => {
    assert.ok(visits !== null);
    const visit = await visits.open('?as=stranger');
    const { page } = visit;
    await tabTo(page, 'Make an account');
    await page.keyboard.press('Enter');
    await heading(page, 'Make an account').waitFor();
    await tabTo(page, 'Your name');
    await page.keyboard.type('Ada');
    await page.keyboard.press('Enter');

    await heading(page, 'Your 24 words').waitFor();
    assert.equal(await focused(page), 'Your 24 words');
    const words = await page.locator('.word-grid li').allTextContents();
    assert.equal(words.length, 24);
    await tabTo(page, 'I have written them down');
    await page.keyboard.press('Enter');

    await heading(page, 'Three of your words').waitFor();
    const labels = await page.locator('.quiz label').allTextContents();
    assert.equal(labels.length, 3);
    for (const [at, label] of labels.entries()) {
      if (at > 0) await page.keyboard.press('Tab');
      assert.equal(await focused(page), label);
      // The first try has a wrong word: it is named, and nothing is confirmed.
      await page.keyboard.type(at === 0 ? 'wrong' : (words[Number(label.replace('Word ', '')) - 1] ?? ''));
    }
    await page.keyboard.press('Enter');
    await page.getByText('That is another word').waitFor();
    await page
      .getByLabel(labels[0] ?? '', { exact: true })
      .fill(words[Number(labels[0]?.replace('Word ', '')) - 1] ?? '');
    await page.keyboard.press('Enter');
    await heading(page, 'You can always come back').waitFor();
    await tabTo(page, 'Go on');
    await page.keyboard.press('Enter');

    await heading(page, 'Your sites').waitFor();
    assert.equal(await page.getByText('Your account lives in this browser alone').count(), 0);
    await tabTo(page, 'Found a site');
    await page.keyboard.press('Enter');
    await page.keyboard.type('Oak Lane');
    await page.keyboard.press('Enter');

    await heading(page, 'chat').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'composer');
    await page.keyboard.type('One line');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('and another');
    await page.keyboard.press('Enter');
    await page.locator('.message.kept', { hasText: 'and another' }).waitFor();
    assert.equal(await page.locator('.message').count(), 1);
    await close(visit);
  },
);

test('[U4] dialogs keep the focus, close with Escape and give it back', { skip }, async () => {
  assert.ok(visits !== null);
  const visit = await visits.open('?as=member');
  const { page } = visit;
  await tabTo(page, 'Found a site');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Found a site' }).waitFor();
  for (let presses = 0; presses < 12; presses++) {
    await page.keyboard.press('Tab');
    const isOutside = await page.evaluate(
      () => document.activeElement !== document.body && document.activeElement?.closest('dialog') === null,
    );
    assert.equal(isOutside, false);
  }
  await page.keyboard.press('Escape');
  await page
    .getByRole('dialog')
    .waitFor({ state: 'detached' })
    .catch(() => {});
  assert.equal(await page.locator('dialog[open]').count(), 0);
  assert.equal(await focused(page), 'Found a site');
  await close(visit);
});

test('[U4] a new room has the focus, single keys go to rooms and can be switched off', { skip }, async () => {
  assert.ok(visits !== null);
  const visit = await visits.open(`?as=member${garden}/people`);
  const { page } = visit;
  await page.keyboard.press('Tab');
  await page.keyboard.press('d');
  await heading(page, 'Your devices').waitFor();
  assert.equal(await focused(page), 'Your devices');
  assert.equal(await page.title(), 'Your devices · copse');
  await page.keyboard.press('Alt+ArrowDown');
  await heading(page, 'chat').waitFor();
  await page.keyboard.press('Alt+ArrowDown');
  await heading(page, 'harvest').waitFor();
  await page.keyboard.type('hd?');
  assert.equal(await page.getByLabel('Write in harvest').inputValue(), 'hd?');
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await page.getByLabel('Shortcuts of one letter are on').uncheck();
  await page.keyboard.press('Escape');
  await page.keyboard.press('d');
  await page.waitForTimeout(50);
  assert.equal(await page.locator('h1').textContent(), 'harvest');
  await close(visit);
});

test('[U4] the first stop of the keyboard leads over the navigation into the room', { skip }, async () => {
  assert.ok(visits !== null);
  const visit = await visits.open('?as=member');
  const { page } = visit;
  await page.evaluate(() =>
    document.activeElement instanceof HTMLElement ? document.activeElement.blur() : null,
  );
  await page.keyboard.press('Tab');
  assert.equal(await focused(page), 'Skip to the room');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'room');
  assert.equal(await page.evaluate(() => location.hash), '');
  await close(visit);
});

test(
  '[U4] a dialog that asks for something leaves the room as it is, and gives the focus back',
  { skip },
  async () => {
    assert.ok(visits !== null);
    const visit = await visits.open(`?as=member${garden}/people`);
    const { page } = visit;
    await page.getByRole('button', { name: 'Verify Noor Haddad' }).focus();
    const counts = await page.evaluateHandle(() => {
      const seen: number[] = [];
      const look = (): void => void seen.push(document.querySelectorAll('.list > li').length);
      look();
      new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
      return seen;
    });
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Is it really Noor Haddad?' });
    await dialog.getByLabel('Digits that Noor Haddad reads').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    assert.equal(await focused(page), 'Verify Noor Haddad');
    const seen = await counts.jsonValue();
    assert.ok((seen[0] ?? 0) > 1);
    assert.deepEqual([...new Set(seen)], seen.slice(0, 1));
    await close(visit);
  },
);
