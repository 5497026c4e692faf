import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Fault } from 'copse/internal/base/fault.ts';
import { Asker } from './ask.ts';
import { output, sayFault, type Streams } from './output.ts';

const HOSTILE = 'plums\u001b]0;owned\u0007\u009b31m\r\tand\npears';
const SHOWN = 'plums\ufffd]0;owned\ufffd\ufffd31m\ufffd\tand\npears';

function scene(isTerminal = true): {
  readonly streams: Streams;
  readonly said: { out: string; err: string };
} {
  const said = { out: '', err: '' };
  const streams = {
    out: (text: string) => void (said.out += text),
    err: (text: string) => void (said.err += text),
    isTerminal,
  };
  return { streams, said };
}

test('[N2] what others have written does not steer the terminal', () => {
  const { streams, said } = scene();
  const terminal = output(false, streams);
  terminal.result(HOSTILE, null);
  terminal.item(HOSTILE, null);
  assert.equal(said.out, `${SHOWN}\n${SHOWN}\n`);
  terminal.log(HOSTILE);
  terminal.progress(HOSTILE);
  assert.equal(said.err, `${SHOWN}\n\r\u001b[2K${SHOWN}`);
  assert.equal(sayFault(new Fault('refused', HOSTILE), false, streams), 4);
  assert.ok(said.err.includes(SHOWN));
  assert.equal(said.err.includes('\u009b'), false);
});

test('[N2] programs get every character, and a terminal that shows their JSON is not steered either', () => {
  const { streams, said } = scene();
  output(true, streams).item('', { text: HOSTILE });
  assert.deepEqual(JSON.parse(said.out), { text: HOSTILE });
  assert.match(said.out, /\\u009b31m/);
  assert.doesNotMatch(said.out, /(?!\n)\p{Cc}/u);
});

test('[N2] a question that names the device of somebody else does not steer the terminal', () => {
  let said = '';
  using asker = new Asker((text) => void (said += text));
  asker.ask(`Digits that ${HOSTILE} shows:`).catch(() => {});
  assert.equal(said, `Digits that ${SHOWN} shows: `);
});
