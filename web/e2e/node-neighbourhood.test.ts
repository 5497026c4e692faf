/** The neighbourhood on a real node: two people in two browsers, two devices of one of them, and a visitor. */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { chromium, type Browser, type Page } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { startNode, type NodeProcess } from './node.ts';

const found = ensureChromium();
const skip = 'reason' in found ? found.reason : false;
const data = await mkdtemp(join(tmpdir(), 'copse-street-web-'));
const browser: Browser | null =
  'path' in found ? await chromium.launch({ executablePath: found.path, args: CHROMIUM_ARGS }) : null;
let node: NodeProcess | null = null;
const complaints: string[] = [];

after(async () => {
  await browser?.close();
  await node?.kill();
  await rm(data, { recursive: true, force: true });
});

async function arrive(name: string): Promise<Page> {
  assert.ok(browser !== null);
  const context = await browser.newContext({ viewport: { width: 1280, height: 820 } });
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(`${name}: ${error.message}`));
  return page;
}

/** Answers her words. */
async function signUp(page: Page, address: string, name: string): Promise<readonly string[]> {
  await page.goto(address);
  await page.getByLabel('Your name').fill(name);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Your 24 words' }).waitFor();
  const words = await page.locator('.word-grid li').allTextContents();
  await page.getByRole('button', { name: 'Later' }).click();
  await page.getByRole('link', { name: 'Neighbourhood' }).click();
  await page.getByRole('button', { name: `Appear as ${name}` }).click();
  return words;
}

async function post(page: Page, text: string): Promise<void> {
  await page.getByLabel('What is new?').fill(text);
  await page.keyboard.press('Control+Enter');
  await card(page, text).waitFor();
}

/** A picture and a short film, made by the browser. */
async function pictureAndFilm(
  page: Page,
): Promise<readonly { name: string; mimeType: string; buffer: Buffer }[]> {
  const [png, webm] = await page.evaluate(async () => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [320, 180];
    const brush = canvas.getContext('2d');
    const recorder = new MediaRecorder(canvas.captureStream(30), { mimeType: 'video/webm' });
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => void parts.push(data);
    const stopped = new Promise((resolve) => (recorder.onstop = resolve));
    recorder.start();
    for (let frame = 0; frame < 20; frame++) {
      brush?.fillRect(frame * 16, 0, 8, 180);
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    recorder.stop();
    await stopped;
    const picture = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
    const bytesOf = async (blob: Blob | null): Promise<number[]> => [
      ...new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0)),
    ];
    return Promise.all([bytesOf(picture), bytesOf(new Blob(parts))]);
  });
  return [
    { name: 'pump.png', mimeType: 'image/png', buffer: Buffer.from(png) },
    { name: 'pump.webm', mimeType: 'video/webm', buffer: Buffer.from(webm) },
  ];
}

/** Without an account she writes to Ada, and finds what she has left when it was accepted. */
async function knocks(
  visitor: Page,
  ada: Page,
  { url, person }: { readonly url: string; readonly person: string },
): Promise<void> {
  await visitor.goto(`${url}/u/${person}`);
  await visitor.getByRole('link', { name: 'Write to Ada' }).click();
  await visitor.getByLabel('Your message to Ada').fill('We met at the market. I am Sam.');
  const working = visitor.waitForEvent('worker');
  await visitor.getByRole('button', { name: 'Send' }).click();
  assert.match((await working).url(), /\/work-[0-9a-z]+\.js$/u);
  await visitor.getByText('Your message waits for Ada').waitFor();
  await ada.goto(`${url}/#/requests`);
  await ada.getByText('We met at the market.').waitFor();
  await ada.getByRole('button', { name: /^Accept/u }).click();
  await ada.getByText('Nobody waits.').waitFor();
  await visitor.reload();
  await visitor.getByText('Your last message was accepted').waitFor();
  // The key is the same, so that the next one takes no work and stands there at once.
  await visitor.getByLabel('Your message to Ada').fill('Thank you!');
  await visitor.getByRole('button', { name: 'Send' }).click();
  await visitor.getByText('Ada has your message').waitFor();
  await ada.goto(`${url}/#/feed`);
}

const card = (page: Page, text: string) => page.locator('article', { hasText: text });

test(
  '[U38, U40, U41, U45, U52, U53] neighbours post, follow, answer and read; a visitor reads without an account',
  { skip },
  async () => {
    node = await startNode(data, 0, ['--signup', 'open']);
    assert.ok(node.setupLink !== null);
    const [ada, ben] = [await arrive('ada'), await arrive('ben')];
    const words = await signUp(ada, node.setupLink, 'Ada');
    await post(ada, 'The pump is broken #water');
    await card(ada, 'The pump is broken').locator('.post-name').click();
    const person = ada.url().split('/').at(-1) ?? '';
    assert.match(person, /^[0-9a-f]{64}$/);

    await signUp(ben, `${node.url}/#/signup`, 'Ben');
    await ben.goto(`${node.url}/#/person/${person}`);
    await ben.getByRole('button', { name: 'Follow Ada' }).click();
    await ben.getByRole('button', { name: 'Following Ada: leave' }).waitFor();
    await ben.goto(`${node.url}/#/feed`);
    await card(ben, 'The pump is broken').locator('.post-time').click();
    await ben.getByLabel('Your answer').pressSequentially('I have a spare one, @Ad');
    await ben.getByRole('option').first().waitFor();
    await ben.keyboard.press('Enter');
    await ben.keyboard.press('Control+Enter');
    await ben.getByRole('heading', { name: '1 answer' }).waitFor();

    const side = ada.getByRole('navigation', { name: 'Sites and rooms' });
    await side.getByText('1 unread').waitFor();
    // Another device of hers knows it, too, and what was read on one is read on the other.
    const phone = await arrive('phone');
    await phone.goto(`${node.url}/#/signin`);
    await phone.getByLabel('Your words').fill(words.join(' '));
    await phone.getByRole('button', { name: 'Sign in' }).click();
    const phoneSide = phone.getByRole('navigation', { name: 'Sites and rooms' });
    await phoneSide.getByText('1 unread').waitFor();
    await phoneSide.getByRole('link', { name: /Concerns you/u }).click();
    await phone.getByRole('button', { name: 'Mark all as read' }).click();
    await phoneSide.getByText('unread').waitFor({ state: 'detached' });
    await side.getByText('unread').waitFor({ state: 'detached' });

    await ben.goto(`${node.url}/#/search/pump`);
    await ben.locator('mark', { hasText: 'pump' }).first().waitFor();

    await ada.goto(`${node.url}/#/feed`);
    // What she begins on one device is on the other when she puts the page away, and leaves it with the post.
    await phone.goto(`${node.url}/#/feed`);
    const holds = (text: string) =>
      phone.waitForFunction((wanted) => document.querySelector('textarea')?.value === wanted, text);
    await ada.getByLabel('What is new?').fill('Mended!');
    await ada.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })));
    await holds('Mended!');
    await post(ada, 'Mended!');
    await holds('');
    const visitor = await arrive('visitor');
    const answer = await visitor.goto(`${node.url}/u/${person}`);
    assert.equal(answer?.status(), 200);
    const policy = answer?.headers()['content-security-policy'] ?? '';
    assert.match(policy, /^default-src 'none'; style-src 'sha256-/);
    await visitor.getByRole('heading', { name: 'Ada', exact: true }).waitFor();
    await visitor.getByText('Mended!').waitFor();
    await visitor.locator('article', { hasText: 'The pump is broken' }).locator('.when').click();
    await visitor.getByText('I have a spare one').waitFor();
    await knocks(visitor, ada, { url: node.url, person });
    assert.deepEqual(complaints, []);
  },
);

test(
  '[U48, U50, U51, N4] pictures and film go to the node and are shown by it; a report reaches its admin',
  { skip },
  async () => {
    const [ada, ben] = browser?.contexts().map((context) => context.pages()[0]) ?? [];
    assert.ok(ada !== undefined && ben !== undefined && node !== null);
    await ada.getByLabel('Files for this post').setInputFiles([...(await pictureAndFilm(ada))]);
    await ada.getByText('All files are at the node.').waitFor();
    await ada.getByLabel('What it shows').first().fill('The pump, mended');
    await post(ada, 'Here it is');
    await ben.goto(`${node.url}/#/feed`);
    await ben.getByRole('button', { name: /new post/ }).click();
    const there = card(ben, 'Here it is');
    const picture = there.getByRole('img', { name: 'The pump, mended' });
    await picture.waitFor();
    await picture.evaluate((image: HTMLImageElement) => image.decode());
    const film = there.locator('video');
    // The small picture of a film is what its browser has made of it.
    assert.match((await film.getAttribute('poster')) ?? '', /\/files\/[0-9a-f]{64}$/);
    const width = await film.evaluate(async (video: HTMLVideoElement) => {
      video.muted = true;
      await video.play();
      return video.videoWidth;
    });
    assert.equal(width, 320);
    const id = (await there.locator('.post-time').getAttribute('href'))?.slice('#/post/'.length) ?? '';
    assert.match(id, /^[0-9a-f]{64}$/);
    await there.getByRole('button', { name: 'More to do with this post' }).click();
    await there.getByRole('button', { name: 'Report' }).click();
    const dialog = ben.getByRole('dialog', { name: 'Report this post?' });
    await dialog.getByLabel('What is wrong').selectOption('Something else');
    await dialog.getByRole('button', { name: 'Report', exact: true }).click();
    await ben.goto(`${node.url}/#/requests`);
    await ben.getByText('Nobody waits.').waitFor();
    await ada.goto(`${node.url}/#/storage`);
    await ada.getByText('4 files').waitFor();
    await ada.goto(`${node.url}/#/reports`);
    await ada.getByText('reported by 1 person').waitFor();
    await ada.getByRole('img', { name: 'The pump, mended' }).waitFor();
    await ada.getByRole('button', { name: /^Take the post away/ }).click();
    await ada.getByRole('button', { name: 'Take it away' }).click();
    await ada.getByText('post taken away').waitFor();
    assert.equal((await fetch(`${node.url}/p/${id}`)).status, 404);
    assert.deepEqual(complaints, []);
  },
);
