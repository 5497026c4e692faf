import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LogLevel } from 'copse/internal/base/env.ts';
import { logLines } from './log-lines.ts';

const wallMs = (): number => Date.UTC(2026, 10, 21, 8, 30, 15, 250);

function linesOf(format: 'text' | 'json', level: LogLevel = 'debug') {
  const lines: string[] = [];
  return { lines, log: logLines({ level, format, wallMs, write: (line) => void lines.push(line) }) };
}

/** Anything that ends a line or moves the cursor in some terminal. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

test('[G6] an event is one line without control characters, whatever its fields hold', () => {
  const field = fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.boolean());
  const fields = fc.dictionary(fc.string({ unit: 'binary', minLength: 1 }), field, { maxKeys: 5 });
  fc.assert(
    fc.property(fc.constantFrom('text' as const, 'json' as const), fields, (format, given) => {
      const { lines, log } = linesOf(format);
      log('warn', 'some.event', given);
      assert.equal(lines.length, 1);
      assert.doesNotMatch(lines[0] ?? '', CONTROL);
      assert.ok(lines[0]?.includes('some.event'));
    }),
  );
});

test('[G6] a line of JSON is read back as what was logged', () => {
  const { lines, log } = linesOf('json');
  log('info', 'listening', { url: 'http://127.0.0.1:7070', note: 'a "b"\n\u2028c', time: 'not this' });
  assert.deepEqual(JSON.parse(lines[0] ?? ''), {
    time: '2026-11-21T08:30:15.250Z',
    level: 'info',
    event: 'listening',
    url: 'http://127.0.0.1:7070',
    note: 'a "b"\n\u2028c',
    'field.time': 'not this',
  });
});

test('[G6] a line of text reads as time, level, event and quoted fields', () => {
  const { lines, log } = linesOf('text');
  log('error', 'store.failed', { code: 'full', where: 'a b' });
  assert.deepEqual(lines, ['08:30:15.250 error store.failed code=full where="a b"']);
});

test('[N1] what is below the least level is not written', () => {
  const { lines, log } = linesOf('text', 'warn');
  for (const level of ['debug', 'info', 'warn', 'error'] as const) log(level, level);
  assert.deepEqual(
    lines.map((line) => line.split(' ')[1]),
    ['warn', 'error'],
  );
});
