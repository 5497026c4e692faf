/** The rooms and states of notifications and mentions. */

import type { Page } from 'playwright-core';
import { RIGHT_DIGITS } from '../src/fake/fake-emails.ts';
import { press, type Room } from './rooms-authority.ts';
import { garden, happen } from './visit.ts';

async function turnedOn(page: Page): Promise<void> {
  await press('Turn on')(page);
  await page.getByText('This device is notified.').waitFor();
}

export const BELL_ROOMS: readonly Room[] = [
  { name: 'notifications that are off', path: '?as=member#/notifications' },
  { name: 'notifications on an iPhone', path: '?as=member&push=homeScreen#/notifications' },
  {
    name: 'notifications that the browser refuses',
    path: '?as=member&push=refused#/notifications',
    async first(page) {
      await press('Turn on')(page);
      await page.getByText('gives this device no address').waitFor();
    },
  },
  {
    name: 'notifications that are on',
    path: '?as=member#/notifications',
    async first(page) {
      await turnedOn(page);
      await press('Keep quiet hours')(page);
      await press('Send a test')(page);
      await page.getByText('The push service took it').waitFor();
    },
  },
  {
    name: 'notifications without a connection',
    path: '?as=member#/notifications',
    async first(page) {
      await turnedOn(page);
      await page.getByLabel('Only who and where').check();
      await page.evaluate(() => (location.hash = '#/settings'));
      await happen(page, 'status', 'offline');
      await happen(page, 'failNext', 'closed');
      await page.evaluate(() => (location.hash = '#/notifications'));
      await page.getByLabel('Only who and where').waitFor();
    },
  },
  {
    name: 'notifications by e-mail',
    path: '?as=member#/email',
    async first(page) {
      await press('Continue with Example Mail')(page);
      await page.getByLabel('Then type the six digits').fill(RIGHT_DIGITS);
      await press('Go on')(page);
      await page.getByText('ada@example.org is yours here.').waitFor();
      await page.evaluate(() => (location.hash = '#/notifications'));
      await press('Tell me by e-mail')(page);
      await page.getByText(/away for 8 hours, \S+@\S+ is told once/u).waitFor();
    },
  },
  {
    name: 'notifications of a site',
    path: '?as=member#/notifications',
    async first(page) {
      await turnedOn(page);
      await press('Change notifications of Oak Lane Garden')(page);
      await page.getByText('This device hears').waitFor();
    },
  },
  {
    name: 'mentioning somebody',
    path: `?as=member${garden}/log/chat`,
    async first(page) {
      await page.getByLabel('Write in chat').pressSequentially('Thank you @');
      await page.getByRole('listbox').waitFor();
    },
  },
  {
    name: 'the card that offers notifications',
    path: `?as=member${garden}/log/chat`,
    async first(page) {
      await page.getByLabel('Write in chat').fill('Who waters the plums, @everyone?');
      await press('Send')(page);
      await page.getByText('Hear the answer when you are away?').waitFor();
    },
  },
];
