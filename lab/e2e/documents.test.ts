/**
 * Documents on a real node: the built packages in an empty folder, and two people who write in the app in Chromium,
 * through a reload, an outage and a node that is killed.
 */

import assert from 'node:assert/strict';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { chromium, type Browser, type Locator, type Page } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { plantGarden, scratch } from './support/garden.ts';
import { buildWeb, run, startNode } from './support/node.ts';
import { heading } from './support/visitor.ts';

const root = join(import.meta.dirname, '../..');
const found = ensureChromium();
const skip = 'reason' in found ? found.reason : false;
let launched: Browser | null = null;

before(async () => {
  await run([process.execPath, '--conditions=copse-source', 'scripts/build.ts', 'core', 'yjs']);
  if (!('path' in found)) return;
  await buildWeb();
  launched = await chromium.launch({ executablePath: found.path, args: [...CHROMIUM_ARGS] });
});
after(() => launched?.close());

/** A folder with nothing in it but the two packages as they are published, and what they depend on. */
async function emptyProject(folder: string): Promise<string> {
  const modules = join(folder, 'node_modules');
  for (const [part, name] of [
    ['core', 'copse'],
    ['yjs', 'copse-yjs'],
  ] as const) {
    await mkdir(join(modules, name), { recursive: true });
    await cp(join(root, part, 'package.json'), join(modules, name, 'package.json'));
    await cp(join(root, part, 'dist'), join(modules, name, 'dist'), { recursive: true });
  }
  for (const name of ['@noble', '@scure', 'ws', 'yjs', 'y-protocols', 'lib0', 'isomorphic.js']) {
    await symlink(join(root, 'node_modules', name), join(modules, name));
  }
  return folder;
}

for (const [name, runtime] of Object.entries({ node: 'node', bun: process.execPath })) {
  test(`[Y1, Y3, S8] the example of the page about documents works on ${name}, twice`, async () => {
    await using folder = await scratch();
    await using node = await startNode(join(folder.path, 'data'));
    const project = await emptyProject(join(folder.path, 'project'));
    const page = await readFile(join(root, 'docs/yjs.md'), 'utf8');
    const [, code] = /```ts\n(import \{ openCopse \}[\s\S]*?)```/u.exec(page) ?? [];
    const example = must(code, 'the page has an example').replace('http://127.0.0.1:7070', node.url);
    await writeFile(join(project, 'example.mjs'), example);
    const env = { ...process.env, HOME: project, NODE_ENV: 'test' };
    const once = () => run([runtime, 'example.mjs'], { cwd: project, env });
    assert.equal(await once(), 'The plums are ripe. \n');
    assert.equal(await once(), 'The plums are ripe. The plums are ripe. \n', 'the second run has the first');
  });
}

function sheet(page: Page): Locator {
  return page.getByRole('textbox', { name: 'Minutes' });
}

async function saved(page: Page): Promise<void> {
  await page.getByText('Saved', { exact: true }).waitFor();
}

test('[U36, Y1, Y3, Y7] two people write in one document, through everything', { skip }, async () => {
  await using garden = await plantGarden(must(launched, 'the tests run only with a browser'));
  const { ada, ben, node } = garden;
  await ada.page.getByRole('button', { name: 'Write a document' }).first().click();
  await ada.page.getByLabel('Title').fill('Minutes');
  await ada.page.keyboard.press('Enter');
  await heading(ada.page, 'Minutes').waitFor();
  await sheet(ada.page).click();
  await ada.page.keyboard.type('Present: Ada');
  await ben.page.getByRole('link', { name: 'Minutes' }).first().click();
  await ben.page.getByText('Present: Ada').waitFor();
  await sheet(ben.page).click();
  await ben.page.keyboard.press('End');
  await ben.page.keyboard.type(', Ben');
  await ada.page.getByText('Present: Ada, Ben').waitFor();
  await ada.page.locator('.cursor-name', { hasText: 'Ben Okafor' }).waitFor();
  await ben.page.locator('.cursor-name', { hasText: 'Ada Lindgren' }).waitFor();
  await saved(ben.page);

  await node.kill();
  await ben.page.keyboard.type(', Cyd');
  await ben.page.getByText('Kept on this device', { exact: true }).waitFor();
  await node.restart();
  await saved(ben.page);
  await ada.page.getByText('Present: Ada, Ben, Cyd').waitFor();

  await ben.context.setOffline(true);
  await ben.page.keyboard.type(', Dan');
  await ben.page.getByText('Kept on this device', { exact: true }).waitFor();
  await ada.page.keyboard.press('Home');
  await ada.page.keyboard.type('Monday. ');
  // Elsewhere her cursor would stand, with her name, within what is looked for.
  await ada.page.keyboard.press('End');
  await ben.context.setOffline(false);
  await saved(ben.page);
  for (const { page } of [ada, ben]) await page.getByText('Monday. Present: Ada, Ben, Cyd, Dan').waitFor();

  await ada.page.keyboard.press('Home');
  await ada.page.keyboard.type('1. ');
  await saved(ada.page);
  await ada.page.reload();
  await ada.page.getByText('Monday. Present: Ada, Ben, Cyd, Dan').waitFor();
  assert.equal(await sheet(ada.page).locator('ol > li').count(), 1, 'the sign has become a list');

  const tab = await ben.openTab(ben.page.url());
  await tab.getByText('Monday. Present: Ada, Ben, Cyd, Dan').click();
  await tab.keyboard.press('End');
  await tab.keyboard.type(', Eve');
  for (const page of [ada.page, ben.page]) await page.getByText('Cyd, Dan, Eve').waitFor();
  assert.equal(ben.socketsOf(tab), 0, 'it shares the connection of the first');
  for (const { complaints } of [ada, ben]) assert.deepEqual(complaints, []);
});
