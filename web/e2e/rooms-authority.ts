/** States of the rooms for authority that axe-core looks at (`rooms.ts`). */

import type { Locator, Page } from 'playwright-core';
import { FAKE_PROOF } from '../src/fake/fake-desk.ts';
import { garden, happen } from './visit.ts';

export interface Room {
  readonly name: string;
  readonly path: string;
  /** What is done there first. */
  readonly first?: (page: Page) => Promise<void>;
}

export const press = (name: string) => (page: Page) =>
  page.getByRole('button', { name, exact: true }).first().click();

const rights = `?as=member${garden}/rights`;

async function sharing(page: Page, receiver: string): Promise<Locator> {
  await press('Share')(page);
  const dialog = page.getByRole('dialog', { name: /^Share / });
  await dialog.getByLabel(receiver, { exact: true }).check();
  return dialog;
}

async function lookedUp(page: Page, email: string, words: string): Promise<Locator> {
  const dialog = await sharing(page, 'By e-mail');
  await dialog.getByLabel('E-mail address').fill(email);
  await page.keyboard.press('Enter');
  await dialog.getByText(words).waitFor();
  return dialog;
}

async function inGroup(page: Page): Promise<void> {
  const dialog = await sharing(page, 'A group');
  await dialog.getByLabel('Group', { exact: true }).selectOption({ label: 'Tool keepers' });
  await dialog.getByRole('button', { name: 'Who is in it' }).click();
  await dialog.getByRole('button', { name: 'Remove Wiremu Parata' }).click();
  await dialog.getByText('loses what the group holds').waitFor();
}

async function sealed(page: Page): Promise<void> {
  const dialog = await sharing(page, 'A member');
  await dialog.getByLabel('Member', { exact: true }).selectOption({ label: 'Ben Lindqvist (compared)' });
  await dialog.getByLabel(/^The node keeps only a hash/u).check();
  await dialog.getByRole('button', { name: 'Share', exact: true }).click();
  await dialog.getByLabel('Proof', { exact: true }).waitFor();
}

async function proofs(page: Page): Promise<void> {
  await sealed(page);
  await press('Done')(page);
  await page.getByLabel('A proof that you were handed').fill(FAKE_PROOF);
  await press('Keep the proof')(page);
  await page.getByText('Writer: harvest').waitFor();
  await page.getByLabel('A proof that you were handed').fill('copse-proof:AAAA');
  await press('Keep the proof')(page);
  await page.getByText('Code: badProof').waitFor();
}

async function origins(page: Page): Promise<void> {
  await page.getByLabel('Address of a web app').fill('https://app.example');
  await page.keyboard.press('Enter');
  await press('Keep this page in')(page);
  await page.getByText('this page', { exact: true }).waitFor();
  await page.getByLabel('Address of a web app').fill('app.example');
  await page.keyboard.press('Enter');
}

async function goneOn(page: Page): Promise<void> {
  await happen(page, 'alarm', 'fork');
  await page.getByLabel('I have asked who runs this node').check();
  await press('Go on with this node')(page);
  await page.getByRole('heading', { name: 'Alarms that you looked into' }).waitFor();
  await page.locator('.past summary').first().click();
}

async function askedReset(page: Page): Promise<void> {
  await page.getByLabel('Your number here').fill('e8e25d940ed90475');
  await page.keyboard.press('Enter');
  await page.getByText('An admin of this node decides').waitFor();
}

export const AUTHORITY_ROOMS: readonly Room[] = [
  {
    name: 'conversation with a changed key',
    path: `?as=member&changed=Yuki${garden}/log/chat`,
    first: (page) => page.getByText('changed key').first().waitFor(),
  },
  {
    name: 'rights with a changed key',
    path: `?as=member&changed=Yuki${garden}/rights`,
    first: (page) => page.locator('.trust-badge').first().waitFor(),
  },
  {
    name: 'verifying a changed key',
    path: `?as=member&changed=Yuki${garden}/people`,
    async first(page) {
      await press('Verify Yuki Tanaka')(page);
      await page.locator('.same-digits').waitFor();
    },
  },
  { name: 'a group', path: rights, first: inGroup },
  {
    name: 'a new group',
    path: rights,
    first: async (page) =>
      (await sharing(page, 'A group')).getByRole('button', { name: 'Make a group' }).click(),
  },
  {
    name: 'sharing with accounts of an address',
    path: rights,
    first: async (page) => void (await lookedUp(page, 'two@example.org', '2 accounts')),
  },
  {
    name: 'sharing with an address of nobody',
    path: rights,
    first: async (page) => void (await lookedUp(page, 'nobody@example.org', 'Nobody has signed in')),
  },
  {
    name: 'a sealed invitation',
    path: rights,
    async first(page) {
      const dialog = await lookedUp(page, 'sam@example.org', '2 devices signed in');
      await dialog.getByRole('button', { name: 'Make the invitation' }).click();
      await dialog.getByLabel('Sealed invitation').waitFor();
    },
  },
  { name: 'a sealed right that was just given', path: rights, first: sealed },
  { name: 'proofs', path: rights, first: proofs },
  { name: 'web addresses of a site', path: rights, first: origins },
  {
    name: 'shutting oneself out',
    path: rights,
    async first(page) {
      await page.getByLabel('Address of a web app').fill('https://app.example');
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'the evidence of an alarm',
    path: '?as=member#/audit',
    async first(page) {
      await happen(page, 'alarm', 'fork');
      await page.getByText('Evidence: two checkpoints').click();
    },
  },
  { name: 'after an alarm', path: '?as=member#/audit', first: goneOn },
  { name: 'beginning anew', path: '?as=stranger#/reset' },
  { name: 'waiting to begin anew', path: '?as=stranger#/reset', first: askedReset },
  {
    name: 'refused to begin anew',
    path: '?as=stranger#/reset',
    async first(page) {
      await askedReset(page);
      await happen(page, 'decide', 'refused');
      await press('Look again')(page);
      await page.getByText('It was refused').waitFor();
    },
  },
];
