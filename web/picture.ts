/**
 * Takes the picture of the README: `bun --conditions=copse-source web/picture.ts [FILE]`. A real node, six people
 * on the SDK who talk about a garden, and the app of one of them in Chromium; only their clocks are set back,
 * so that the conversation looks like a morning and not like a second.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCopse, type Copse } from 'copse';
import { realEnv } from 'copse/internal/base/env.ts';
import { MemoryKeep } from 'copse/internal/client/keep.ts';
import { phraseOf } from 'copse/phrase';
import { chromium, type Page } from 'playwright-core';
import { startNode } from './e2e/node.ts';
import { siteScripts } from './src/fake/script.ts';

const TITLE = 'Oak Lane Garden';
/** What the picture shows: a good screen of the last words. */
const LINES = 13;
const SIZE = { width: 1180, height: 760 } as const;
/** A README is some 900 pixels wide: this is sharp on a screen of twice the density, and half the bytes of 2. */
const DENSITY = 1.5;

interface Guest {
  readonly copse: Copse;
  /** Sets the guest's clock back by minutes; 0 is now. */
  readonly setBack: (minutes: number) => void;
}

async function guest(address: string, name: string): Promise<Guest> {
  let backMs = 0;
  const real = realEnv();
  const env = { ...real, wallMs: () => real.wallMs() - backMs };
  const copse = await openCopse(address, { name, env, keep: new MemoryKeep() });
  return { copse, setBack: (minutes) => (backMs = minutes * 60_000) };
}

/** Everybody of the script joins and says her lines, in their order. */
async function talk(setupLink: string): Promise<readonly Guest[]> {
  const script = siteScripts.find(({ title }) => title === TITLE);
  const lines = script?.logs[0]?.lines ?? [];
  const host = await guest(setupLink, lines.find(({ who }) => who.name.startsWith('Ada'))?.who.name ?? 'Ada');
  const site = await host.copse.found({ title: TITLE, logs: ['chat', 'harvest', 'tools'] });
  await host.copse.found({ title: 'Thursday Choir', logs: ['rehearsals'] });
  await host.copse.found({ title: 'House 14', logs: ['kitchen'] });
  const guests = new Map<string, Guest>([[host.copse.profile.get().name, host]]);
  for (const { who, agoMinutes, value } of lines.slice(-LINES)) {
    const known = guests.get(who.name);
    const speaker = known ?? (await guest(await site.invite(), who.name));
    if (known === undefined) await speaker.copse.join(await site.invite());
    guests.set(who.name, speaker);
    speaker.setBack(agoMinutes);
    await speaker.copse.sites.get()[0]?.log('chat').append(value);
    speaker.setBack(0);
  }
  return [...guests.values()];
}

/** The host signs in with her words and looks at the conversation; the others are there. */
async function look(page: Page, url: string, guests: readonly Guest[]): Promise<void> {
  const [host, ...others] = guests;
  const secret = await host?.copse.secret();
  if (secret === undefined) throw new Error('nobody is here');
  await page.goto(`${url}/#/signin`);
  await page.getByLabel('Your words').fill(phraseOf(secret));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('link', { name: TITLE }).first().click();
  await page.getByText('I put the kettle on').first().waitFor();
  await page.mouse.move(SIZE.width / 2, SIZE.height / 2);
  await host?.copse.close();
  const logs = others.slice(0, 3).map(({ copse }) => copse.sites.get()[0]?.log('chat'));
  for (const log of logs) {
    log?.view({ last: 1 }).subscribe(() => {});
    log?.appear({});
  }
  await page.waitForTimeout(1_000);
  logs[1]?.say({ typing: true });
  await page.getByText('is typing').waitFor();
}

async function main(file: string): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'copse-picture-'));
  const node = await startNode(data);
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  try {
    const guests = await talk(node.setupLink ?? '');
    const page = await browser.newPage({ viewport: SIZE, deviceScaleFactor: DENSITY, colorScheme: 'light' });
    await look(page, node.url, guests);
    await page.screenshot({ path: file });
    for (const { copse } of guests) await copse.close();
  } finally {
    await browser.close();
    await node.kill();
    await rm(data, { recursive: true, force: true });
  }
}

await main(process.argv[2] ?? join(import.meta.dirname, '..', 'docs', 'picture.png'));
