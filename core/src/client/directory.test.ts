import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SimMachine } from '../../../lab/suites/sim-machine.ts';
import { play, SimNode, until } from '../../../lab/suites/sim-node.ts';
import { World } from '../../../lab/sim/world.ts';
import { Fault } from '../base/fault.ts';

test('[S7] a keep without room for the row of a site hides none of the sites behind it', () => {
  const world = new World(1);
  const node = new SimNode(world);
  play(world, async () => {
    await node.start();
    const first = new SimMachine(world, node, 'first');
    const ada = await first.open({ name: 'Ada' });
    const ids = [];
    for (const title of ['Garden', 'Choir', 'Street']) ids.push((await ada.found({ title })).id);
    const second = new SimMachine(world, node, 'second');
    const write = second.keep.write.bind(second.keep);
    second.keep.write = async (changes) => {
      if (changes.some(({ name }) => name.startsWith('site/'))) throw new Fault('full', 'a keep');
      await write(changes);
    };
    const copse = await second.open({ name: 'Ada', secret: await ada.secret() });
    await until(world, () => copse.sites.get().length === ids.length, 'all sites');
    assert.deepEqual(
      copse.sites.get().map(({ id }) => id),
      ids,
    );
    await copse.close();
    await ada.close();
  });
});

test('[S17] rows that another version of the program has written are asked for again; what is unsent stays', () => {
  const world = new World(2);
  const node = new SimNode(world);
  play(world, async () => {
    await node.start();
    const machine = new SimMachine(world, node, 'ada');
    const before = await machine.open({ name: 'Ada' });
    const { id } = await before.found({ title: 'Garden' });
    await before.sites.get()[0]!.log('chat').append('one');
    node.isDown = true;
    node.cut();
    const unsent = before.sites.get()[0]!.log('chat').append('two');
    unsent.catch(() => {});
    await until(world, () => before.status.get() === 'offline', 'offline');
    machine.kill();

    for (const name of (await machine.keep.list('')).map((row) => row.name)) {
      if (name.startsWith('site/') || name === 'token')
        await machine.keep.write([{ name, value: Uint8Array.of(0xff, 0xff, 0xff) }]);
    }
    const after = await machine.open({});
    assert.deepEqual(after.sites.get(), []);
    node.isDown = false;
    await until(world, () => after.sites.get().length === 1, 'the site');
    assert.equal(after.sites.get()[0]!.id, id);
    const texts: unknown[] = [];
    for await (const { value } of after.sites.get()[0]!.log('chat').entries({ from: 1 })) {
      texts.push(value);
      if (texts.length === 2) break;
    }
    assert.deepEqual(texts, ['one', 'two']);
    await after.close();
  });
});

test('[S7] a site whose key the keep had no room for is shown as soon as it has', () => {
  const world = new World(3);
  const node = new SimNode(world);
  play(world, async () => {
    await node.start();
    const first = new SimMachine(world, node, 'first');
    const ada = await first.open({ name: 'Ada' });
    const site = await ada.found({ title: 'Garden' });
    await site.rotate();
    const second = new SimMachine(world, node, 'second');
    const write = second.keep.write.bind(second.keep);
    let isFull = true;
    second.keep.write = async (changes) => {
      if (isFull && changes.some(({ name }) => /^(set|sitekey)\//.test(name)))
        throw new Fault('full', 'a keep');
      await write(changes);
    };
    const copse = await second.open({ name: 'Ada', secret: await ada.secret() });
    assert.deepEqual(copse.sites.get(), []);
    isFull = false;
    await until(world, () => copse.sites.get().length === 1, 'the site');
    await copse.close();
    await ada.close();
  });
});
