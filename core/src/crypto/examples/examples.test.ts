/** The printed examples under both implementations of the primitives. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { browserPrimitives } from '../../browser/primitives.ts';
import { nativePrimitives } from '../../native/primitives.ts';
import { curveExamples } from './curve.ts';
import { hashExamples } from './hash.ts';
import { sealExamples } from './seal.ts';

const implementations = { native: nativePrimitives(), browser: browserPrimitives() };

for (const [kind, primitives] of Object.entries(implementations)) {
  for (const example of [...hashExamples, ...curveExamples, ...sealExamples]) {
    test(`[C8] ${example.name} holds (${kind})`, async () => {
      const outcomes = await example.run(primitives);
      assert.ok(outcomes.length > 0);
      for (const [actual, printed] of outcomes) assert.equal(actual, printed);
    });
  }
}
