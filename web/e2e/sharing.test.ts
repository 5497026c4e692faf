/** Beyond a member: groups, e-mail addresses, sealed rights, links, and messages of who has no account. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { FAKE_PROOF } from '../src/fake/fake-desk.ts';
import { noor } from '../src/fake/people.ts';
import { knockHash } from './rooms-neighbourhood.ts';
import { close, garden, happen, house, Visits } from './visit.ts';

const chromium = ensureChromium();
const skip = 'reason' in chromium ? chromium.reason : false;
const visits = 'path' in chromium ? await Visits.begin(chromium.path, CHROMIUM_ARGS) : null;
after(() => visits?.[Symbol.asyncDispose]());

async function shareDialog(page: Page, receiver: string): Promise<Locator> {
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: /^Share / });
  await dialog.getByLabel(receiver, { exact: true }).check();
  return dialog;
}

test('[U5] a link to an account can be left for now, as an invitation can', { skip }, async () => {
  assert.ok(visits !== null);
  for (const link of [`account=${'A'.repeat(86)}`, `join=${'A'.repeat(86)}`]) {
    const visit = await visits.open(`?as=stranger#${link}`);
    await visit.page.getByRole('button', { name: 'Not now' }).click();
    await visit.page.getByRole('link', { name: 'Make an account' }).waitFor();
    await close(visit);
  }
});

test(
  '[U53] whoever comes back sees until when her message waits, and later nothing of it',
  { skip },
  async () => {
    assert.ok(visits !== null);
    const there = await visits.open(`?as=stranger${knockHash(noor)}`);
    const { page } = there;
    await page.getByLabel('Your message to Noor Haddad').fill('We met at the market.');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('Your message waits for Noor Haddad').waitFor();
    const before = page.getByText('Your last message waits for Noor Haddad');
    assert.equal(await before.count(), 0);
    await page.reload();
    await before.waitFor();
    await page.getByText(/^Until .* at most\./u).waitFor();
    const kept = () =>
      page.evaluate(() => Object.entries(localStorage).filter(([name]) => name.includes('/knocked/')));
    const [[name, value] = ['', '']] = await kept();
    await page.evaluate(([key, text]) => localStorage.setItem(key, text), [
      name,
      value.replace(/ \d+$/u, ' 1'),
    ] as const);
    await page.reload();
    await page.getByLabel('Your message to Noor Haddad').waitFor();
    await page.waitForFunction((key) => localStorage.getItem(key) === null, name);
    assert.equal(await before.count(), 0);
    await close(there);
  },
);

test(
  '[U30] a group is made, people are added and removed with what falls said, and it is shared with',
  { skip },
  async () => {
    assert.ok(visits !== null);
    const visit = await visits.open(`?as=member${garden}/rights`);
    const { page } = visit;
    const dialog = await shareDialog(page, 'A group');
    await dialog.getByRole('button', { name: 'Make a group' }).click();
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'A new group');
    await dialog.getByLabel('What is the group called?').fill('Bee team');
    await happen(page, 'failNext', 'full');
    await page.keyboard.press('Enter');
    await dialog.getByText('Code: full').waitFor();
    await page.keyboard.press('Enter');
    await dialog.getByText('1 person is in it').waitFor();
    await dialog.getByText('Nothing that you can see yet').waitFor();
    await dialog.getByLabel('Add somebody').selectOption({ label: 'Yuki Tanaka (unverified)' });
    await dialog.getByRole('button', { name: 'Add to the group' }).click();
    await dialog.getByText('2 people are in it').waitFor();
    await dialog.getByRole('button', { name: 'Share' }).click();
    // The new group is chosen already.
    await dialog.getByText('Everybody in Bee team may read and write').waitFor();
    await dialog.getByRole('button', { name: 'Share', exact: true }).click();
    await page.getByText('Everybody in Bee team has it now.').waitFor();

    await page.locator('.grants-node', { hasText: 'Bee team' }).click();
    const holder = page.getByRole('dialog', { name: 'The group Bee team' });
    await holder.getByText('Oak Lane Garden: Writer, everything').waitFor();
    await holder.getByRole('button', { name: 'Remove Yuki Tanaka' }).click();
    await holder.getByText('Yuki Tanaka loses what the group holds').waitFor();
    await holder.getByRole('button', { name: 'Remove', exact: true }).click();
    await holder.getByText('1 person is in it').waitFor();
    await close(visit);
  },
);

test('[U30] who is in no group is told what one is, and makes one', { skip }, async () => {
  assert.ok(visits !== null);
  const visit = await visits.open('?as=fresh');
  const { page } = visit;
  await page.getByRole('button', { name: 'Found a site' }).first().click();
  await page.getByLabel('What is it called?').fill('Pond');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Rights' }).first().click();
  // The empty site of one member says so.
  await page.getByText('Only you so far').waitFor();
  const founded = await visits.open(`?as=member${house}/rights`);
  const dialog = await shareDialog(founded.page, 'A group');
  await dialog.getByRole('button', { name: 'Make a group' }).waitFor();
  await close(founded);
  await close(visit);
});

test(
  '[U31] an address is looked up: nobody, one account with its mark, several, oneself; then it is shared',
  { skip },
  async () => {
    assert.ok(visits !== null);
    const visit = await visits.open(`?as=member${garden}/rights`);
    const { page } = visit;
    const dialog = await shareDialog(page, 'By e-mail');
    const field = dialog.getByLabel('E-mail address');
    const share = dialog.getByRole('button', { name: 'Share', exact: true });
    await field.fill('sam');
    await page.keyboard.press('Enter');
    await dialog.getByText('“sam” is no e-mail address.').waitFor();
    await field.fill('nobody@example.org');
    await page.keyboard.press('Enter');
    await dialog.getByText('Nobody has signed in here as nobody@example.org yet').waitFor();
    assert.equal(await share.isDisabled(), true);
    await field.fill('ada@example.org');
    await page.keyboard.press('Enter');
    await dialog.getByText('This is your own address').waitFor();
    await field.fill('two@example.org');
    await page.keyboard.press('Enter');
    await dialog.getByText('2 accounts sign in with this address').waitFor();
    await field.fill('sam@example.org');
    await happen(page, 'failNext', 'tooMany');
    await dialog.getByRole('button', { name: 'Look it up' }).click();
    await dialog.getByText('Code: tooMany').waitFor();
    await dialog.getByRole('button', { name: 'Try again' }).click();
    const account = dialog.getByRole('list', { name: 'Accounts of this address' }).getByRole('listitem');
    await account.getByText('unverified').waitFor();
    await account.getByText('2 devices signed in').waitFor();
    await account.getByRole('button', { name: 'Check the log' }).click();
    await account.getByText('checked', { exact: true }).waitFor();
    await dialog.getByText('Whoever signs in as sam@example.org may read and write').waitFor();
    await dialog.getByText('The invitation opens on their devices alone, within 7 days.').waitFor();
    assert.equal(await dialog.getByLabel('Where').count(), 0, 'who is not in yet is invited to all of it');
    await dialog.getByRole('button', { name: 'Make the invitation' }).click();
    assert.match(await dialog.getByLabel('Sealed invitation').inputValue(), /^copse-invitation:/u);
    const letter = await dialog.getByRole('link', { name: 'Write the e-mail' }).getAttribute('href');
    assert.match(letter ?? '', /^mailto:sam%40example\.org\?subject=Join%20Oak/u);
    await dialog.getByRole('button', { name: 'Done' }).click();
    await close(visit);
  },
);

test(
  '[U32] a sealed right is handed over as a proof, taken back from where it was given, and kept where it was got',
  { skip },
  async () => {
    assert.ok(visits !== null);
    const visit = await visits.open(`?as=member${garden}/rights`);
    const { page } = visit;
    const dialog = await shareDialog(page, 'A member');
    await dialog.getByLabel('Member', { exact: true }).selectOption({ label: 'Ben Lindqvist (compared)' });
    await dialog.getByLabel(/^The node keeps only a hash/u).check();
    await dialog.getByRole('button', { name: 'Share', exact: true }).click();
    assert.equal(await dialog.getByLabel('Proof', { exact: true }).inputValue(), FAKE_PROOF);
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('link', { name: 'Save as a file' }).click(),
    ]);
    assert.match(saved.suggestedFilename(), /\.copse-proof$/u);
    await dialog.getByRole('button', { name: 'Done' }).click();
    const given = page.getByRole('list', { name: 'Sealed rights given from this device' });
    await given.getByText('Ben Lindqvist').waitFor();
    await page.getByRole('button', { name: 'Take back from Ben Lindqvist: sealed right' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click();
    await page.getByText('Taken back from Ben Lindqvist.').waitFor();
    assert.equal(await given.count(), 0);

    const field = page.getByLabel('A proof that you were handed');
    await field.fill('hello');
    await page.getByRole('button', { name: 'Keep the proof' }).click();
    await page.getByText('That is no proof').waitFor();
    await field.fill('copse-proof:AAAA');
    await page.getByRole('button', { name: 'Keep the proof' }).click();
    await page.getByText('Code: badProof').waitFor();
    await field.fill(`${FAKE_PROOF.slice(0, 15)}\n${FAKE_PROOF.slice(15)}`);
    await page.getByRole('button', { name: 'Keep the proof' }).click();
    const kept = page.getByRole('list', { name: 'Proofs on this device' });
    await kept.getByText('Writer: harvest').waitFor();
    await kept.getByRole('button', { name: /^Forget the proof/u }).click();
    await page.getByText('This device keeps no proof for this site.').waitFor();
    await close(visit);
  },
);
