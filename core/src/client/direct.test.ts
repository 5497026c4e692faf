import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SimPeers } from '../../../lab/sim/peers.ts';
import { World } from '../../../lab/sim/world.ts';
import { SimMachine } from '../../../lab/suites/sim-machine.ts';
import { play, SimNode, sleep, until } from '../../../lab/suites/sim-node.ts';
import { permissionsAll } from '../api/model.ts';
import type { Copse } from './copse.ts';
import type { Decision, Lead, Sequencer } from './lead.ts';
import type { Log } from './log.ts';

/** Takes everything but what is below zero. */
class Takes implements Sequencer<number> {
  readonly applied: number[] = [];

  apply(value: number): void {
    this.applied.push(value);
  }

  decide(value: number): Decision<number> {
    return value < 0 ? { kind: 'refuse', reason: 'below zero' } : { kind: 'take' };
  }
}

interface Person {
  readonly copse: Copse;
  readonly log: Log<number>;
  readonly machine: SimMachine;
}

interface Scene {
  readonly world: World;
  readonly node: SimNode;
  readonly peers: SimPeers;
  /** Ada, who leads, then the others. */
  readonly people: readonly Person[];
  readonly lead: Lead<number>;
  readonly sequencers: readonly Takes[];
  /** Entries that the node has carried to leaders. */
  readonly handed: () => number;
}

const numbers = {
  encode: (value: number): Uint8Array => Uint8Array.of((value + 1000) >> 8, (value + 1000) & 255),
  decode: (bytes: Uint8Array): number => (bytes[0] ?? 0) * 256 + (bytes[1] ?? 0) - 1000,
};

function scene(seed: number, guests: readonly string[], act: (scene: Scene) => Promise<void>): void {
  const world = new World(seed);
  const node = new SimNode(world);
  const peers = new SimPeers(world);
  play(world, async () => {
    await node.start();
    const people: Person[] = [];
    let links: string[] = [];
    for (const name of ['ada', ...guests]) {
      const machine = new SimMachine(world, node, name);
      machine.peers = peers;
      const copse = await machine.open({ name });
      const link = links.shift();
      const site = link === undefined ? await copse.found({ title: 'Garden' }) : await copse.join(link);
      if (link === undefined) {
        links = await Promise.all(guests.map(() => site.invite({ permissions: permissionsAll })));
      }
      people.push({ copse, machine, log: site.log('count', { codec: numbers }) });
    }
    const sequencers: Takes[] = [];
    const lead = await people[0]!.log.lead(() => {
      const made = new Takes();
      sequencers.push(made);
      return made;
    });
    await until(world, () => lead.status.get() === 'leading', 'Ada leads');
    const handed = (): number => Number(node.tailFigure('tailHandedTotal'));
    await act({ world, node, peers, people, lead, sequencers, handed });
    for (const { machine } of people) await machine.close();
  });
}

async function values(log: Log<number>, count: number): Promise<readonly number[]> {
  const found: number[] = [];
  for await (const { value } of log.entries()) {
    found.push(value ?? NaN);
    if (found.length === count) break;
  }
  return found;
}

/** Appends until entries go over a direct connection; answers how many it took. */
async function warm({ world, handed, peers }: Scene, { log }: Person): Promise<number> {
  const opened = peers.opened;
  await log.append(0);
  await until(world, () => peers.opened > opened, 'a connection');
  await sleep(world, 20);
  const before = handed();
  await log.append(0);
  assert.equal(handed(), before, 'the node carries nothing any more');
  return 2;
}

test('[V11] entries go to the leader through the node at once, and directly as soon as they can', () => {
  scene(1, ['bob'], async (s) => {
    const [ada, bob] = s.people as [Person, Person];
    assert.equal(s.peers.opened, 0, 'who only reads seeks no connection');
    assert.equal((await bob.log.append(7)).at, 1);
    assert.equal(s.handed(), 1);
    await until(s.world, () => s.peers.opened === 1, 'a connection');
    await sleep(s.world, 20);
    for (let i = 0; i < 20; i++) assert.equal((await bob.log.append(i)).at, i + 2);
    await assert.rejects(bob.log.append(-1), { code: 'refused', detail: 'below zero' });
    assert.equal(s.handed(), 1, 'the node carries none of them');
    assert.deepEqual(s.sequencers[0]?.applied, [7, ...Array.from({ length: 20 }, (_, i) => i)]);
    assert.deepEqual((await values(ada.log, 21)).slice(0, 3), [7, 0, 1]);
  });
});

test('[V12, V10] when the connection breaks the node carries on, and nothing is lost or doubled', () => {
  scene(2, ['bob'], async (s) => {
    const [ada, bob] = s.people as [Person, Person];
    const before = await warm(s, bob);
    const appended = Array.from({ length: 60 }, (_, i) => bob.log.append(i));
    await sleep(s.world, 1);
    s.peers.isBlocked = () => true;
    s.peers.cut();
    const positions = (await Promise.all(appended)).map(({ at }) => at);
    assert.deepEqual(
      positions,
      positions.map((_, i) => i + 1 + before),
    );
    assert.deepEqual(await values(ada.log, 62), [0, 0, ...Array.from({ length: 60 }, (_, i) => i)]);
  });
});

test('[V12] when the leader does not hear what is sent directly, the node carries it within 2 s', () => {
  scene(3, ['bob'], async (s) => {
    const [, bob] = s.people as [Person, Person];
    const before = await warm(s, bob);
    s.peers.isSilent = true;
    s.peers.isBlocked = () => true;
    const sinceMs = s.world.nowMs;
    assert.equal((await bob.log.append(5)).at, before + 1);
    assert.ok(s.world.nowMs - sinceMs < 2_200, `${s.world.nowMs - sinceMs} ms`);
    const againMs = s.world.nowMs;
    assert.equal((await bob.log.append(6)).at, before + 2);
    assert.ok(s.world.nowMs - againMs < 100, 'it is not tried again at once');
    s.peers.isSilent = false;
    s.peers.isBlocked = () => false;
    await sleep(s.world, 20_000);
    await warm(s, bob);
  });
});

test('[V12] what is handed in while no connection comes to be goes through the node', () => {
  scene(4, ['bob'], async (s) => {
    const [, bob] = s.people as [Person, Person];
    s.peers.isBlocked = () => true;
    for (let i = 0; i < 30; i++) {
      assert.equal((await bob.log.append(i)).at, i + 1);
      await sleep(s.world, 1_000);
    }
    assert.equal(s.handed(), 30);
    assert.ok(Number(s.node.tailFigure('tailSignalsTotal')) < 30, 'it is tried ever more seldom');
  });
});

test('[V11, V3, V10] the next leader is reached directly too, and gets what the one before did not place', () => {
  scene(5, ['bob', 'cleo'], async (s) => {
    const [ada, bob, cleo] = s.people as [Person, Person, Person];
    const second: Takes[] = [];
    const next = await bob.log.lead(() => {
      const made = new Takes();
      second.push(made);
      return made;
    });
    const before = await warm(s, cleo);
    // Somebody looks at the log, so that it stays open between two attempts.
    cleo.log.said(() => {});
    const appended = Array.from({ length: 40 }, (_, i) => cleo.log.append(i));
    await sleep(s.world, 1);
    ada.machine.kill();
    s.peers.cut();
    await Promise.all(appended);
    await until(s.world, () => next.status.get() === 'leading', 'Bob leads');
    await until(s.world, () => s.peers.opened === 2, 'who has handed in lately seeks it');
    await sleep(s.world, 50);
    const handed = s.handed();
    await cleo.log.append(99);
    assert.equal(s.handed(), handed);
    const expected = [
      ...Array.from({ length: before }, () => 0),
      ...Array.from({ length: 40 }, (_, i) => i),
      99,
    ];
    assert.deepEqual(await values(bob.log, before + 41), expected);
    assert.deepEqual(second[0]?.applied, expected);
  });
});

test('[V13] the connection of a device ends with its right', () => {
  scene(6, ['bob'], async (s) => {
    const [ada, bob] = s.people as [Person, Person];
    await warm(s, bob);
    assert.equal(s.peers.wires.size, 1);
    const [garden] = ada.copse.sites.get();
    const held = (await garden!.whoHolds()).find(({ user }) => user === bob.copse.user);
    await garden!.revoke(held!.via);
    await until(s.world, () => s.peers.wires.size === 0, 'the end of the connection');
  });
});

test('[V11] several writers reach one leader, each in its order', () => {
  scene(7, ['bob', 'cleo', 'dan'], async (s) => {
    const [ada, ...others] = s.people as [Person, ...Person[]];
    for (const other of others) await warm(s, other);
    assert.equal(s.peers.wires.size, 3);
    const handed = s.handed();
    await Promise.all(
      others.flatMap(({ log }, n) => Array.from({ length: 50 }, (_, i) => log.append(100 * n + i))),
    );
    assert.equal(s.handed(), handed);
    const read = (await values(ada.log, 156)).slice(6);
    for (const [n] of others.entries()) {
      const own = read.filter((value) => Math.floor(value / 100) === n);
      assert.deepEqual(
        own,
        Array.from({ length: 50 }, (_, i) => 100 * n + i),
      );
    }
  });
});
