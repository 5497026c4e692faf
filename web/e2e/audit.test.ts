/** The page about the node's log in the browser: what it says about me, who signed it, and the alarm. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { close, happen, heading, Visits } from './visit.ts';

const chromium = ensureChromium();
const skip = 'reason' in chromium ? chromium.reason : false;
const visits = 'path' in chromium ? await Visits.begin(chromium.path, CHROMIUM_ARGS) : null;
after(() => visits?.[Symbol.asyncDispose]());

test(
  '[U25] what the node says about me, and who else signed its log, stands on one page',
  { skip },
  async () => {
    assert.ok(visits !== null);
    const visit = await visits.open('?as=member#/settings');
    const { page } = visit;
    await page.getByRole('link', { name: 'What the node says about me' }).click();
    await page.getByText('Everything that it said fits together').waitFor();
    assert.deepEqual(await page.locator('.audit .list-title').allTextContents(), [
      'Another key signed in as ada@example.org',
      'Your keys changed',
      'The name garden/ada is yours',
    ]);
    assert.equal(await page.locator('.list-sign.strange').count(), 1);
    await page.getByText('1 of 2 witnesses signed the newest checkpoint.').waitFor();
    await page.getByText('1,204', { exact: true }).waitFor();
    await close(visit);
  },
);

test(
  '[U25] a contradiction is said in every room, and its page believes nothing any more',
  { skip },
  async () => {
    assert.ok(visits !== null);
    const visit = await visits.open('?as=member');
    const { page } = visit;
    await happen(page, 'alarm', 'fork');
    await page.getByText('Do not rely on what this node says about people').waitFor();
    await page.getByRole('link', { name: 'What to do' }).click();
    await page.locator('.panel.alarm').waitFor();
    assert.equal(await page.getByText('Everything that it said fits together').count(), 0);
    assert.equal(await page.locator('.audit .list').count(), 0);
    await close(visit);
  },
);

test('[U25] something new about me is shown where I am, until I have looked', { skip }, async () => {
  assert.ok(visits !== null);
  const visit = await visits.open('?as=member#/devices');
  const { page } = visit;
  assert.equal(await page.getByText('Your node has said something new').count(), 0);
  await happen(page, 'notice');
  await page.getByText('Your node has said something new about you').waitFor();
  await page.getByRole('link', { name: 'Look at it' }).click();
  await heading(page, 'What this node says about you').waitFor();
  assert.equal(await page.getByText('Your node has said something new').count(), 0);
  await page.goBack();
  await heading(page, 'Your devices').waitFor();
  assert.equal(await page.getByText('Your node has said something new').count(), 0);
  await close(visit);
});

test(
  '[U35] after a restore the alarm says what happened and what to do; going on is asked for, and leaves a trace',
  { skip },
  async () => {
    assert.ok(visits !== null);
    const visit = await visits.open('?as=member#/audit');
    const { page } = visit;
    await page.getByText('Everything that it said fits together').waitFor();
    await happen(page, 'alarm', 'fork');
    await page.getByRole('heading', { name: 'This node shows something else than before' }).waitFor();
    await page.getByText('You run this node').waitFor();
    await page.getByText('1131 leaves after 1204').waitFor();
    await page.getByText('Evidence: two checkpoints').click();
    await page.locator('pre', { hasText: '1204' }).waitFor();
    const goOn = page.getByRole('button', { name: 'Go on with this node' });
    assert.equal(await goOn.isDisabled(), true);
    await page.getByLabel('I have asked who runs this node').focus();
    await page.keyboard.press('Space');
    await happen(page, 'failNext', 'closed');
    await goOn.focus();
    await page.keyboard.press('Enter');
    await page.getByText('Code: closed').waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('This device goes on with the node as it is now.').waitFor();
    await page.getByRole('heading', { name: 'Alarms that you looked into' }).waitFor();
    await page.getByText('may be in again').waitFor();
    assert.equal(
      await page.getByRole('list', { name: 'Alarms on this device' }).getByRole('listitem').count(),
      1,
    );
    assert.equal(await page.getByText('Do not rely on what this node says').count(), 0);
    await close(visit);
  },
);

test('[U35] a node that has revoked its key cannot be gone on with', { skip }, async () => {
  assert.ok(visits !== null);
  const visit = await visits.open('?as=member#/audit');
  const { page } = visit;
  await page.getByText('Everything that it said fits together').waitFor();
  await happen(page, 'alarm', 'revoked');
  await page.getByRole('heading', { name: 'This node has revoked its own key' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Go on with this node' }).count(), 0);
  await close(visit);
});
