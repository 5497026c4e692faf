/** The rooms and states of the neighbourhood that axe-core looks at (`rooms.ts`). */

import assert from 'node:assert/strict';
import { hex, utf8 } from 'copse/internal/base/bytes.ts';
import type { Page } from 'playwright-core';
import { fakePostId } from '../src/fake/fake-neighbourhood.ts';
import { ada, chiara, noor, tomas, yuki } from '../src/fake/people.ts';
import { press, type Room } from './rooms-authority.ts';
import { happen } from './visit.ts';

export const personHash = ({ user }: { readonly user: string }): string =>
  `#/person/${hex(utf8(user.repeat(2)))}`;
export const knockHash = ({ user }: { readonly user: string }): string =>
  `#/knock/${hex(utf8(user.repeat(2)))}`;
export const postHash = (number: number): string => `#/post/${fakePostId(number)}`;

/** Of one pixel. */
export const picture = {
  name: 'pear.png',
  mimeType: 'image/png',
  buffer: Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  ),
};
export const paper = { name: 'rota.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(200_000, 'x') };

const feed = '?as=member#/feed';
const shown = (page: Page): Promise<void> => page.locator('.post').first().waitFor();

export const NEIGHBOURHOOD_ROOMS: readonly Room[] = [
  { name: 'feed', path: feed, first: shown },
  {
    name: 'feed of a newcomer',
    path: '?as=fresh#/feed',
    first: (page) => page.getByText('Nothing here yet').waitFor(),
  },
  {
    name: 'feed of a guest',
    path: '?as=member&street=stranger#/feed',
    first: (page) => page.getByText('You read as a guest').waitFor(),
  },
  {
    name: 'feed with news and somebody to mention',
    path: feed,
    async first(page) {
      await shown(page);
      await happen(page, 'postAs', 'Ben', 'Fresh bread at the gate');
      await page.getByRole('button', { name: '1 new post' }).waitFor();
      await page.getByLabel('What is new?').pressSequentially('Thanks @');
      await page.getByRole('listbox').waitFor();
    },
  },
  {
    name: 'post that was refused',
    path: feed,
    async first(page) {
      await shown(page);
      await happen(page, 'failNext', 'full');
      await page.getByLabel('What is new?').fill('No');
      await page.keyboard.press('Control+Enter');
      await page.getByText('your account here is full').waitFor();
    },
  },
  {
    name: 'offline feed',
    path: feed,
    async first(page) {
      await shown(page);
      await happen(page, 'status', 'offline');
      await page.getByText('stays here as a draft').waitFor();
    },
  },
  {
    name: 'offline feed of what is on the device, with a post that waits',
    path: feed,
    async first(page) {
      await shown(page);
      // Also while another tab has it, and is suspended.
      await happen(page, 'holdBack', '');
      await page.getByText('waits for the connection').waitFor();
      await happen(page, 'keepPosts', 'away');
      await happen(page, 'status', 'offline');
      await page.getByText('You see what is on this device').waitFor();
      await page.getByText('waits for the connection').waitFor();
    },
  },
  {
    name: 'feed with a post that did not go out',
    path: feed,
    async first(page) {
      await shown(page);
      await happen(page, 'keepPosts', 'up');
      await happen(page, 'holdBack', 'full');
      await page.getByRole('button', { name: 'Take it out' }).waitFor();
      await page.getByText('1 message of yours did not go out').waitFor();
    },
  },
  {
    name: 'pictures in answer to a post',
    path: feed,
    async first(page) {
      await shown(page);
      await press('Answer with a picture')(page);
    },
  },
  {
    name: 'what one may do with a post of oneself',
    path: feed,
    async first(page) {
      const own = page.locator('article', { hasText: 'Plums from Saturday' });
      await own.getByRole('button', { name: 'More to do with this post' }).click();
      await page.getByRole('button', { name: 'Take back' }).waitFor();
    },
  },
  {
    name: 'taking a post back',
    path: feed,
    async first(page) {
      const own = page.locator('article', { hasText: 'Plums from Saturday' });
      await own.getByRole('button', { name: 'More to do with this post' }).click();
      await press('Take back')(page);
      await page.getByRole('dialog', { name: 'Take this post back?' }).waitFor();
    },
  },
  {
    name: 'sharing a post',
    path: feed,
    async first(page) {
      await shown(page);
      await press('Share')(page);
      await page.getByRole('dialog', { name: 'Share this post?' }).waitFor();
    },
  },
  {
    name: 'thread',
    path: `?as=member${postHash(1)}`,
    first: (page) => page.getByRole('heading', { name: '5 answers' }).waitFor(),
  },
  {
    name: 'post in the middle of a thread',
    path: `?as=member${postHash(3)}`,
    first: (page) => page.getByRole('list', { name: 'What it answers' }).waitFor(),
  },
  {
    name: 'post that is not here',
    path: `?as=member${postHash(999)}`,
    first: (page) => page.getByText('This post is not here').waitFor(),
  },
  { name: 'what concerns one', path: '?as=member#/inbox', first: shown },
  {
    name: 'person',
    path: `?as=member${personHash(noor)}`,
    async first(page) {
      await shown(page);
      await press('Who says what, and where they are')(page);
      await page.getByText('Where only others say').waitFor();
    },
  },
  {
    name: 'person who is blocked',
    path: `?as=member${personHash(noor)}`,
    async first(page) {
      await press('Block')(page);
      await page.getByText('Noor Haddad is blocked', { exact: true }).waitFor();
    },
  },
  {
    name: 'account as a file that was not whole',
    path: `?as=member${personHash(ada)}`,
    async first(page) {
      const chooser = page.waitForEvent('filechooser');
      await page.getByText('Bring one back').click();
      await (await chooser).setFiles({ name: 'a.copse', mimeType: '', buffer: Buffer.from('half') });
      await page.getByText('The file is not whole').waitFor();
    },
  },
  {
    name: 'person who has another key now',
    path: `?as=member&street=moved${personHash(chiara)}`,
    first: (page) => page.getByRole('link', { name: 'Go to the new page' }).waitFor(),
  },
  {
    name: 'page of oneself in a full account',
    path: `?as=member&street=full${personHash(ada)}`,
    first: shown,
  },
  {
    name: 'people of the neighbourhood',
    path: '?as=member#/neighbours',
    first: (page) => page.getByText('You follow 3 people').waitFor(),
  },
  { name: 'search', path: '?as=member#/search/water%20gate', first: shown },
  {
    name: 'search without anything found',
    path: '?as=member#/search/zebra',
    first: (page) => page.getByText('Nothing found').waitFor(),
  },
  {
    name: 'files on their way, there and refused',
    path: feed,
    async first(page) {
      await shown(page);
      await page
        .getByLabel('Files for this post')
        .setInputFiles([picture, { ...paper, name: 'old-rota.pdf' }]);
      await page.getByText('All files are at the node.').waitFor();
      await happen(page, 'failNext', 'full');
      await page.getByLabel('Files for this post').setInputFiles([paper]);
      await page.getByText('There is no room for it').waitFor();
      await happen(page, 'holdUploads', 'on');
      await page
        .getByLabel('Files for this post')
        .setInputFiles([paper, { ...paper, buffer: Buffer.alloc(0), name: 'empty.txt' }]);
      await page.getByRole('progressbar').waitFor();
      await page.getByText('is empty, or a folder').waitFor();
    },
  },
  {
    name: 'storage',
    path: '?as=member#/storage',
    async first(page) {
      await page.getByLabel('Goes first').check();
      await page.getByText('old-well.jpg').waitFor();
      await page.getByLabel('Newest').check();
    },
  },
  {
    name: 'storage of a newcomer',
    path: '?as=fresh#/storage',
    first: (page) => page.getByText('You hold no files yet').waitFor(),
  },
  {
    name: 'deleting a file',
    path: '?as=member#/storage',
    async first(page) {
      await press('Delete plums.jpg')(page);
      await page.getByRole('dialog', { name: 'Delete this file?' }).waitFor();
    },
  },
  {
    name: 'requests',
    path: '?as=member#/requests',
    async first(page) {
      await page.getByText('We met at the market').waitFor();
      await page.getByText('Kept away').waitFor();
    },
  },
  {
    name: 'requests for an account',
    path: '?as=member#/requests',
    async first(page) {
      await page.getByLabel('For an account').check();
      await page.getByText('May I join?').waitFor();
    },
  },
  {
    name: 'writing without an account',
    path: `?as=stranger${knockHash(noor)}`,
    async first(page) {
      await page.getByLabel('Your message to Noor Haddad').fill('We met at the market. I am Sam.');
      await happen(page, 'failNext', 'tooMany');
      await press('Send')(page);
      await page.getByText('many people write here').waitFor();
      assert.match(await page.getByLabel('Your message to Noor Haddad').inputValue(), /I am Sam/u);
    },
  },
  {
    name: 'device that works for a message',
    path: `?as=stranger&street=slow${knockHash(noor)}`,
    async first(page) {
      await page.getByLabel('Your message to Noor Haddad').fill('We met at the market.');
      await press('Send')(page);
      await page.getByRole('progressbar').waitFor();
      await press('Cancel')(page);
      await press('Send')(page);
      await page.getByText('Leave this page open').waitFor();
    },
  },
  {
    name: 'message that was left without an account',
    path: `?as=stranger${knockHash(noor)}`,
    async first(page) {
      await page.getByLabel('Your message to Noor Haddad').fill('We met at the market.');
      await press('Send')(page);
      await page.getByText('Your message waits for Noor Haddad').waitFor();
    },
  },
  {
    name: 'coming back to a message that waits',
    path: `?as=stranger${knockHash(noor)}`,
    async first(page) {
      await page.getByLabel('Your message to Noor Haddad').fill('We met at the market.');
      await press('Send')(page);
      await press('Write another')(page);
      await page.getByText('Your last message waits for Noor Haddad').waitFor();
    },
  },
  {
    name: 'person who takes no messages from strangers',
    path: `?as=member&street=stranger${knockHash(yuki)}`,
    first: (page) => page.getByText('is not reached in this way').waitFor(),
  },
  {
    name: 'person about whom friends disagree, and vouching for her',
    path: `?as=member${personHash(tomas)}`,
    async first(page) {
      await page.getByText('They disagree').waitFor();
      await press('Say whose key it is')(page);
      await page.getByRole('dialog').getByLabel('Digits that').fill('1');
    },
  },
  {
    name: 'reporting a post',
    path: feed,
    async first(page) {
      await shown(page);
      await press('More to do with this post')(page);
      await press('Report')(page);
      await page.getByRole('dialog', { name: 'Report this post?' }).waitFor();
    },
  },
  {
    name: 'reports',
    path: '?as=member#/reports',
    async first(page) {
      await page.getByText('Buy now!').waitFor();
      await page
        .getByRole('button', { name: /^Nothing to do/ })
        .last()
        .click();
      await page.getByText('Dealt with by you').waitFor();
    },
  },
  {
    name: 'reports of a quiet node',
    path: '?as=fresh#/reports',
    first: (page) => page.getByText('Nothing is reported').waitFor(),
  },
];
