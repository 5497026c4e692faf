import assert from 'node:assert/strict';
import { test } from 'node:test';

import { linkPair } from 'copse/internal/link/link.ts';
import { World } from '../world.ts';
import { SimStorage } from './keep.ts';
import { linkOf } from './process-link.ts';

test('[X1] a dead process hears nothing, says nothing and keeps nothing', () => {
  const world = new World(1);
  const env = world.env('a device');
  const [near, far] = linkPair();
  const link = linkOf(env, near);
  const heard: string[] = [];
  const events = (who: string) => ({
    onMessage: (message: Uint8Array) => heard.push(`${who} ${message.join(' ')}`),
    onClose: () => heard.push(`${who} closed`),
  });
  link.listen(events('device'));
  far.listen(events('node'));
  const storage = new SimStorage(
    world,
    () => ({ slowMs: 1, full: 0 }),
    () => {},
  );
  const keep = storage.open(env);
  const write = (name: string): void => void keep.write([{ name, value: new Uint8Array([1]) }]);
  world.at(1, () => {
    link.send(new Uint8Array([1]));
    far.send(new Uint8Array([2]));
    write('before');
  });
  world.at(5, () => {
    env.kill();
    link.send(new Uint8Array([3]));
    far.send(new Uint8Array([4]));
    link.close();
    write('after');
    for (let i = 0; i < 8; i++) storage.crash(false);
  });
  while (world.step());
  assert.deepEqual(heard, ['node 1', 'device 2']);
  assert.deepEqual([...storage.rows().keys()], ['before']);
});
