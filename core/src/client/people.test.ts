import assert from 'node:assert/strict';
import { test } from 'node:test';

import { World } from '../../../lab/sim/world.ts';
import { SimMachine } from '../../../lab/suites/sim-machine.ts';
import { play, SimNode, sleep, until } from '../../../lab/suites/sim-node.ts';
import type { AuthRemote } from '../api/auth.ts';
import { Fault } from '../base/fault.ts';
import { deviceId, siteId, userId, type DeviceId } from '../base/ids.ts';
import { linkPair, type Link } from '../link/link.ts';
import { People, type Owner } from './people.ts';

const site = siteId('51'.repeat(16));
const user = userId('cd'.repeat(8));
const deviceOf = (n: number): DeviceId => deviceId(n.toString(16).padStart(16, '0'));

/** Auth that knows every device; what it was asked for is listed. */
class Bench {
  readonly world = new World(1);
  readonly asked: DeviceId[][] = [];
  readonly learnt: Owner[] = [];
  readonly people: People;
  isConnected = false;
  /** What the next questions end with. */
  faults: Fault[] = [];

  constructor() {
    this.people = new People({
      env: this.world.env('device'),
      auth: () => (this.isConnected ? this.#auth : null),
      onPeople: (_, people) => this.learnt.push(...people),
    });
  }

  readonly #auth = {
    writers: async ({ devices }: { readonly devices: readonly DeviceId[] }) => {
      this.asked.push([...devices]);
      const fault = this.faults.shift();
      if (fault !== undefined) throw fault;
      return devices.map((device) => ({ device, user, name: `name of ${device}` }));
    },
  } as unknown as AuthRemote;

  connect(): void {
    this.isConnected = true;
    this.people.connected();
  }
}

function bench(act: (bench: Bench) => Promise<void>): void {
  const made = new Bench();
  play(made.world, () => act(made));
}

test('[S11] names that were asked for without a connection arrive once there is one', () => {
  bench(async (it) => {
    await it.people.find(site, [deviceOf(1), deviceOf(2)]);
    await it.people.find(site, [deviceOf(2)]);
    assert.deepEqual(it.asked, []);
    it.connect();
    await sleep(it.world, 1);
    assert.deepEqual(it.asked, [[deviceOf(1), deviceOf(2)]]);
    assert.equal(it.people.get(site, deviceOf(2))?.name, `name of ${deviceOf(2)}`);
    assert.equal(it.learnt.length, 2);
    it.people.connected();
    await sleep(it.world, 1);
    assert.equal(it.asked.length, 1, 'nothing is asked twice');
  });
});

test('[S11] a question that failed is asked again on the next connection, and a little later on the same', () => {
  bench(async (it) => {
    it.connect();
    it.faults = [new Fault('closed')];
    await it.people.find(site, [deviceOf(1)]);
    assert.equal(it.people.get(site, deviceOf(1)), undefined);
    it.people.connected();
    await sleep(it.world, 1);
    assert.equal(it.people.get(site, deviceOf(1))?.user, user);
    it.faults = [new Fault('tooMany'), new Fault('deadline')];
    await it.people.find(site, [deviceOf(2)]);
    await until(it.world, () => it.people.get(site, deviceOf(2)) !== undefined, 'the name', 60_000);
    assert.equal(it.asked.length, 5);
  });
});

test('[S11] one who is no member any more is not asked about for ever', () => {
  bench(async (it) => {
    it.connect();
    it.faults = [new Fault('forbidden'), new Fault('forbidden')];
    await it.people.find(site, [deviceOf(1)]);
    await sleep(it.world, 300_000);
    assert.equal(it.asked.length, 1);
  });
});

test('[G2] devices that wait for their names are bounded', () => {
  bench(async (it) => {
    await it.people.find(
      site,
      Array.from({ length: 30_000 }, (_, n) => deviceOf(n)),
    );
    it.connect();
    await sleep(it.world, 100);
    const count = it.asked.reduce((sum, devices) => sum + devices.length, 0);
    assert.ok(count > 0 && count <= 20_000, `${count} asked`);
    assert.ok(it.asked.every((devices) => devices.length <= 256));
  });
});

function dead(): Link {
  const [ours, theirs] = linkPair();
  theirs.close();
  return ours;
}

test('[S11] who reads while auth cannot be reached is shown the names as soon as it can', () => {
  const world = new World(2);
  const node = new SimNode(world);
  play(world, async () => {
    await node.start();
    const [adas, bobs] = [new SimMachine(world, node, 'ada'), new SimMachine(world, node, 'bob')];
    const garden = await (await adas.open({ name: 'Ada' })).found({ title: 'Garden' });
    const bob = await bobs.open({ name: 'Bob' });
    await (await bob.join(await garden.invite())).log('chat').append('from Bob');
    await adas.close();
    let isAuthDown = true;
    const dialer = (url: string): Link => (isAuthDown && url.endsWith('/auth') ? dead() : node.dial(url));
    const ada = await adas.open({ dialer });
    const view = ada.site(garden.id)?.log('chat').view();
    assert.ok(view !== undefined);
    const leave = view.subscribe(() => {});
    await until(world, () => view.get().entries.length === 1, 'the entry', 5_000);
    await bobs.close();
    assert.equal(view.get().entries[0]?.name, '');
    await sleep(world, 5_000);
    isAuthDown = false;
    await until(world, () => view.get().entries[0]?.name === 'Bob', 'the name', 60_000);
    assert.equal(view.get().entries[0]?.user, bob.user);
    leave();
    await adas.close();
  });
});
