/**
 * Led logs over WebRTC, in real runtimes: two pages, processes of Node and Bun, and all of them together; and what
 * happens when the direct connection is cut or cannot be made.
 */

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { join } from 'node:path';
import { must } from 'copse/internal/base/assert.ts';
import { chromium, type Browser } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { scratch } from './support/garden.ts';
import { handedBy, numbered, of, pageIn, programOn, warm } from './support/led-party.ts';
import { run, startNode } from './support/node.ts';

const root = join(import.meta.dirname, '../..');
const found = ensureChromium();
const skip = 'reason' in found ? found.reason : false;

before(() => run([process.execPath, '--conditions=copse-source', 'scripts/build.ts', 'core'], { cwd: root }));

async function browserHere(): Promise<Browser & AsyncDisposable> {
  assert.ok('path' in found);
  const browser = await chromium.launch({ executablePath: found.path, args: [...CHROMIUM_ARGS] });
  return Object.assign(browser, { [Symbol.asyncDispose]: () => browser.close() });
}

test(
  '[V11, V12] two pages: entries go straight to the leader, and through the node when that is cut or forbidden',
  { skip, timeout: 120_000 },
  async () => {
    await using folder = await scratch();
    await using node = await startNode(join(folder.path, 'data'));
    await using browser = await browserHere();
    await using ada = await pageIn(browser, 'ada', node.setup);
    await using ben = await pageIn(browser, 'ben', must(ada.links[0], 'a link'));
    let count = await warm(node, ben);
    const direct = await handedBy(node);
    await ben.write(count, 200);
    count += 200;
    assert.equal(await handedBy(node), direct, 'the node carries none of them');
    // In the middle of it the connection is cut, and no other can be made.
    const writing = ben.write(count, 200);
    await ben.page.evaluate(() => {
      const forbidden = (): never => {
        throw new Error('forbidden');
      };
      Reflect.set(globalThis, 'RTCPeerConnection', forbidden);
      for (const connection of window.party.connections) connection.close();
    });
    await writing;
    count += 200;
    await ben.write(count, 20);
    count += 20;
    assert.ok((await handedBy(node)) >= direct + 20, 'the node carries again');
    const expected = numbered('ben', count);
    assert.deepEqual(await ben.read(count), expected);
    assert.deepEqual(await ada.read(count), expected);
  },
);

test('[V11, S8] Node leads, Bun and a page hand in, all directly', { skip, timeout: 120_000 }, async () => {
  await using folder = await scratch();
  await using node = await startNode(join(folder.path, 'data'));
  await using browser = await browserHere();
  await using ada = await programOn('node', 'ada', { folder: folder.path, address: node.setup });
  await using ben = await programOn('bun', 'ben', {
    folder: folder.path,
    address: must(ada.links[0], 'a link'),
  });
  await using cleo = await pageIn(browser, 'cleo', must(ada.links[1], 'a link'));
  const bens = await warm(node, ben);
  const cleos = await warm(node, cleo);
  const direct = await handedBy(node);
  await Promise.all([ben.write(bens, 100), cleo.write(cleos, 100), ada.write(0, 100)]);
  assert.equal(await handedBy(node), direct, 'the node carries none of them');
  const all = await ada.read(bens + cleos + 300);
  assert.deepEqual(of('ben', all), numbered('ben', bens + 100));
  assert.deepEqual(of('cleo', all), numbered('cleo', cleos + 100));
  assert.deepEqual(of('ada', all), numbered('ada', 100));
  assert.deepEqual(await cleo.read(all.length), all);
});

test('[V11] a page leads, Node and Bun hand in, all directly', { skip, timeout: 120_000 }, async () => {
  await using folder = await scratch();
  await using node = await startNode(join(folder.path, 'data'));
  await using browser = await browserHere();
  await using ada = await pageIn(browser, 'ada', node.setup);
  const at = { folder: folder.path };
  await using ben = await programOn('node', 'ben', { ...at, address: must(ada.links[0], 'a link') });
  await using cleo = await programOn('bun', 'cleo', { ...at, address: must(ada.links[1], 'a link') });
  const bens = await warm(node, ben);
  const cleos = await warm(node, cleo);
  const direct = await handedBy(node);
  await Promise.all([ben.write(bens, 100), cleo.write(cleos, 100)]);
  assert.equal(await handedBy(node), direct, 'the node carries none of them');
  const all = await ada.read(bens + cleos + 200);
  assert.deepEqual(of('ben', all), numbered('ben', bens + 100));
  assert.deepEqual(of('cleo', all), numbered('cleo', cleos + 100));
});

test('[V14] where the operator has turned direct connections off, the node carries everything', async () => {
  await using folder = await scratch();
  await using node = await startNode(join(folder.path, 'data'), ['--direct', 'off']);
  const at = { folder: folder.path };
  await using ada = await programOn('bun', 'ada', { ...at, address: node.setup });
  await using ben = await programOn('bun', 'ben', { ...at, address: must(ada.links[0], 'a link') });
  for (let i = 0; i < 5; i++) await ben.write(10 * i, 10);
  assert.equal(await handedBy(node), 50);
  assert.deepEqual(await ada.read(50), numbered('ben', 50));
});
