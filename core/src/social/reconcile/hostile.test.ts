/** Sides that do what no honest side does. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { drawItems, setOf } from '../../../../lab/suites/reconciling.ts';
import { hex } from '../../base/bytes.ts';
import { Fault, type FaultCode } from '../../base/fault.ts';
import {
  reconcileFrameBytesMax,
  reconcileIdleMs,
  reconcileSessionsMax,
  reconcileSessionsPerPeerMax,
} from '../../base/limits-reconcile.ts';
import { nativePrimitives } from '../../native/primitives.ts';
import { Initiator } from './initiator.ts';
import { boundOf, HIGHEST, LOWEST } from './item.ts';
import { rangesOf, Writer } from './message.ts';
import { Responder } from './responder.ts';
import { Sessions } from './sessions.ts';

/** Counts what a machine works: each fingerprint is one hash. */
function counted() {
  const native = nativePrimitives();
  const count = { hashes: 0 };
  const sha256 = (data: Uint8Array) => {
    count.hashes++;
    return native.sha256(data);
  };
  return { count, primitives: { sha256 } };
}
const { primitives } = counted();
const items = drawItems(37, 5_000, (n) => n);
const ground = { primitives, snapshot: setOf(items).snapshot() };

function throwsFault(act: () => unknown, code: FaultCode, wanted = /./): void {
  assert.throws(
    act,
    (thrown) => thrown instanceof Fault && thrown.code === code && wanted.test(thrown.message),
  );
}

function message(fill: (writer: Writer) => void): Uint8Array {
  const writer = new Writer(1 << 22);
  fill(writer);
  return writer.done();
}
const NOTHING_RIGHT = new Uint8Array(16).fill(0xaa);

test('[Z37] a side that never comes to an end is left after so many messages', () => {
  const endless = message((writer) => writer.fingerprint(HIGHEST, NOTHING_RIGHT));
  const initiator = new Initiator(ground, { roundsMax: 20 });
  initiator.start();
  for (let n = 0; n < 20; n++) assert.notEqual(initiator.on(endless).message, null);
  throwsFault(() => initiator.on(endless), 'tooMany', /comes to no end/);
  const responder = new Responder(ground, { roundsMax: 20 });
  for (let n = 0; n < 20; n++) responder.on(endless);
  throwsFault(() => responder.on(endless), 'tooMany', /had all of its messages/);
});

test('[Z37] a message above the frame is refused before it is read, and one of the frame costs a hash for each range and no more', () => {
  const huge = new Uint8Array(reconcileFrameBytesMax + 1).fill(0x61);
  throwsFault(() => new Responder(ground).on(huge), 'tooLarge');
  throwsFault(() => new Initiator(ground).on(huge), 'tooLarge');
  // As many ranges as fit, every one of them wrong.
  const ranges = Math.floor(reconcileFrameBytesMax / 20);
  const many = message((writer) => {
    for (let n = 0; n < ranges; n++) writer.fingerprint({ time: n, prefix: LOWEST.prefix }, NOTHING_RIGHT);
  });
  assert.ok(many.length <= reconcileFrameBytesMax);
  const { count, primitives } = counted();
  const answer = new Responder({ ...ground, primitives }).on(many);
  assert.ok(answer.length <= reconcileFrameBytesMax);
  assert.ok(count.hashes <= ranges + answer.length / 19, `${count.hashes} hashes`);
});

test('[Z37] once its answer is full a side reads on, but works no more', () => {
  const many = message((writer) => {
    for (let n = 0; n < 5_000; n++) writer.list({ time: n + 1, prefix: LOWEST.prefix }, 0, () => {});
  });
  const { count, primitives } = counted();
  const answer = new Responder({ ...ground, primitives }, { frameBytesMax: 4096 }).on(many);
  assert.ok(answer.length <= 4096);
  assert.ok(count.hashes <= 1, `${count.hashes} hashes`);
  const last = Array.from(rangesOf(answer)).at(-1);
  assert.equal(last?.upper.time, Number.POSITIVE_INFINITY);
  // And when parts of what differs fill it.
  const wrong = message((writer) => {
    for (let n = 1; n <= 200; n++) writer.fingerprint({ time: 25 * n, prefix: LOWEST.prefix }, NOTHING_RIGHT);
  });
  const cut = new Responder(ground, { frameBytesMax: 4096 }).on(wrong);
  assert.ok(cut.length <= 4096 && cut.length > 3800, `${cut.length} bytes`);
  const spoilt = Uint8Array.of(...many, 1, 0, 9);
  throwsFault(() => new Responder(ground, { frameBytesMax: 4096 }).on(spoilt), 'malformed', /mode 0, 1 or 2/);
});

test('[Z37] what is said about ranges that nobody asked about is refused', () => {
  const asked = (): Initiator => {
    const initiator = new Initiator(ground);
    initiator.start();
    return initiator;
  };
  const id = new Uint8Array(32);
  // Across two of the sixteen pieces that were asked about.
  const across = { time: 400, prefix: LOWEST.prefix };
  throwsFault(
    () => asked().on(message((w) => w.list(across, 1, (into) => into.set(id)))),
    'malformed',
    /not asked/,
  );
  throwsFault(
    () => asked().on(message((w) => w.fingerprint(across, NOTHING_RIGHT))),
    'malformed',
    /not asked/,
  );
  // All of it at once.
  throwsFault(
    () => asked().on(message((w) => w.list(HIGHEST, 1, (into) => into.set(id)))),
    'malformed',
    /not asked/,
  );
  // What was settled in an answer before.
  const twice = asked();
  const part = { time: 100, prefix: LOWEST.prefix };
  assert.equal(twice.on(message((w) => w.list(part, 0, () => {}))).have.count, 100);
  throwsFault(
    () => twice.on(message((w) => w.list(part, 1, (into) => into.set(id)))),
    'malformed',
    /not asked/,
  );
  assert.equal(twice.on(message((w) => w.list(HIGHEST, 0, () => {}))).have.count, 0);
  // Nothing has room for an id.
  const empty = asked();
  const none = (w: Writer): void => {
    w.skipTo(part);
    w.list(part, 1, (into) => into.set(id));
  };
  throwsFault(() => empty.on(message(none)), 'malformed', /not asked/);
});

test('[Z37] whatever a side answers, no item is told twice as ours alone', () => {
  const bound = fc.nat(5_000).map((n) => (n === 5_000 ? HIGHEST : boundOf(items[n]!)));
  const answer = fc
    .array(fc.tuple(bound, fc.constantFrom('skip', 'fingerprint', 'list', 'none')), {
      minLength: 1,
      maxLength: 6,
    })
    .map((ranges) =>
      message((writer) => {
        for (const [upper, mode] of ranges.toSorted(([a], [b]) => a.time - b.time)) {
          if (mode === 'skip') writer.skipTo(upper);
          else if (mode === 'fingerprint') writer.fingerprint(upper, NOTHING_RIGHT);
          else if (mode === 'none') writer.list(upper, 0, () => {});
          else writer.list(upper, 2, (into) => into.set(items[7]!.id));
        }
      }),
    );
  fc.assert(
    fc.property(fc.array(answer, { maxLength: 12 }), (answers) => {
      const initiator = new Initiator(ground);
      const told = new Set<string>();
      initiator.start();
      for (const each of answers) {
        try {
          for (const { id } of initiator.on(each).have) {
            assert.ok(!told.has(hex(id)), 'told twice');
            told.add(hex(id));
          }
        } catch (thrown) {
          if (!(thrown instanceof Fault)) throw thrown;
        }
      }
    }),
  );
});

test('[Z37] a side that makes up ids or ranges without end is left', () => {
  const whole = new Initiator({ primitives, snapshot: setOf([]).snapshot() }, { needsMax: 100 });
  whole.start();
  let made = 0;
  const lie = () =>
    message((w) => {
      w.skipTo({ time: made, prefix: LOWEST.prefix });
      w.list({ time: ++made, prefix: LOWEST.prefix }, 60, (into) => crypto.getRandomValues(into));
      w.fingerprint(HIGHEST, NOTHING_RIGHT);
    });
  assert.equal(whole.on(lie()).need.length, 60);
  throwsFault(() => whole.on(lie()), 'tooMany', /more ids than/);
  const parting = new Initiator(ground, { rangesMax: 100 });
  parting.start();
  const parts = message((w) => {
    for (let n = 1; n < 200; n++) w.fingerprint({ time: n, prefix: LOWEST.prefix }, NOTHING_RIGHT);
  });
  throwsFault(() => parting.on(parts), 'tooMany', /too many ranges/);
});

test('[Z37] an id that is listed twice is needed once, and another version is told apart from noise', () => {
  const initiator = new Initiator({ primitives, snapshot: setOf([]).snapshot() });
  initiator.start();
  const id = new Uint8Array(32).fill(9);
  const { need, message: next } = initiator.on(message((w) => w.list(HIGHEST, 2, (into) => into.fill(9))));
  assert.deepEqual([need.map(hex), next], [[hex(id)], null]);
  throwsFault(() => initiator.on(Uint8Array.of(0x62)), 'version');
  throwsFault(() => initiator.on(Uint8Array.of(0x33)), 'malformed');
});

test('[Z37] sessions are so many in all and of one connection, and end with it, with a fault and with silence', () => {
  const sessions = new Sessions<string>();
  const hello = new Initiator(ground).start();
  for (let n = 0; n < reconcileSessionsPerPeerMax; n++) sessions.open('a', n, ground, { nowMs: 0 });
  throwsFault(() => sessions.open('a', 9, ground, { nowMs: 0 }), 'full', /at most/);
  sessions.close('a', 0);
  throwsFault(() => sessions.open('a', 1, ground, { nowMs: 0 }), 'taken');
  sessions.open('a', 9, ground, { nowMs: 0 });
  for (let n = sessions.count; n < reconcileSessionsMax; n++) sessions.open(`${n}`, 0, ground, { nowMs: 1 });
  throwsFault(() => sessions.open('b', 0, ground, { nowMs: 1 }), 'full', /Try again later/);
  sessions.leave('a');
  assert.equal(sessions.count, reconcileSessionsMax - reconcileSessionsPerPeerMax);
  sessions.open('b', 0, ground, { nowMs: 1 });
  assert.equal(hex(sessions.on('b', 0, hello, 2)), '61');
  throwsFault(() => sessions.on('b', 0, new Uint8Array(0), 3), 'malformed');
  throwsFault(() => sessions.on('b', 0, hello, 4), 'unknown');
  sessions.open('c', 0, ground, { nowMs: 5 });
  sessions.on('c', 0, hello, reconcileIdleMs);
  assert.equal(sessions.count, reconcileSessionsMax - reconcileSessionsPerPeerMax + 1);
  sessions.forgetIdle(reconcileIdleMs + 1);
  assert.equal(sessions.count, 1);
  throwsFault(() => sessions.on('c', 0, hello, 2 * reconcileIdleMs), 'unknown');
  assert.equal(sessions.count, 0);
});
