import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { concat, utf8 } from 'copse/internal/base/bytes.ts';
import { deviceId, logId, siteId } from 'copse/internal/base/ids.ts';
import { payloadBytesMax } from 'copse/internal/base/limits.ts';
import { newLog, type LogState } from 'copse/internal/log/batch.ts';
import { Reader } from 'copse/internal/wire/buffer.ts';
import { encodeEntry } from 'copse/internal/wire/entry.ts';
import type { InsideLogs } from '../../tail/insider.ts';
import { partsOf, readMessages, type Messages } from './message.ts';

const PARTS = { device: deviceId('70'.repeat(8)), bytes: utf8('pppppppp') };
const DEVICES = [utf8('device-a'), utf8('device-b')];

/** What a writer does: one message, of which perhaps only the first parts arrive. */
interface Attempt {
  readonly writer: number;
  readonly size: number;
  /** Parts that become durable before the node dies; null: it does not. */
  readonly dies: number | null;
}

const attempt = fc.record({
  writer: fc.nat(1),
  size: fc.constantFrom(0, 1, 100, payloadBytesMax, payloadBytesMax + 1, 3 * payloadBytesMax),
  dies: fc.option(fc.nat(3), { freq: 3 }),
});

interface Made {
  readonly log: LogState;
  readonly entries: readonly Uint8Array[];
  /** By offset behind the message. */
  readonly messages: readonly { readonly end: number; readonly bytes: Uint8Array }[];
}

function make(attempts: readonly Attempt[]): Made {
  const entries: Uint8Array[] = [];
  const messages: { end: number; bytes: Uint8Array }[] = [];
  const seqs = [0, 0];
  let partSeq = 0;
  for (const [at, { writer, size, dies }] of attempts.entries()) {
    const device = DEVICES[writer]!;
    const bytes = new Uint8Array(size).fill(at + 1);
    const seq = seqs[writer]! + 1;
    const { parts, last } = partsOf(bytes, { device, epoch: 1, seq, timeMs: at });
    const header = { sealed: false, epoch: 1, keyEpoch: 0, timeMs: at };
    for (const payload of parts.slice(0, dies ?? parts.length))
      entries.push(encodeEntry({ ...header, device: PARTS.bytes, seq: ++partSeq, payload }));
    // What died is sent again under the same seq, or never.
    if (dies !== null) continue;
    seqs[writer] = seq;
    entries.push(encodeEntry({ ...header, device, seq, payload: last }));
    if (size > 0) messages.push({ end: entries.length, bytes });
  }
  const log = newLog(1, siteId('s'), logId('l'));
  log.durable = entries.length + 1;
  return { log, entries, messages };
}

/** Pages of at most so many bytes, as the store cuts them. */
function storeOf({ entries }: Made): Pick<InsideLogs, 'read'> {
  return {
    read(_log, from, bytesMax) {
      let to = from - 1;
      let bytes = 0;
      while (to < entries.length && (to === from - 1 || bytes + entries[to]!.length <= bytesMax))
        bytes += entries[to++]!.length;
      const page = entries.slice(from - 1, to);
      return { kind: 'page', at: from, count: page.length, entries: concat(...page) };
    },
  };
}

function readAll(made: Made, from: number, bytesMax: number): readonly Messages[] {
  const tail = made.entries.length;
  const logs = storeOf(made) as InsideLogs;
  const segments = [{ log: made.log, base: 0, end: Number.POSITIVE_INFINITY }];
  const pages: Messages[] = [];
  for (let at = from; at < tail;) {
    const page = readMessages({ logs, partsWriter: PARTS, segments, tail }, at, bytesMax);
    ok(page.next > at, 'reading goes on');
    pages.push(page);
    at = page.next;
  }
  return pages;
}

test('[F3, F4] whole messages are read, each once and in order, whatever died and however pages are cut', () => {
  fc.assert(
    fc.property(
      fc.array(attempt, { maxLength: 12 }),
      fc.constantFrom(1, 1000, payloadBytesMax, 1 << 20),
      (attempts, bytesMax) => {
        const made = make(attempts);
        const pages = readAll(made, 0, bytesMax);
        const read = pages.flatMap(({ messages }) => messages);
        deepEqual(
          read.map((bytes) => `${bytes[0]} ${bytes.length}`),
          made.messages.map(({ bytes }) => `${bytes[0]} ${bytes.length}`),
        );
        // From each offset that was told the rest follows.
        let count = 0;
        for (const { messages, next } of pages) {
          count += messages.length;
          const rest = readAll(made, next, 1 << 20).flatMap((page) => page.messages);
          equal(rest.length, made.messages.length - count);
        }
      },
    ),
    { numRuns: 60 },
  );
});

/** One part, and the rest in the entry behind it. */
const LARGE = payloadBytesMax + 1_000;

test('[F3] parts are not taken for the beginning of something else that bears the same number', () => {
  const device = DEVICES[0]!;
  const owner = { device, epoch: 1, seq: 1, timeMs: 5 };
  const { parts } = partsOf(new Uint8Array(LARGE), owner);
  const header = { sealed: false, epoch: 1, keyEpoch: 0 };
  const first = encodeEntry({ ...header, device: PARTS.bytes, seq: 1, timeMs: 5, payload: parts[0]! });
  const read = (entry: Uint8Array): readonly number[] => {
    const log = newLog(1, siteId('s'), logId('l'));
    log.durable = 3;
    const pages = readAll({ log, entries: [first, entry], messages: [] }, 0, 1 << 20);
    return pages.flatMap(({ messages }) => messages.map(({ length }) => length));
  };
  const small = { ...header, device, seq: 1, timeMs: 5, payload: utf8('small') };
  deepEqual(read(encodeEntry(small)), [5], 'of another size');
  const rest = { ...small, payload: new Uint8Array(LARGE - partBytes(parts[0]!)) };
  deepEqual(read(encodeEntry(rest)), [LARGE], 'its own');
  for (const other of [{ timeMs: 6 }, { seq: 2 }, { epoch: 2 }, { device: DEVICES[1]! }])
    deepEqual(read(encodeEntry({ ...rest, ...other })), [rest.payload.length], JSON.stringify(other));
});

/** Bytes of a message in one of its parts: what stands behind device, epoch, seq, place and size. */
function partBytes(part: Uint8Array): number {
  const reader = new Reader(part, 8);
  for (let field = 0; field < 4; field++) reader.uint();
  return reader.left;
}
