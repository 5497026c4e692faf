import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { proofIn, proofText } from './proof-text.ts';

test('[U32] a proof is the same after it was sent as text, however that was broken into lines', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 400 }),
      fc.integer({ min: 1, max: 80 }),
      (bytes, width) => {
        const text = proofText(bytes).replaceAll(new RegExp(`.{${width}}`, 'gu'), '$&\r\n');
        assert.deepEqual(proofIn(` Here it is: ${text} `.slice(13)), bytes);
      },
    ),
  );
});

test('[U32] what is no proof is none', () => {
  for (const text of ['', 'copse-proof:', 'copse-proof:***', 'copse-invitation:AAAA', 'AAAA'])
    assert.equal(proofIn(text), null, text);
});
