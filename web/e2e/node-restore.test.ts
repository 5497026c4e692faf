/** After the restore of an old backup, in the product: a real node that is set back, and the built app (SPEC U35, M17). */

import assert from 'node:assert/strict';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openCopse } from 'copse';
import { MemoryKeep } from 'copse/internal/client/keep.ts';
import { chromium, type Browser } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { startNode, type NodeProcess } from './node.ts';

const found = ensureChromium();
const skip = 'reason' in found ? found.reason : false;
const scratch = await mkdtemp(join(tmpdir(), 'copse-web-restore-'));
const browser: Browser | null =
  'path' in found ? await chromium.launch({ executablePath: found.path, args: CHROMIUM_ARGS }) : null;
let node: NodeProcess | null = null;

after(async () => {
  await browser?.close();
  await node?.kill();
  await rm(scratch, { recursive: true, force: true });
});

/** Kills the node, does something with its directory, and starts it again where it was. */
async function again(data: string, change: () => Promise<void>): Promise<void> {
  assert.ok(node !== null);
  const port = Number(new URL(node.url).port);
  await node.kill();
  await change();
  node = await startNode(data, port);
}

test(
  '[U35, M17] a node that was set back is an alarm in every room, until a person has asked and goes on',
  { skip, timeout: 90_000 },
  async () => {
    assert.ok(browser !== null);
    const data = join(scratch, 'data');
    const backup = join(scratch, 'backup');
    node = await startNode(data);
    const { url } = node;
    const page = await (await browser.newContext()).newPage();
    await page.goto(node.setupLink ?? '');
    await page.getByLabel('Your name').fill('Ada');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Later' }).click();
    // Somebody else fills the log of the node.
    const claim = async (...all: readonly string[]): Promise<void> => {
      await using bea = await openCopse(url, { name: 'Bea', keep: new MemoryKeep() });
      const names = await bea.names();
      for (const name of all) assert.equal((await names.claim('people', name)).kind, 'ok');
    };
    await claim('bea');
    await again(data, () => cp(data, backup, { recursive: true }));
    await claim('bea.two', 'bea.three');
    await page.goto(`${url}/#/audit`);
    await page.reload();
    await page.getByText('up to entry 3').waitFor();

    await again(data, async () => {
      await rm(data, { recursive: true });
      await cp(backup, data, { recursive: true });
    });
    await page.goto(`${url}/#/devices`);
    await page.reload();
    await page.getByText('Do not rely on what this node says about people').waitFor();
    await page.getByRole('link', { name: 'What to do' }).click();
    await page.getByText('it has 1 leaves after 3').waitFor();
    await page.getByText('Evidence: two checkpoints').waitFor();
    await page.getByText('You run this node').waitFor();
    await page.getByLabel('I have asked who runs this node').check();
    await page.getByRole('button', { name: 'Go on with this node' }).click();
    await page.getByText('up to entry 1').waitFor();
    await page.getByRole('list', { name: 'Alarms on this device' }).getByText('1 leaves after 3').waitFor();
    await page.reload();
    await page.getByText('up to entry 1').waitFor();
    await page.getByRole('heading', { name: 'Alarms that you looked into' }).waitFor();
    assert.equal(await page.getByText('Do not rely on what this node says').count(), 0);
  },
);
