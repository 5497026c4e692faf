import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { concat, hex } from '../base/bytes.ts';
import { asFault } from '../base/fault.ts';
import { deviceId, logId, siteId } from '../base/ids.ts';
import { Writer } from '../wire/buffer.ts';
import {
  eachSection,
  putDeclare,
  putEntries,
  putLease,
  putSeal,
  putSnapshot,
  putTrim,
  type Section,
} from './record.ts';

const number = fc.integer({ min: 1, max: 0xffff_ffff });
const position = fc.maxSafeNat();
const id = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(hex);

/** A section as it is given, and what it is read back as. */
const section = fc.oneof(
  fc.record({
    kind: fc.constant('entries' as const),
    number,
    first: position,
    count: fc.nat(4096),
    parts: fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 4 }),
  }),
  fc.record({ kind: fc.constant('declare' as const), number, site: id.map(siteId), log: id.map(logId) }),
  fc.record({ kind: fc.constant('seal' as const), epoch: position, owner: fc.uint8Array({ maxLength: 64 }) }),
  fc.record({ kind: fc.constant('trim' as const), number, first: position }),
  fc.record({
    kind: fc.constant('lease' as const),
    number,
    epoch: fc.nat(2 ** 31),
    device: fc.constantFrom(null, deviceId('ab'.repeat(8)), deviceId('00'.repeat(7) + '01')),
  }),
  fc.record({
    kind: fc.constant('snapshot' as const),
    number,
    from: position,
    at: position,
    last: position,
    isLeaders: fc.boolean(),
  }),
);
type Given = typeof section extends fc.Arbitrary<infer T> ? T : never;

function put(writer: Writer, given: Given): void {
  switch (given.kind) {
    case 'entries': {
      const start = putEntries(writer, given, given.parts);
      assert.equal(writer.at - start, concat(...given.parts).length);
      return;
    }
    case 'declare':
      return putDeclare(writer, given.number, given.site, given.log);
    case 'lease':
      return putLease(writer, given);
    case 'snapshot':
      return putSnapshot(writer, given.number, given);
    case 'seal':
      return putSeal(writer, given.epoch, given.owner);
    case 'trim':
      return putTrim(writer, given.number, given.first);
  }
}

function read(record: Uint8Array): readonly Section[] {
  const sections: Section[] = [];
  eachSection(record, (read) => void sections.push(read));
  return sections;
}

test('[W12] a record is read back as it was written, entries byte for byte', () => {
  fc.assert(
    fc.property(fc.array(section, { maxLength: 8 }), (given) => {
      const writer = new Writer();
      for (const each of given) put(writer, each);
      const record = writer.take();
      const sections = read(record);
      assert.equal(sections.length, given.length);
      sections.forEach((got, i) => {
        const want = given[i]!;
        if (want.kind !== 'entries' || got.kind !== 'entries') return assert.deepEqual(got, { ...want });
        const { number, first, count } = want;
        assert.deepEqual(
          { number: got.number, first: got.first, count: got.count },
          { number, first, count },
        );
        assert.deepEqual(record.subarray(got.start, got.end), Uint8Array.from(concat(...want.parts)));
      });
    }),
  );
});

test('[J8] a section of an unknown kind makes a record unreadable', () => {
  for (const kind of [0, 7, 64, 255]) {
    assert.throws(() => read(Uint8Array.of(2, kind, 0)), { name: 'Fault', code: 'newer' });
  }
});

test('[W4] any bytes at all are a record or malformed or newer', () => {
  const cut = fc.tuple(fc.array(section, { minLength: 1, maxLength: 4 }), fc.nat()).map(([given, place]) => {
    const writer = new Writer();
    for (const each of given) put(writer, each);
    return writer.take().subarray(0, place % (writer.at + 1));
  });
  fc.assert(
    fc.property(fc.oneof(cut, fc.uint8Array({ maxLength: 60 })), (bytes) => {
      try {
        for (const got of read(bytes)) {
          if (got.kind === 'entries') assert.ok(got.start <= got.end && got.end <= bytes.length);
        }
      } catch (thrown) {
        assert.match(asFault(thrown).code, /^(malformed|newer)$/);
      }
    }),
    { numRuns: 2000 },
  );
});
