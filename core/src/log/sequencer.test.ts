import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { concat, fromHex, hex } from '../base/bytes.ts';
import { must } from '../base/assert.ts';
import { deviceId, logId, siteId } from '../base/ids.ts';
import { commitBytesMax, inFlightCountMax, pendingBytesMax, writerEpochsMax } from '../base/limits.ts';
import { encodeEntry, EntryCursor } from '../wire/entry.ts';
import { newLog, type Batch, type LogState, type Settled, type Verdict } from './batch.ts';
import { Sequencer } from './sequencer.ts';

const A = deviceId('aa'.repeat(8));
const B = deviceId('bb'.repeat(8));
type Device = typeof A;
const SITE = siteId('01'.repeat(16));
const freshLog = (number = 1): LogState => newLog(number, SITE, logId(number.toString(16).padStart(32, '0')));
const bytesOf = (device: Device): Uint8Array => must(fromHex(device), 'an id is hex');

interface Given {
  readonly epoch?: number;
  readonly keyEpoch?: number;
  readonly size?: number;
  readonly news?: Uint8Array;
}

function entry(device: Device, seq: number, given: Given = {}): Uint8Array {
  const { epoch = 1, keyEpoch = 1, size = 4, news } = given;
  const payload = new Uint8Array(size).fill(seq);
  const header = { sealed: false, device: bytesOf(device), epoch, seq, keyEpoch, timeMs: 5 };
  return encodeEntry({ ...header, payload, ...(news === undefined ? {} : { news }) });
}

interface Write {
  readonly device?: Device;
  readonly at?: number | null;
  readonly keyEpoch?: number;
  readonly who?: string;
}

function offer(
  sequencer: Sequencer<string>,
  log: LogState,
  entries: readonly Uint8Array[],
  write: Write = {},
): Verdict {
  const { device = A, at = null, keyEpoch = 1, who = device } = write;
  const cursor = new EntryCursor(concat(...entries));
  return sequencer.offer({ who, log, device, deviceBytes: bytesOf(device), at, keyEpoch, cursor });
}

const run = (device: Device, from: number, count: number, given: Given = {}): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => entry(device, from + i, given));

const acks = (settled: readonly Settled<string>[]): readonly string[] =>
  settled.map(({ who, epoch, seq, count, at }) => `${who.slice(0, 1)} ${epoch}:${seq}+${count}@${at}`);

function taken(sequencer: Sequencer<string>): Batch<string> {
  return must(sequencer.take(), 'something waits');
}

test('[L1] entries get the positions 1, 2, 3 … in the order of their coming', () => {
  const [sequencer, log] = [new Sequencer<string>(), freshLog()];
  assert.equal(offer(sequencer, log, run(A, 1, 2)), null);
  assert.equal(offer(sequencer, log, run(B, 1, 1), { device: B }), null);
  assert.equal(offer(sequencer, log, run(A, 3, 1)), null);
  const batch = taken(sequencer);
  assert.deepEqual(acks(batch.settled), ['a 1:1+2@1', 'b 1:1+1@3', 'a 1:3+1@4']);
  assert.deepEqual(
    batch.runs.map(({ first, count, declare }) => [first, count, declare]),
    [[1, 4, true]],
  );
  assert.equal(hex(concat(...batch.runs[0]!.parts)), hex(concat(...run(A, 1, 2), entry(B, 1), entry(A, 3))));
  assert.deepEqual([log.tail, log.durable], [5, 1]);
  sequencer.committed(batch);
  assert.deepEqual([log.tail, log.durable], [5, 5]);
});

test('[L2] known entries are answered with their positions and placed no more', () => {
  const [sequencer, log] = [new Sequencer<string>(), freshLog()];
  offer(sequencer, log, run(A, 1, 3));
  // Before it is durable, in the same batch.
  assert.equal(offer(sequencer, log, run(A, 2, 3)), null);
  const first = taken(sequencer);
  assert.deepEqual(acks(first.settled), ['a 1:1+3@1', 'a 1:2+2@2', 'a 1:4+1@4']);
  // While it is on its way to the disk.
  assert.equal(offer(sequencer, log, run(A, 1, 4)), null);
  const second = taken(sequencer);
  assert.deepEqual([acks(second.settled), second.runs.length], [['a 1:1+4@1'], 0]);
  sequencer.committed(first);
  sequencer.committed(second);
  assert.equal(log.durable, 5);
});

test('[I1] a batch says which logs people are to hear of, up to where, and whom that mentions', () => {
  const [sequencer, log, other] = [new Sequencer<string>(), freshLog(), freshLog(2)];
  const tag = (n: number): Uint8Array => new Uint8Array(8).fill(n);
  const news = (seq: number, ...tags: readonly number[]): Uint8Array =>
    entry(A, seq, { news: concat(...tags.map(tag)) });
  offer(sequencer, log, [entry(A, 1), news(2, 7), news(3), entry(A, 4)]);
  offer(sequencer, other, [entry(B, 1)], { device: B });
  offer(sequencer, log, [entry(B, 1), entry(B, 2)], { device: B });
  // What is known already is no news once more.
  offer(sequencer, log, [news(3), entry(A, 4), news(5, 8, 9), entry(A, 6)]);
  const told = ({ runs }: Batch<string>) =>
    runs.map(({ news: of }) => of && [of.length, of.mentions.map((tags) => hex(tags.slice(0, 16)))]);
  assert.deepEqual(told(taken(sequencer)), [[8, [hex(tag(7)), hex(concat(tag(8), tag(9)))]], undefined]);
  sequencer.lead(log, { epoch: 1, device: A });
  const cursor = new EntryCursor(concat(entry(B, 3), news(7, 3)));
  sequencer.offerLed({ who: 'a', log, epoch: 1, at: 9, keyEpoch: 1, cursor });
  assert.deepEqual(told(taken(sequencer)), [[11, [hex(tag(3))]]]);
});

test('[L5] a seq beyond the next is refused with the expected one', () => {
  const [sequencer, log] = [new Sequencer<string>(), freshLog()];
  assert.deepEqual(offer(sequencer, log, run(A, 2, 2)), {
    epoch: 1,
    seq: 2,
    reason: { kind: 'gap', expected: 1 },
  });
  assert.equal(sequencer.waiting, false);
  offer(sequencer, log, run(A, 1, 2));
  assert.deepEqual(offer(sequencer, log, run(A, 4, 1)), {
    epoch: 1,
    seq: 4,
    reason: { kind: 'gap', expected: 3 },
  });
  assert.equal(log.tail, 3);
});

test('[L6] a forgotten epoch is fenced, and so is a seq older than what may be in flight', () => {
  const [sequencer, log] = [new Sequencer<string>(), freshLog()];
  for (let epoch = 1; epoch <= writerEpochsMax + 1; epoch++) offer(sequencer, log, run(A, 1, 1, { epoch }));
  assert.deepEqual(offer(sequencer, log, run(A, 2, 1)), {
    epoch: 1,
    seq: 2,
    reason: { kind: 'fenced', floor: 1 },
  });
  const other = freshLog(2);
  for (let seq = 1; seq <= 3 * inFlightCountMax; seq++) {
    offer(sequencer, other, run(B, seq, 1), { device: B });
    offer(sequencer, other, run(A, seq, 1));
    sequencer.committed(taken(sequencer));
  }
  const oldest = 2 * inFlightCountMax + 1;
  assert.equal(offer(sequencer, other, run(A, oldest, inFlightCountMax)), null);
  assert.deepEqual(offer(sequencer, other, run(A, 1, 1)), {
    epoch: 1,
    seq: 1,
    reason: { kind: 'fenced', floor: 1 },
  });
});

test('[L7] a conditional write gets exactly its position or changes nothing', () => {
  const [sequencer, log] = [new Sequencer<string>(), freshLog()];
  assert.deepEqual(offer(sequencer, log, run(A, 1, 1), { at: 2 }), {
    epoch: 1,
    seq: 1,
    reason: { kind: 'conflict', tail: 1 },
  });
  assert.deepEqual([log.tail, sequencer.waiting], [1, false]);
  assert.equal(offer(sequencer, log, run(A, 1, 1), { at: 1 }), null);
  assert.equal(offer(sequencer, log, run(A, 1, 1), { at: 1 }), null);
  assert.equal(offer(sequencer, log, run(B, 1, 2), { device: B, at: 2 }), null);
  assert.deepEqual(acks(taken(sequencer).settled), ['a 1:1+1@1', 'a 1:1+1@1', 'b 1:1+2@2']);
});

test('[L10] at most 256 entries of a writer are in flight', () => {
  const [sequencer, log] = [new Sequencer<string>(), freshLog()];
  const verdict = offer(sequencer, log, run(A, 1, 300));
  assert.deepEqual([verdict?.seq, verdict?.reason.kind], [257, 'full']);
  assert.equal(offer(sequencer, log, run(A, 257, 1))?.reason.kind, 'full');
  assert.equal(offer(sequencer, log, run(B, 1, 10), { device: B }), null);
  const batch = taken(sequencer);
  assert.equal(offer(sequencer, log, run(A, 257, 1))?.reason.kind, 'full');
  sequencer.committed(batch);
  assert.equal(offer(sequencer, log, run(A, 257, 1)), null);
});

test('[L11] an entry under an old key stops its write, and known ones are answered all the same', () => {
  const [sequencer, log] = [new Sequencer<string>(), freshLog()];
  offer(sequencer, log, run(A, 1, 2));
  const mixed = [
    entry(A, 1),
    entry(A, 2),
    entry(A, 3, { keyEpoch: 2 }),
    entry(A, 4),
    entry(A, 5, { keyEpoch: 2 }),
  ];
  assert.deepEqual(offer(sequencer, log, mixed, { keyEpoch: 2 }), {
    epoch: 1,
    seq: 4,
    reason: { kind: 'staleKey', keyEpoch: 2 },
  });
  assert.deepEqual(acks(taken(sequencer).settled), ['a 1:1+2@1', 'a 1:1+2@1', 'a 1:3+1@3']);
  // Sealed again, it is accepted under the same seq.
  assert.equal(offer(sequencer, log, run(A, 4, 2, { keyEpoch: 2 }), { keyEpoch: 2 }), null);
});

test('[T11] an entry of another device, of another epoch or out of order is malformed; what stood before it stays', () => {
  const cases: readonly (readonly [Uint8Array[], string])[] = [
    [[entry(A, 1), entry(B, 2)], 'forbidden'],
    [[entry(A, 1), entry(A, 2, { epoch: 2 })], 'malformed'],
    [[entry(A, 1), entry(A, 3)], 'malformed'],
    [[entry(A, 1), entry(A, 1)], 'malformed'],
    [[entry(A, 1), Uint8Array.of(5, 1, 2)], 'malformed'],
  ];
  for (const [entries, code] of cases) {
    const [sequencer, log] = [new Sequencer<string>(), freshLog()];
    assert.throws(() => offer(sequencer, log, entries), { name: 'Fault', code });
    assert.deepEqual(acks(taken(sequencer).settled), ['a 1:1+1@1']);
    assert.equal(offer(sequencer, log, run(A, 2, 1)), null);
  }
  const [sequencer, log] = [new Sequencer<string>(), freshLog()];
  assert.throws(() => offer(sequencer, log, []), { name: 'Fault', code: 'malformed' });
  assert.throws(() => offer(sequencer, log, run(B, 1, 1)), { name: 'Fault', code: 'forbidden' });
  assert.equal(sequencer.waiting, false);
});

test('[J4] after a failure everything that is not durable is undone and told, oldest first', () => {
  const [sequencer, log, other] = [new Sequencer<string>(), freshLog(), freshLog(2)];
  offer(sequencer, log, run(A, 1, 2));
  const durable = taken(sequencer);
  sequencer.committed(durable);
  offer(sequencer, log, run(A, 3, 2));
  offer(sequencer, other, run(A, 1, 1));
  taken(sequencer);
  offer(sequencer, log, run(B, 1, 1), { device: B });
  offer(sequencer, log, run(A, 5, 1));
  taken(sequencer);
  offer(sequencer, log, run(A, 6, 1));
  offer(sequencer, log, run(A, 1, 1));
  assert.deepEqual(acks(sequencer.failed().settled), [
    'a 1:3+2@3',
    'a 1:1+1@1',
    'b 1:1+1@5',
    'a 1:5+1@6',
    'a 1:6+1@7',
    'a 1:1+1@1',
  ]);
  assert.deepEqual([log.tail, log.durable, other.tail, other.declared, log.declared], [3, 3, 1, false, true]);
  assert.deepEqual([sequencer.pendingBytes, sequencer.waiting, sequencer.takenCount], [0, false, 0]);
  // All of it may come again, and gets positions as if it had never been.
  assert.equal(offer(sequencer, log, run(B, 1, 1), { device: B }), null);
  assert.equal(offer(sequencer, log, run(A, 1, 6)), null);
  assert.equal(offer(sequencer, other, run(A, 1, 1)), null);
  const again = taken(sequencer);
  assert.deepEqual(acks(again.settled), ['b 1:1+1@3', 'a 1:1+2@1', 'a 1:3+4@4', 'a 1:1+1@1']);
  assert.equal(again.runs[1]?.declare, true);
  sequencer.committed(again);
});

test('[G2] a shard takes what fits, a batch says when it is ripe', () => {
  const [sequencer, log] = [new Sequencer<string>(), freshLog()];
  const size = 60_000;
  let seq = 0;
  let ripeAt = 0;
  let batches = 0;
  for (;;) {
    const writer = deviceId((Math.floor(seq / 200) + 1).toString(16).padStart(16, '0'));
    const verdict = offer(sequencer, log, [entry(writer, (seq % 200) + 1, { size })], { device: writer });
    if (verdict !== null) {
      assert.equal(verdict.reason.kind, 'full');
      break;
    }
    seq++;
    ripeAt += size;
    if (!sequencer.ripe) continue;
    assert.ok(ripeAt <= commitBytesMax);
    ripeAt = 0;
    batches++;
    taken(sequencer);
  }
  assert.ok(batches > 50);
  assert.ok(sequencer.pendingBytes > pendingBytesMax && sequencer.pendingBytes < pendingBytesMax + 2 * size);
});

// Against a model

interface ModelLog {
  /** Durable and placed entries, as device:epoch:seq, in order. */
  readonly placed: string[];
  durable: number;
}

const command = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('offer' as const),
      writer: fc.nat(2),
      from: fc.integer({ min: -3, max: 2 }),
      count: fc.integer({ min: 1, max: 4 }),
      log: fc.nat(1),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('take' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('commit' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail' as const) }) },
);

test('[L2] whatever is offered, taken, committed and lost, the log is what a simple model says', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const sequencer = new Sequencer<string>();
      const logs = [freshLog(1), freshLog(2)];
      const model: ModelLog[] = [
        { placed: [], durable: 0 },
        { placed: [], durable: 0 },
      ];
      const flying: { readonly batch: Batch<string>; readonly lengths: readonly number[] }[] = [];
      const writers = [
        { device: A, epoch: 1 },
        { device: A, epoch: 2 },
        { device: B, epoch: 1 },
      ];
      for (const step of commands) {
        if (step.kind === 'offer') {
          const { device, epoch } = writers[step.writer]!;
          const [log, { placed }] = [logs[step.log]!, model[step.log]!];
          const mine = placed.filter((name) => name.startsWith(`${device}:${epoch}:`)).length;
          const from = Math.max(1, mine + step.from);
          const verdict = offer(sequencer, log, run(device, from, step.count, { epoch }), { device });
          if (from > mine + 1) {
            assert.deepEqual(verdict, { epoch, seq: from, reason: { kind: 'gap', expected: mine + 1 } });
          } else {
            assert.equal(verdict, null);
            for (let seq = mine + 1; seq < from + step.count; seq++) placed.push(`${device}:${epoch}:${seq}`);
          }
        } else if (step.kind === 'take') {
          const batch = sequencer.take();
          if (batch !== null) flying.push({ batch, lengths: model.map(({ placed }) => placed.length) });
        } else if (step.kind === 'commit') {
          const first = flying.shift();
          if (first === undefined) continue;
          sequencer.committed(first.batch);
          model.forEach((each, i) => (each.durable = first.lengths[i]!));
          for (const { log, epoch, seq, at, count, who } of first.batch.settled) {
            for (let i = 0; i < count; i++) {
              assert.equal(model[log.number - 1]!.placed[at - 1 + i], `${who}:${epoch}:${seq + i}`);
            }
          }
        } else {
          flying.length = 0;
          sequencer.failed();
          for (const each of model) each.placed.length = each.durable;
        }
        logs.forEach((log, i) => {
          assert.deepEqual([log.tail, log.durable], [model[i]!.placed.length + 1, model[i]!.durable + 1]);
        });
      }
    }),
    { numRuns: 500 },
  );
});
