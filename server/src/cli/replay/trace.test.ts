import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readTrace } from './trace.ts';

const folder = mkdtempSync(join(tmpdir(), 'copse-trace-'));
after(() => rmSync(folder, { recursive: true }));

const trace = { startContent: 'a', endContent: 'ab', txns: [{ patches: [[1, 0, 'b']] }] };

function file(content: string | Uint8Array): string {
  const path = join(folder, 'trace');
  writeFileSync(path, content);
  return path;
}

test('[N7] a trace is read packed and unpacked', () => {
  const read = { start: 'a', end: 'ab', transactions: [[[1, 0, 'b']]] };
  assert.deepEqual(readTrace(file(JSON.stringify(trace))), read);
  assert.deepEqual(readTrace(file(gzipSync(JSON.stringify(trace)))), read);
});

test('[N7] what is no trace is refused with its path', () => {
  const wrong = [
    'no JSON',
    'null',
    '{"txns":5}',
    JSON.stringify({ ...trace, endContent: 5 }),
    JSON.stringify({ ...trace, txns: [{}] }),
    JSON.stringify({ ...trace, txns: [{ patches: [[0, 0]] }] }),
    JSON.stringify({ ...trace, txns: [{ patches: [['0', 0, 'x']] }] }),
    gzipSync(JSON.stringify(trace)).subarray(0, 20),
  ];
  for (const content of wrong) {
    assert.throws(
      () => readTrace(file(content)),
      (thrown: Error & { code?: string }) => thrown.code === 'malformed' && thrown.message.includes(folder),
    );
  }
  assert.throws(() => readTrace(join(folder, 'none')), { code: 'unknown' });
});

test('[N7] authors typing at once need merging, which this is not', () => {
  const merged = { ...trace, txns: [{ parents: [], patches: [] }] };
  assert.throws(() => readTrace(file(JSON.stringify(merged))), { code: 'usage' });
});

test('[G2] a small file that unpacks to a huge one is refused before it is there', () => {
  const bomb = gzipSync(Buffer.alloc(257 * 1024 * 1024));
  assert.throws(() => readTrace(file(bomb)), { code: 'tooLarge' });
});
