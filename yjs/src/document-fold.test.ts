import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { valueBytesMax } from 'copse/internal/base/limits.ts';
import { deviceId } from 'copse/internal/base/ids.ts';
import type { LogEntry } from 'copse';
import { applyUpdate, Doc, encodeStateAsUpdate, type Text } from 'yjs';
import { DocumentFold } from './document-fold.ts';
import { entriesOf, Parts, readEntry } from './entry.ts';
import { entryValueBytesMax, groupsMax, updateBytesMax } from './limits.ts';
import { readState, writeState } from './state-bytes.ts';

const ADA = deviceId('a'.repeat(32));
const BEN = deviceId('b'.repeat(32));

function entryOf(value: Uint8Array | undefined, device = ADA): LogEntry<Uint8Array> {
  const none = { user: null, name: '', timeMs: 0, ruling: null, isPart: false, reason: null, mine: false };
  return { ...none, at: 1, device, value, broken: value === undefined ? 'altered' : null };
}

function foldOf(doc: Doc, isClean = true): DocumentFold {
  return new DocumentFold(doc, {
    origin: 'log',
    isOwn: () => false,
    isClean: () => isClean,
    onAgain: () => {},
  });
}

function textOf(doc: Doc): Text {
  return doc.getText('text');
}

interface Key {
  readonly writer: number;
  readonly at: number;
  readonly text: string;
  readonly removed: number;
  /** Whether the writer first hears what the others have typed. */
  readonly hears: boolean;
}

const keyArbitrary: fc.Arbitrary<Key> = fc.record({
  writer: fc.nat(2),
  at: fc.nat(),
  text: fc.string({ maxLength: 4 }),
  removed: fc.nat(2),
  hears: fc.boolean(),
});

/** Three writers who type, each hearing the others now and then; their changes as values of entries. */
function typed(keys: readonly Key[]): {
  readonly docs: readonly Doc[];
  readonly values: readonly Uint8Array[];
} {
  const updates: Uint8Array[] = [];
  const docs = [0, 1, 2].map((writer) => {
    const doc = new Doc();
    doc.clientID = writer + 1;
    doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== 'log') updates.push(update);
    });
    return doc;
  });
  for (const { at, hears, removed, text, writer } of keys) {
    const doc = docs[writer];
    if (doc === undefined) continue;
    if (hears) for (const update of updates) applyUpdate(doc, update, 'log');
    const place = at % (textOf(doc).length + 1);
    doc.transact(() => {
      textOf(doc).insert(place, text);
      textOf(doc).delete(place, Math.min(removed, textOf(doc).length - place));
    });
  }
  for (const doc of docs) for (const update of updates) applyUpdate(doc, update, 'log');
  return { docs, values: updates.flatMap((update) => entriesOf(update) ?? []) };
}

test('[Y1] whatever the order and however often entries come, all end with the same document', () => {
  const scenario = fc.record({
    keys: fc.array(keyArbitrary, { maxLength: 40 }),
    order: fc.infiniteStream(fc.nat()),
  });
  fc.assert(
    fc.property(scenario, ({ keys, order }) => {
      const { docs, values } = typed(keys);
      const doc = new Doc();
      const fold = foldOf(doc);
      const twice = [...values, ...values].map((value) => ({ value, rank: order.next().value ?? 0 }));
      twice.sort((a, b) => a.rank - b.rank);
      for (const { value } of twice) fold.apply([entryOf(value)]);
      for (const other of docs) assert.equal(textOf(doc).toJSON(), textOf(other).toJSON());
      assert.equal(fold.skippedCount, 0);
    }),
    { numRuns: 150 },
  );
});

test('[Y1, Y9] a state taken anywhere, and what follows it, is the document; local changes are not in it', () => {
  const scenario = fc.record({
    keys: fc.array(keyArbitrary, { minLength: 1, maxLength: 40 }),
    cuts: fc.array(fc.nat(), { maxLength: 3 }),
    isClean: fc.boolean(),
  });
  fc.assert(
    fc.property(scenario, ({ cuts, isClean, keys }) => {
      const { docs, values } = typed(keys);
      const places = cuts.map((cut) => cut % (values.length + 1)).toSorted((a, b) => a - b);
      let doc = new Doc();
      let fold = foldOf(doc, isClean);
      let at = 0;
      for (const place of [...places, values.length]) {
        fold.apply(values.slice(at, place).map((value) => entryOf(value)));
        if (!isClean) textOf(doc).insert(0, 'never in the log');
        const state = fold.save();
        doc = new Doc();
        fold = foldOf(doc, isClean);
        fold.load(state);
        at = place;
      }
      assert.equal(textOf(doc).toJSON(), textOf(docs[0] ?? doc).toJSON());
    }),
    { numRuns: 150 },
  );
});

test('[Y4] a change of any size is values that fit, and whole when all have come in any order', () => {
  assert.equal(entryValueBytesMax, valueBytesMax);
  const sizes = fc.oneof(fc.nat(200), fc.integer({ min: valueBytesMax - 3, max: 5 * valueBytesMax }));
  fc.assert(
    fc.property(sizes, fc.infiniteStream(fc.nat()), (size, order) => {
      const update = Uint8Array.from({ length: size }, (_, at) => at % 251);
      const values = entriesOf(update);
      assert.ok(values !== null && values.every((value) => value.length <= valueBytesMax));
      if (values.length === 1) {
        assert.deepEqual(readEntry(values[0] ?? update), { kind: 'whole', update });
        return;
      }
      const parts = new Parts();
      const shuffled = values.map((value) => ({ value, rank: order.next().value ?? 0 }));
      shuffled.sort((a, b) => a.rank - b.rank);
      const answers = shuffled.map(({ value }) => [parts.take(BEN, value), parts.take(ADA, value)] as const);
      assert.ok(answers.slice(0, -1).every(([ben, ada]) => ben === null && ada === null));
      assert.deepEqual(answers.at(-1), [update, update], 'each device has its own');
      assert.equal([...parts.rows()].length, 0);
    }),
    { numRuns: 30 },
  );
  assert.equal(entriesOf(new Uint8Array(updateBytesMax + 1)), null);
});

test('[Y4] parts whose others never come are given up, the oldest first', () => {
  const parts = new Parts();
  const begun = (number: number): Uint8Array => {
    const [first] = entriesOf(new Uint8Array(2 * valueBytesMax)) ?? [];
    assert.ok(first !== undefined);
    return first.slice(0, 20 + (number % 3));
  };
  for (let number = 0; number < groupsMax + 5; number++) assert.equal(parts.take(ADA, begun(number)), null);
  assert.deepEqual([parts.lostCount, [...parts.rows()].length], [5, groupsMax]);
});

test('[Y4, Y9] a state holds the parts that wait for others', () => {
  const source = new Doc();
  textOf(source).insert(0, 'x'.repeat(150_000));
  const values = entriesOf(encodeStateAsUpdate(source)) ?? [];
  assert.equal(values.length, 3);
  const first = foldOf(new Doc());
  first.apply(values.slice(0, 2).map((value) => entryOf(value)));
  const doc = new Doc();
  const second = foldOf(doc);
  second.load(first.save());
  second.apply(values.slice(2).map((value) => entryOf(value)));
  assert.equal(textOf(doc).length, 150_000);
});

test('[Y5] any bytes as an entry or a state leave a document that goes on', () => {
  const { docs, values } = typed([
    { writer: 0, at: 0, text: 'plum', removed: 0, hears: false },
    { writer: 1, at: 2, text: 'pear', removed: 1, hears: true },
    { writer: 2, at: 3, text: '', removed: 2, hears: true },
  ]);
  const spoilt = fc
    .record({ value: fc.constantFrom(...values), at: fc.nat(), byte: fc.nat(255), cut: fc.nat(40) })
    .map(({ at, byte, cut, value }) => {
      const bytes = value.slice(0, Math.max(1, value.length - (cut > 30 ? cut - 30 : 0)));
      bytes[at % bytes.length] = byte;
      return bytes;
    });
  const random = fc.uint8Array({ maxLength: 80 }).map((bytes) => Uint8Array.of(1, ...bytes));
  fc.assert(
    fc.property(fc.array(fc.oneof(spoilt, random), { maxLength: 10 }), (hostile) => {
      const doc = new Doc();
      const fold = foldOf(doc);
      fold.apply([...hostile.map((value) => entryOf(value, BEN)), entryOf(undefined)]);
      assert.ok(fold.skippedCount >= 1);
      // Whoever reads the same entries has the same, and hears what is typed afterwards.
      const other = new Doc();
      const entries = hostile.map((value) => entryOf(value, BEN));
      foldOf(other).apply(entries);
      doc.on('update', (update: Uint8Array) => applyUpdate(other, update, 'log'));
      textOf(doc).insert(0, 'goes on');
      assert.equal(textOf(other).toJSON(), textOf(doc).toJSON());
      foldOf(new Doc()).load(fold.save());
    }),
    { numRuns: 1_000 },
  );
  assert.equal(textOf(docs[0] ?? new Doc()).length > 0, true);
});

test('[Y5] an update in which something stands beside itself changes nothing', () => {
  const plum = Uint8Array.of(1, 1, 1, 1, 0, 4, 1, 4, 116, 101, 120, 116, 4, 112, 108, 117, 109, 0);
  const waits = [1, 1, 2, 0, 0, 193, 1, 1, 1, 2, 1, 196, 2, 0, 1, 2, 3, 101, 97, 114, 1, 2, 1, 0, 1];
  const beside = [1, 1, 2, 2, 0, 193, 1, 1, 1, 2, 1, 196, 2, 1, 1, 2, 3, 101, 97, 114, 1, 2, 1, 0, 1];
  const keystroke = [1, 1, 1, 1, 4, 132, 1, 4, 3, 101, 97, 114, 0];
  const doc = new Doc();
  const fold = foldOf(doc);
  fold.apply([waits, [...plum], beside, keystroke].map((bytes) => entryOf(Uint8Array.from(bytes), BEN)));
  assert.deepEqual([textOf(doc).toJSON(), fold.skippedCount], ['plum', 2]);
});

test('[Y5] bytes that are no state are refused, and change nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, hasHead) => {
      const doc = new Doc();
      textOf(doc).insert(0, 'mine');
      const state = hasHead ? Uint8Array.of(1, 0, 0, 0, 0, ...bytes) : bytes;
      try {
        foldOf(doc).load(state);
      } catch (thrown) {
        assert.equal((thrown as { code?: string }).code, 'malformed');
      }
      assert.match(textOf(doc).toJSON(), /mine/);
    }),
    { numRuns: 1_000 },
  );
  const rows = [{ device: ADA, value: Uint8Array.of(1, 2, 3) }];
  const state = { parts: rows, document: Uint8Array.of(7) };
  assert.deepEqual(readState(writeState(state)), state);
});
