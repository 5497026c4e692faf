import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { realEnv } from 'copse/internal/base/env.ts';
import { composeNode } from '../../../server/src/node/compose.ts';
import { readSettings } from '../../../server/src/node/settings.ts';
import { hasLabel } from './figure-names.ts';
import { grouped, noHistory, samplesMax, valueWords, withReading, type History } from './figures.ts';
import { bytesWords, countWords, durationWords, plural } from './numbers.ts';
import { plotOf } from './plot.ts';

const read = (history: History, atMs: number, entries: number, connections = 3): History =>
  withReading(history, {
    atMs,
    figures: [
      { name: 'tailEntriesTotal', unit: 'entries', value: String(entries) },
      { name: 'tailConnections', unit: '', value: String(connections) },
      { name: 'nodeCpuSecondsTotal', unit: 's', value: String(entries / 400) },
      { name: 'nodeVersion', unit: '', value: '0.1.0' },
    ],
  });
const samplesOf = (history: History, name: string): readonly number[] =>
  history.series.find((series) => series.name === name)?.samples ?? [];

test('[U16] a counter is plotted as its growth per second, a gauge as itself', () => {
  const history = read(read(read(noHistory, 0, 100), 2000, 180, 5), 3000, 200, 4);
  assert.deepEqual(samplesOf(history, 'tailEntriesTotal'), [40, 20]);
  assert.deepEqual(samplesOf(history, 'tailConnections'), [3, 5, 4]);
  // A tenth of a second of work in a second is ten percent of a core.
  const [first = 0, second = 0] = samplesOf(history, 'nodeCpuSecondsTotal');
  assert.deepEqual([Math.round(first), Math.round(second)], [10, 5]);
  assert.deepEqual(
    history.series.map(({ label, unit }) => [label, unit]),
    [
      ['Entries', 'per second'],
      ['Connections', ''],
      ['Processor', '%'],
    ],
  );
});

test('[U16] a node that was started anew shows no negative rate', () => {
  assert.deepEqual(samplesOf(read(read(noHistory, 0, 100), 1000, 7), 'tailEntriesTotal'), [0]);
});

test('[U16] a plot keeps a bounded number of samples', () => {
  let history = noHistory;
  for (let at = 0; at < 3 * samplesMax; at++) history = read(history, at * 1000, at * at);
  assert.equal(samplesOf(history, 'tailConnections').length, samplesMax);
  assert.equal(samplesOf(history, 'tailEntriesTotal').length, samplesMax);
});

test('[U16] the outline of a plot ends at the right edge and stays inside', () => {
  const size = { width: 100, height: 50, capacity: 5 };
  const { line, area, max } = plotOf([0, 10, 5], size);
  assert.equal(line, 'M50 49L75 1L100 25');
  assert.equal(area, `${line}L100 50L50 50Z`);
  assert.equal(max, 10);
  assert.equal(plotOf([], size).line, '');
  assert.equal(plotOf([0, 0], size).line, 'M75 49L100 49');
});

test('[U16] figures are read in the units of people', () => {
  assert.equal(valueWords('48200000', 'bytes'), '48 MB');
  assert.equal(valueWords('93784', 's'), '1 day 2 h');
  assert.equal(valueWords('1.8', 'ms'), '1.8 ms');
  assert.equal(valueWords('1', 'ms'), '1 ms');
  assert.equal(valueWords('1', 'entries'), '1 entry');
  assert.equal(valueWords('1', 'entries/s'), '1 entries/s');
  assert.equal(valueWords('0.1.0', ''), '0.1.0');
  assert.equal(valueWords('12.5', 'per second'), '13 /s');
  assert.equal(bytesWords(999), '999 B');
  assert.equal(bytesWords(1536), '1.5 kB');
  assert.equal(bytesWords(999_999), '1 MB');
  assert.equal(countWords(18_204), '18,204');
  assert.equal(countWords(2.25), '2.3');
  assert.equal(durationWords(125), '2 min');
  assert.equal(plural(1, 'member'), '1 member');
  assert.equal(plural(1200, 'member'), '1,200 members');
});

test('[U16] figures stand under the part of the node that says them, with names for people', () => {
  assert.deepEqual(
    grouped([
      { name: 'tailEntriesTotal', unit: 'entries', value: '1200' },
      { name: 'tailBytes', unit: 'bytes/s', value: '20480' },
      { name: 'tailPlumsTotal', unit: 'plums', value: '1' },
      { name: 'nodeUptime', unit: 's', value: '61' },
      { name: 'nodeRss', unit: 'bytes', value: '73506816' },
      { name: 'odd', unit: '', value: 'x' },
    ]),
    [
      {
        title: 'This machine',
        figures: [
          { label: 'Running for', value: '1 min' },
          { label: 'Memory in use', value: '74 MB' },
        ],
      },
      {
        title: 'Reading and writing',
        figures: [
          { label: 'Written now', value: '20 kB/s' },
          { label: 'Entries since the start', value: '1,200' },
          { label: 'Plums total', value: '1 plum' },
        ],
      },
      { title: 'Others', figures: [{ label: 'Odd', value: 'x' }] },
    ],
  );
});

test('[U16] every figure that a node says has a name for people', async () => {
  const data = mkdtempSync(join(tmpdir(), 'copse-figures-'));
  try {
    const bounds = { retainDays: 1, retainBytes: 1, retainCount: 1, retainReplacedDays: 1 };
    const flags = { data, port: 0, ...bounds };
    await using node = await composeNode(readSettings({ flags, environment: {}, file: {} }), realEnv());
    const names = node.figures().map(({ name }) => name);
    assert.ok(names.length > 30);
    assert.deepEqual(
      names.filter((name) => !hasLabel(name)),
      [],
    );
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
});
