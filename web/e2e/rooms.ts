/** The rooms of the app as they are looked at one by one, each at a moment that says something. */

import type { Page } from 'playwright-core';
import { AUTHORITY_ROOMS, press, type Room } from './rooms-authority.ts';
import { BELL_ROOMS } from './rooms-bell.ts';
import { NEIGHBOURHOOD_ROOMS } from './rooms-neighbourhood.ts';
import { garden, happen, house } from './visit.ts';

const invitation = `#join=${'A'.repeat(86)}`;

async function openConditions(page: Page): Promise<void> {
  await press('Share')(page);
  await page.getByText('More: only from').click();
  await page.getByLabel('Only at some hours').check();
}

async function begunEmail(page: Page): Promise<void> {
  await press('Continue with Example Mail')(page);
  await page.getByLabel('Then type the six digits').fill('12');
  await page.keyboard.press('Enter');
}

async function knownRecovery(page: Page): Promise<void> {
  await page.getByLabel('PIN', { exact: true }).fill('lentil-4711');
  await page.getByLabel('The same again', { exact: true }).fill('lentil-4711');
  await page.getByLabel('Nodes that help').fill('https://a.example https://b.example https://c.example');
  await press('Set it up')(page);
  await press('I have kept it')(page);
  await page.getByText('7 of 10 guesses left').waitFor();
}

export const ROOMS: readonly Room[] = [
  { name: 'welcome', path: '?as=stranger' },
  { name: 'sign-up', path: '?as=stranger#/signup' },
  {
    name: 'sign-in with a misspelt word',
    path: '?as=stranger#/signin',
    first: (page) => page.getByLabel('Your words').fill('abandon ability aboot able '),
  },
  { name: 'invitation for a stranger', path: `?as=stranger${invitation}` },
  { name: 'used invitation', path: `?as=stranger#join=CCCC${'A'.repeat(82)}` },
  { name: 'unreadable invitation', path: `?as=stranger#join=BBBB${'A'.repeat(82)}` },
  { name: 'link to an account', path: `?as=stranger#account=${'A'.repeat(86)}` },
  { name: 'link to an account that somebody took', path: `?as=stranger#account=CCCC${'A'.repeat(82)}` },
  { name: 'people of the node', path: '?as=member#/accounts', first: press('Show the trail') },
  {
    name: 'removing somebody from the node',
    path: '?as=member#/accounts',
    async first(page) {
      await press('Remove Ben Lindqvist')(page);
      await page.getByLabel('Everybody below too').check();
      await page.getByText('will not get in any more').waitFor();
    },
  },
  { name: 'people of a new node', path: '?as=fresh#/accounts' },
  { name: 'cut invitation', path: '?as=stranger#join=AAAA' },
  { name: 'setup link', path: `?as=stranger#setup=${'A'.repeat(86)}` },
  {
    name: 'setup link that somebody else has used',
    path: `?as=stranger#setup=${'A'.repeat(86)}`,
    async first(page) {
      await happen(page, 'failNext', 'used');
      await page.getByLabel('Your name').fill('Ada');
      await page.keyboard.press('Enter');
      await page.getByText('This node has its admin already').waitFor();
    },
  },
  { name: 'invitation for a member', path: `?as=member${invitation}` },
  { name: 'no sites', path: '?as=fresh' },
  { name: 'words', path: '?as=fresh#/phrase', first: press('QR code') },
  { name: 'three of the words', path: '?as=fresh#/phrase', first: press('I have written them down') },
  { name: 'sites', path: '?as=member' },
  { name: 'founding a site', path: '?as=member', first: press('Found a site') },
  { name: 'opening a link', path: '?as=member', first: press('Open a link') },
  { name: 'keyboard shortcuts', path: '?as=member', first: (page) => page.keyboard.press('?') },
  {
    name: 'conversation',
    path: `?as=member${garden}/log/chat`,
    first: (page) => happen(page, 'type', 'Oak Lane Garden', 'chat', 'Chiara'),
  },
  { name: 'log of another application', path: `?as=member${garden}/log/tools` },
  { name: 'long log', path: `?as=member${garden}/log/harvest` },
  { name: 'empty log', path: `?as=member${house}/log/kitchen` },
  {
    name: 'document with the cursor of another',
    path: `?as=member${garden}/document/Saturday%20at%20the%20garden`,
    async first(page) {
      await page.getByText('Mend the gutter').waitFor();
      await happen(page, 'writeIn', 'Oak Lane Garden', 'Saturday at the garden', 'Ben', '1', ' Yes.');
      await page.locator('.cursor-name').waitFor();
    },
  },
  {
    name: 'empty document',
    path: `?as=member${house}/document/House%20rules`,
    first: (page) => page.locator('.empty-line').waitFor(),
  },
  {
    name: 'document to read',
    path: `?as=member${garden}/document/Saturday%20at%20the%20garden`,
    async first(page) {
      await happen(page, 'onlyRead', 'Oak Lane Garden', 'Saturday at the garden');
      await page.getByText('You can read here').waitFor();
    },
  },
  {
    name: 'document that is not saved',
    path: `?as=member${house}/document/House%20rules`,
    async first(page) {
      await happen(page, 'failNext', 'forbidden');
      await page.getByRole('textbox', { name: 'House rules' }).pressSequentially('No');
      await page.getByRole('button', { name: 'Try again' }).waitFor();
    },
  },
  {
    name: 'link in a document',
    path: `?as=member${house}/document/House%20rules`,
    async first(page) {
      await press('Link')(page);
      await page.getByLabel('Web address').fill('javascript:alert(1)');
      await page.keyboard.press('Enter');
      await page.getByText('no web address').waitFor();
    },
  },
  { name: 'writing a document', path: `?as=member${garden}/log/chat`, first: press('Write a document') },
  {
    name: 'offline conversation',
    path: `?as=member${garden}/log/chat`,
    async first(page) {
      await happen(page, 'status', 'offline');
      await page.getByLabel('Write in chat').fill('Later');
      await page.keyboard.press('Enter');
    },
  },
  {
    name: 'refused message',
    path: `?as=member${garden}/log/chat`,
    async first(page) {
      await happen(page, 'failNext', 'full');
      await page.getByLabel('Write in chat').fill('No');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Try again' }).waitFor();
    },
  },
  {
    name: 'sign-up where only the invited are taken in',
    path: '?as=stranger#/signup',
    async first(page) {
      await happen(page, 'failNext', 'forbidden');
      await page.getByLabel('Your name').fill('Ada');
      await page.keyboard.press('Enter');
      await page.getByText('takes in whom its members invite').waitFor();
    },
  },
  {
    name: 'device that was revoked',
    path: `?as=member${garden}/log/chat`,
    async first(page) {
      await happen(page, 'status', 'offline');
      await happen(page, 'trouble', 'revoked');
      await page.getByText('This device was shut out').waitFor();
    },
  },
  { name: 'people', path: `?as=member${garden}/people` },
  { name: 'invitation link', path: `?as=member${garden}/people`, first: press('Make a link') },
  {
    name: 'rights as a picture',
    path: `?as=member${garden}/rights`,
    first: (page) => page.locator('.grants-node').first().waitFor(),
  },
  {
    name: 'rights of many',
    path: `?as=member&strangers=200${garden}/rights`,
    first: (page) => page.locator('.grants-node').first().waitFor(),
  },
  {
    name: 'rights as a list',
    path: `?as=member${garden}/rights`,
    first: (page) => page.getByLabel('List', { exact: true }).check(),
  },
  { name: 'rights of one', path: `?as=member${house}/rights` },
  { name: 'sharing', path: `?as=member${garden}/rights`, first: openConditions },
  {
    name: 'taking a right back',
    path: `?as=member${garden}/rights`,
    async first(page) {
      await page.getByLabel('List', { exact: true }).check();
      await page.getByRole('button', { name: /Take back from Ben/u }).click();
      await page.getByText('This cannot be undone').waitFor();
    },
  },
  { name: 'devices', path: '?as=member#/devices' },
  { name: 'revoking a device', path: '?as=member#/devices', first: press('Revoke') },
  { name: 'e-mail for a stranger', path: '?as=stranger#/email', first: begunEmail },
  { name: 'e-mail for a member', path: '?as=member#/email', first: begunEmail },
  {
    name: 'a device that knocks',
    path: '?as=member',
    async first(page) {
      await happen(page, 'knock', 'Strange tablet');
      await press('Look at it')(page);
      await press('Show the digits')(page);
      await page.locator('.same-digits').waitFor();
    },
  },
  { name: 'audit', path: '?as=member#/audit', first: (page) => page.locator('.facts').waitFor() },
  {
    name: 'audit in alarm',
    path: '?as=member#/audit',
    async first(page) {
      await happen(page, 'alarm', 'fork');
      await page.locator('.panel.alarm').waitFor();
    },
  },
  { name: 'recovery', path: '?as=member#/recovery', first: (page) => page.locator('.reset').waitFor() },
  { name: 'recovery that is set up', path: '?as=member#/recovery', first: knownRecovery },
  {
    name: 'coming back with a wrong PIN',
    path: '?as=stranger#/recover',
    async first(page) {
      await page.getByLabel('Recovery code').fill('copse-recovery:abc');
      await page.getByLabel('PIN', { exact: true }).fill('wrong one');
      await press('Come back')(page);
      await page.getByText('That is not the PIN').waitFor();
    },
  },
  {
    name: 'verifying somebody',
    path: `?as=member${garden}/people`,
    async first(page) {
      await press('Verify Tomás Vega')(page);
      await page.locator('.same-digits').waitFor();
    },
  },
  ...AUTHORITY_ROOMS,
  { name: 'node', path: '?as=member#/node', first: (page) => page.locator('.plot').first().waitFor() },
  { name: 'settings', path: '?as=member#/settings' },
  ...BELL_ROOMS,
  ...NEIGHBOURHOOD_ROOMS,
  { name: 'signing out', path: '?as=member#/settings', first: press('Sign out') },
  {
    name: 'signed out beside a tab that keeps the messages',
    path: '?as=member&forget=held#/settings',
    async first(page) {
      await press('Sign out')(page);
      await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
      await page.getByText('messages may still lie in this browser').waitFor();
    },
  },
  { name: 'no such room', path: '?as=member#/nowhere' },
];
