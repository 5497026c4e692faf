/**
 * Authors who type at once while node, leaders, writers and readers are killed: a short run of `npm run crash`, with a
 * small trace in the format of the real ones.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentOf, planOf, type ConcurrentTrace, type Transaction } from '../crash/plan.ts';
import { run, type RunOptions } from '../crash/stage.ts';
import { Chance } from '../sim/chance.ts';
import { postgresMissing } from '../suites/postgres-cluster.ts';

const SLOW = { timeout: 110_000 };

/** Two authors; each begins a while alone, then sees the other. One of them removes, so that lengths add up. */
function traceOf(chance: Chance, count: number): ConcurrentTrace {
  const txns: Transaction[] = [];
  const lengths = [0, 0];
  let heads: number[] = [];
  while (txns.length < count) {
    const from = [...heads];
    const base = Math.max(...lengths);
    const grown = [0, 1].map((agent) => {
      let [length, parents] = [base, from];
      for (let typed = chance.between(1, 12); typed > 0; typed--) {
        const removed = agent === 0 && length > 0 && chance.often(0.2) ? 1 : 0;
        const at = chance.between(0, length - removed);
        txns.push({ parents, agent, patches: [[at, removed, chance.pick(['a', 'ö', 'xyz'])]] });
        parents = [txns.length - 1];
        length += (txns.at(-1)?.patches[0]?.[2] ?? '').length - removed;
      }
      return { head: parents[0] ?? 0, growth: length - base };
    });
    heads = grown.map(({ head }) => head);
    lengths.fill(base + grown.reduce((sum, { growth }) => sum + growth, 0));
  }
  const all = planOf({ txns, endContent: '' }, txns.length);
  return { txns, endContent: all.end };
}

test('[N7] a trace of two authors is the text that both see, in whatever order their words come', () => {
  const plan = planOf({
    endContent: 'Ada said hi',
    txns: [
      { parents: [], agent: 0, patches: [[0, 0, 'said']] },
      { parents: [0], agent: 0, patches: [[0, 0, 'Ada ']] },
      { parents: [0], agent: 1, patches: [[4, 0, ' ho']] },
      { parents: [1, 2], agent: 1, patches: [[9, 2, 'hi']] },
    ],
  });
  assert.deepEqual(
    plan.authors.map((steps) => steps.map(({ needs }) => needs)),
    [
      [
        [0, 0],
        [1, 0],
      ],
      [
        [1, 0],
        [2, 1],
      ],
    ],
  );
  const updates = plan.authors.flat().map(({ update }) => update);
  assert.equal(contentOf(updates), plan.end);
  assert.equal(contentOf(updates.toReversed()), plan.end);
});

function options(
  seed: number,
  rest: Pick<RunOptions, 'isLed' | 'isDirect' | 'isFolding' | 'killsMax'>,
): RunOptions {
  const chance = new Chance(seed);
  const plan = planOf(traceOf(chance, 900));
  return {
    plan,
    chance,
    hasTails: false,
    stepMs: 4,
    mutant: null,
    signal: new AbortController().signal,
    ...rest,
  };
}

test(
  '[V10, L2, L3, L8] a led log whose node, leaders, writers and readers are killed loses and doubles nothing',
  SLOW,
  async () => {
    const { killsByKind, entries, acked } = await run(
      options(1, { isLed: true, isDirect: true, isFolding: true, killsMax: 7 }),
    );
    assert.ok(entries >= 900 && acked > entries / 2, `${acked} of ${entries}`);
    const kills = Object.values(killsByKind).reduce((sum, count) => sum + count, 0);
    assert.ok(kills >= 4, `${kills} kills`);
  },
);

test(
  '[L2, L3, L8, S2] an open log whose node, writers and readers are killed loses and doubles nothing',
  SLOW,
  async () => {
    const { entries, acked } = await run(
      options(2, { isLed: false, isDirect: false, isFolding: false, killsMax: 4 }),
    );
    assert.ok(entries >= 900 && acked > entries / 2, `${acked} of ${entries}`);
  },
);

test(
  '[J14, V10, L2, L3] a led log of two tails over one database, of which those and all others are killed, loses and doubles nothing',
  { ...SLOW, skip: postgresMissing() ?? false },
  async () => {
    const kinds = { isLed: true, isDirect: false, isFolding: false, hasTails: true };
    const { killsByKind, entries, acked } = await run({ ...options(3, { ...kinds, killsMax: 8 }), ...kinds });
    assert.ok(entries >= 900 && acked > entries / 2, `${acked} of ${entries}`);
    assert.ok(killsByKind.tail > 0, JSON.stringify(killsByKind));
  },
);
