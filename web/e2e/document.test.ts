/** What people do in a document, in Chromium under the policy of the node. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { close, garden, happen, heading, house, Visits } from './visit.ts';

const chromium = ensureChromium();
const skip = 'reason' in chromium ? chromium.reason : false;
const visits = 'path' in chromium ? await Visits.begin(chromium.path, CHROMIUM_ARGS) : null;
after(() => visits?.[Symbol.asyncDispose]());

const PLAN = `?as=member${garden}/document/Saturday%20at%20the%20garden`;
const RULES = `?as=member${house}/document/House%20rules`;

async function opened(path: string): Promise<{ page: Page; text: Locator; end: () => Promise<void> }> {
  assert.ok(visits !== null);
  const visit = await visits.open(path);
  const text = visit.page.locator('.prose');
  await text.waitFor();
  return { page: visit.page, text, end: () => close(visit) };
}

/** The markup of the text, without what belongs to the editor alone. */
function markup(text: Locator): Promise<string> {
  return text.evaluate((element) =>
    element.innerHTML
      .replaceAll(/<span class="cursor-line"[\s\S]*?<\/span>\u2060<\/span>/gu, '')
      .replaceAll(/<br class="ProseMirror-trailingBreak">|<img class="ProseMirror-separator"[^>]*>/gu, ''),
  );
}

test('[U36] words get their form by keys, buttons and signs, and undo takes it back', { skip }, async () => {
  const { end, page, text } = await opened(RULES);
  await text.click();
  await page.keyboard.type('# Quiet');
  await page.keyboard.press('Enter');
  await page.keyboard.type('After ten.');
  await page.keyboard.press('Enter');
  await page.keyboard.type('- shoes');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Control+b');
  await page.keyboard.type('music');
  assert.equal(
    await markup(text),
    '<h2>Quiet</h2><p>After ten.</p><ul><li><p>shoes</p></li><li><p><strong>music</strong></p></li></ul>',
  );
  await page.getByText('Saved', { exact: true }).waitFor();
  const bold = page.getByRole('button', { name: 'Bold' });
  assert.equal(await bold.getAttribute('aria-pressed'), 'true');
  await page.getByRole('button', { name: 'Subheading' }).focus();
  await page.keyboard.press('ArrowRight');
  assert.equal(await bold.evaluate((element) => element === document.activeElement), true);
  await page.getByRole('button', { name: 'Undo' }).click();
  assert.doesNotMatch(await markup(text), /music/u);
  await page.getByRole('button', { name: 'Redo' }).click();
  assert.match(await markup(text), /music/u);
  await end();
});

test('[U36] others are seen where they write, by the name that the node tells', { skip }, async () => {
  const { end, page, text } = await opened(PLAN);
  await page.getByText('Mend the gutter').waitFor();
  await happen(page, 'writeIn', 'Oak Lane Garden', 'Saturday at the garden', 'Ben', '1', ' I bring bread.');
  await page.getByText('I bring bread.').waitFor();
  assert.equal(await page.locator('.cursor-name').textContent(), 'Ben Lindqvist');
  await text.getByText('Still to do:').click();
  await page.keyboard.press('End');
  await page.keyboard.type('sweep');
  await happen(page, 'writeIn', 'Oak Lane Garden', 'Saturday at the garden', 'Chiara', '0', ' at ten');
  await page.getByText('Saturday at ten').waitFor();
  await page.keyboard.type(' up');
  assert.match(await markup(text), /Still to do: sweep up/u);
  await end();
});

test('[U36, U13] a link leads to the web or nowhere, whoever has made it', { skip }, async () => {
  const { end, page, text } = await opened(RULES);
  await text.click();
  await page.keyboard.type('see plums');
  await page.keyboard.press('Control+Shift+ArrowLeft');
  await page.keyboard.press('Control+k');
  await page.getByLabel('Web address').fill('example.org/plums');
  await page.keyboard.press('Enter');
  const link = text.getByRole('link', { name: 'plums' });
  assert.equal(await link.getAttribute('href'), 'https://example.org/plums');
  assert.equal(await link.getAttribute('rel'), 'noopener noreferrer nofollow');
  await page.goto(`${visits?.origin ?? ''}/${PLAN.replace('#', '&delay=0#')}`);
  await page.getByText('Mend the gutter').waitFor();
  await happen(
    page,
    'linkIn',
    'Oak Lane Garden',
    'Saturday at the garden',
    'Ben',
    '1',
    'javascript:alert(1)',
  );
  await page.getByText('a trap').waitFor();
  assert.equal(await page.locator('.prose a').count(), 0);
  await end();
});

test('[U36, N4] what is pasted keeps its form, and nothing of it runs', { skip }, async () => {
  const { end, page, text } = await opened(RULES);
  await text.click();
  await text.evaluate((element) => {
    const clipboardData = new DataTransfer();
    const image = '<img src="x" onerror="document.title = \'ran\'">';
    clipboardData.setData('text/html', `<h1>Rules</h1><p>Be <b>kind</b>.${image}<script>1</script></p>`);
    clipboardData.setData('text/plain', 'Rules');
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  });
  await page.getByText('kind').waitFor();
  assert.equal(await markup(text), '<h2>Rules</h2><p>Be <strong>kind</strong>.</p>');
  await end();
});

test(
  '[U36] what becomes of the words is told: kept while offline, not saved when refused',
  { skip },
  async () => {
    const { end, page, text } = await opened(RULES);
    await happen(page, 'status', 'offline');
    await text.click();
    await page.keyboard.type('later');
    await page.getByText('Kept on this device', { exact: true }).waitFor();
    await happen(page, 'status', 'live');
    await page.getByText('Saved', { exact: true }).waitFor();
    await happen(page, 'failNext', 'forbidden');
    await page.keyboard.type(' no');
    await page.getByText('What you wrote last is not saved.').waitFor();
    assert.match(await markup(text), /later no/u, 'it still stands there');
    const asked = new Promise<string>((resolve) => {
      page.once('dialog', (dialog) => {
        resolve(dialog.type());
        void dialog.dismiss();
      });
    });
    await page.evaluate(() => setTimeout(() => location.reload(), 0));
    assert.equal(await asked, 'beforeunload');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    assert.equal(await page.getByRole('alert').count(), 0);
    await end();
  },
);

test('[U36] who may only read cannot type, and is told why', { skip }, async () => {
  const { end, page, text } = await opened(PLAN);
  await page.getByText('Mend the gutter').waitFor();
  const before = await markup(text);
  await happen(page, 'onlyRead', 'Oak Lane Garden', 'Saturday at the garden');
  await page.getByText('You can read here').waitFor();
  assert.equal(await page.getByRole('toolbar').count(), 0);
  await text.click();
  await page.keyboard.type('x');
  assert.equal(await markup(text), before);
  assert.equal(await text.getAttribute('aria-readonly'), 'true');
  await end();
});

test(
  '[U36] a document is made in its site, listed there, and found again under its address',
  { skip },
  async () => {
    assert.ok(visits !== null);
    const visit = await visits.open(`?as=member${garden}/log/chat`);
    const { page } = visit;
    await page.getByRole('button', { name: 'Write a document' }).first().click();
    await page.getByLabel('Title').fill('Saturday at the garden');
    await page.getByText('There is a document of that title already.').waitFor();
    await page.getByLabel('Title').fill('Minutes');
    await page.keyboard.press('Enter');
    await heading(page, 'Minutes').waitFor();
    await page
      .getByRole('navigation', { name: 'Sites and rooms' })
      .getByRole('link', { name: 'Minutes' })
      .waitFor();
    assert.match(page.url(), /\/document\/Minutes$/u);
    await page.evaluate(() => (location.hash = location.hash.replace('/document/', '/log/documents%2F')));
    await page.waitForURL(/\/document\/Minutes$/u);
    await close(visit);
  },
);
