import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Device, Stage } from '../../../lab/suites/client-device.ts';
import { fromUtf8, utf8 } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { inFlightCountMax, unsyncedCountMax } from '../base/limits.ts';
import { MemoryKeep, type KeepChange } from './keep.ts';

const texts = (count: number, name = 'entry'): string[] =>
  Array.from({ length: count }, (_, i) => `${name} ${i + 1}`);

test('[S1] what one device appends, another reads, with its positions', () => {
  const stage = new Stage(1);
  stage.run(async () => {
    const [ada, bob] = [await Device.open(stage, 'ada'), await Device.open(stage, 'bob')];
    ada.upkeep.start();
    bob.upkeep.start();
    const reading = bob.read(bob.log('chat'), 1, (got) => got.length === 3);
    const outcomes = await Promise.all(texts(3).map((text) => ada.append(ada.log('chat'), text)));
    assert.deepEqual(
      outcomes,
      [1, 2, 3].map((at) => ({ kind: 'ok', at, durability: 'synced' })),
    );
    assert.deepEqual(await reading, texts(3));
  });
});

test('[S1] many appends in one turn travel in few writes', () => {
  const stage = new Stage(2);
  stage.run(async () => {
    const ada = await Device.open(stage, 'ada');
    ada.upkeep.start();
    await ada.append(ada.log('chat'), 'first');
    stage.tail.writes.length = 0;
    await Promise.all(texts(200).map((text) => ada.append(ada.log('chat'), text)));
    assert.ok(stage.tail.writes.length <= 4, `${stage.tail.writes.length} writes`);
  });
});

test('[S2] what was appended offline survives a restart and is sent once, in order', () => {
  const stage = new Stage(3);
  stage.run(async () => {
    const keep = new MemoryKeep();
    const first = await Device.open(stage, 'first', keep);
    for (const text of texts(500)) void first.append(first.log('chat'), text);
    await first.queue.flush();
    first.kill();
    const second = await Device.open(stage, 'second', keep);
    void second.append(second.log('chat'), 'after the restart');
    second.openLeftover();
    second.upkeep.start();
    const got = await second.read(second.log('chat'), 1, (all) => all.length === 501);
    assert.deepEqual(got, [...texts(500), 'after the restart']);
    await stage.until(() => second.queue.count === 0, 'an empty queue');
    assert.deepEqual(await keep.list('queue/'), []);
  });
});

test('[S2] a restart at any moment loses nothing that was kept and doubles nothing', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const stage = new Stage(seed);
    stage.run(async () => {
      const keep = new MemoryKeep();
      let appended = 0;
      for (let run = 0; run < 6; run++) {
        const device = await Device.open(stage, `run ${run}`, keep);
        device.openLeftover();
        device.upkeep.start();
        for (let i = 0; i < 5; i++) {
          void device.append(device.log('chat'), `entry ${++appended}`).catch(() => {});
          await stage.pause(stage.world.chance.between(0, 8));
        }
        await device.queue.flush();
        device.kill();
      }
      const last = await Device.open(stage, 'last', keep);
      last.openLeftover();
      last.upkeep.start();
      assert.deepEqual(await last.read(last.log('chat'), 1, (all) => all.length >= 30), texts(30));
      await stage.until(() => last.queue.count === 0, 'an empty queue');
      assert.equal(stage.tail.all()[0]?.entries.length, 30);
    });
  }
});

test('[L8] readers get everything once and in order through attach, live, lagging and cuts', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const stage = new Stage(seed);
    stage.run(async () => {
      const { chance } = stage.world;
      const [ada, bob] = [await Device.open(stage, 'ada'), await Device.open(stage, 'bob')];
      ada.upkeep.start();
      bob.upkeep.start();
      const isAll = (all: readonly string[]): boolean => all.length >= 120;
      const readings = [bob.read(bob.log('chat'), 1, isAll), bob.read(bob.log('chat'), 1, isAll)];
      const late = stage.pause(300).then(() => bob.read(bob.log('chat'), 1, isAll));
      for (let i = 1; i <= 120; i++) {
        void ada.append(ada.log('chat'), `entry ${i}`);
        if (chance.often(0.1)) stage.tail.cut();
        const kept = stage.tail.all()[0];
        if (kept !== undefined && chance.often(0.2))
          for (const session of stage.tail.sessions) session.lag(kept);
        await stage.pause(chance.between(0, 20));
      }
      for (const reading of [...readings, late]) assert.deepEqual(await reading, texts(120), `seed ${seed}`);
    });
  }
});

test('[L9] after crashes of the node every append is in the log once and its outcome is known', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const stage = new Stage(seed);
    stage.run(async () => {
      const { chance } = stage.world;
      const devices = [await Device.open(stage, 'ada'), await Device.open(stage, 'bob')];
      for (const device of devices) device.upkeep.start();
      const outcomes = devices.map((device, d) =>
        texts(60, `writer ${d}`).map(async (text) => {
          await stage.pause(chance.between(0, 2_000));
          return { text, outcome: await device.append(device.log('chat'), text) };
        }),
      );
      for (let i = 0; i < 5; i++) {
        await stage.pause(chance.between(50, 500));
        stage.tail.crash();
      }
      const all = (await Promise.all(outcomes.flat())).map(({ text, outcome }) => {
        assert.equal(outcome.kind, 'ok');
        return { text, at: outcome.kind === 'ok' ? outcome.at : 0 };
      });
      const reader = await Device.open(stage, 'reader');
      reader.upkeep.start();
      const got = await reader.read(reader.log('chat'), 1, (read) => read.length >= 120);
      for (const { text, at } of all) assert.equal(got[at - 1], text, `seed ${seed}`);
      assert.equal(new Set(got).size, 120);
    });
  }
});

test('[S7] a full queue refuses with `full` and keeps what it has', () => {
  const stage = new Stage(4);
  stage.run(async () => {
    const max = 500;
    const ada = await Device.open(stage, 'ada', new MemoryKeep(), max);
    const log = ada.log('chat');
    const value = utf8('x');
    const append = (): void => log.append({ id: ada.newId(), value, at: null, timeMs: 0, foreign: false });
    for (let i = 0; i < max; i++) append();
    assert.throws(append, { code: 'full' });
    assert.equal(ada.queue.count, max);
    assert.throws(append, { code: 'full' });
    // What it has is sent, and then there is room again.
    ada.upkeep.start();
    await stage.until(() => ada.queue.count === 0, 'an empty queue');
    assert.equal(stage.tail.kept(stage.site, log.log).entries.length, max);
    append();
  });
});

test('[S7] an append that the keep has no room for fails, and those before and after it arrive', () => {
  const stage = new Stage(5);
  stage.run(async () => {
    const keep = new MemoryKeep(4_000);
    const ada = await Device.open(stage, 'ada', keep);
    const log = ada.log('chat');
    const small = ada.append(log, 'small');
    await ada.queue.flush();
    const tooLarge = [ada.append(log, 'x'.repeat(5_000)), ada.append(log, 'beside it')];
    await ada.queue.flush();
    const after = ada.append(log, 'after');
    ada.upkeep.start();
    const failures = await Promise.all(tooLarge);
    for (const failure of failures) {
      assert.ok(failure.kind === 'failed' && failure.fault.code === 'full');
    }
    assert.equal((await small).kind, 'ok');
    assert.equal((await after).kind, 'ok');
    const got = await ada.read(log, 1, (all) => all.length === 2);
    assert.deepEqual(got, ['small', 'after']);
  });
});

test('[L2] a keep that is slow to forget holds sending back, so that every resent entry is recognised', () => {
  const stage = new Stage(16);
  stage.run(async () => {
    const keep = new StickyKeep();
    const ada = await Device.open(stage, 'ada', keep);
    ada.upkeep.start();
    const log = ada.log('chat');
    await ada.append(log, 'first');
    await ada.queue.flush();
    const all = Promise.all(texts(2_000).map((text) => ada.append(log, text)));
    await stage.pause(20);
    keep.isStuck = true;
    await stage.pause(10_000);
    const rows = await keep.list('queue/');
    const arrived = stage.tail.kept(stage.site, log.log).entries.length;
    const deleted = 2_001 - rows.length;
    assert.ok(
      arrived - deleted <= inFlightCountMax + unsyncedCountMax,
      `${arrived} arrived, ${deleted} deleted`,
    );
    assert.ok(arrived < 2_001);
    keep.release();
    await all;
  });
});

/** A keep whose deletions take for ever while it is stuck. */
class StickyKeep extends MemoryKeep {
  isStuck = false;
  #waiting: (() => void)[] = [];

  override async write(changes: readonly KeepChange[]): Promise<void> {
    if (this.isStuck && changes.some(({ value }) => value === null)) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    await super.write(changes);
  }

  release(): void {
    this.isStuck = false;
    for (const go of this.#waiting) go();
  }
}

test('[S2] a keep that refused to forget is asked again, though nothing else is written to it', () => {
  const stage = new Stage(17);
  stage.run(async () => {
    const keep = new ForgetfulKeep();
    const ada = await Device.open(stage, 'ada', keep);
    ada.upkeep.start();
    const log = ada.log('chat');
    keep.isFull = true;
    await Promise.all(texts(unsyncedCountMax).map((text) => ada.append(log, text)));
    await ada.queue.flush();
    assert.ok(ada.queue.isUnsynced);
    keep.isFull = false;
    const outcome = await ada.append(log, 'conditional', unsyncedCountMax + 1);
    assert.deepEqual(outcome, { kind: 'ok', at: unsyncedCountMax + 1, durability: 'synced' });
  });
});

/** A keep that refuses every deletion while it is full. */
class ForgetfulKeep extends MemoryKeep {
  isFull = false;

  override async write(changes: readonly KeepChange[]): Promise<void> {
    if (this.isFull && changes.some(({ value }) => value === null)) throw new Fault('full', 'a keep');
    await super.write(changes);
  }
}

test('[L6] a writer that the log forgot finds what is there and sends the rest as somebody new', () => {
  const stage = new Stage(6);
  stage.run(async () => {
    const ada = await Device.open(stage, 'ada');
    ada.upkeep.start();
    const log = ada.log('chat');
    await Promise.all(texts(10).map((text) => ada.append(log, text)));
    const kept = stage.tail.kept(stage.site, log.log);
    stage.tail.forgetWriters(kept);
    const more = await Promise.all(texts(5, 'more').map((text) => ada.append(log, text)));
    assert.deepEqual(
      more.map((outcome) => outcome.kind === 'ok' && outcome.at),
      [11, 12, 13, 14, 15],
    );
    assert.equal(kept.entries.length, 15);
  });
});

test('[L9] an entry that arrived before its writer was forgotten is not sent again', () => {
  const stage = new Stage(7);
  stage.run(async () => {
    const keep = new MemoryKeep();
    const first = await Device.open(stage, 'first', keep);
    first.upkeep.start();
    const log = first.log('chat');
    await first.append(log, 'known');
    const kept = stage.tail.kept(stage.site, log.log);
    // Two arrive, but the device dies before it hears of it.
    for (const text of texts(2, 'unheard')) void first.append(log, text).catch(() => {});
    await first.queue.flush();
    const rows = await keep.list('queue/');
    assert.equal(rows.length, 2);
    await stage.until(() => kept.entries.length === 3, 'the entries', 1_000);
    first.kill();
    stage.tail.forgetWriters(kept);
    await keep.write(rows);
    const second = await Device.open(stage, 'second', keep);
    second.openLeftover();
    void second.append(second.log('chat'), 'new');
    second.upkeep.start();
    const got = await second.read(second.log('chat'), 1, (all) => all.length === 4);
    assert.deepEqual(got, ['known', 'unheard 1', 'unheard 2', 'new']);
    await stage.until(() => second.queue.count === 0, 'an empty queue');
    assert.equal(kept.entries.length, 4);
  });
});

test('[L2] a keep that was restored from a copy gives no identity twice', () => {
  const stage = new Stage(8);
  stage.run(async () => {
    const keep = new MemoryKeep();
    const first = await Device.open(stage, 'first', keep);
    const copy = new MemoryKeep();
    await copy.write(await keep.list(''));
    first.upkeep.start();
    first.kill();
    const second = await Device.open(stage, 'second', keep);
    second.upkeep.start();
    await Promise.all(texts(3, 'second').map((text) => second.append(second.log('chat'), text)));
    second.kill();
    // The copy knows nothing of the second run and counts to the same epoch.
    const third = await Device.open(stage, 'third', copy);
    assert.equal(third.identity.epoch, second.identity.epoch);
    for (const text of texts(3, 'third')) void third.append(third.log('chat'), text);
    third.upkeep.start();
    const got = await third.read(third.log('chat'), 1, (all) => all.length === 6);
    assert.deepEqual(got, [...texts(3, 'second'), ...texts(3, 'third')]);
  });
});

test('[L11] entries under a refused key epoch are sealed again and keep their order', () => {
  const stage = new Stage(9);
  stage.run(async () => {
    const ada = await Device.open(stage, 'ada');
    ada.upkeep.start();
    const log = ada.log('chat');
    await ada.append(log, 'old key');
    stage.tail.kept(stage.site, log.log).keyEpoch = 2;
    let asked = 0;
    ada.renewKeys = async (keyEpoch) => {
      await stage.pause(100);
      if (++asked === 1) throw new Fault('deadline');
      ada.keys.add({ ...stage.secrets, epoch: keyEpoch, key: new Uint8Array(32).fill(9) });
    };
    const outcomes = texts(5).map((text) => ada.append(log, text));
    await Promise.all(outcomes);
    assert.equal(asked, 2);
    assert.deepEqual(await ada.read(log, 1, (all) => all.length === 6), ['old key', ...texts(5)]);
  });
});

test('[L7] a conditional append takes its position or changes nothing, and others wait for it', () => {
  const stage = new Stage(10);
  stage.run(async () => {
    const ada = await Device.open(stage, 'ada');
    assert.throws(
      () => ada.log('chat').append({ id: ada.newId(), value: utf8('x'), at: 1, timeMs: 0, foreign: false }),
      {
        code: 'closed',
      },
    );
    ada.upkeep.start();
    const log = ada.log('chat');
    const outcomes = [await ada.append(log, 'one')];
    const asked = [
      ada.append(log, 'two', 2),
      ada.append(log, 'lost', 2),
      ada.append(log, 'three'),
      ada.append(log, 'four', 4),
    ];
    outcomes.push(...(await Promise.all(asked)));
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.kind === 'ok' ? outcome.at : outcome)),
      [1, 2, { kind: 'conflict', tail: 3 }, 3, 4],
    );
    assert.deepEqual(await ada.read(log, 1, (all) => all.length === 4), ['one', 'two', 'three', 'four']);
  });
});

test('[L7] a conditional append whose connection is cut learns its fate on the next one', () => {
  for (let seed = 1; seed <= 30; seed++) {
    const stage = new Stage(seed);
    stage.run(async () => {
      const ada = await Device.open(stage, 'ada');
      ada.upkeep.start();
      const log = ada.log('chat');
      await ada.append(log, 'one');
      const asked = ada.append(log, 'two', 2);
      const behind = ada.append(log, 'three');
      await stage.pause(stage.world.chance.unit() * 6);
      stage.tail.crash();
      assert.deepEqual(await asked, { kind: 'ok', at: 2, durability: 'synced' });
      assert.deepEqual(await behind, { kind: 'ok', at: 3, durability: 'synced' });
    });
  }
});

test('[T8] a node without room is asked again until it has some', () => {
  const stage = new Stage(11);
  stage.run(async () => {
    const ada = await Device.open(stage, 'ada');
    ada.upkeep.start();
    const log = ada.log('chat');
    await ada.append(log, 'one');
    stage.tail.isFull = true;
    const waiting = Promise.all(texts(20).map((text) => ada.append(log, text)));
    await stage.pause(2_000);
    stage.tail.isFull = false;
    await waiting;
    assert.deepEqual(await ada.read(log, 1, (all) => all.length === 21), ['one', ...texts(20)]);
  });
});

test('[J6] a reader before the first kept position is told what is gone', () => {
  const stage = new Stage(12);
  stage.run(async () => {
    const ada = await Device.open(stage, 'ada');
    ada.upkeep.start();
    const log = ada.log('chat');
    await Promise.all(texts(20).map((text) => ada.append(log, text)));
    stage.tail.trim(stage.tail.kept(stage.site, log.log), 15);
    const bob = await Device.open(stage, 'bob');
    bob.upkeep.start();
    const got = await bob.read(bob.log('chat'), 3, (all) => all.length === 7);
    assert.deepEqual(got, ['gap 3-15', ...texts(20).slice(14)]);
    const reader = bob.log('chat').read('first');
    const taken = await reader.take(1);
    assert.ok(taken?.kind === 'items' && taken.items[0]?.at === 15);
  });
});

test('[T5] a revoked right ends readers and appends with its fault', () => {
  const stage = new Stage(13);
  stage.run(async () => {
    const ada = await Device.open(stage, 'ada');
    ada.upkeep.start();
    const log = ada.log('chat');
    await ada.append(log, 'one');
    const reader = log.read(2);
    const taking = reader.take(100);
    await stage.pause(20);
    stage.permissions = 0;
    stage.tail.revoke(stage.tail.kept(stage.site, log.log), 'revoked');
    await assert.rejects(taking, { code: 'revoked' });
    assert.equal(log.trouble?.code, 'revoked');
    assert.throws(
      () => log.append({ id: ada.newId(), value: utf8('x'), at: null, timeMs: 0, foreign: false }),
      {
        code: 'revoked',
      },
    );
  });
});

test('[U1, L9] an entry that is read back does not wait any more, whatever answer was lost', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const stage = new Stage(seed);
    stage.run(async () => {
      const { chance } = stage.world;
      const ada = await Device.open(stage, 'ada');
      ada.upkeep.start();
      const log = ada.log('chat');
      const reading = ada.read(log, 1, (all) => {
        const waiting = new Set([...log.audience.waiting.values()].map(({ value }) => fromUtf8(value)));
        for (const text of all) assert.ok(!waiting.has(text), `seed ${seed}: ${text} is shown twice`);
        return all.length >= 60;
      });
      for (const text of texts(60)) {
        void ada.append(log, text);
        if (chance.often(0.1)) stage.tail.cut();
        if (chance.often(0.05)) stage.tail.crash();
        await stage.pause(chance.between(0, 20));
      }
      assert.deepEqual(await reading, texts(60), `seed ${seed}`);
      await stage.until(() => log.audience.waiting.size === 0, 'an outcome of everything');
    });
  }
});
