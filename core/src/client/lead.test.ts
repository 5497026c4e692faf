import assert from 'node:assert/strict';
import { test } from 'node:test';

import { clientScene as scene, type ClientScene as Scene } from '../../../lab/suites/client-scene.ts';
import { sleep, until } from '../../../lab/suites/sim-node.ts';
import type { SimMachine } from '../../../lab/suites/sim-machine.ts';
import { permissionsAll } from '../api/model.ts';
import { leaseIdleMs } from '../base/limits.ts';
import type { Copse } from './copse.ts';
import type { Decision, Lead, Sequencer } from './lead.ts';
import type { Log } from './log.ts';

/** A counter: takes what adds up, evens out odd steps, refuses what would go below zero. */
class Counter implements Sequencer<number> {
  sum = 0;
  readonly applied: number[] = [];

  apply(step: number): void {
    this.sum += step;
    this.applied.push(step);
  }

  decide(step: number): Decision<number> {
    if (this.sum + step < 0) return { kind: 'refuse', reason: `only ${this.sum} are left` };
    return step % 2 === 0 ? { kind: 'take' } : { kind: 'change', value: step + 1 };
  }
}

interface Party {
  readonly copse: Copse;
  readonly log: Log<number>;
  readonly machine: SimMachine;
}

const numbers = {
  encode: (value: number): Uint8Array => Uint8Array.of(value + 100),
  decode: (bytes: Uint8Array): number => (bytes[0] ?? 0) - 100,
};

/** Founder and guests, each with the log. */
async function party(
  { machine }: Scene,
  guests: readonly string[],
  permissions = permissionsAll,
): Promise<Party[]> {
  const founder = machine('ada');
  const ada = await founder.open({ name: 'Ada' });
  const site = await ada.found({ title: 'Garden' });
  const parties: Party[] = [{ copse: ada, machine: founder, log: site.log('count', { codec: numbers }) }];
  for (const name of guests) {
    const guest = machine(name);
    const copse = await guest.open({ name });
    const joined = await copse.join(await site.invite({ permissions }));
    parties.push({ copse, machine: guest, log: joined.log('count', { codec: numbers }) });
  }
  return parties;
}

async function leading({ log }: Party): Promise<{ lead: Lead<number>; made: Counter[] }> {
  const made: Counter[] = [];
  const lead = await log.lead(() => {
    const counter = new Counter();
    made.push(counter);
    return counter;
  });
  return { lead, made };
}

async function take(log: Log<number>, count: number): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { value, ruling, reason, broken } of log.entries()) {
    found.push(broken ?? reason ?? `${value}${ruling === null ? '' : ` ${ruling}`}`);
    if (found.length === count) break;
  }
  return found;
}

test('[V10] a leader takes, changes and refuses, and everybody reads the same', () => {
  scene(1, async (s) => {
    const [ada, bob] = (await party(s, ['bob'])) as [Party, Party];
    const { lead, made } = await leading(ada);
    await until(s.world, () => lead.status.get() === 'leading', 'the state of the lead');
    assert.deepEqual(await bob.log.append(4), { kind: 'ok', at: 1, durability: 'synced' });
    assert.deepEqual(await bob.log.append(3), { kind: 'ok', at: 2, durability: 'synced', changedTo: 4 });
    await assert.rejects(bob.log.append(-20), { code: 'refused', detail: 'only 8 are left' });
    assert.equal((await ada.log.append(-6)).at, 4);
    const expected = ['4', '4 changed', 'only 8 are left', '-6'];
    assert.deepEqual(await take(bob.log, 4), expected);
    assert.deepEqual(await take(ada.log, 4), expected);
    assert.deepEqual([made.length, made[0]?.applied], [1, [4, 4, -6]]);
  });
});

test('[V1] a second candidate waits, and leads with everything that stands in the log', () => {
  scene(2, async (s) => {
    const [ada, bob] = (await party(s, ['bob'])) as [Party, Party];
    const first = await leading(ada);
    await until(s.world, () => first.lead.status.get() === 'leading', 'the state of the lead');
    const second = await leading(bob);
    await assert.rejects(leading(bob), { code: 'taken' }, 'an application leads a log once');
    await ada.log.append(2);
    await bob.log.append(5);
    assert.equal(second.lead.status.get(), 'waiting');
    await first.lead.handOver(bob.copse.device);
    await until(s.world, () => second.lead.status.get() === 'leading', 'the state of the lead');
    assert.equal(first.lead.status.get(), 'waiting');
    assert.deepEqual(second.made[0]?.applied, [2, 6]);
    await ada.log.append(-8);
    assert.deepEqual(await take(ada.log, 3), ['2', '6 changed', '-8']);
  });
});

test('[V3, V10] when a leader is killed the next one goes on, and nothing is lost or doubled', () => {
  scene(3, async (s) => {
    const [ada, bob, cleo] = (await party(s, ['bob', 'cleo'])) as [Party, Party, Party];
    const first = await leading(ada);
    await until(s.world, () => first.lead.status.get() === 'leading', 'the state of the lead');
    const second = await leading(bob);
    const appended = Array.from({ length: 20 }, () => cleo.log.append(2));
    await sleep(s.world, 1);
    ada.machine.kill();
    const positions = (await Promise.all(appended)).map(({ at }) => at);
    assert.deepEqual(
      positions,
      positions.map((_, i) => i + 1),
    );
    await until(s.world, () => second.lead.status.get() === 'leading', 'Bob leads');
    assert.deepEqual(
      await take(bob.log, 20),
      Array.from({ length: 20 }, () => '2'),
    );
  });
});

test('[V6, V10] when the node is killed the same leader goes on', () => {
  scene(4, async (s) => {
    const [ada, bob] = (await party(s, ['bob'])) as [Party, Party];
    const { lead, made } = await leading(ada);
    await until(s.world, () => lead.status.get() === 'leading', 'the state of the lead');
    await bob.log.append(2);
    const appended = Array.from({ length: 10 }, () => bob.log.append(4));
    await sleep(s.world, 2);
    await s.node.crash();
    const positions = (await Promise.all(appended)).map(({ at }) => at);
    assert.deepEqual(
      positions,
      positions.map((_, i) => i + 2),
    );
    assert.equal(made.at(-1)?.sum, 42);
  });
});

test('[V7] who cannot lead hands in, and waits while nobody leads', () => {
  scene(5, async (s) => {
    const [ada, bob] = (await party(s, ['bob'], 1 | 2)) as [Party, Party];
    const { lead } = await leading(ada);
    await until(s.world, () => lead.status.get() === 'leading', 'the state of the lead');
    const bobs = await leading(bob);
    await until(s.world, () => bobs.lead.trouble.get() !== null, 'the state of the lead');
    assert.equal(bobs.lead.trouble.get()?.code, 'forbidden');
    await bob.log.append(2);
    await lead.stop();
    const waiting = bob.log.append(6);
    await sleep(s.world, 5_000);
    assert.equal(bob.log.waiting.get(), 1);
    const again = await leading(ada);
    await waiting;
    assert.deepEqual(again.made.at(-1)?.applied, [2, 6]);
  });
});

test('[V5] an opened log is written by everybody, and can be led again', () => {
  scene(6, async (s) => {
    const [ada, bob] = (await party(s, ['bob'])) as [Party, Party];
    const { lead } = await leading(ada);
    await until(s.world, () => lead.status.get() === 'leading', 'the state of the lead');
    await bob.log.append(3);
    await lead.open();
    await lead.stop();
    await bob.log.append(3);
    assert.deepEqual(await take(ada.log, 2), ['4 changed', '3']);
    const again = await leading(bob);
    await until(s.world, () => again.lead.status.get() === 'leading', 'the state of the lead');
    assert.deepEqual(again.made[0]?.applied, [4, 3]);
  });
});

test('[V10, S2] a writer that was away finds in the log what became of its entries', () => {
  scene(7, async (s) => {
    const [ada, bob] = (await party(s, ['bob'])) as [Party, Party];
    const { lead } = await leading(ada);
    await until(s.world, () => lead.status.get() === 'leading', 'Ada leads');
    for (let i = 0; i < 10; i++) void bob.log.append(2);
    // What it has handed in stands in the log before anybody can tell it so.
    await sleep(s.world, 4);
    bob.machine.kill();
    const again = await bob.machine.open({ name: 'bob' });
    const log = again.sites.get()[0]!.log('count', { codec: numbers });
    await until(s.world, () => log.waiting.get() === 0 && log.status.get() === 'live', 'nothing waits');
    await log.append(4);
    const found = await take(ada.log, 11);
    assert.deepEqual(found, [...Array.from({ length: 10 }, () => '2'), '4']);
  });
});

test('[V1, S12] who is given the right to lead meanwhile leads without asking again', () => {
  scene(8, async (s) => {
    const [ada, bob] = (await party(s, ['bob'], 1 | 2)) as [Party, Party];
    const { lead } = await leading(bob);
    await until(s.world, () => lead.trouble.get()?.code === 'forbidden', 'Bob is refused');
    const site = ada.copse.sites.get()[0]!;
    const member = (await site.members()).find(({ name }) => name === 'bob')!;
    await site.share({ to: member.key, permissions: 1 | 2 | 4 });
    await until(s.world, () => lead.status.get() === 'leading', 'Bob leads');
    assert.equal(lead.trouble.get(), null);
  });
});

test('[V7] a led log that nobody uses any more is given back', () => {
  scene(9, async (s) => {
    const [ada, bob] = (await party(s, ['bob'])) as [Party, Party];
    const { lead } = await leading(ada);
    await until(s.world, () => lead.status.get() === 'leading', 'Ada leads');
    await bob.log.append(2);
    await sleep(s.world, 4 * leaseIdleMs);
    assert.equal(s.node.tailFigure('tailAttached'), '1', 'the leader alone has it open');
    await bob.log.append(4);
    assert.deepEqual(await take(ada.log, 2), ['2', '4']);
  });
});

/** A counter that can save itself. */
class SavingCounter extends Counter {
  save(): Uint8Array {
    return Uint8Array.of(this.sum);
  }

  load(state: Uint8Array): void {
    this.sum = state[0] ?? 0;
  }
}

test('[Q8] a sequencer that can save itself begins a lead with what stands there, read or not', () => {
  scene(30, async (s) => {
    const [ada, bob] = (await party(s, ['bob'])) as [Party, Party];
    const made: SavingCounter[] = [];
    const make = (): SavingCounter => {
      const counter = new SavingCounter();
      made.push(counter);
      return counter;
    };
    const lead = await ada.log.lead(make);
    await until(s.world, () => lead.status.get() === 'leading', 'the state of the lead');
    const steps = Array.from({ length: 40 }, () => bob.log.append(2));
    await Promise.all(steps);
    await assert.rejects(bob.log.append(-90), { code: 'refused' });
    await lead.stop();
    const again = await bob.log.lead(make);
    await until(s.world, () => again.status.get() === 'leading', 'the state of the lead');
    await assert.rejects(ada.log.append(-90), { code: 'refused', detail: 'only 80 are left' });
    assert.equal((await ada.log.append(-80)).at, 43);
    assert.deepEqual(
      made.find(({ applied }) => applied.length === 1)?.applied,
      [-80],
      'it heard nothing else',
    );
    await again.stop();
  });
});

test('[V3] who stops while the lead is handed over stops behind it, and can lead again', () => {
  scene(31, async (s) => {
    const [ada, bob] = (await party(s, ['bob'])) as [Party, Party];
    const { lead } = await leading(ada);
    await until(s.world, () => lead.status.get() === 'leading', 'the state of the lead');
    const handing = lead.handOver(bob.copse.device);
    const stopping = lead.stop();
    await assert.rejects(handing, { code: 'unknown' });
    await stopping;
    assert.equal(lead.status.get(), 'over');
    const again = await leading(ada);
    await until(s.world, () => again.lead.status.get() === 'leading', 'the state of the lead');
    assert.equal((await bob.log.append(2)).at, 1);
  });
});
