/** The worker of the app in a real Chromium, with messages that the devtools protocol hands it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logId, siteId } from 'copse/internal/base/ids.ts';
import { fromUtf8 } from 'copse/internal/base/bytes.ts';
import { encodeNotice, type Notice } from 'copse/internal/social/notice.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { bundle } from '../build/bundle.ts';
import { serve } from '../build/serve.ts';
import { pushTo, shownIn } from './push.ts';

const browser = ensureChromium();
const skip = 'reason' in browser && browser.reason;
const site = siteId('11'.repeat(16));
const log = logId('aa'.repeat(16));
const notice = (changes: Partial<Notice> = {}): Notice => ({
  kind: 'news',
  badge: 1,
  places: [{ site, log, upTo: 7, count: 1, isMention: false }],
  navigate: 'https://node.example/',
  tag: 'news',
  ...changes,
});

async function withWorker(act: (context: BrowserContext, page: Page) => Promise<void>): Promise<void> {
  const assets = await bundle({ entry: 'src/main.tsx', minify: true });
  const served = serve(async () => assets);
  const profile = mkdtempSync(join(tmpdir(), 'copse-push-'));
  // Incognito contexts refuse notifications.
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: 'path' in browser ? browser.path : '',
    args: [...CHROMIUM_ARGS],
    permissions: ['notifications'],
  });
  try {
    const page = await context.newPage();
    await page.goto(served.url);
    await page.getByRole('heading').first().waitFor();
    // The app asks for the worker with the first account; a page beside it may.
    await page.goto(`${served.url}/nothing`);
    await page.evaluate(async () => {
      const factory = Reflect.get(globalThis, 'trustedTypes');
      const policy = factory.createPolicy('solid', { createScriptURL: (url: string) => url });
      await navigator.serviceWorker.register(policy.createScriptURL('/service-worker.js'));
      await navigator.serviceWorker.ready;
    });
    await act(context, page);
  } finally {
    await context.close();
    await served.stop();
    rmSync(profile, { recursive: true, force: true });
  }
}

test(
  '[I21] a push without an account, or one that nobody understands, shows generic words, and a read takes them away',
  { skip, timeout: 90_000 },
  async () => {
    await withWorker(async (_context, page) => {
      const push = await pushTo(page);
      await push(fromUtf8(encodeNotice(notice())) ?? '');
      assert.deepEqual(await shownIn(page, 1), ['Something new: In one conversation.']);
      await push(fromUtf8(encodeNotice(notice({ kind: 'read', badge: 0 }))) ?? '');
      assert.deepEqual(await shownIn(page, 0), []);
      await push('{"hello":1}');
      assert.deepEqual(await shownIn(page, 1), ['Something new: Open copse to see it.']);
      await push(fromUtf8(encodeNotice(notice({ kind: 'test', places: [], tag: 'test' }))) ?? '');
      assert.equal((await shownIn(page, 2)).length, 2);
    });
  },
);
