import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lines, parseJob, parseReport, parseTurn } from './messages.ts';

test('[N7] lines come whole, however the stream is cut', async () => {
  const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\n\r]/g, '') || 'x');
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 8 }),
      fc.array(fc.nat(40)),
      fc.boolean(),
      async (said, cuts, ends) => {
        const bytes = new TextEncoder().encode(said.join('\n') + (ends && said.length > 0 ? '\n' : ''));
        const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].toSorted(
          (a, b) => a - b,
        );
        const stream = new ReadableStream<Uint8Array>({
          start(controller) {
            for (let i = 1; i < places.length; i++) {
              const piece = bytes.slice(places[i - 1], places[i]);
              if (piece.length > 0) controller.enqueue(piece);
            }
            controller.close();
          },
        });
        const heard: string[] = [];
        for await (const each of lines(stream)) heard.push(each);
        assert.deepEqual(heard, said);
      },
    ),
  );
});

test('[N7] what is no message of a replay is refused', () => {
  const job = { role: 'reader', url: 'u', link: 'l', log: 'g', home: 'h', trace: 't', limit: 1 };
  assert.deepEqual(parseJob(JSON.stringify(job)), job);
  assert.deepEqual(parseTurn('{"from":0,"to":5}'), { from: 0, to: 5 });
  assert.deepEqual(parseReport('{"kind":"ready"}'), { kind: 'ready' });
  for (const text of ['', 'null', '5', '[]', '{}', '{"kind":"constructor"}', '{"kind":"read","count":1}'])
    assert.throws(() => parseReport(text), { code: 'malformed' }, text);
  for (const text of ['{"from":0}', '{"from":"0","to":1}', '{'])
    assert.throws(() => parseTurn(text), { code: 'malformed' }, text);
  assert.throws(() => parseJob(JSON.stringify({ ...job, role: 'judge' })), { code: 'malformed' });
});
