import assert from 'node:assert/strict';
import { test } from 'node:test';

import { World } from '../../../lab/sim/world.ts';
import { Device, Stage } from '../../../lab/suites/client-device.ts';
import { SimMachine } from '../../../lab/suites/sim-machine.ts';
import { play, SimNode, sleep, until } from '../../../lab/suites/sim-node.ts';
import type { AuthRemote } from '../api/auth.ts';
import { Fault } from '../base/fault.ts';
import { linkPair, type Link } from '../link/link.ts';
import { Whereabouts } from './whereabouts.ts';

const NEW_HOME = 'ws://second.example/tail';

interface Scene {
  readonly world: World;
  readonly node: SimNode;
  readonly machine: SimMachine;
  /** Addresses of tails that were dialed. */
  readonly dialed: string[];
  readonly dialer: (url: string) => Link;
  /** The tail has moved from the node to another address. */
  isMoved: boolean;
}

function scene(act: (scene: Scene) => Promise<void>): void {
  const world = new World(1);
  const node = new SimNode(world);
  play(world, async () => {
    await node.start();
    const machine = new SimMachine(world, node, 'ada');
    const dialed: string[] = [];
    const it: Scene = { world, node, machine, dialed, isMoved: false, dialer: (url) => dial(it, url) };
    await act(it);
    await machine.close();
  });
}

function dial({ node, dialed, isMoved }: Scene, url: string): Link {
  if (!url.endsWith('/tail')) return node.dial(url);
  dialed.push(url);
  if ((url === NEW_HOME) === isMoved) return node.dial(url);
  const [ours, theirs] = linkPair();
  theirs.close(new Fault('moved'));
  return ours;
}

test('[S16] a tail that has moved is found where the shard map says', () => {
  scene(async (it) => {
    const { world, node, machine, dialer, dialed } = it;
    const copse = await machine.open({ name: 'Ada', dialer });
    const log = (await copse.found({ title: 'Garden' })).log('chat');
    await log.append('before');
    it.isMoved = true;
    node.tailUrl = NEW_HOME;
    await node.restart();
    assert.equal((await log.append('after')).at, 2);
    assert.equal(dialed.at(-1), NEW_HOME);
    await until(world, () => copse.status.get() === 'live', 'live');
    it.isMoved = false;
    node.tailUrl = '';
    await node.restart();
    assert.equal((await log.append('back')).at, 3);
    assert.ok(dialed.at(-1) !== NEW_HOME);
  });
});

test('[S16, A18] a device whose tail says nothing any more goes where it is told that the shard is now', () => {
  scene(async (it) => {
    const { world, node, machine, dialer, dialed } = it;
    const copse = await machine.open({ name: 'Ada', dialer });
    const log = (await copse.found({ title: 'Garden' })).log('chat');
    await log.append('before');
    // Its tail still answers: nothing but the word of auth makes it leave.
    it.isMoved = true;
    const tails = node.auth.internal({ change() {}, beat() {}, keys() {} });
    await tails.own({ shard: 0, epoch: 2, url: NEW_HOME });
    await until(world, () => dialed.at(-1) === NEW_HOME, 'there', 2_000);
    assert.equal((await log.append('after')).at, 2);
    await until(world, () => copse.status.get() === 'live', 'live');
    tails[Symbol.dispose]();
  });
});

test('[S16] a map that does not help is asked less and less often, and followed when it does', () => {
  scene(async (it) => {
    const { world, node, machine, dialer, dialed } = it;
    const copse = await machine.open({ name: 'Ada', dialer });
    await until(world, () => copse.status.get() === 'live', 'live');
    it.isMoved = true;
    node.cut();
    await sleep(world, 60_000);
    dialed.length = 0;
    await sleep(world, 600_000);
    assert.ok(dialed.length >= 10 && dialed.length < 120, `${dialed.length} attempts in ten minutes`);
    node.tailUrl = NEW_HOME;
    await node.restart();
    await until(world, () => copse.status.get() === 'live', 'live', 120_000);
    assert.equal(dialed.at(-1), NEW_HOME);
  });
});

test('[S16] a log whose lease is refused because it has moved has the map asked', () => {
  const stage = new Stage(1);
  stage.run(async () => {
    let asked = 0;
    const ada = await Device.open(stage, 'ada');
    ada.onMoved = () => asked++;
    ada.upkeep.start();
    stage.leaseRefusal = new Fault('moved');
    const outcome = ada.append(ada.log('chat'), 'hello');
    await stage.pause(3_500);
    assert.ok(asked >= 2 && asked <= 5, `${asked} times`);
    stage.leaseRefusal = null;
    assert.equal((await outcome).kind, 'ok');
  });
});

test('[A13] an address of the map counts when it is no worse than the node itself', async () => {
  const asking = async (own: string, url: string): Promise<string> => {
    const whereabouts = new Whereabouts(own);
    const auth = { shardMap: async () => ({ epoch: 1, shards: [{ shard: 0, url }] }) };
    await whereabouts.ask(auth as unknown as AuthRemote);
    return whereabouts.address;
  };
  const own = 'wss://node.example/tail';
  assert.equal(await asking(own, 'wss://b.example/tail'), 'wss://b.example/tail');
  for (const url of ['', 'ws://b.example/tail', 'https://b.example', 'javascript:1']) {
    assert.equal(await asking(own, url), own, url);
  }
  assert.equal(
    await asking('ws://127.0.0.1:7070/tail', 'ws://127.0.0.1:7071/tail'),
    'ws://127.0.0.1:7071/tail',
  );
});
