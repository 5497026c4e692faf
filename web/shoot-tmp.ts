import { Visits, happen, type Look } from '/tmp/h/app/main/web/e2e/visit.ts';
import { CHROMIUM_ARGS, ensureChromium } from '/tmp/h/app/main/scripts/chromium.mjs';
const c = ensureChromium();
if (!('path' in c)) throw new Error('no chromium');
const visits = await Visits.begin(c.path, CHROMIUM_ARGS);
const looks: Record<string, Look> = {
  light: { scheme: 'light', width: 1280 },
  dark: { scheme: 'dark', width: 1280 },
  phone: { scheme: 'light', width: 390 },
  phoneDark: { scheme: 'dark', width: 390 },
};
const names = process.argv.slice(2);
const me = 'c7a2ea20b2f14c94'.repeat(4),
  noor = '1818e811892f902b'.repeat(4);
const id = (n: number) => n.toString(16).padStart(16, '0').padEnd(64, '0');
const rooms: Record<string, [string, ((page: any) => Promise<void>)?]> = {
  feed: ['?as=member#/feed'],
  empty: ['?as=fresh#/feed'],
  stranger: ['?as=member&street=stranger#/feed'],
  full: [`?as=member&street=full#/person/${me}`],
  thread: [`?as=member#/post/${id(1)}`],
  threadmid: [`?as=member#/post/${id(3)}`],
  gone: [`?as=member#/post/${id(999)}`],
  inbox: ['?as=member#/inbox'],
  person: [`?as=member#/person/${noor}`],
  me: [`?as=member#/person/${me}`],
  people: ['?as=member#/neighbours'],
  search: ['?as=member#/search/water%20gate'],
  nothing: ['?as=member#/search/zebra'],
  offline: [
    '?as=member#/feed',
    async (p) => {
      await p.waitForTimeout(300);
      await happen(p, 'status', 'offline');
      await p.locator('#composer').fill('Later');
      await p.keyboard.press('Control+Enter');
    },
  ],
  news: [
    '?as=member#/feed',
    async (p) => {
      await p.waitForTimeout(300);
      await happen(p, 'postAs', 'Ben', 'Fresh bread at the gate');
      await happen(p, 'postAs', 'Noor', 'And honey');
    },
  ],
  menu: [
    '?as=member#/feed',
    async (p) => {
      await p.locator('.post-actions').nth(4).getByLabel('More to do with this post').click();
    },
  ],
  pictures: [
    '?as=member#/feed',
    async (p) => {
      await p.getByLabel('Answer with a picture').first().click();
    },
  ],
  takeback: [
    '?as=member#/feed',
    async (p) => {
      const own = p.locator('article', { hasText: 'Plums from' });
      await own.getByLabel('More to do with this post').click();
      await p.getByRole('button', { name: 'Take back' }).click();
    },
  ],
  share: [
    '?as=member#/feed',
    async (p) => {
      await p
        .getByRole('button', { name: /^Share/ })
        .first()
        .click();
    },
  ],
  mention: [
    '?as=member#/feed',
    async (p) => {
      await p.locator('#composer').pressSequentially('Thanks @');
    },
  ],
  home: [
    '?as=member',
    async (p) => {
      await p.waitForTimeout(2000);
    },
  ],
};
for (const name of names.length ? names.filter((n) => rooms[n]) : Object.keys(rooms)) {
  const room = rooms[name]!;
  for (const [look, what] of Object.entries(looks)) {
    if (process.env.LOOKS && !process.env.LOOKS.split(',').includes(look)) continue;
    const { page, complaints } = await visits.open(room[0], what);
    await page.waitForTimeout(500);
    try {
      await room[1]?.(page);
    } catch (e) {
      console.log(name, look, String(e).slice(0, 300));
    }
    await page.waitForTimeout(300);
    await page.screenshot({ path: `/tmp/h/shots/${name}-${look}.png` });
    if (complaints.length) console.log(name, look, complaints);
    await page.context().close();
  }
}
await visits[Symbol.asyncDispose]();
process.exit(0);
