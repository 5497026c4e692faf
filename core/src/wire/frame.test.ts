import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FAULT_HELP } from '../base/fault-help.ts';
import { Fault, FAULTS, FAULT_CODES } from '../base/fault.ts';
import { Reader, Writer } from './buffer.ts';
import { eachFrame, frameKind, putBeat, putCall, putFrame, putNote, readFault } from './frame.ts';
import { putFault } from './frame-answer.ts';
import { bytes, uint } from './shape.ts';

function framesOf(message: Uint8Array): [number, number[]][] {
  const seen: [number, number[]][] = [];
  eachFrame(message, (kind, body) => seen.push([kind, [...body.raw(body.left)]]));
  return seen;
}

test('[W5] a message is a sequence of frames, whatever their sizes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 7 }), fc.uint8Array({ maxLength: 300 })), {
        maxLength: 10,
      }),
      (frames) => {
        const writer = new Writer();
        for (const [kind, body] of frames) putFrame(writer, kind, (w) => w.raw(body));
        assert.deepEqual(
          framesOf(writer.take()),
          frames.map(([kind, body]) => [kind, [...body]]),
        );
      },
    ),
  );
});

test('[W5] a frame of a kind kept for extensions is skipped, any other unknown kind is refused', () => {
  const writer = new Writer();
  putFrame(writer, 100, (w) => w.raw(new Uint8Array(9)));
  putBeat(writer, frameKind.ping, 7);
  assert.deepEqual(framesOf(writer.take()), [[frameKind.ping, [7]]]);
  for (const kind of [0, 8, 63, 128, 255]) {
    const other = new Writer();
    putFrame(other, kind, () => {});
    assert.throws(() => framesOf(other.take()), { code: 'malformed' });
  }
});

test('[W4] random bytes are frames or a fault', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (raw) => {
      try {
        framesOf(raw);
      } catch (thrown) {
        assert.ok(thrown instanceof Fault && (thrown.code === 'malformed' || thrown.code === 'tooLarge'));
      }
    }),
    { numRuns: 3000 },
  );
});

test('[W4] a truncated message is refused at every length', () => {
  const writer = new Writer();
  putCall(writer, 1, 2, bytes(500), new Uint8Array(300));
  const message = writer.take();
  for (let size = 1; size < message.length; size++) {
    assert.throws(() => framesOf(message.slice(0, size)), { code: 'malformed' });
  }
});

test('[W1] a frame that does not fit leaves the writer as it was', () => {
  const writer = new Writer();
  putBeat(writer, frameKind.ping, 1);
  const before = writer.take();
  assert.throws(() => putNote(writer, frameKind.push, { number: 1, message: uint(5) }, 6), {
    code: 'tooLarge',
  });
  assert.deepEqual(writer.take(), before);
});

test('[W9] an internal fault crosses without its message, another with it', () => {
  const cross = (fault: Fault): Fault => {
    const writer = new Writer();
    putFault(writer, 1, fault);
    let read: Fault | null = null;
    eachFrame(writer.take(), (_kind, body) => {
      body.uint();
      read = readFault(body);
    });
    assert.ok(read !== null);
    return read;
  };
  assert.equal(cross(new Fault('internal', 'secret path')).detail, '');
  assert.equal(cross(new Fault('taken', 'Ada')).detail, 'Ada');
});

test('[W8] every fault has a number of its own, a reaction and a hint', () => {
  const rows = [...FAULT_CODES.values()].map((code) => ({ ...FAULTS[code], ...FAULT_HELP[code] }));
  assert.equal(rows.length, Object.keys(FAULTS).length);
  assert.equal(new Set(rows.map((row) => row.number)).size, rows.length);
  for (const row of rows) {
    assert.ok(['never', 'later', 'refresh', 'elsewhere'].includes(row.retry));
    assert.ok(row.what.endsWith('.') && row.hint.endsWith('.'));
  }
  assert.equal(readFault(new Reader(Uint8Array.from([250, 1, 0]))).code, 'internal');
});
