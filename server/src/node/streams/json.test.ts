import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromUtf8, utf8 } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { firstValues, jsonArray, jsonValues } from './json.ts';

/** A value as text, with spaces where JSON allows them. */
const document = fc
  .tuple(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(0, 1, 3))
  .map(([value, indent]) => ({ value, text: JSON.stringify(value, null, indent) }));

const flat = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);
const parsed = (bytes: Uint8Array): unknown => JSON.parse(fromUtf8(bytes) ?? '');
/** JSON knows no negative zero, so texts are compared. */
const same = (a: unknown, b: unknown): void => equal(JSON.stringify(a), JSON.stringify(b));

test('[F1] what is read of JSON are the values that were appended, one level of arrays opened', () => {
  fc.assert(
    fc.property(fc.array(document, { maxLength: 8 }), (documents) => {
      const messages = documents.map(({ text }) => jsonValues(utf8(`\n ${text}\t`)));
      const stored = messages.filter((message) => message.length > 0);
      same(
        parsed(jsonArray(stored)),
        documents.flatMap(({ value }) => flat(value)),
      );
    }),
  );
});

test('[F8] the first values of a message are found whatever stands in them', () => {
  fc.assert(
    fc.property(fc.array(document, { minLength: 1, maxLength: 6 }), fc.nat(8), (documents, count) => {
      const text = `[${documents.map((each) => each.text).join(' , ')}]`;
      const message = jsonValues(utf8(text));
      const found = count === 0 ? null : firstValues(message, count);
      if (count === 0) return;
      if (count > documents.length) equal(found, null);
      else {
        ok(found !== null);
        same(
          parsed(jsonArray([found])),
          documents.slice(0, count).map(({ value }) => value),
        );
      }
    }),
  );
});

test('[F7] any bytes are the values of JSON or malformed', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        ok(jsonValues(bytes).length <= bytes.length);
      } catch (thrown) {
        ok(thrown instanceof Fault && thrown.code === 'malformed');
      }
    }),
  );
  throws(() => jsonValues(Uint8Array.of(0x22, 0xff, 0x22)), Fault);
  deepEqual(jsonValues(utf8(' [ ] ')), utf8(''));
});
