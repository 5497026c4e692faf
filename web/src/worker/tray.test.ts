/** What is in the tray after notices of all kinds, over a tray in memory. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logId, siteId } from 'copse/internal/base/ids.ts';
import type { KnownPlace, Notice, NoticePlace } from '../logic/notice-words.ts';
import { closeRead, closeTelling, showNotice, shownOf, type Tray } from './tray.ts';

const garden = siteId('11'.repeat(16));
const orchard = siteId('22'.repeat(16));
const chat = logId('aa'.repeat(16));
const plans = logId('bb'.repeat(16));

const placed = (changes: Partial<NoticePlace> = {}): NoticePlace => ({
  site: garden,
  log: chat,
  upTo: 7,
  count: 1,
  isMention: false,
  ...changes,
});

const news = (places: readonly NoticePlace[], kind: Notice['kind'] = 'news'): Notice => ({
  kind,
  badge: places.length,
  places,
  navigate: 'https://node.example/',
  tag: 'news',
});

class MemoryTray implements Tray {
  readonly shown: { title: string; body: string; tag: string; silent: boolean; data: unknown }[] = [];
  everShown = 0;

  async showNotification(title: string, options: NotificationOptions = {}): Promise<void> {
    const { tag = '', body = '', silent = false, data } = options;
    const at = this.shown.findIndex((other) => other.tag === tag);
    if (at >= 0) this.shown.splice(at, 1);
    this.shown.push({ title, body, tag, silent: silent === true, data });
    this.everShown++;
  }

  async getNotifications({ tag }: GetNotificationOptions = {}): Promise<Notification[]> {
    const found = this.shown.filter((each) => tag === undefined || each.tag === tag);
    return found.map((each) => {
      const close = (): void => void this.shown.splice(this.shown.indexOf(each), 1);
      return { ...each, close } as unknown as Notification;
    });
  }

  get words(): readonly string[] {
    return this.shown.map(({ title, body }) => `${title}: ${body}`);
  }
}

const nothing = { open: async () => null, isLookedAt: async () => false, showing: 'words' } as const;
const opened = (place: KnownPlace) => ({ ...nothing, open: async () => place });
const lines = [{ who: 'Ben', text: 'Come' }];
const known: KnownPlace = { site: 'Garden', log: 'chat', lines: [], earlierCount: 0 };

test('[I21] without a key, or not in time, it says that there is something and nothing else', async () => {
  const tray = new MemoryTray();
  await showNotice(tray, news([placed()]), nothing);
  await showNotice(tray, news([placed({ site: orchard, log: null, count: 3, isMention: true })]), nothing);
  assert.deepEqual(tray.words, [
    'Something new: In one conversation.',
    'You are mentioned: In 3 conversations.',
  ]);
  await showNotice(tray, null, nothing);
  assert.equal(tray.words.at(-1), 'Something new: Open copse to see it.');
});

test('[I21] what the device opened stands in one notification per place, which a later one replaces in silence', async () => {
  const tray = new MemoryTray();
  const lines = [{ who: 'Ben', text: 'the plums are ripe' }];
  const known = { site: 'Garden', log: 'chat', lines, earlierCount: 0 };
  await showNotice(tray, news([placed()]), opened(known));
  const froms: number[] = [];
  const later = [...lines, { who: 'Eve', text: 'I come' }];
  await showNotice(tray, news([placed({ upTo: 9 })]), {
    ...nothing,
    open: async (_place, from) => {
      froms.push(from);
      return { ...known, lines: later, earlierCount: 2 };
    },
  });
  assert.deepEqual(tray.words, ['chat · Garden: 2 messages before\nBen: the plums are ripe\nEve: I come']);
  assert.deepEqual(froms, [6], 'what was shown and not read is shown again');
  assert.equal(tray.shown[0]?.silent, true);
  const data = {
    site: garden,
    log: chat,
    upTo: 9,
    from: 6,
    hasWords: true,
    showing: 'words',
    hash: `#/site/${garden}/log/chat`,
  };
  assert.deepEqual(shownOf({ data: tray.shown[0]?.data }), data);
  await showNotice(tray, news([placed({ upTo: 10, isMention: true })]), opened(known));
  assert.equal(tray.words[0], 'You are mentioned in chat · Garden: Ben: the plums are ripe');
  assert.equal(tray.shown[0]?.silent, false, 'a mention is heard');
});

test('[I21] of two pushes of the same the one that found no words leaves those of the other', async () => {
  const tray = new MemoryTray();
  const known = { site: 'Garden', log: 'chat', lines: [{ who: 'Ben', text: 'Come' }], earlierCount: 0 };
  await showNotice(tray, news([placed()]), opened(known));
  await showNotice(tray, news([placed()]), nothing);
  await showNotice(tray, news([placed()]), opened({ ...known, lines: [] }));
  assert.deepEqual(tray.words, ['chat · Garden: Ben: Come']);
  await showNotice(tray, news([placed({ upTo: 8 })]), opened({ ...known, lines: [] }));
  assert.deepEqual(tray.words, ['chat · Garden: Something new.']);
});

test('[I21] what was written is not shown to who wants to see no more than who and where', async () => {
  const tray = new MemoryTray();
  const ask = (who: readonly string[], earlierCount = 0) => ({
    ...opened({
      site: 'Garden',
      log: 'chat',
      lines: who.map((name) => ({ who: name, text: 'a secret' })),
      earlierCount,
    }),
    showing: 'place' as const,
  });
  const words: string[] = [];
  for (const [n, given] of [
    ask(['Ben']),
    ask(['Ben', 'Eve', 'Ben']),
    ask(['Ben', 'Eve', 'Kim'], 4),
  ].entries()) {
    await showNotice(tray, news([placed({ upTo: 7 + n })]), given);
    words.push(tray.shown[0]?.body ?? '');
  }
  assert.deepEqual(words, [
    'A message from Ben.',
    '3 messages from Ben and Eve.',
    '7 messages, the newest from Ben, Eve and Kim.',
  ]);
  // Another push of the same that finds nothing leaves it, and one whose words say more is not put back.
  await showNotice(tray, news([placed({ upTo: 9 })]), { ...nothing, showing: 'place' });
  assert.equal(tray.shown[0]?.body, words[2]);
  await showNotice(tray, news([placed({ upTo: 10 })]), opened({ ...known, lines }));
  await showNotice(tray, news([placed({ upTo: 10 })]), { ...opened(known), showing: 'place' });
  assert.equal(tray.shown[0]?.body, 'Something new.');
});

test('[I21] who wants to see nothing sees that there is something: no place, no number, and nothing is opened', async () => {
  const tray = new MemoryTray();
  const ask = {
    open: async () => assert.fail('nothing is opened'),
    isLookedAt: async ({ log }: NoticePlace) => log === plans,
    showing: 'nothing' as const,
  };
  await showNotice(tray, news([placed(), placed({ site: orchard, log: null, count: 3 })]), ask);
  await showNotice(tray, news([placed({ upTo: 8, site: orchard })]), ask);
  assert.deepEqual(tray.words, ['Something new: Open copse to see it.']);
  assert.deepEqual([tray.shown[0]?.silent, tray.shown[0]?.data], [true, undefined]);
  await showNotice(tray, news([placed({ isMention: true })]), ask);
  assert.equal(tray.shown[0]?.silent, false, 'a mention is heard, and not seen');
  await showNotice(tray, { ...news([placed({ upTo: 8 })], 'read'), badge: 2 }, ask);
  assert.equal(tray.shown.length, 1, 'there is something yet');
  await showNotice(tray, { ...news([placed({ upTo: 8 })], 'read'), badge: 0 }, ask);
  assert.equal(tray.shown.length, 0);
  await showNotice(tray, news([placed({ log: plans })]), ask);
  assert.equal(tray.shown.length, 0, 'what somebody looks at is not told');
});

test('[I21] what says where something is new goes away when less is to be seen, and the rest stays', async () => {
  const tray = new MemoryTray();
  await showNotice(tray, news([placed(), placed({ log: plans })]), opened({ ...known, lines }));
  await showNotice(tray, { ...news([], 'test'), tag: 'test' }, nothing);
  await closeTelling(tray);
  assert.deepEqual(
    tray.shown.map(({ tag }) => tag),
    ['test'],
  );
});

test('[I21] several conversations of a site become one notification, and many places a number', async () => {
  const tray = new MemoryTray();
  await showNotice(tray, news([placed(), placed({ log: plans })]), nothing);
  assert.equal(tray.shown.length, 2);
  await showNotice(tray, news([placed({ log: null, count: 3 })]), nothing);
  assert.deepEqual(tray.words, ['Something new: In 3 conversations.']);
  const many = ['33', '44', '55', '66', '77', '88'].map((pair) =>
    placed({ site: siteId(pair.repeat(16)), log: null, count: 2 }),
  );
  await showNotice(tray, news(many), nothing);
  assert.equal(tray.words.at(-1), 'And more: News in 4 other conversations.');
  assert.equal(tray.shown.length, 6);
});

test('[I21, I10] what was read elsewhere goes away, up to where it was read; something is shown for each push', async () => {
  const tray = new MemoryTray();
  await showNotice(tray, news([placed({ upTo: 7 }), placed({ log: plans, upTo: 3 })]), nothing);
  await showNotice(tray, news([placed({ upTo: 6 })], 'read'), nothing);
  assert.equal(tray.shown.length, 2, 'there is something behind it');
  await showNotice(tray, news([placed({ upTo: 7 })], 'read'), nothing);
  assert.deepEqual(
    tray.shown.map(({ tag }) => tag),
    [`${garden}/${plans}`],
  );
  assert.equal(tray.everShown, 2, 'another one is there: nothing has to be shown');
  await showNotice(tray, news([placed({ log: null, upTo: 99 })], 'read'), nothing);
  assert.deepEqual([tray.shown.length, tray.everShown], [0, 3]);
  await showNotice(tray, news([placed({ upTo: 8 })]), nothing);
  await closeRead(tray, [{ site: garden, log: chat, upTo: 8 }]);
  assert.equal(tray.shown.length, 0);
});

test('[I21] what is read while its words are looked for is not shown, and what is newer is', async () => {
  const tray = new MemoryTray();
  const { promise, resolve } = Promise.withResolvers<KnownPlace>();
  const slow = { ...nothing, open: () => promise };
  const both = [placed({ upTo: 7 }), placed({ upTo: 9, log: plans })];
  const showing = showNotice(tray, news(both), slow);
  await Promise.resolve();
  await showNotice(tray, news([placed({ upTo: 7 }), placed({ upTo: 8, log: plans })], 'read'), nothing);
  resolve({ ...known, lines });
  await showing;
  assert.equal(tray.shown.length, 1);
  assert.equal(shownOf(tray.shown[0])?.log, plans);
});

test('[I21] what somebody looks at is not shown, and a test is', async () => {
  const tray = new MemoryTray();
  const ask = { ...nothing, isLookedAt: async ({ log }: NoticePlace) => log === chat };
  await showNotice(tray, news([placed(), placed({ log: plans })]), ask);
  assert.deepEqual(
    tray.shown.map(({ tag }) => tag),
    [`${garden}/${plans}`],
  );
  tray.shown.length = 0;
  await showNotice(tray, news([placed()]), ask);
  assert.deepEqual([tray.shown.length, tray.everShown], [0, 2]);
  await showNotice(tray, { ...news([], 'test'), tag: 'test' }, nothing);
  assert.match(tray.words[0] ?? '', /^Notifications work/u);
});

test('[I21] what comes back with a notification is looked at before it is believed', () => {
  assert.equal(shownOf(undefined), null);
  for (const data of [null, 'x', {}, { site: garden, log: 3, upTo: 1, from: 1, hash: '#/' }])
    assert.equal(shownOf({ data }), null);
  const data = { site: garden, log: null, upTo: 1, from: 1, hash: 'https://evil.example' };
  assert.equal(shownOf({ data }), null, 'a click leads into the app and nowhere else');
});

test('[I27] what is not wanted is not shown, and a click on a post leads to it', async () => {
  const tray = new MemoryTray();
  const street = siteId('0'.repeat(16) + 'aa'.repeat(8));
  const [one, other] = [placed({ site: street }), placed({ site: street, log: plans })];
  const said = { ...known, site: 'the neighbourhood', log: null, lines, hash: '#/post/1' };
  await showNotice(tray, news([one]), { ...opened(said), silent: new Set([one]) });
  assert.deepEqual([tray.words, tray.everShown], [[], 1], 'something is shown, and taken away at once');
  await showNotice(tray, news([one, other]), { ...opened(said), silent: new Set([one]) });
  assert.deepEqual(tray.words, ['The neighbourhood: Ben: Come']);
  assert.equal(shownOf({ data: tray.shown[0]?.data })?.hash, '#/post/1');
  await showNotice(tray, news([other]), nothing);
  await showNotice(tray, news([one]), nothing);
  assert.equal(shownOf({ data: tray.shown.at(-1)?.data })?.hash, '#/inbox', 'without a post to all of them');
});
