/** The neighbourhood as people use it, among those of the fake node. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Page } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { ada, chiara, noor, tomas } from '../src/fake/people.ts';
import { postRowsMax } from '../src/logic/neighbourhood/post-rows.ts';
import { paper, personHash, postHash } from './rooms-neighbourhood.ts';
import { close, happen, heading, Visits, type Visit } from './visit.ts';

const browser = ensureChromium();
const skip = 'reason' in browser && browser.reason;
const visits = 'path' in browser ? await Visits.begin(browser.path, CHROMIUM_ARGS) : null;
after(() => visits?.[Symbol.asyncDispose]());

async function visit(path: string): Promise<Visit> {
  assert.ok(visits !== null);
  return visits.open(path);
}

const field = (page: Page) => page.getByLabel('What is new?');
const card = (page: Page, text: string) => page.locator('article', { hasText: text });

async function go(page: Page, hash: string): Promise<void> {
  await page.evaluate((to) => (location.hash = to), hash);
}

test('[U38] what arrives waits behind a bar, and moves nothing that is being read', { skip }, async () => {
  const there = await visit('?as=member&street=long#/feed');
  const { page } = there;
  await card(page, 'Rehearsal moves').waitFor();
  const room = page.locator('#room');
  await room.evaluate((frame) => frame.scrollTo({ top: 1_200 }));
  const seen = page.locator('.posts > li').nth(8);
  const top = async (): Promise<number> => Math.round((await seen.boundingBox())?.y ?? 0);
  const before = await top();
  await happen(page, 'postAs', 'Ben', 'Fresh bread at the gate');
  await happen(page, 'postAs', 'Tomás', 'He is followed by nobody here');
  const bar = page.getByRole('button', { name: '1 new post' });
  await bar.waitFor();
  assert.equal(await top(), before);
  assert.equal(await card(page, 'Fresh bread').count(), 0);
  await bar.click();
  await card(page, 'Fresh bread').waitFor();
  assert.equal(await room.evaluate((frame) => frame.scrollTop), 0);
  assert.equal(await bar.count(), 0);
  await close(there);
});

test(
  '[U38] what was missed is all offered, and 4,000 that arrive leave the list as it is',
  { skip },
  async () => {
    const there = await visit('?as=member#/feed');
    const { page } = there;
    await card(page, 'Rehearsal moves').waitFor();
    await happen(page, 'crowd', 'Ben', '70', 'missed');
    await page.getByRole('button', { name: '70 new posts' }).click();
    await card(page, 'Number 70 of 70').waitFor();
    await happen(page, 'crowd', 'Ben', '4000', 'told');
    const bar = page.getByRole('button', { name: 'At least 500 new posts' });
    await bar.waitFor();
    assert.equal(await card(page, 'Number 70 of 70').count(), 1);
    await bar.click();
    await card(page, 'Number 4000 of 4000').waitFor();
    await close(there);
  },
);

test('[U38, U3] older posts come as one scrolls, and the page holds a bounded number', { skip }, async () => {
  const there = await visit('?as=member&street=long#/feed');
  const { page } = there;
  await card(page, 'Rehearsal moves').waitFor();
  const rows = page.locator('.posts > li');
  for (let turn = 0; turn < 60 && (await card(page, 'Entry 200 of').count()) === 0; turn++) {
    await page.locator('#room').evaluate((frame) => frame.scrollBy({ top: 3_000 }));
    await page.waitForTimeout(60);
    assert.ok((await rows.count()) <= postRowsMax);
  }
  assert.ok((await card(page, 'Entry 200 of').count()) > 0, 'an old entry was reached');
  assert.equal(await card(page, 'Rehearsal moves').count(), 0);
  await page.locator('#room').evaluate((frame) => frame.scrollTo({ top: 0 }));
  for (let turn = 0; turn < 30 && (await card(page, 'Rehearsal moves').count()) === 0; turn++) {
    await page.waitForTimeout(60);
    await page.locator('#room').evaluate((frame) => frame.scrollTo({ top: 0 }));
  }
  assert.equal(await card(page, 'Rehearsal moves').count(), 1);
  await close(there);
});

test(
  '[U39, U44] a post is written by keyboard, with somebody mentioned and a tag, and answered with a picture',
  { skip },
  async () => {
    const there = await visit('?as=member#/feed');
    const { page } = there;
    await card(page, 'Rehearsal moves').waitFor();
    await page.keyboard.press('/');
    await field(page).pressSequentially('Thanks @noo');
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('Enter');
    assert.equal(await field(page).inputValue(), 'Thanks @Noor Haddad ');
    await field(page).pressSequentially('for the #honey');
    await page.keyboard.press('Enter');
    assert.match(await field(page).inputValue(), /honey\n$/);
    await page.keyboard.press('Control+Enter');
    const made = card(page, 'Thanks @Noor Haddad');
    await made.waitFor();
    assert.equal(await field(page).inputValue(), '');
    assert.equal(await made.getByRole('link', { name: '#honey' }).getAttribute('href'), '#/search/%23honey');
    assert.equal(
      await made.getByRole('link', { name: '@Noor Haddad' }).getAttribute('href'),
      personHash(noor),
    );
    await made.getByRole('button', { name: 'Answer with a picture' }).press('Enter');
    await made.getByRole('button', { name: '👍' }).press('Enter');
    await made.getByRole('button', { name: '👍 from 1 person, you too' }).waitFor();
    await made.getByRole('button', { name: '👍 from 1 person, you too' }).press('Enter');
    await made.getByRole('button', { name: '👍 from 1 person, you too' }).waitFor({ state: 'detached' });
    await close(there);
  },
);

test('[U39] a post is edited and marked so, and taken back only after a question', { skip }, async () => {
  const there = await visit('?as=member#/feed');
  const { page } = there;
  const own = card(page, 'Plums from Saturday');
  const more = own.getByRole('button', { name: 'More to do with this post' });
  await more.press('Enter');
  await page.keyboard.press('Escape');
  assert.equal(await more.evaluate((button) => button === document.activeElement), true);
  await more.press('Enter');
  await own.getByRole('button', { name: 'Edit' }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit your post' });
  await dialog.getByLabel('Your post').fill('Plums from Sunday on');
  await dialog.getByRole('button', { name: 'Save' }).click();
  const edited = card(page, 'Plums from Sunday on');
  await edited.getByText('edited').waitFor();
  await edited.getByRole('button', { name: 'More to do with this post' }).click();
  await edited.getByRole('button', { name: 'Take back' }).click();
  const asked = page.getByRole('dialog', { name: 'Take this post back?' });
  await asked.getByRole('button', { name: 'Leave it' }).click();
  assert.equal(await edited.count(), 1);
  await edited.getByRole('button', { name: 'More to do with this post' }).click();
  await edited.getByRole('button', { name: 'Take back' }).click();
  await asked.getByRole('button', { name: 'Take it back' }).click();
  await edited.waitFor({ state: 'detached' });
  await close(there);
});

test('[U39, U13] markup in a post is text', { skip }, async () => {
  const there = await visit('?as=member#/feed');
  const { page } = there;
  await card(page, 'Rehearsal moves').waitFor();
  assert.match(
    (await card(page, 'Rehearsal moves').locator('.post-text').textContent()) ?? '',
    /<b>Bring chairs<\/b>/,
  );
  assert.equal(await page.locator('.post-text b').count(), 0);
  await close(there);
});

test('[U40] a thread shows what was answered and what answers, and is answered', { skip }, async () => {
  const there = await visit(`?as=member${postHash(3)}`);
  const { page } = there;
  await heading(page, 'Noor Haddad’s post').waitFor();
  const above = page.getByRole('list', { name: 'What it answers' }).getByRole('listitem');
  await above.nth(1).waitFor();
  assert.equal(await above.count(), 2);
  await page.getByRole('heading', { name: '3 answers' }).waitFor();
  await page.getByLabel('Your answer').fill('I come, too.');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('heading', { name: '4 answers' }).waitFor();
  await card(page, 'I come, too.').waitFor();
  await close(there);
});

test('[U41] what concerns one is counted in the navigation until it is read', { skip }, async () => {
  const there = await visit('?as=member#/inbox');
  const { page } = there;
  const side = page.getByRole('navigation', { name: 'Sites and rooms' });
  await side.getByText('3 unread').waitFor();
  await happen(page, 'answerAs', 'Ben', 'Where do they hang?');
  await side.getByText('4 unread').waitFor();
  await card(page, 'Where do they hang?').locator('.post-time').click();
  await side.getByText('3 unread').waitFor();
  await go(page, '#/inbox');
  const marks = page.getByText('new', { exact: true });
  await marks.nth(2).waitFor();
  await page.getByRole('button', { name: 'Mark all as read' }).click();
  await side.getByText('unread').waitFor({ state: 'detached' });
  assert.equal(await marks.count(), 0);
  await close(there);
});

test(
  '[U42] who is muted leaves the feed, who is blocked is shown nowhere, and both come back',
  { skip },
  async () => {
    const there = await visit('?as=member#/feed');
    const { page } = there;
    await card(page, 'From eight on').waitFor();
    await go(page, personHash(noor));
    await page.getByRole('button', { name: 'Mute' }).first().click();
    await page.getByText('Noor Haddad is muted', { exact: true }).waitFor();
    await card(page, 'From eight on').waitFor();
    await go(page, '#/feed');
    await card(page, 'Rehearsal moves').waitFor();
    assert.equal(await card(page, 'From eight on').count(), 0);
    await happen(page, 'answerAs', 'Noor', 'Not to be heard');
    await happen(page, 'answerAs', 'Ben', 'Heard as ever');
    await go(page, '#/inbox');
    await card(page, 'Heard as ever').waitFor();
    assert.equal(await card(page, 'Not to be heard').count(), 0);
    await go(page, personHash(noor));
    await page.getByRole('button', { name: 'Hear them again' }).click();
    await go(page, '#/inbox');
    await card(page, 'Not to be heard').waitFor();
    await go(page, '#/feed');
    await card(page, 'From eight on').waitFor();
    await go(page, personHash(noor));
    await page.getByRole('button', { name: 'Block' }).click();
    await page.getByText('You have blocked Noor Haddad').waitFor();
    await go(page, '#/feed');
    await card(page, 'Rehearsal moves').waitFor();
    assert.equal(await card(page, 'From eight on').count(), 0);
    await go(page, postHash(1));
    await page.getByText('From somebody whom you have blocked.').first().waitFor();
    await page.getByRole('button', { name: 'Show it' }).first().click();
    await card(page, 'The first swarm').waitFor();
    await go(page, personHash(noor));
    await page.getByRole('button', { name: 'Unblock' }).click();
    await card(page, 'From eight on').waitFor();
    await close(there);
  },
);

test('[U43] people are found and followed; words and tags find posts, and are marked', { skip }, async () => {
  const there = await visit('?as=member#/neighbours');
  const { page } = there;
  await page.getByRole('button', { name: 'Following Ben Lindqvist: leave' }).click();
  await page.getByText('You follow 2 people').waitFor();
  await page.getByRole('button', { name: 'Follow Ben Lindqvist' }).click();
  await page.getByText('You follow 3 people').waitFor();
  await page.getByLabel('Key, or the address of a page').fill('nobody');
  await page.keyboard.press('Enter');
  await page.getByText('That is no key').waitFor();
  await page
    .getByLabel('Key, or the address of a page')
    .fill(`https://x.example/u/${personHash(ada).slice(9)}`);
  await page.keyboard.press('Enter');
  await heading(page, 'Your page').waitFor();
  await go(page, '#/search');
  await page.getByLabel('Words or a #tag').fill('water gate');
  await page.keyboard.press('Enter');
  await page.locator('mark', { hasText: 'gate' }).waitFor();
  await page.getByRole('link', { name: '#rota' }).click();
  await card(page, 'Minutes of the water meeting').waitFor();
  assert.match(page.url(), /#\/search\/%23rota$/);
  const asked = page.getByLabel('Words or a #tag');
  await page.waitForFunction(
    (field) => Reflect.get(field ?? {}, 'value') === '#rota',
    await asked.elementHandle(),
  );
  await close(there);
});

test('[U44] a draft outlives a reload and a refusal, and leaves when it is posted', { skip }, async () => {
  const there = await visit('?as=member#/feed');
  const { page } = there;
  await field(page).fill('Half a thought');
  await page.reload();
  await card(page, 'Rehearsal moves').waitFor();
  assert.equal(await field(page).inputValue(), 'Half a thought');
  await happen(page, 'status', 'offline');
  await field(page).press('Control+Enter');
  await page.getByText('the node cannot be reached').waitFor();
  await happen(page, 'status', 'live');
  await happen(page, 'failNext', 'full');
  await field(page).press('Control+Enter');
  await page.getByText('your account here is full').waitFor();
  assert.equal(await field(page).inputValue(), 'Half a thought');
  await field(page).press('Control+Enter');
  await card(page, 'Half a thought').waitFor();
  assert.equal(await field(page).inputValue(), '');
  await page.reload();
  await card(page, 'Rehearsal moves').waitFor();
  assert.equal(await field(page).inputValue(), '');
  await close(there);
});

test('[U44] a post goes out once, and what is typed and attached meanwhile stays', { skip }, async () => {
  const there = await visit('?as=member#/feed');
  const { page } = there;
  await card(page, 'Rehearsal moves').waitFor();
  await happen(page, 'holdPosts', 'on');
  await field(page).fill('Rain at ten');
  await field(page).press('Control+Enter');
  await field(page).press('Control+Enter');
  await field(page).pressSequentially(' and sun');
  await page.getByLabel('Files for this post').setInputFiles([paper]);
  await page.getByText('The file is at the node.').waitFor();
  await happen(page, 'holdPosts', 'off');
  await card(page, 'Rain at ten').waitFor();
  await page.waitForFunction(() => document.querySelector('textarea')?.value === 'and sun');
  await page.getByRole('button', { name: 'Take out rota.pdf' }).waitFor();
  await field(page).press('Control+Enter');
  await card(page, 'and sun').getByRole('link', { name: 'Save rota.pdf' }).waitFor();
  assert.equal(await card(page, 'Rain at ten').count(), 1);
  await close(there);
});

test(
  '[U52] a draft is on all devices: what is typed here stays, and other words are offered',
  { skip },
  async () => {
    const there = await visit('?as=member#/feed');
    const { page } = there;
    await card(page, 'Rehearsal moves').waitFor();
    const holds = (text: string) =>
      page.waitForFunction((wanted) => document.querySelector('textarea')?.value === wanted, text);
    await happen(page, 'draftElsewhere', 'new', 'Begun on the phone');
    await holds('Begun on the phone');
    // The node is away for what would go out, so that what is typed here was shared with nobody.
    await happen(page, 'keepPosts', 'away');
    await field(page).fill('Typed here');
    await happen(page, 'draftElsewhere', 'new', 'Typed there');
    const take = page.getByRole('button', { name: 'Take them' });
    await take.waitFor();
    assert.equal(await field(page).inputValue(), 'Typed here');
    await take.click();
    await holds('Typed there');
    await happen(page, 'keepPosts', 'none');
    await field(page).press('Control+Enter');
    await card(page, 'Typed there').waitFor();
    await holds('');
    await close(there);
  },
);

test(
  '[U44] a guest reads and is told how to get in; a full account shows what it holds',
  { skip },
  async () => {
    const guest = await visit('?as=member&street=stranger#/feed');
    await card(guest.page, 'Rehearsal moves').waitFor();
    await guest.page.getByText('You read as a guest').waitFor();
    await guest.page.getByText('invitation').first().waitFor();
    await field(guest.page).waitFor({ state: 'detached' });
    await close(guest);
    const full = await visit(`?as=member&street=full${personHash(ada)}`);
    await full.page.getByText('Your account here is nearly full').waitFor();
    await full.page.getByRole('meter').waitFor();
    await full.page.getByText('Older ones have gone').waitFor();
    await close(full);
  },
);

test(
  '[Z103] one’s account is made into a file, and brought back with what was refused',
  { skip },
  async () => {
    const there = await visit(`?as=member${personHash(ada)}`);
    const { page } = there;
    const panel = page.locator('section', {
      has: page.getByRole('heading', { name: 'Your account as a file' }),
    });
    await panel.getByLabel('With the bytes of my files').check();
    await panel.getByRole('button', { name: 'Make the file' }).click();
    const link = panel.getByRole('link', { name: 'Save it' });
    await link.waitFor();
    assert.match(await panel.getByRole('status').first().innerText(), /^120 records, /u);
    const download = page.waitForEvent('download');
    await link.click();
    const path = await (await download).path();
    const chooser = page.waitForEvent('filechooser');
    await panel.getByText('Bring one back').click();
    await (await chooser).setFiles(path);
    await panel.getByText('98 messages and 1 file came; 12 were here already.').waitFor();
    await panel.getByText('Record 17: its user has not signed it.').waitFor();
    assert.equal(await link.count(), 0);
    await close(there);
  },
);

const focused = (page: Page): Promise<string | undefined> =>
  page.evaluate(() => document.activeElement?.tagName);

async function reconnect(page: Page): Promise<void> {
  await happen(page, 'status', 'offline');
  await happen(page, 'status', 'live');
}

test('[U48] who knocks is accepted, declined or kept away, and who may is chosen', { skip }, async () => {
  const there = await visit('?as=member#/feed');
  const { page } = there;
  await page.getByRole('link', { name: /^Requests/ }).click();
  await page.getByText('We met at the market').waitFor();
  await page.getByText('worked about 10 seconds').waitFor();
  // Whoever has looked has it waiting on no other device.
  await happen(page, 'unread', '1');
  await reconnect(page);
  await page.waitForFunction(() => Reflect.get(globalThis, 'copseFake').unreadCount() === 0);
  await page
    .getByRole('button', { name: /^Report/ })
    .first()
    .click();
  const report = page.getByRole('dialog', { name: 'Report this post?' });
  await report.getByLabel('In your words').fill('Half a sentence');
  await happen(page, 'leaveAs', 'Chiara', 'May I have a plum?');
  await reconnect(page);
  await page.getByText('May I have a plum?').waitFor();
  assert.equal(await report.getByLabel('In your words').inputValue(), 'Half a sentence');
  await report.getByRole('button', { name: 'Leave it' }).click();
  await page
    .getByRole('button', { name: /^Accept/ })
    .first()
    .click();
  await page.getByText('2 messages, those').waitFor();
  // Who has answered with the keyboard goes on with the next.
  assert.equal(await focused(page), 'LI');
  await page
    .getByRole('button', { name: /^Keep away / })
    .last()
    .click();
  await page.getByText('1 message, those').waitFor();
  await page.getByRole('button', { name: /^Keep away / }).click();
  await page.getByText('Nobody waits.').waitFor();
  await page.getByLabel('People of this node').check();
  await page.reload();
  await page.getByText('less than a second').first().waitFor();
  await close(there);
});

test('[U49] friends who disagree are shown, and one says oneself whose key it is', { skip }, async () => {
  const there = await visit(`?as=member${personHash(tomas)}`);
  const { page } = there;
  await page.getByText('They disagree: 1 person vouches').waitFor();
  await page.getByText('he has lost this key').waitFor();
  await page.getByRole('button', { name: 'Say whose key it is' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Digits that').fill('1234');
  await dialog.getByRole('button', { name: 'Say it' }).click();
  await dialog.getByText('somebody is between you').waitFor();
  const digits = (await dialog.getByLabel('Digits of both keys').textContent()) ?? '';
  await dialog.getByLabel('Digits that').fill(digits);
  await dialog.getByRole('button', { name: 'Say it' }).click();
  await page.getByText('You: has compared digits with them').waitFor();
  await page.locator('.person-words').getByText('compared').waitFor();
  await page.getByRole('button', { name: 'Withdraw' }).click();
  await page.getByRole('button', { name: 'Say whose key it is' }).waitFor();
  await close(there);
});

test('[U50] a post is reported; an admin sees by how many, and removes or leaves', { skip }, async () => {
  const there = await visit('?as=member#/feed');
  const { page } = there;
  const post = card(page, 'Rehearsal moves');
  await post.getByRole('button', { name: 'More to do with this post' }).click();
  await post.getByRole('button', { name: 'Report' }).click();
  const dialog = page.getByRole('dialog', { name: 'Report this post?' });
  assert.equal(await dialog.getByRole('button', { name: 'Report', exact: true }).isDisabled(), true);
  await dialog.getByText('The admins of this node see who reports').waitFor();
  await dialog.getByLabel('What is wrong').selectOption('It attacks somebody');
  await dialog.getByRole('button', { name: 'Report', exact: true }).click();
  await page.getByText('The admins of this node are told.').waitFor();
  await page.getByRole('link', { name: 'Reports', exact: true }).click();
  await page.getByText('reported by 3 people').waitFor();
  await page.getByText('Buy now!').waitFor();
  await page.getByRole('button', { name: 'Remove Ben' }).click();
  const removal = page.getByRole('dialog', { name: /^Remove Ben/ });
  await removal.getByText('will not get in any more').waitFor();
  await removal.getByRole('button', { name: 'Leave it' }).click();
  await page.getByRole('button', { name: /^Take the post away/ }).click();
  await page.getByRole('button', { name: 'Take it away' }).click();
  await page.getByText('Dealt with by you').waitFor();
  await page.getByText('post taken away').waitFor();
  await page.getByText('reported by 3 people').waitFor({ state: 'detached' });
  await close(there);
});

test('[Z107] the page of a key that was replaced leads to the new one', { skip }, async () => {
  const there = await visit(`?as=member&street=moved${personHash(chiara)}`);
  const { page } = there;
  const notice = page.locator('.notice', { hasText: 'has another key now' });
  await notice.getByRole('button', { name: /^Follow/u }).waitFor();
  await notice.getByRole('link', { name: 'Go to the new page' }).click();
  await page.getByRole('heading', { name: 'Tomás', exact: false }).waitFor();
  await page.waitForURL((url) => url.hash === personHash(tomas));
  assert.equal(await notice.count(), 0);
  await close(there);
});
