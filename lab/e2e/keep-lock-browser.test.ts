/**
 * Locking the keys in Chromium (SPEC D8): under a passphrase, and under a passkey of a virtual authenticator that
 * has the PRF extension.
 */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { lockTriesMax } from 'copse/internal/base/limits.ts';
import { must } from 'copse/internal/base/assert.ts';
import { chromium, type Browser, type Page } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import type * as LockModule from './support/lock-in-page.ts';

const found = ensureChromium();
const skip = 'reason' in found ? found.reason : false;
const SLOW = { skip, timeout: 60_000 };
let launched: Browser | null = null;
let server: ReturnType<typeof Bun.serve> | null = null;

before(async () => {
  if (!('path' in found)) return;
  const built = await Bun.build({
    entrypoints: [join(import.meta.dirname, 'support/lock-in-page.ts')],
    target: 'browser',
    conditions: ['copse-source', 'browser'],
  });
  const code = await must(built.outputs[0], 'the page was built').text();
  server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: ({ url }) => {
      const isCode = url.endsWith('.js');
      const type = isCode ? 'text/javascript' : 'text/html';
      return new Response(isCode ? code : '<!doctype html>', { headers: { 'content-type': type } });
    },
  });
  launched = await chromium.launch({ executablePath: found.path, args: [...CHROMIUM_ARGS] });
});

after(async () => {
  await launched?.close();
  await server?.stop(true);
});

/** Passkeys belong to a name, not to a number: the page is at `localhost`. */
async function open(): Promise<Page> {
  const page = await (await must(launched, 'there is a browser').newContext()).newPage();
  await page.goto(`http://localhost:${must(server, 'there is a server').port}/`);
  return page;
}

async function authenticator(page: Page, hasPrf: boolean): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      hasPrf,
    },
  });
}

type Lock = typeof LockModule;

test(
  '[D8] a keep in IndexedDB opens with its passphrase alone, and a wrong one loses nothing',
  SLOW,
  async () => {
    const page = await open();
    const seen = await page.evaluate(async () => {
      const path = '/lock.js';
      const lock: Lock = await import(path);
      return lock.byPassphrase();
    });
    deepEqual(seen, {
      withoutLock: 'x',
      whileOpen: 'x',
      without: 'sealed',
      wrong: 'sealed',
      tries: lockTriesMax,
      second: 'x later',
      right: 'x later',
      keyStored: false,
      unlocked: 'x later',
      afterClear: null,
    });
    await page.context().close();
  },
);

test('[D8] a passkey with PRF locks and opens the keys', SLOW, async () => {
  const page = await open();
  await authenticator(page, true);
  const seen = await page.evaluate(async () => {
    const path = '/lock.js';
    const lock: Lock = await import(path);
    return lock.byPasskey();
  });
  deepEqual(seen, {
    made: true,
    without: 'sealed',
    opened: 'x',
    ways: ['passkey', 'passphrase'],
    spare: 'x',
  });
  await page.context().close();
});

test('[D8] an authenticator without PRF is told from one that has it', SLOW, async () => {
  const page = await open();
  await authenticator(page, false);
  const made = await page.evaluate(async () => {
    const path = '/lock.js';
    const lock: Lock = await import(path);
    return lock.makes();
  });
  equal(made, false);
  ok(await page.evaluate(() => 'PublicKeyCredential' in globalThis));
  await page.context().close();
});
