import assert from 'node:assert/strict';
import { test } from 'node:test';

import { World } from '../../../lab/sim/world.ts';
import { play, sleep, until } from '../../../lab/suites/sim-node.ts';
import type { Page } from '../api/tail.ts';
import { concat, fromUtf8, utf8 } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { deviceId, siteId } from '../base/ids.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { deferred, type Deferred } from './deferred.ts';
import type { LogReader, ReadLease } from './log-reader.ts';
import { LogSource } from './log-source.ts';
import { newSiteSecrets, SiteKeys } from './site-keys.ts';
import { Tape } from './tape.ts';

const device = deviceId('ab'.repeat(8));

/** A log whose entry at position n says n, and a lease whose answers the test gives when it wants. */
class Bench {
  readonly world = new World(1);
  readonly keys: SiteKeys;
  readonly source: LogSource;
  readonly attaches: { readonly from: number; readonly answer: Deferred<Page> }[] = [];
  readonly reads: number[] = [];
  detachCount = 0;
  tail = 1;
  /** From there on the log is another one than before. */
  otherFrom = Number.POSITIVE_INFINITY;
  readonly alarms: Fault[] = [];
  readonly sealed = new Map<string, Uint8Array>();

  constructor() {
    const env = this.world.env('device');
    this.keys = new SiteKeys(nativePrimitives(), env, siteId('51'.repeat(16)), newSiteSecrets(env));
    const log = this.keys.logId('chat');
    const onSetBack = (fault: Fault): void => void this.alarms.push(fault);
    this.source = new LogSource({ env, keys: this.keys, log, onChange: () => {}, onSetBack });
  }

  entries(from: number, to: number): Uint8Array {
    const log = this.keys.logId('chat');
    const parts: Uint8Array[] = [];
    for (let at = from; at < to; at++) {
      const text = at < this.otherFrom ? `${at}` : `${at}'`;
      const writer = { device, epoch: text.length, seq: at, timeMs: at };
      // An entry has the same bytes for everybody, however often it is sent.
      const entry = this.sealed.get(text) ?? this.keys.sealEntry(log, writer, utf8(text));
      this.sealed.set(text, entry);
      parts.push(entry);
    }
    return concat(...parts);
  }

  page(from: number, to: number, live: boolean): Page {
    const entries = this.entries(from, to);
    return { kind: 'page', at: from, count: to - from, tail: this.tail, live, entries };
  }

  push(from: number, to: number): void {
    this.source.pushed({ at: from, count: to - from, entries: this.entries(from, to) });
  }

  /** A lease on a log of `tail - 1` entries; reads are answered at once, attaches by the test. */
  lease(tail: number): ReadLease {
    this.tail = tail;
    return {
      first: 1,
      tail,
      attach: (from) => {
        const answer = deferred<Page>();
        this.attaches.push({ from, answer });
        return answer.promise;
      },
      detach: () => {
        this.detachCount++;
      },
      read: async (from) => {
        this.reads.push(from);
        return this.page(from, Math.min(from + 3, this.tail), false);
      },
    };
  }
}

async function takeText(reader: LogReader): Promise<string> {
  const taken = await reader.take(1 << 20);
  if (taken === null) return 'over';
  if (taken.kind === 'gap') return `gap ${taken.gap.from}-${taken.gap.to}`;
  return taken.items.map((item) => item.broken ?? fromUtf8(item.value)).join(' ');
}

function bench(act: (bench: Bench) => Promise<void>): void {
  const made = new Bench();
  play(made.world, () => act(made));
}

test('[L8] pushes that overtake the answer to an attach are taken after it', () => {
  bench(async (it) => {
    const reader = it.source.reader(5);
    it.source.opened(it.lease(5));
    assert.deepEqual(
      it.attaches.map(({ from }) => from),
      [5],
    );
    it.push(5, 7);
    it.push(7, 8);
    it.attaches[0]?.answer.resolve(it.page(5, 6, true));
    const texts = [await takeText(reader), await takeText(reader), await takeText(reader)];
    assert.equal(texts.join(' '), '5 6 7');
    assert.equal(it.attaches.length, 1);
  });
});

test('[L8] entries that were delivered before are not delivered again', () => {
  bench(async (it) => {
    const reader = it.source.reader(5);
    it.source.opened(it.lease(5));
    it.attaches[0]?.answer.resolve(it.page(5, 8, true));
    assert.equal(await takeText(reader), '5 6 7');
    it.push(6, 10);
    assert.equal(await takeText(reader), '8 9');
    it.push(7, 9);
    it.push(10, 11);
    assert.equal(await takeText(reader), '10');
  });
});

test('[L8] a gap in the pushes is closed by attaching again', () => {
  bench(async (it) => {
    const reader = it.source.reader(1);
    it.source.opened(it.lease(1));
    it.attaches[0]?.answer.resolve(it.page(1, 1, true));
    await sleep(it.world, 1);
    it.push(3, 4);
    assert.deepEqual(
      it.attaches.map(({ from }) => from),
      [1, 1],
    );
    it.tail = 4;
    it.attaches[1]?.answer.resolve(it.page(1, 4, true));
    assert.equal(await takeText(reader), '1 2 3');
  });
});

test('[L8] the answer of a connection that has ended is void', () => {
  bench(async (it) => {
    const reader = it.source.reader(5);
    it.source.opened(it.lease(5));
    it.source.closed();
    it.source.opened(it.lease(5));
    it.attaches[0]?.answer.resolve(it.page(5, 9, true));
    await sleep(it.world, 1);
    it.attaches[1]?.answer.resolve(it.page(5, 7, true));
    assert.equal(await takeText(reader), '5 6');
  });
});

test('[L8] readers from the past read pages up to where the others are, and share from there', () => {
  bench(async (it) => {
    const [old, fresh] = [it.source.reader(1), it.source.reader({ last: 2 })];
    it.source.opened(it.lease(8));
    it.attaches[0]?.answer.resolve(it.page(8, 8, true));
    assert.equal(await takeText(fresh), '6 7');
    const texts = [await takeText(old), await takeText(old), await takeText(old)];
    assert.equal(texts.join(' '), '1 2 3 4 5 6 7');
    it.tail = 9;
    it.push(8, 9);
    assert.deepEqual([await takeText(old), await takeText(fresh)], ['8', '8']);
    // The last one of the older reader's pages is in the copy that the other one's page has made.
    assert.deepEqual(it.reads, [6, 1, 4]);
  });
});

test('[T4] a log that nobody reads any more is detached, and attached again for the next one', () => {
  bench(async (it) => {
    const reader = it.source.reader(5);
    it.source.opened(it.lease(5));
    it.attaches[0]?.answer.resolve(it.page(5, 5, true));
    await sleep(it.world, 1);
    assert.equal(it.source.isCurrent, true);
    reader.close();
    assert.equal(it.detachCount, 1);
    assert.equal(await takeText(reader), 'over');
    const stop = it.source.watch();
    assert.equal(it.attaches.length, 2);
    stop();
    stop();
    assert.equal(it.source.isWanted, false);
  });
});

test('[S4] a question that the node did not answer is asked again', () => {
  bench(async (it) => {
    const reader = it.source.reader(1);
    const lease = it.lease(4);
    let failures = 2;
    it.source.opened({
      ...lease,
      read: (from) => (failures-- > 0 ? Promise.reject(new Fault('tooMany')) : lease.read(from)),
    });
    it.attaches[0]?.answer.reject(new Fault('deadline'));
    assert.equal(await takeText(reader), '1 2 3');
    await sleep(it.world, 2_000);
    assert.deepEqual(
      it.attaches.map(({ from }) => from),
      [4, 4],
    );
  });
  bench(async (it) => {
    const gone = it.source.reader(1);
    it.source.opened({ ...it.lease(4), read: () => Promise.reject(new Fault('forbidden')) });
    await assert.rejects(gone.take(1), { code: 'forbidden' });
  });
});

test('[G2] a tape holds no more than its bytes and always the newest run', () => {
  const tape = new Tape(10, 100);
  for (let at = 10; at < 40; at += 2) tape.push({ at, count: 2, entries: new Uint8Array(30) });
  assert.equal(tape.next, 40);
  assert.equal(tape.first, 34);
  assert.equal(tape.find(33), undefined);
  assert.equal(tape.find(35)?.at, 34);
  assert.equal(tape.find(39)?.at, 38);
  assert.equal(tape.find(40), undefined);
  tape.push({ at: 40, count: 1, entries: new Uint8Array(500) });
  assert.equal(tape.first, 40);
  assert.throws(() => tape.push({ at: 42, count: 1, entries: new Uint8Array(1) }), {
    name: 'AssertionError',
  });
  tape.skipTo(50);
  assert.deepEqual([tape.first, tape.next, tape.find(40)], [50, 50, undefined]);
});

/** A reader that has read 1 to 6 on a connection that has ended. */
async function readSix(it: Bench): Promise<LogReader> {
  const reader = it.source.reader(1);
  it.source.opened(it.lease(1));
  it.attaches[0]?.answer.resolve(it.page(1, 7, true));
  assert.equal(await takeText(reader), '1 2 3 4 5 6');
  it.source.closed();
  return reader;
}

test('[L12] a log that ends before what was read of it has been set back: readers begin anew at its end', () => {
  bench(async (it) => {
    const reader = await readSix(it);
    it.source.opened(it.lease(4));
    const texts = takeText(reader);
    await until(it.world, () => it.alarms.length === 1, 'the alarm');
    assert.equal(it.alarms[0]?.code, 'fork');
    await until(it.world, () => it.attaches.length === 2, 'the attach');
    it.otherFrom = 4;
    it.tail = 6;
    it.attaches[1]?.answer.resolve(it.page(4, 6, true));
    assert.equal(await texts, "4' 5'");
    assert.ok(it.source.copy.first >= 4);
  });
});

test('[L12] a log that has grown again is known by the last entry that was read, and read from where it is another', () => {
  bench(async (it) => {
    const reader = await readSix(it);
    it.otherFrom = 5;
    it.source.opened(it.lease(9));
    const texts = takeText(reader);
    await until(it.world, () => it.attaches.length === 2, 'the attach');
    assert.equal(it.attaches[1]?.from, 1);
    it.attaches[1]?.answer.resolve(it.page(1, 9, true));
    await until(it.world, () => it.alarms.length === 1, 'the alarm');
    assert.match(it.alarms[0]?.detail ?? '', /entry 5/);
    assert.equal(await texts, "5' 6' 7'");
  });
});

test('[L12] a page behind what was read begins with the last entries, and nobody is told of a log that has only grown', () => {
  bench(async (it) => {
    const reader = await readSix(it);
    it.source.opened(it.lease(9));
    await until(it.world, () => it.attaches.length === 2, 'the attach');
    it.attaches[1]?.answer.resolve(it.page(1, 7, false));
    await until(it.world, () => it.attaches.length === 3, 'the next page');
    assert.deepEqual(
      it.attaches.map(({ from }) => from),
      [1, 1, 7],
    );
    it.attaches[2]?.answer.resolve(it.page(7, 9, true));
    assert.equal(await takeText(reader), '7 8');
    assert.deepEqual(it.alarms, []);
  });
});

/** What the keep has of a log with entries 1 to 6. */
function keptSix(it: Bench): { readonly at: number; readonly count: number; readonly entries: Uint8Array } {
  return { at: 1, count: 6, entries: it.entries(1, 7) };
}

test('[L12] readers go back once: what a copy was is not compared with the log any more', () => {
  bench(async (it) => {
    const kept = { at: 10, count: 6, entries: it.entries(10, 16) };
    await it.source.restore(Promise.resolve(kept));
    const reader = it.source.reader(4);
    it.source.opened(it.lease(4));
    await until(it.world, () => it.attaches.length === 1, 'the attach');
    it.source.closed();
    it.otherFrom = 4;
    it.source.opened(it.lease(6));
    await until(it.world, () => it.attaches.length === 2, 'the attach');
    it.attaches[1]?.answer.resolve(it.page(4, 6, true));
    assert.deepEqual([await takeText(reader), await takeText(reader)], ['1 2 3', "4' 5'"]);
    assert.equal(it.alarms.length, 1);
  });
});

test('[L12] a lease waits for what was kept of the log, and nothing goes behind it before it is compared', () => {
  bench(async (it) => {
    const kept = deferred<ReturnType<typeof keptSix>>();
    void it.source.restore(kept.promise);
    const reader = it.source.reader(1);
    const run = keptSix(it);
    it.otherFrom = 5;
    it.source.opened(it.lease(9));
    await sleep(it.world, 1);
    assert.deepEqual([it.attaches.length, it.reads], [0, []]);
    kept.resolve(run);
    assert.equal(await takeText(reader), '1 2 3 4 5 6');
    await until(it.world, () => it.alarms.length === 1, 'the alarm');
    assert.match(it.alarms[0]?.detail ?? '', /entry 5/);
    assert.equal(await takeText(reader), "5' 6' 7'");
    assert.equal(it.attaches.length, 1);
    it.attaches[0]?.answer.resolve(it.page(9, 9, true));
    // A late one gets nothing of the old log either.
    const late = it.source.reader(1);
    const texts: string[] = [];
    while (!texts.join(' ').endsWith("8'")) texts.push(await takeText(late));
    assert.equal(texts.join(' '), "1 2 3 4 5' 6' 7' 8'");
  });
});

test('[L12] a lease that ends before what was kept is here is not used any more', () => {
  bench(async (it) => {
    const kept = deferred<null>();
    void it.source.restore(kept.promise);
    it.source.watch();
    it.source.opened(it.lease(9));
    it.source.closed();
    kept.resolve(null);
    await sleep(it.world, 1);
    assert.deepEqual([it.attaches.length, it.source.lease], [0, null]);
  });
});

test('[L12] what waited for the comparison is not asked under a lease that has ended meanwhile', () => {
  bench(async (it) => {
    await it.source.restore(Promise.resolve(keptSix(it)));
    const reader = it.source.reader(7);
    const compared = deferred<Page>();
    const asked: number[] = [];
    const read = (from: number): Promise<Page> => {
      asked.push(from);
      return compared.promise;
    };
    it.source.opened({ ...it.lease(9), read });
    const texts = takeText(reader);
    await until(it.world, () => asked.length === 1, 'the comparison');
    it.source.closed();
    compared.resolve(it.page(1, 4, false));
    await sleep(it.world, 1);
    assert.deepEqual([asked, it.attaches], [[1], []]);
    it.source.opened(it.lease(9));
    assert.equal(await texts, '7 8');
  });
});

test('[L12] who begins somewhere else waits until the copy is compared, to its last entry', () => {
  bench(async (it) => {
    await it.source.restore(Promise.resolve(keptSix(it)));
    it.otherFrom = 6;
    const lease = it.lease(9);
    // Pages of one entry, and the log is another one from the last entry of the copy on.
    const read = async (from: number): Promise<Page> => it.page(from, Math.min(from + 1, 9), false);
    it.source.watch();
    it.source.opened({ ...lease, read });
    await until(it.world, () => it.alarms.length === 1, 'the alarm');
    assert.match(it.alarms[0]?.detail ?? '', /entry 6/);
    assert.equal(it.source.copy.isEmpty, true);
    await until(it.world, () => it.attaches.length === 1, 'the attach');
    assert.equal(it.attaches[0]?.from, 9);
  });
});

test('[L12] entries that are trimmed while they are compared cost a reader none that is kept', () => {
  bench(async (it) => {
    const reader = await readSix(it);
    it.source.opened(it.lease(9));
    await until(it.world, () => it.attaches.length === 2, 'the attach');
    it.attaches[1]?.answer.resolve({ kind: 'trimmed', first: 7, tail: 9 });
    await until(it.world, () => it.attaches.length === 3, 'the next attach');
    assert.equal(it.attaches[2]?.from, 7);
    it.attaches[2]?.answer.resolve(it.page(7, 9, true));
    assert.equal(await takeText(reader), '7 8');
    assert.deepEqual(it.alarms, []);
  });
});

test('[L12] who had read what the node let go in between knows a log that was set back all the same', () => {
  bench(async (it) => {
    const reader = await readSix(it);
    // The node has let go all that was read, and nothing behind it comes before it is set back.
    it.source.opened({ ...it.lease(12), first: 9 });
    await until(it.world, () => it.attaches.length === 2, 'the attach');
    it.source.closed();
    it.otherFrom = 4;
    it.source.opened(it.lease(9));
    await until(it.world, () => it.attaches.length === 3, 'the comparison');
    it.attaches[2]?.answer.resolve(it.page(1, 9, true));
    await until(it.world, () => it.alarms.length === 1, 'the alarm');
    assert.match(it.alarms[0]?.detail ?? '', /entry 4/);
    assert.equal(await takeText(reader), "4' 5' 6'");
  });
});

test('[L12] where nothing of what was read is kept as it was, readers begin anew and hear what is gone', () => {
  bench(async (it) => {
    const reader = await readSix(it);
    it.otherFrom = 2;
    const lease = it.lease(9);
    const read = async (from: number): Promise<Page> =>
      from < 3 ? { kind: 'trimmed', first: 3, tail: 9 } : lease.read(from);
    it.source.opened({ ...lease, first: 3, read });
    const texts = takeText(reader);
    await until(it.world, () => it.attaches.length === 2, 'the attach');
    it.attaches[1]?.answer.resolve(it.page(3, 9, true));
    assert.deepEqual([await texts, await takeText(reader)], ['gap 1-3', "3' 4' 5'"]);
  });
});

test('[L12] an entry that waits for its key while the log is found to be another one is not shown', () => {
  bench(async (it) => {
    await it.source.restore(Promise.resolve(keptSix(it)));
    const sought = deferred<boolean>();
    const { keys } = it;
    const openEntry = keys.openEntry.bind(keys);
    keys.openEntry = () => 'noKey';
    keys.seekWanted = () => sought.promise;
    const texts = takeText(it.source.reader(5));
    await sleep(it.world, 1);
    it.otherFrom = 5;
    it.source.opened(it.lease(9));
    await until(it.world, () => it.alarms.length === 1, 'the alarm');
    keys.openEntry = openEntry;
    sought.resolve(true);
    assert.equal(await texts, "5' 6' 7'");
  });
});
