/**
 * The printed examples under all implementations of the primitives: the server's, a browser's with nothing but
 * WebCrypto, and that of a browser whose WebCrypto lacks the curves.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { onlyWebCrypto, withoutCurves } from '../../browser/testing/subtle.ts';
import { nativePrimitives } from '../../native/primitives.ts';
import { curveExamples } from './curve.ts';
import { hashExamples } from './hash.ts';
import { sealExamples } from './seal.ts';

const implementations = {
  native: nativePrimitives(),
  WebCrypto: onlyWebCrypto(),
  '@noble': withoutCurves(),
};

for (const [kind, primitives] of Object.entries(implementations)) {
  for (const example of [...hashExamples, ...curveExamples, ...sealExamples]) {
    test(`[C8] ${example.name} holds (${kind})`, async () => {
      const outcomes = await example.run(primitives);
      assert.ok(outcomes.length > 0);
      for (const [actual, printed] of outcomes) assert.equal(actual, printed);
    });
  }
}
