import assert from 'node:assert/strict';
import { test } from 'node:test';
import { weightsOf } from './weights.ts';

test('[S8] the weight of a source is what the file is lighter without it', () => {
  // Two sources that alternate: `a` has columns 0 to 11 and 200 to 211, `b` what is between and after.
  const a = 'let a=1001;;';
  const b = Array.from({ length: 188 }, (_, at) => String.fromCharCode(33 + ((at * 37) % 90))).join('');
  const text = `${a}${b}${a}${b}`;
  const map = JSON.stringify({
    version: 3,
    sources: ['../../core/src/a.ts', '../../core/src/b.ts'],
    // Columns +0, +12, +188, +12; the source goes 0, 1, 0, 1.
    mappings: 'AAAA,YCAA,4LDAA,YCAA',
  });
  const weights = weightsOf({ path: 'x.js', text, map });
  assert.deepEqual(
    weights.map(({ source, plainBytes }) => [source, plainBytes]),
    [
      ['core/src/b.ts', 2 * b.length],
      ['core/src/a.ts', 2 * a.length],
      ['', 0],
    ],
  );
  assert.ok((weights[0]?.gzipBytes ?? 0) > 80);
});
