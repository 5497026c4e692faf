import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Fault } from '../base/fault.ts';
import { logId, siteId } from '../base/ids.ts';
import { unsyncedCountMax } from '../base/limits.ts';
import { deferred, type Deferred } from './deferred.ts';
import { MemoryKeep, type KeepChange, type Safety } from './keep.ts';
import { Queue, type Waiting } from './queue.ts';

const place = { site: siteId('51'.repeat(16)), log: logId('10'.repeat(16)) };

function waiting(seq: number, part: Partial<Waiting> = {}): Waiting {
  const id = seq.toString(16).padStart(16, '0');
  return { id, epoch: 1, seq, from: 1, bytes: new Uint8Array(10).fill(seq), foreign: false, ...part };
}

/** A keep whose writes take until the test lets them through. */
class SlowKeep extends MemoryKeep {
  #isOpen = false;
  readonly writes: {
    readonly changes: readonly KeepChange[];
    readonly safety: Safety;
    readonly gate: Deferred<void>;
  }[] = [];

  /** Lets everything through from now on. */
  async pass(queue: Queue): Promise<void> {
    this.#isOpen = true;
    for (const { gate } of this.writes) gate.resolve();
    await queue.flush();
  }

  override async write(changes: readonly KeepChange[], safety: Safety = 'strict'): Promise<void> {
    const gate = deferred<void>();
    this.writes.push({ changes, safety, gate });
    if (!this.#isOpen) await gate.promise;
    await super.write(changes);
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

test('[S2] rows come back in the order of their identities', async () => {
  const keep = new MemoryKeep();
  const queue = await Queue.load(keep);
  const rows = [waiting(255), waiting(256), waiting(1, { epoch: 2 }), waiting(9), waiting(10)];
  await Promise.all(rows.map((row) => queue.put(place, row)));
  const again = await Queue.load(keep);
  const [found] = [...again.leftover()];
  assert.deepEqual(found?.place, place);
  assert.deepEqual(
    found?.waiting.map(({ epoch, seq }) => [epoch, seq]),
    [
      [1, 9],
      [1, 10],
      [1, 255],
      [1, 256],
      [2, 1],
    ],
  );
  assert.deepEqual(found?.waiting[0], waiting(9));
  assert.deepEqual([...again.leftover()], []);
  assert.equal(again.count, 5);
});

test('[S2] what is put and dropped while a write is under way becomes the next write', async () => {
  const keep = new SlowKeep();
  const queue = await Queue.load(keep);
  const first = queue.put(place, waiting(1));
  await turn();
  for (let seq = 2; seq <= 50; seq++) void queue.put(place, waiting(seq));
  queue.drop(place, waiting(1), 1);
  assert.equal(keep.writes.length, 1);
  keep.writes[0]?.gate.resolve();
  await first;
  await turn();
  assert.equal(keep.writes.length, 2);
  assert.equal(keep.writes[1]?.changes.length, 50);
  await keep.pass(queue);
  assert.equal((await keep.list('queue/')).length, 49);
});

test('[L2] rows that power loss could bring back are few, because deletions become durable in time', async () => {
  const keep = new SlowKeep();
  const queue = await Queue.load(keep);
  let synced = 0;
  queue.onSynced(() => synced++);
  for (let seq = 1; seq <= unsyncedCountMax; seq++) {
    assert.equal(queue.isUnsynced, false, `after ${seq - 1}`);
    void queue.put(place, waiting(seq));
    queue.drop(place, waiting(seq), seq);
  }
  assert.equal(queue.isUnsynced, true);
  await turn();
  assert.equal(keep.writes[0]?.safety, 'strict');
  assert.equal(synced, 0);
  await keep.pass(queue);
  assert.deepEqual([queue.isUnsynced, synced], [false, 1]);
});

test('[L2] few deletions do not cost a write to the disk of their own', async () => {
  const keep = new SlowKeep();
  const queue = await Queue.load(keep);
  void queue.put(place, waiting(1));
  queue.drop(place, waiting(1), 1);
  await turn();
  assert.equal(keep.writes[0]?.safety, 'relaxed');
});

test('[S5] the outcome of what another tab asked for is remembered, of others not', async () => {
  const keep = new MemoryKeep();
  const queue = await Queue.load(keep);
  for (const row of [waiting(1, { foreign: true }), waiting(2), waiting(3, { foreign: true })]) {
    await queue.put(place, row);
  }
  queue.drop(place, waiting(1, { foreign: true }), 17);
  queue.drop(place, waiting(2), 18);
  queue.drop(place, waiting(3, { foreign: true }), null);
  await queue.flush();
  for (const each of [queue, await Queue.load(keep)]) {
    assert.equal(each.outcome(waiting(1).id), 17);
    assert.equal(each.outcome(waiting(2).id), undefined);
    assert.equal(each.outcome(waiting(3).id), undefined);
  }
});

test('[S7] a write that fails refuses its rows and leaves room for others', async () => {
  const keep = new MemoryKeep(200);
  const queue = await Queue.load(keep);
  await assert.rejects(queue.put(place, waiting(1, { bytes: new Uint8Array(300) })), { code: 'full' });
  queue.drop(place, waiting(1, { bytes: new Uint8Array(300) }), null);
  await queue.put(place, waiting(2));
  assert.equal(queue.count, 1);
  assert.equal((await keep.list('queue/')).length, 1);
});

test('[L2] what the keep refused to make last is tried again when somebody asks for it', async () => {
  const keep = new MemoryKeep();
  const write = keep.write.bind(keep);
  keep.write = () => Promise.reject(new Error('no room'));
  const queue = await Queue.load(keep);
  for (let seq = 1; seq <= unsyncedCountMax; seq++) {
    queue.put(place, waiting(seq)).catch(() => {});
    queue.drop(place, waiting(seq), seq);
  }
  await queue.flush();
  queue.sync();
  await queue.flush();
  assert.equal(queue.isUnsynced, true);
  keep.write = write;
  queue.sync();
  await queue.flush();
  assert.equal(queue.isUnsynced, false);
});

test('[L2] a row that the keep refused to forget is forgotten with the next write, not never', async () => {
  const keep = new SlowKeep();
  const queue = await Queue.load(keep);
  const [first, second] = [waiting(1), waiting(2)];
  const kept = queue.put(place, first);
  await turn();
  await keep.pass(queue);
  await kept;
  const write = keep.write.bind(keep);
  keep.write = () => Promise.reject(new Fault('full', 'the keep'));
  queue.drop(place, first, 7);
  await queue.flush();
  keep.write = write;
  await queue.put(place, second);
  const again = await Queue.load(keep);
  const [found] = [...again.leftover()];
  assert.deepEqual(
    found?.waiting.map(({ seq }) => seq),
    [2],
  );
});

test('[L2] an entry that gets another identity has it for good before it is sent under it', async () => {
  const keep = new SlowKeep();
  const queue = await Queue.load(keep);
  const [old, again, next] = [waiting(4), waiting(4, { bytes: new Uint8Array(9) }), waiting(1, { epoch: 2 })];
  void queue.put(place, old);
  await turn();
  void queue.replace(place, old, again);
  await turn();
  await keep.pass(queue);
  await queue.replace(place, again, next);
  assert.deepEqual(
    keep.writes.map(({ safety }) => safety),
    ['relaxed', 'relaxed', 'strict'],
  );
});

/** Refuses what is written while it is full. */
class FullKeep extends MemoryKeep {
  isFull = false;

  override async write(changes: readonly KeepChange[]): Promise<void> {
    if (this.isFull) throw new Fault('full', 'the keep');
    await super.write(changes);
  }
}

async function names(keep: MemoryKeep): Promise<readonly string[]> {
  const [found] = [...(await Queue.load(keep)).leftover()];
  return (found?.waiting ?? []).map(({ epoch, seq }) => `${epoch}.${seq}`);
}

test('[S2] an entry whose next identity the keep refuses stays under the one that it has, until it gets one', async () => {
  const keep = new FullKeep();
  const queue = await Queue.load(keep);
  const [first, second, third, fourth] = [1, 2, 3, 4].map((epoch) => waiting(1, { epoch })) as [
    Waiting,
    Waiting,
    Waiting,
    Waiting,
  ];
  await queue.put(place, first);
  keep.isFull = true;
  await assert.rejects(queue.replace(place, first, second), { code: 'full' });
  await assert.rejects(queue.replace(place, second, third), { code: 'full' });
  assert.deepEqual(await names(keep), ['1.1']);
  keep.isFull = false;
  await queue.put(place, waiting(9, { epoch: 9 }));
  assert.deepEqual(await names(keep), ['1.1', '9.9'], 'nothing else takes it away');
  await queue.replace(place, third, fourth);
  assert.deepEqual(await names(keep), ['4.1', '9.9']);
  assert.equal(queue.count, 2);
});

test('[S2] of an entry that is dropped between two identities nothing stays', async () => {
  const keep = new FullKeep();
  const queue = await Queue.load(keep);
  const [first, second] = [waiting(1), waiting(1, { epoch: 2 })];
  await queue.put(place, first);
  keep.isFull = true;
  await assert.rejects(queue.replace(place, first, second), { code: 'full' });
  queue.drop(place, second, null);
  await queue.flush();
  keep.isFull = false;
  await queue.put(place, waiting(9));
  assert.deepEqual(await names(keep), ['1.9']);
  assert.equal(queue.count, 1);
});

test('[S2] an entry replaced again while the first time is being written is there once, and whole', async () => {
  const keep = new SlowKeep();
  const queue = await Queue.load(keep);
  const [first, second, third] = [waiting(1), waiting(1, { epoch: 2 }), waiting(1, { epoch: 3 })];
  void queue.put(place, first);
  await turn();
  void queue.replace(place, first, second);
  keep.writes[0]?.gate.resolve();
  await turn();
  const last = queue.replace(place, second, third);
  keep.writes[1]?.gate.resolve();
  await turn();
  keep.writes[2]?.gate.reject(new Fault('full', 'the keep'));
  await assert.rejects(last, { code: 'full' });
  assert.deepEqual(await names(keep), ['2.1']);
  const again = queue.replace(place, third, waiting(1, { epoch: 4 }));
  await keep.pass(queue);
  await again;
  assert.deepEqual(await names(keep), ['4.1']);
});

test('[S2] of an entry that is refused while it waits sealed anew nothing stays', async () => {
  const keep = new SlowKeep();
  const queue = await Queue.load(keep);
  const [first, anew] = [waiting(1), waiting(1, { bytes: new Uint8Array(9) })];
  const refused = assert.rejects(queue.put(place, first), { code: 'full' });
  await turn();
  void queue.replace(place, first, anew);
  keep.writes[0]?.gate.reject(new Fault('full', 'the keep'));
  await refused;
  queue.drop(place, anew, null);
  await turn();
  await keep.pass(queue);
  assert.deepEqual(await names(keep), []);
});

test('[S2] an entry that is refused while it waits sealed anew, and gets another identity, is there once', async () => {
  const keep = new SlowKeep();
  const queue = await Queue.load(keep);
  const [first, anew, next] = [
    waiting(1),
    waiting(1, { bytes: new Uint8Array(9) }),
    waiting(1, { epoch: 2 }),
  ];
  const refused = assert.rejects(queue.put(place, first), { code: 'full' });
  await turn();
  void queue.replace(place, first, anew);
  keep.writes[0]?.gate.reject(new Fault('full', 'the keep'));
  await refused;
  const kept = queue.replace(place, anew, next);
  await turn();
  await keep.pass(queue);
  await kept;
  assert.deepEqual(await names(keep), ['2.1']);
});

test('[S2] an entry sealed anew under an identity that the keep had refused leaves the one that it had', async () => {
  const keep = new FullKeep();
  const queue = await Queue.load(keep);
  const [first, second] = [waiting(1), waiting(1, { epoch: 2 })];
  await queue.put(place, first);
  keep.isFull = true;
  await assert.rejects(queue.replace(place, first, second), { code: 'full' });
  keep.isFull = false;
  await queue.replace(place, second, { ...second, bytes: new Uint8Array(9) });
  assert.deepEqual(await names(keep), ['2.1']);
});
