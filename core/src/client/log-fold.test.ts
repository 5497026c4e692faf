import assert from 'node:assert/strict';
import { test } from 'node:test';

import { clientScene, type ClientScene } from '../../../lab/suites/client-scene.ts';
import type { SimMachine } from '../../../lab/suites/sim-machine.ts';
import { sleep, until } from '../../../lab/suites/sim-node.ts';
import { permission, permissionsAll } from '../api/model.ts';
import { concat, fromUtf8, utf8 } from '../base/bytes.ts';
import { snapshotWorthBytes, stateBytesMax } from '../base/limits-snapshot.ts';
import type { Copse } from './copse.ts';
import { FoldLine } from './fold-line.ts';
import type { Fold, LogFold } from './log-fold.ts';
import type { Log } from './log.ts';
import { encode } from '../wire/shape.ts';
import { partShape } from './snapshot-parts.ts';
import type { LogEntry } from './types.ts';

/** Sums numbers up; what it is told is written down. */
class Sum implements Fold<number> {
  sum = 0;
  count = 0;
  readonly loaded: (number | null)[] = [];
  readonly heard: (number | string)[] = [];

  load(state: Uint8Array | null): void {
    const text = state === null ? '0 0' : (fromUtf8(state) ?? '');
    const [sum, count] = text.split(' ').map(Number);
    if (sum === undefined || count === undefined || Number.isNaN(sum + count)) throw new Error('no sum');
    this.loaded.push(state === null ? null : count);
    [this.sum, this.count] = [sum, count];
  }

  apply(entries: readonly LogEntry<number>[]): void {
    for (const { value, broken } of entries) {
      this.heard.push(value ?? broken ?? 'none');
      this.sum += value ?? 0;
      this.count++;
    }
  }

  save(): Uint8Array {
    return utf8(`${this.sum} ${this.count}`);
  }
}

const numbers = {
  encode: (value: number): Uint8Array => Uint8Array.of(value),
  decode: (bytes: Uint8Array): number => bytes[0] ?? 0,
};

/** The same with a kilobyte of nothing, so that a snapshot is soon worth it. */
const bulky = {
  encode: (value: number): Uint8Array => new Uint8Array(1_000).fill(value, 0, 1),
  decode: numbers.decode,
};

interface Party {
  readonly copse: Copse;
  readonly machine: SimMachine;
  readonly log: Log<number>;
}

async function party(
  { machine }: ClientScene,
  guests: readonly string[],
  { codec = numbers, permissions = permissionsAll } = {},
): Promise<readonly [Party, ...Party[]]> {
  const founder = machine('ada');
  const ada = await founder.open({ name: 'Ada' });
  const site = await ada.found({ title: 'Garden' });
  const parties: Party[] = [];
  for (const name of guests) {
    const guest = machine(name);
    const copse = await guest.open({ name });
    const joined = await copse.join(await site.invite({ permissions }));
    parties.push({ copse, machine: guest, log: joined.log('sum', { codec }) });
  }
  return [{ copse: ada, machine: founder, log: site.log('sum', { codec }) }, ...parties];
}

async function folded(
  { log }: Pick<Party, 'log'>,
  snapshots = false,
): Promise<{ sum: Sum; fold: LogFold<number> }> {
  const sum = new Sum();
  const fold = await log.fold(sum, { snapshots });
  await fold.ready;
  return { sum, fold };
}

const ones = (count: number): number[] => Array.from({ length: count }, () => 1);

async function appendAll(log: Log<number>, values: readonly number[]): Promise<void> {
  await Promise.all(values.map((value) => log.append(value)));
}

/** A snapshot of what a fold has become; `spoil` changes it before. */
async function publish(
  { sum, fold }: { sum: Sum; fold: LogFold<number> },
  log: Log<number>,
  spoil: { readonly link?: Uint8Array; readonly state?: Uint8Array; readonly from?: number } = {},
): Promise<boolean> {
  const saved = fold.saved();
  assert.ok(saved !== null);
  assert.deepEqual(saved.state, sum.save());
  const line = new FoldLine(log);
  const told = { ...saved, ...spoil };
  return line.note(told.from, await line.append(told));
}

test('[Q3] a fold hears everything once, in order, and goes on with what comes', () => {
  clientScene(1, async (s) => {
    const [ada, bob] = (await party(s, ['bob'])) as [Party, Party];
    await appendAll(ada.log, [1, 2, 3]);
    const { sum, fold } = await folded(bob);
    assert.deepEqual([sum.loaded, sum.heard], [[null], [1, 2, 3]]);
    await appendAll(ada.log, [4, 5]);
    await until(s.world, () => sum.count === 5, 'the rest');
    assert.deepEqual([sum.heard, fold.position.get()], [[1, 2, 3, 4, 5], 6]);
    await fold.close();
    await ada.log.append(6);
    await sleep(s.world, 1_000);
    assert.equal(sum.count, 5, 'a fold that is closed hears nothing');
  });
});

test('[Q3] an empty log is ready at once', () => {
  clientScene(2, async (s) => {
    const [ada] = await party(s, []);
    const { sum } = await folded(ada);
    assert.deepEqual([sum.loaded, sum.heard], [[null], []]);
    assert.ok(s.world.nowMs < 20_000);
  });
});

test('[Q3] so is one that is followed already, and one whose end it has', () => {
  clientScene(19, async (s) => {
    const [ada] = await party(s, []);
    ada.log.presence.subscribe(() => {});
    await until(s.world, () => ada.log.status.get() === 'live', 'that it is followed');
    await sleep(s.world, 1_000);
    const beganMs = s.world.nowMs;
    const { fold } = await folded(ada);
    await appendAll(ada.log, [1, 2]);
    await until(s.world, () => fold.position.get() === 3, 'the entries');
    await fold.close();
    const again = await folded(ada);
    assert.deepEqual([again.sum.sum, again.sum.heard], [3, []]);
    assert.ok(s.world.nowMs - beganMs < 1_000, `${s.world.nowMs - beganMs} ms`);
  });
});

test('[Q1, Q3] who opens a log with a snapshot begins with it, and hears what stands behind it', () => {
  clientScene(3, async (s) => {
    const [ada, bob, cleo] = (await party(s, ['bob', 'cleo'])) as [Party, Party, Party];
    await appendAll(ada.log, ones(40));
    const first = await folded(ada);
    await ada.log.append(7);
    assert.equal(await publish(first, ada.log), true);
    await appendAll(bob.log, [2, 3]);
    const second = await folded(cleo);
    assert.deepEqual(second.sum.loaded, [40]);
    assert.deepEqual(second.sum.heard, [7, 2, 3]);
    assert.equal(second.sum.sum, 52);
    await until(s.world, () => first.sum.count === 43, 'the first one as well');
    assert.equal(first.sum.sum, 52, 'a snapshot is no entry for who has read on');
    const { entries } = await cleo.log.read({ last: 10 });
    assert.deepEqual(
      entries.filter((entry) => entry.isPart).map(({ value, broken }) => [value, broken]),
      [[undefined, null]],
    );
  });
});

test('[Q3] a state of many parts comes together, though others write in between', () => {
  clientScene(4, async (s) => {
    const [ada, bob, cleo] = (await party(s, ['bob', 'cleo'])) as [Party, Party, Party];
    await appendAll(ada.log, ones(9));
    const first = await folded(ada);
    const saved = first.fold.saved();
    assert.ok(saved !== null);
    const pieces = [1, 2, 3, 4].map((n) => s.world.chance.bytes(10_000 * n));
    const place = async (of: Party, from: number): Promise<boolean> => {
      const mark = s.world.chance.bytes(8);
      const same = { from, link: saved.link, mark, count: 4, codec: 'raw', size: 100_000 } as const;
      const parts = pieces.map((data, index) => encode(partShape, { ...same, index, data }));
      const line = new FoldLine(of.log);
      return line.note(from, await line.appendParts(parts));
    };
    // Another device does the same at the same time, for less.
    const [mine] = await Promise.all([place(ada, 10), place(bob, 9), appendAll(bob.log, ones(20))]);
    assert.equal(mine, true);
    await sleep(s.world, 1_000);
    const found = await new FoldLine(cleo.log).newest();
    assert.deepEqual(found, { from: 10, link: saved.link, state: concat(...pieces) });
  });
});

test('[Q3] a snapshot of no state, of no parts or of a key that is not held is passed over', () => {
  clientScene(5, async (s) => {
    const [ada, bob] = (await party(s, ['bob'])) as [Party, Party];
    await appendAll(ada.log, [1, 2, 3]);
    const first = await folded(ada);
    assert.equal(await publish(first, ada.log, { state: utf8('anything but a sum') }), true);
    const second = await folded(bob);
    assert.deepEqual([second.sum.loaded, second.sum.heard], [[null], [1, 2, 3]]);
    assert.equal(second.fold.trouble.get(), null);
  });
});

test('[Q4] who has followed the chain is told of a snapshot that stands for other entries, and reads on', () => {
  clientScene(6, async (s) => {
    const [ada, eve, bob] = (await party(s, ['eve', 'bob'])) as [Party, Party, Party];
    await appendAll(ada.log, [1, 2, 3]);
    const watching = await folded(bob);
    const hers = await folded(eve);
    assert.equal(await publish(hers, eve.log, { link: new Uint8Array(32), state: utf8('999 3') }), true);
    await until(s.world, () => watching.fold.trouble.get() !== null, 'the trouble');
    const trouble = watching.fold.trouble.get();
    assert.equal(trouble?.code, 'corrupt');
    assert.match(trouble?.detail ?? '', /by eve stands for other entries/);
    await ada.log.append(4);
    await until(s.world, () => watching.sum.count === 4, 'the rest');
    assert.equal(watching.sum.sum, 10);
    const { entries } = await bob.log.read({ last: 2 });
    assert.deepEqual(
      entries.map(({ isPart }) => isPart),
      [true, false],
    );
  });
});

test('[Q4] one that says to stand for what comes behind it is told as well', () => {
  clientScene(7, async (s) => {
    const [ada, bob] = (await party(s, ['bob'])) as [Party, Party];
    await appendAll(ada.log, [1, 2, 3]);
    const watching = await folded(bob);
    const hers = await folded(ada);
    await assert.rejects(publish(hers, ada.log, { from: 90 }), { code: 'malformed' });
    await until(s.world, () => watching.fold.trouble.get() !== null, 'the trouble');
    assert.equal(watching.fold.trouble.get()?.code, 'corrupt');
  });
});

test('[Q5] what a fold has become is kept, and opens at once and without the node', () => {
  clientScene(8, async (s) => {
    const [ada, bob] = (await party(s, ['bob'])) as [Party, Party];
    await appendAll(ada.log, ones(30));
    const first = await folded(bob);
    await first.fold.close();
    await bob.machine.close();
    await appendAll(ada.log, [5, 6]);
    s.node.isDown = true;
    s.node.cut();
    const again = await bob.machine.open({});
    const site = again.sites.get()[0];
    assert.ok(site !== undefined);
    const log = site.log('sum', { codec: numbers });
    const second = await folded({ log });
    assert.deepEqual([second.sum.loaded, second.sum.heard, second.sum.sum], [[30], [], 30]);
    s.node.isDown = false;
    await until(s.world, () => second.sum.count === 32, 'what came meanwhile');
    assert.deepEqual(second.sum.heard, [5, 6]);
    const rows = await bob.machine.keep.list('state/');
    assert.equal(rows.length, 1);
    assert.doesNotMatch(new TextDecoder().decode(rows[0]?.value), /30 30/, 'it is sealed');
  });
});

for (let turns = 0; turns < 12; turns++) {
  test(`[Q5] what arrives ${turns} turns before the device is closed is kept as heard, or not`, () => {
    clientScene(40 + turns, async (s) => {
      const [ada, bob] = (await party(s, ['bob'])) as [Party, Party];
      await appendAll(ada.log, ones(3));
      const { fold } = await folded(bob);
      const isComing = new Promise<void>((resolve) => {
        const stop = bob.log.bounds.subscribe(() => {
          stop();
          resolve();
        });
      });
      const closing = (async () => {
        await isComing;
        for (let i = 0; i < turns; i++) await Promise.resolve();
        await bob.machine.close();
      })();
      await Promise.all([ada.log.append(1), closing]);
      await fold.close();
      const [site] = (await bob.machine.open({})).sites.get();
      assert.ok(site !== undefined);
      const { sum } = await folded({ log: site.log('sum', { codec: numbers }) });
      await sleep(s.world, 1_000);
      assert.equal(sum.count, 4);
    });
  });
}

test('[Q5] a short log, and one that was opened from a snapshot, are kept soon, whoever is killed then', () => {
  clientScene(18, async (s) => {
    const [ada, bob] = (await party(s, ['bob'])) as [Party, Party];
    await appendAll(ada.log, [1, 2, 3]);
    const atAda = await folded(ada);
    await publish(atAda, ada.log);
    const atBob = await folded(bob);
    assert.deepEqual([atBob.sum.loaded, atBob.sum.heard], [[3], []], 'from the snapshot alone');
    await sleep(s.world, 15_000);
    s.node.isDown = true;
    s.node.cut();
    for (const { machine } of [ada, bob]) {
      machine.kill();
      const site = (await machine.open({})).sites.get()[0];
      assert.ok(site !== undefined);
      const { sum } = await folded({ log: site.log('sum', { codec: numbers }) });
      assert.deepEqual([sum.loaded, sum.sum], [[3], 6], machine.name);
    }
  });
});

test('[Q5] when the node has forgotten what was read, a fold begins anew', () => {
  clientScene(9, async (s) => {
    const [ada, bob] = (await party(s, ['bob'])) as [Party, Party];
    await appendAll(ada.log, ones(30));
    const first = await folded(bob);
    await s.node.loseLogs();
    await appendAll(ada.log, [3, 4]);
    await until(s.world, () => first.sum.count === 2, 'the log as it is now');
    assert.deepEqual([first.sum.sum, first.sum.loaded], [7, [null, null]]);
  });
});

test('[Q5] a state that was altered in the keep is none', () => {
  clientScene(10, async (s) => {
    const [ada, bob] = (await party(s, ['bob'])) as [Party, Party];
    await appendAll(ada.log, ones(3));
    await (await folded(bob)).fold.close();
    const [row] = await bob.machine.keep.list('state/');
    assert.ok(row !== undefined);
    const value = row.value.slice();
    value[value.length - 9]! ^= 1;
    await bob.machine.keep.write([{ name: row.name, value }]);
    const second = await folded(bob);
    assert.deepEqual([second.sum.loaded, second.sum.sum], [[null], 3]);
  });
});

test('[Q6] of devices that fold a log one makes the snapshot, when it is worth it, and then waits for as much', () => {
  clientScene(11, async (s) => {
    const [ada, ...others] = await party(s, ['bob', 'cleo', 'dan'], { codec: bulky });
    const folds = await Promise.all([ada, ...others].map((each) => folded(each, true)));
    const each = Math.ceil(snapshotWorthBytes / 1_064);
    await appendAll(ada.log, ones(each - 2));
    await sleep(s.world, 60_000);
    const parts = async (): Promise<number> => {
      const { entries } = await ada.log.read({ limit: 1_000 });
      return entries.filter((entry) => entry.isPart).length;
    };
    assert.equal(await parts(), 0, 'not yet');
    await appendAll(ada.log, ones(4));
    await sleep(s.world, 60_000);
    assert.equal(await parts(), 1, 'one of four');
    await appendAll(ada.log, ones(each + 2));
    await sleep(s.world, 60_000);
    assert.equal(await parts(), 2, 'and the next');
    const eve = await party(s, []).then(() => folded(others[0] ?? ada));
    assert.equal(eve.sum.count, 2 * each + 4);
    for (const { fold } of folds) assert.equal(fold.trouble.get(), null);
  });
});

test('[Q6] who may not write makes none, and is not refused again and again', () => {
  clientScene(12, async (s) => {
    const [ada, bob] = (await party(s, ['bob'], { codec: bulky, permissions: permission.read })) as [
      Party,
      Party,
    ];
    const reading = await folded(bob, true);
    await appendAll(ada.log, ones(200));
    await until(s.world, () => reading.sum.count === 200, 'all of it');
    await sleep(s.world, 60_000);
    const { entries } = await ada.log.read({ limit: 1_000 });
    assert.equal(
      entries.some((entry) => entry.isPart),
      false,
    );
    assert.equal(reading.fold.trouble.get(), null);
  });
});

test('[Q7] where entries were let go, a snapshot opens the log', () => {
  clientScene(13, async (s) => {
    s.node.retention = { replacedMs: 1 };
    await s.node.restart();
    const [ada, bob] = (await party(s, ['bob'], { codec: bulky })) as [Party, Party];
    await appendAll(ada.log, ones(250));
    await s.node.compact();
    const first = await folded(ada);
    assert.equal(await publish(first, ada.log), true);
    await sleep(s.world, 1_000);
    await s.node.compact();
    const second = await folded(bob);
    assert.deepEqual([second.sum.loaded, second.sum.sum, second.sum.heard], [[250], 250, []]);
    assert.ok((await bob.log.read({ last: 1 })).first > 100, 'they were let go');
  });
});

test('[Q3] an application that throws is told so, and hears nothing more', () => {
  clientScene(14, async (s) => {
    const [ada] = await party(s, []);
    const sum = new Sum();
    const wild = Object.assign(sum, {
      apply: () => {
        throw new Error('wild');
      },
    });
    const fold = await ada.log.fold(wild, {});
    await fold.ready;
    await ada.log.append(1);
    await until(s.world, () => fold.trouble.get() !== null, 'the trouble');
    assert.equal(fold.trouble.get()?.code, 'internal');
    await fold.close();
    assert.deepEqual(await ada.machine.keep.list('state/'), []);
  });
});

test('[Q1] who lacks the key of an entry that others read makes no snapshot and keeps nothing', () => {
  clientScene(15, async (s) => {
    const founder = s.machine('ada');
    const ada = await founder.open({ name: 'Ada' });
    const site = await ada.found({ title: 'Garden' });
    const log = site.log('sum', { codec: numbers });
    await log.append(1);
    await site.history(false);
    const guest = s.machine('bob');
    const bob = await (await guest.open({ name: 'Bob' })).join(await site.invite());
    await log.append(2);
    const { sum, fold } = await folded({ log: bob.log('sum', { codec: numbers }) });
    await until(s.world, () => sum.count === 2, 'both');
    assert.deepEqual(sum.heard, ['noKey', 2]);
    assert.equal(fold.saved(), null);
    await fold.close();
    assert.deepEqual(await guest.keep.list('state/'), []);
    const hers = await folded({ log });
    assert.equal(await publish(hers, log), true);
    const again = await folded({ log: bob.log('sum', { codec: numbers }) });
    assert.deepEqual([again.sum.loaded, again.sum.sum], [[2], 3], 'a snapshot says it to her');
  });
});

test('[Q4] whoever looks sees every snapshot of a log, and which of them does not hold', () => {
  clientScene(16, async (s) => {
    const [ada, eve] = (await party(s, ['eve'])) as [Party, Party];
    assert.deepEqual(await ada.log.snapshots(), []);
    await appendAll(ada.log, [1, 2, 3]);
    await publish(await folded(ada), ada.log);
    await ada.log.append(4);
    const hers = await folded(eve);
    await publish(hers, eve.log, { link: new Uint8Array(32) });
    const rows = await ada.log.snapshots();
    assert.deepEqual(
      rows.map(({ from, at, last, size, name, holds }) => [from, at, last, size, name, holds]),
      [
        [4, 4, 4, 3, 'Ada', true],
        [6, 6, 6, 4, 'eve', false],
      ],
    );
  });
});

test('[Q1, Q5] what was saved of a log that the node has forgotten meanwhile is no snapshot of the new one', () => {
  clientScene(17, async (s) => {
    const [ada, bob] = (await party(s, ['bob'])) as [Party, Party];
    await appendAll(ada.log, ones(5));
    const first = await folded(ada);
    const saved = first.fold.saved();
    assert.ok(saved !== null);
    s.node.isDown = true;
    s.node.cut();
    const publishing = first.fold.publish(saved);
    await s.node.loseLogs();
    s.node.isDown = false;
    await assert.rejects(publishing, { code: 'stale' });
    await appendAll(bob.log, [7, 8]);
    const second = await folded(bob);
    assert.deepEqual([second.sum.loaded, second.sum.sum], [[null], 15], 'nobody begins with it');
    await until(s.world, () => first.sum.sum === 15, 'the log as it is now');
  });
});

test('[Q5] what several logs keep at once is all listed, and all forgotten with the site', () => {
  clientScene(18, async (s) => {
    const [ada, bob] = (await party(s, ['bob'])) as [Party, Party];
    const site = bob.copse.sites.get()[0];
    assert.ok(site !== undefined);
    const logs = ['a', 'b', 'c'].map((name) => site.log(name, { codec: numbers }));
    const folds = await Promise.all(
      logs.map(async (log) => {
        await log.append(1);
        const { fold, sum } = await folded({ log });
        await until(s.world, () => sum.count === 1, 'the entry');
        return fold;
      }),
    );
    await Promise.all(folds.map((fold) => fold.close()));
    assert.equal((await bob.machine.keep.list('state/')).length, 3);
    await site.leave();
    await until(s.world, () => bob.copse.sites.get().length === 0, 'the end of the membership');
    await sleep(s.world, 1_000);
    assert.deepEqual(await bob.machine.keep.list('state/'), []);
    assert.equal(ada.copse.sites.get().length, 1);
  });
});

test('[Q5] a fold of a site that one has left keeps nothing any more', () => {
  clientScene(19, async (s) => {
    const [ada, bob] = (await party(s, ['bob'])) as [Party, Party];
    const { fold, sum } = await folded(bob);
    await appendAll(ada.log, [1, 2, 3]);
    await until(s.world, () => sum.count === 3, 'the entries');
    await bob.copse.sites.get()[0]?.leave();
    await sleep(s.world, 60_000);
    assert.equal(fold.trouble.get()?.code, 'forbidden');
    assert.deepEqual(await bob.machine.keep.list('state/'), []);
    await fold.close();
    assert.deepEqual(await bob.machine.keep.list('state/'), []);
  });
});

test('[Q3, Q4] who was away for long begins with the newest snapshot, like a newcomer', () => {
  clientScene(20, async (s) => {
    const [ada, bob] = (await party(s, ['bob'], { codec: bulky })) as [Party, Party];
    await appendAll(ada.log, ones(5));
    await (await folded(bob)).fold.close();
    for (let i = 0; i < 11; i++) await appendAll(ada.log, ones(200));
    const first = await folded(ada);
    assert.equal(await publish(first, ada.log), true);
    await ada.log.append(7);
    const second = await folded(bob);
    await until(s.world, () => second.sum.count === 2_206, 'all of it');
    assert.deepEqual(second.sum.loaded, [5, 2_205]);
    assert.equal(second.sum.sum, 2_212);
    assert.ok(second.sum.heard.length < 2_100, `${second.sum.heard.length} entries were heard one by one`);
  });
});

test('[Q6] a state that is too large is told, and nothing of it is kept or appended', () => {
  clientScene(21, async (s) => {
    const [ada] = await party(s, [], { codec: bulky });
    const fold = await ada.log.fold(
      { load: () => {}, apply: () => {}, save: () => new Uint8Array(stateBytesMax + 1) },
      { worthBytes: 2_000 },
    );
    await fold.ready;
    await appendAll(ada.log, ones(5));
    await until(s.world, () => fold.trouble.get() !== null, 'the trouble');
    assert.equal(fold.trouble.get()?.code, 'tooLarge');
    assert.deepEqual(await ada.machine.keep.list('state/'), []);
    assert.equal(
      (await ada.log.read({ last: 10 })).entries.some((entry) => entry.isPart),
      false,
    );
  });
});
