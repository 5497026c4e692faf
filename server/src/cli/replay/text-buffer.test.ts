import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TextBuffer } from './text-buffer.ts';

test('[N7] the buffer is an array of code points under the same edits', () => {
  const edit = fc.record({
    at: fc.nat(),
    removed: fc.nat(12),
    text: fc.string({ unit: 'grapheme', maxLength: 6 }),
  });
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 20 }),
      fc.array(edit, { maxLength: 200 }),
      (start, edits) => {
        const buffer = new TextBuffer(start);
        let model = Array.from(start);
        for (const { at, removed, text } of edits) {
          const place = at % (model.length + 1);
          const gone = Math.min(removed, model.length - place);
          buffer.edit(place, gone, text);
          model = [...model.slice(0, place), ...Array.from(text), ...model.slice(place + gone)];
          assert.equal(buffer.length, model.length);
        }
        assert.equal(buffer.toString(), model.join(''));
      },
    ),
  );
});

test('[N7] an edit beyond the text is refused', () => {
  const buffer = new TextBuffer('abc');
  assert.throws(() => buffer.edit(2, 2, ''), { code: 'malformed' });
  assert.throws(() => buffer.edit(4, 0, 'x'), { code: 'malformed' });
  assert.equal(buffer.toString(), 'abc');
});
