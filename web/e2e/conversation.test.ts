/** A log in the browser: what is written, what arrives, what waits, and a long past. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Page } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { sliceRowsMax } from '../src/logic/slice.ts';
import { close, garden, happen, heading, narrow, Visits } from './visit.ts';

const chromium = ensureChromium();
const skip = 'reason' in chromium ? chromium.reason : false;
const visits = 'path' in chromium ? await Visits.begin(chromium.path, CHROMIUM_ARGS) : null;
after(() => visits?.[Symbol.asyncDispose]());

const write = async (page: Page, log: string, text: string): Promise<void> => {
  await page.getByLabel(`Write in ${log}`).fill(text);
  await page.keyboard.press('Enter');
};
/** Scrolls to the beginning in steps; answers how far what is read jumped and how many rows there were at most. */
async function readBack(frame: Element): Promise<{ readonly worst: number; readonly most: number }> {
  const seen = { worst: 0, most: 0 };
  for (let steps = 0, still = 0; steps < 2000 && still < 40; steps++) {
    // A row in the middle of the sight must be where it was, moved by what was scrolled and nothing else.
    const middle = frame.getBoundingClientRect().top + frame.clientHeight / 2;
    const rows = [...frame.querySelectorAll('.message')];
    const row = rows.find((candidate) => candidate.getBoundingClientRect().bottom > middle);
    const before = row?.getBoundingClientRect().top ?? 0;
    const by = Math.min(350, frame.scrollTop);
    still = by === 0 ? still + 1 : 0;
    frame.scrollTop -= by;
    frame.dispatchEvent(new Event('scroll'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    const same = frame.querySelector(`[data-key="${row?.getAttribute('data-key')}"]`);
    const jump = Math.abs((same?.getBoundingClientRect().top ?? Infinity) - before - by);
    seen.worst = Math.max(seen.worst, jump);
    seen.most = Math.max(seen.most, frame.querySelectorAll('.rows > li').length);
  }
  return seen;
}

const rowCount = (page: Page): Promise<number> => page.locator('.rows > li').count();

test(
  '[U1, U7] offline words wait on the page, are announced as waiting, and are sent when it is back',
  { skip },
  async () => {
    assert.ok(visits !== null);
    const visit = await visits.open(`?as=member${garden}/log/chat`);
    const { page } = visit;
    await happen(page, 'status', 'offline');
    await write(page, 'chat', 'first');
    await write(page, 'chat', 'second');
    assert.deepEqual(await page.locator('.message.waiting .text').allTextContents(), ['first', 'second']);
    await page.getByText('2 messages of yours wait on this device').waitFor();
    assert.ok(await page.locator('.side .status', { hasText: 'Offline' }).isVisible());
    await happen(page, 'status', 'live');
    await page.locator('.message.kept', { hasText: 'second' }).waitFor();
    assert.equal(await page.locator('.message.waiting').count(), 0);
    assert.equal(await page.getByText('You are offline').count(), 0);
    assert.deepEqual((await page.locator('.message .text').allTextContents()).slice(-2), ['first', 'second']);
    await close(visit);
  },
);

test(
  '[U1, U9] a refused message keeps its words, says why, and goes with another try',
  { skip },
  async () => {
    assert.ok(visits !== null);
    const visit = await visits.open(`?as=member${garden}/log/chat`);
    const { page } = visit;
    await happen(page, 'failNext', 'full');
    await write(page, 'chat', 'three loaves');
    await page.getByText('Not sent. There is no room left.').waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.message.kept', { hasText: 'three loaves' }).waitFor();
    assert.equal(await page.locator('.message.failed').count(), 0);
    await close(visit);
  },
);

test(
  '[U3] a log of 1,400 entries is read to its beginning without a jump and with a bounded page',
  { skip },
  async () => {
    assert.ok(visits !== null);
    const visit = await visits.open(`?as=member${garden}/log/harvest`);
    const { page } = visit;
    const { worst, most } = await page.locator('.timeline').evaluate(readBack);
    assert.ok(await page.getByText('The beginning of harvest').isVisible(), 'the beginning was reached');
    assert.ok(await page.getByText('0.4 kg of courgettes from bed 1.').first().isVisible());
    assert.ok(most <= sliceRowsMax, `${most} rows were on the page`);
    assert.ok(worst <= 2, `what was being read jumped by ${worst} pixels`);
    await page.getByRole('button', { name: 'Newest' }).click();
    await page.locator('[data-key="at 1400"]').waitFor();
    assert.ok((await rowCount(page)) <= sliceRowsMax);
    await close(visit);
  },
);

test(
  '[U2, U3] news do not move a reader of the past; a button counts them and leads to them',
  { skip },
  async () => {
    assert.ok(visits !== null);
    const visit = await visits.open(`?as=member${garden}/log/harvest`);
    const { page } = visit;
    await page.locator('.timeline').evaluate((frame) => (frame.scrollTop -= 900));
    const top = (): Promise<number> => page.locator('.timeline').evaluate((frame) => frame.scrollTop);
    await page.getByRole('button', { name: 'Newest' }).waitFor();
    const before = await top();
    await happen(page, 'write', 'Oak Lane Garden', 'harvest', 'Ben', 'A pumpkin!');
    await happen(page, 'write', 'Oak Lane Garden', 'harvest', 'Noor', 'Two!');
    await page.getByRole('button', { name: '2 new messages' }).waitFor();
    assert.equal(await top(), before);
    await page.getByRole('button', { name: '2 new messages' }).click();
    assert.ok(await page.getByText('Two!', { exact: true }).first().isVisible());
    assert.equal(await page.locator('.to-end').count(), 0);
    await close(visit);
  },
);

test(
  '[U2] what arrived while one was away is counted in the list and marked in the log',
  { skip },
  async () => {
    assert.ok(visits !== null);
    const visit = await visits.open(`?as=member${garden}/log/chat`);
    const { page } = visit;
    await page.locator('.message').last().waitFor();
    await page.waitForTimeout(50);
    await page.evaluate(() => (location.hash = '#/devices'));
    await heading(page, 'Your devices').waitFor();
    await happen(page, 'write', 'Oak Lane Garden', 'chat', 'Ben', 'Are you there?');
    await happen(page, 'write', 'Oak Lane Garden', 'chat', 'Ben', 'Hello?');
    await page.locator('.side .badge', { hasText: '2' }).waitFor();
    await page.evaluate((hash) => (location.hash = hash), `${garden}/log/chat`);
    await page.locator('.new-mark').waitFor();
    const after = await page.locator('.new-mark ~ .message .text').allTextContents();
    assert.deepEqual(after, ['Are you there?', 'Hello?']);
    await page.waitForTimeout(50);
    assert.equal(await page.locator('.side .badge').count(), 0);
    await close(visit);
  },
);

test('[U14] who is here and who is typing is shown and spoken', { skip }, async () => {
  assert.ok(visits !== null);
  const visit = await visits.open(`?as=member${garden}/log/chat`, narrow);
  const { page } = visit;
  assert.equal(
    await page.locator('.presence').getAttribute('title'),
    'Here now: Ben Lindqvist, Chiara Ruggeri, Noor Haddad',
  );
  await happen(page, 'type', 'Oak Lane Garden', 'chat', 'Chiara');
  await page.getByText('Chiara Ruggeri is typing …').waitFor();
  await happen(page, 'write', 'Oak Lane Garden', 'chat', 'Chiara', 'Bread is in the oven');
  await page.getByRole('log').getByText('Chiara Ruggeri: Bread is in the oven').waitFor();
  await close(visit);
});

test('[U13] markup in a message is text', { skip }, async () => {
  assert.ok(visits !== null);
  const visit = await visits.open(`?as=member${garden}/log/chat`);
  const { page } = visit;
  const hostile = '<img src=x onerror=alert(1)> <script>alert(2)</script> javascript:alert(3)';
  await happen(page, 'write', 'Oak Lane Garden', 'chat', 'Ben', hostile);
  await page.getByText(hostile).first().waitFor();
  assert.equal(await page.locator('.message img, .message script').count(), 0);
  await close(visit);
});

test('[U5] the secret of an invitation leaves the address bar and the history', { skip }, async () => {
  assert.ok(visits !== null);
  const secret = 'A'.repeat(86);
  const visit = await visits.open(`?as=stranger#join=${secret}`);
  const { page } = visit;
  await heading(page, 'Oak Lane Garden').waitFor();
  await page.getByText('Ben Lindqvist invites you to').waitFor();
  assert.ok(!page.url().includes(secret));
  await page.getByLabel('Your name').fill('Ada');
  await page.getByRole('button', { name: 'Join Oak Lane Garden' }).click();
  await heading(page, 'Your 24 words').waitFor();
  await page.getByRole('button', { name: 'Later' }).click();
  await heading(page, 'chat').waitFor();
  await page.evaluate(() => history.go(-2));
  await page.waitForTimeout(50);
  assert.ok(!page.url().includes(secret));
  await close(visit);
});
