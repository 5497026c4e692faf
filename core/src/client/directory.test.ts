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
