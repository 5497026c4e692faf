import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Wire, CALM, type Cargo, type NetworkFaults } from './network.ts';
import { World } from './world.ts';

const texts: Cargo<string> = {
  sizeOf: (message) => message.length,
  copy: (message) => message,
  mayDouble: (message) => message.startsWith('note'),
};

function runAll(world: World): void {
  while (world.step());
}

test('[X1] events run in the order of their times, and of their making at one time', () => {
  const world = new World(1);
  const seen: string[] = [];
  world.at(2, () => seen.push('c'));
  world.at(1, () => seen.push('a'));
  world.at(1, () => seen.push('b'));
  world.at(1.5, () => seen.push('never')).cancel();
  runAll(world);
  assert.deepEqual(seen, ['a', 'b', 'c']);
  assert.equal(world.nowMs, 2);
});

test('[X1] what an event resolves runs before the next event', () => {
  const world = new World(1);
  const seen: string[] = [];
  const slow = async (): Promise<void> => {
    await Promise.resolve();
    await Promise.resolve();
    seen.push('resolved');
  };
  world.at(1, () => void slow());
  world.at(1, () => seen.push('next'));
  runAll(world);
  assert.deepEqual(seen, ['resolved', 'next']);
});

test('[X1] the timers of a killed process never fire, those of a sleeping one fire late', () => {
  const world = new World(1);
  const [dead, asleep] = [world.env('dead'), world.env('asleep')];
  const seen: string[] = [];
  dead.after(5, () => seen.push('dead'));
  asleep.after(5, () => seen.push(`late at ${world.nowMs}`));
  world.at(1, () => {
    dead.kill();
    asleep.sleep(20);
  });
  runAll(world);
  assert.deepEqual(seen, ['late at 21']);
  dead.after(1, () => seen.push('after its death'));
  runAll(world);
  assert.equal(seen.length, 1);
});

test('[X1] a violation inside of a promise is not lost', () => {
  const world = new World(1);
  const careless = async (): Promise<void> => {
    await Promise.resolve();
    try {
      world.fail('L1', 'a position is missing');
    } catch {
      // As code under test may do.
    }
  };
  world.at(1, () => void careless());
  runAll(world);
  assert.equal(world.violation?.message, '[L1] a position is missing');
});

function wireOf(world: World, faults: Partial<NetworkFaults>) {
  const got: string[] = [];
  const wire = new Wire<string>({
    world,
    faults: () => ({ ...CALM, ...faults }),
    cargo: texts,
    onOver: () => got.push('over'),
  });
  wire.ends[1].listen({ onMessage: (message) => got.push(message), onClose: () => got.push('closed') });
  return { wire, got };
}

test('[X1] messages of a wire arrive in their order, however long each takes', () => {
  const world = new World(3);
  const { wire, got } = wireOf(world, { latencyMs: [0, 50], stall: 0.3, stallMs: 500 });
  const sent = Array.from({ length: 40 }, (_, i) => `message ${i}`);
  for (const message of sent) wire.ends[0].send(message);
  assert.ok(wire.ends[0].buffered() > 0);
  runAll(world);
  assert.deepEqual(got, sent);
  assert.equal(wire.ends[0].buffered(), 0);
});

test('[X1] a cut loses what is in flight and is told to both ends', () => {
  const world = new World(3);
  const { wire, got } = wireOf(world, {});
  wire.ends[0].send('lost');
  wire.cut();
  wire.ends[0].send('too late');
  runAll(world);
  assert.deepEqual(got, ['over', 'closed']);
});

test('[X1] an orderly close comes behind what was sent', () => {
  const world = new World(3);
  const { wire, got } = wireOf(world, {});
  wire.ends[0].send('last words');
  wire.ends[0].close();
  runAll(world);
  assert.deepEqual(got, ['last words', 'over', 'closed']);
});

test('[X1] only what may be doubled is', () => {
  const world = new World(3);
  const { wire, got } = wireOf(world, { twice: 1 });
  wire.ends[0].send('call');
  wire.ends[0].send('note');
  runAll(world);
  assert.deepEqual(got, ['call', 'note', 'note']);
});
