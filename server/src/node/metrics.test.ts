import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { prometheus } from './metrics.ts';

test('[N3] figures become metrics with a type, a unit and a number', () => {
  const text = prometheus([
    { name: 'tailEntriesTotal', unit: 'entries', value: '12' },
    { name: 'tailBytes', unit: 'bytes/s', value: '0' },
    { name: 'auth.sessions', unit: '', value: '3' },
    { name: 'version', unit: '', value: '0.1.0' },
    { name: 'data', unit: '', value: 'C:\\a "b"\n' },
  ]);
  assert.equal(
    text,
    [
      '# TYPE copse_tail_entries_total counter',
      'copse_tail_entries_total 12',
      '# TYPE copse_tail_bytes_per_s gauge',
      'copse_tail_bytes_per_s 0',
      '# TYPE copse_auth_sessions gauge',
      'copse_auth_sessions 3',
      '# TYPE copse_info gauge',
      'copse_info{version="0.1.0",data="C:\\\\a \\"b\\"\\n"} 1',
      '',
    ].join('\n'),
  );
});

/** The grammar of the exposition format 0.0.4, without timestamps. */
const LINE =
  /^(# TYPE [a-z_:][a-z0-9_:]* (counter|gauge)|[a-z_:][a-z0-9_:]*(\{([a-z_][a-z0-9_]*="([^"\\\n]|\\["\\n])*",?)*\})? -?\d+(\.\d+)?(e[+-]\d+)?)$/;

test('[N3] whatever the figures are, every line is of the format and every metric stands there once', () => {
  const word = fc.stringMatching(/^[a-z][A-Za-z0-9.]{0,12}$/);
  const figure = fc.record({
    name: word,
    unit: fc.constantFrom('', 'bytes', 'entries/s', '%'),
    value: fc.oneof(fc.double().map(String), fc.integer().map(String), fc.string()),
  });
  fc.assert(
    fc.property(fc.array(figure, { maxLength: 20 }), (figures) => {
      const text = prometheus(figures);
      assert.ok(text.endsWith('\n'));
      const lines = text.trimEnd().split('\n');
      for (const line of lines) assert.match(line, LINE);
      const types = lines.filter((line) => line.startsWith('# TYPE'));
      assert.equal(new Set(types.map((line) => line.split(' ')[2])).size, types.length);
    }),
  );
});
