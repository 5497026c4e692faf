/** A direct connection over a wire between two networks, which is cut and mended while entries are handed in. */

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { join } from 'node:path';
import { must } from 'copse/internal/base/assert.ts';
import { directSilenceMs } from 'copse/internal/base/limits-direct.ts';
import { scratch } from './support/garden.ts';
import { handedBy, numbered, programOn, warm } from './support/led-party.ts';
import { makeNetworks, networksMissing, NODE_ADDRESS } from './support/networks.ts';
import { run, startNode } from './support/node.ts';

const root = join(import.meta.dirname, '../..');
const skip = networksMissing() ?? false;
/** For two cores that do other things as well. */
const SLACK_MS = 3_000;

before(() => run([process.execPath, '--conditions=copse-source', 'scripts/build.ts', 'core'], { cwd: root }));

test(
  '[V12, V10] a wire between two networks is cut: the node carries on, and the wire does when it is mended',
  { skip, timeout: 120_000 },
  async () => {
    using networks = makeNetworks();
    await using folder = await scratch();
    // Its public address stands for a proxy with a certificate; here it is reached as the proxy would reach it.
    const flags = ['--host', NODE_ADDRESS, '--url', 'https://node.example', '--metrics', 'all'];
    await using child = await startNode(join(folder.path, 'data'), flags);
    const node = { url: `http://${NODE_ADDRESS}:${child.port}` };
    const at = { folder: folder.path };
    const setup = child.setup.replace('https://node.example', node.url);
    const inFirst = { ...at, before: networks.inFirst, address: setup };
    await using ada = await programOn('bun', 'ada', inFirst);
    const inSecond = { ...at, before: networks.inSecond, address: must(ada.links[0], 'a link') };
    await using ben = await programOn('bun', 'ben', inSecond);
    let count = await warm(node, ben);
    const direct = await handedBy(node);
    await ben.write(count, 100);
    count += 100;
    assert.equal(await handedBy(node), direct, 'the wire carries all of them');
    networks.cut();
    const cutMs = performance.now();
    await ben.write(count, 50);
    count += 50;
    const tookMs = performance.now() - cutMs;
    assert.ok(tookMs < directSilenceMs + SLACK_MS, `the node carried after ${Math.round(tookMs)} ms`);
    assert.equal((await handedBy(node)) - direct, 50);
    await ben.write(count, 1);
    count++;
    networks.mend();
    // `warm` counts from 0 again: these are entries of another name for who reads them.
    const again = await warm(node, ben);
    const expected = [...numbered('ben', count), ...numbered('ben', again)];
    assert.deepEqual(await ada.read(expected.length), expected);
    assert.deepEqual(await ben.read(expected.length), expected);
  },
);
