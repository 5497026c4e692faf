/** Who looks, and what she has read, from the application to what its node tells notify (SPEC I18). */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { World } from '../../../lab/sim/world.ts';
import { FakeBrowser } from '../../../lab/suites/fake-browser.ts';
import { keyScene, type KeyScene } from '../../../lab/suites/key-scene.ts';
import { play, SimNode, sleep, until } from '../../../lab/suites/sim-node.ts';
import { NotifyDouble } from '../../../server/src/tail/testing/notify-double.ts';
import { lookMs } from '../base/limits-notify.ts';

function scene(
  seed: number,
  act: (scene: KeyScene & { readonly notify: NotifyDouble }) => Promise<void>,
): void {
  keyScene(seed, async (keys) => {
    const notify = new NotifyDouble();
    keys.node.notify = notify.remote;
    await keys.node.restart();
    await act({ ...keys, notify });
  });
}

/** The positions behind what was read, as notify was told. */
function readsOf(notify: NotifyDouble): readonly number[] {
  return notify.frames.flatMap((frame) => frame.reads.map((read) => read.at));
}

test('[I18] an application says that somebody looks, again on each connection, and when nobody does', () => {
  scene(1, async ({ world, node, ada, notify }) => {
    const attention = await ada.attention();
    attention.look(true);
    await until(world, () => notify.muted.has(ada.user), 'she is here', 10_000);
    await sleep(world, 4 * lookMs);
    assert.deepEqual([...notify.muted], [ada.user]);
    node.cut();
    await until(world, () => !notify.muted.has(ada.user), 'the connection has ended', 1_000);
    await until(world, () => notify.muted.has(ada.user), 'there is another one', 10_000);
    attention.look(false);
    await until(world, () => !notify.muted.has(ada.user), 'she has gone', 1_000);
  });
});

test('[I18] of what she reads the newest is told, and what is told need not be told again', () => {
  scene(2, async ({ world, node, ada, garden, notify }) => {
    const chat = garden.log('chat');
    for (let n = 0; n < 5; n++) await chat.append(n);
    const attention = await ada.attention();
    for (const at of [1, 2, 3, 2]) attention.read(chat, at);
    await until(world, () => readsOf(notify).length > 0, 'what she has read', 10_000);
    const stop = chat.view().subscribe(() => {});
    await until(world, () => chat.bounds.get().tail === 6, 'the log is seen', 10_000);
    attention.read(chat);
    await until(world, () => readsOf(notify).length > 1, 'the rest', 10_000);
    assert.deepEqual(readsOf(notify), [4, 6]);
    // What was said lately may have been lost with the connection; what is older was not.
    await sleep(world, 2 * lookMs);
    node.cut();
    await sleep(world, 20_000);
    attention.read(chat, 5);
    await sleep(world, 20_000);
    assert.deepEqual(readsOf(notify), [4, 6]);
    stop();
  });
});

test('[I18] what was read without a connection is told with the next one, also after a restart', () => {
  scene(3, async ({ world, node, ada, adas, garden, notify }) => {
    await garden.log('chat').append('one');
    await garden.log('chat').append('two');
    await garden.addLog('notes');
    await garden.log('notes').append('one');
    node.isDown = true;
    node.cut();
    await sleep(world, 1_000);
    const attention = await ada.attention();
    attention.read(garden.log('chat'), 1);
    attention.read(garden.log('notes'), 1);
    await sleep(world, 1_000);
    attention.read(garden.log('chat'), 2);
    await sleep(world, 1_000);
    adas.kill();
    node.isDown = false;
    const again = await adas.open({});
    assert.deepEqual(readsOf(notify), []);
    (await again.attention()).look(true);
    await until(world, () => readsOf(notify).length === 2, 'what she has read', 20_000);
    assert.deepEqual(new Set(readsOf(notify)), new Set([2, 3]));
    await sleep(world, 5_000);
    assert.equal(await adas.keep.get('attention/reads'), null);
  });
});

test('[I18] she is here as long as one of her tabs is looked at, wherever the connection is', () => {
  const world = new World(4);
  const node = new SimNode(world);
  const notify = new NotifyDouble();
  node.notify = notify.remote;
  const browser = new FakeBrowser(world, node);
  play(world, async () => {
    await node.start();
    const [first, second, third] = [browser.tab(), browser.tab(), browser.tab()];
    const { user } = await first.open({ name: 'Ada' });
    const looks = await (await second.open({})).attention();
    const others = await (await third.open({})).attention();
    looks.look(true);
    others.look(true);
    await until(world, () => notify.muted.has(user), 'she is here', 10_000);
    looks.look(false);
    await sleep(world, 2_000);
    assert.ok(notify.muted.has(user));
    // The tab with the connection is gone; the one that is looked at says so in another one.
    first.kill();
    await until(world, () => !notify.muted.has(user), 'its connection has ended', 10_000);
    await until(world, () => notify.muted.has(user), 'there is another one', 10_000);
    third.kill();
    await until(world, () => !notify.muted.has(user), 'that tab is gone, too', 3 * lookMs);
    await second.copse?.close();
  });
});
