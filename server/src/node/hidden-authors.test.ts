import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from 'copse/internal/base/fault.ts';
import { key, type Key } from 'copse/internal/base/ids.ts';
import { hiddenAgainMs } from 'copse/internal/base/limits-peer.ts';
import { Clock } from '../../../lab/suites/auth-stage.ts';
import { turns } from '../../../lab/suites/peer-stage.ts';
import type { HiddenKey, StandingChange } from '../store/accounts-tree.ts';
import { HiddenAuthors } from './hidden-authors.ts';

const [tom, zoe] = [key(new Uint8Array(32).fill(1)), key(new Uint8Array(32).fill(2))];

/** A tree that says what it is told to say, and a store that counts what is taken from it. */
function stage() {
  const env = new Clock();
  const state = {
    keys: [] as HiddenKey[],
    asked: 0,
    isBroken: false,
    isFull: false,
    left: new Map<Key, number>(),
    prunes: 0,
  };
  let tell: (change: StandingChange) => void = () => {};
  const standings = {
    listen: (listener: (change: StandingChange) => void) => {
      tell = listener;
    },
    hidden: async () => {
      state.asked += 1;
      if (state.isBroken) throw new Fault('internal', 'the tree cannot be read');
      return [...state.keys];
    },
    standing: () => assert.fail('nobody asks for that'),
    formers: () => assert.fail('nobody asks for that'),
  };
  const store = {
    pruneAccount(payer: Key): number {
      state.prunes += 1;
      if (state.isFull) throw new Fault('full', 'no room on the disk');
      const left = state.left.get(payer) ?? 0;
      const gone = Math.min(left, 10);
      state.left.set(payer, left - gone);
      return gone;
    },
  };
  const soon = (task: () => void): void => void setImmediate(task);
  const open = (): Promise<HiddenAuthors> => HiddenAuthors.open({ standings, store, env, soon });
  return { env, state, open, changed: (below: boolean) => tell({ key: tom, below }) };
}

test('[Z14] the tree is asked when somebody was removed or restored, once for what comes at once, and not for other acts', async () => {
  const { state, open, changed } = stage();
  using hidden = await open();
  assert.equal(state.asked, 1);
  for (let n = 0; n < 100; n++) changed(false);
  await turns();
  assert.deepEqual([state.asked, hidden.isSettled], [1, true]);
  state.keys = [{ key: tom, isFinal: false }];
  for (let n = 0; n < 100; n++) changed(true);
  assert.equal(hidden.isSettled, false);
  await hidden.settled();
  assert.deepEqual([hidden.has(tom), hidden.has(zoe), hidden.isSettled], [true, false, true]);
  assert.equal(state.asked, 2);
});

test('[Z14] while the tree cannot be read nobody is shown anything, and it is asked again until it can', async () => {
  const { env, state, open, changed } = stage();
  using hidden = await open();
  state.isBroken = true;
  changed(true);
  await assert.rejects(hidden.settled(), { code: 'internal' });
  assert.equal(hidden.isSettled, false);
  await turns();
  env.advance(hiddenAgainMs);
  await assert.rejects(hidden.settled(), { code: 'internal' });
  state.isBroken = false;
  await turns();
  env.advance(hiddenAgainMs);
  await hidden.settled();
  assert.equal(hidden.isSettled, true);
});

test('[Z14] who waits while the node ends does not wait in vain', async () => {
  const { open, changed } = stage();
  const hidden = await open();
  changed(true);
  hidden[Symbol.dispose]();
  await assert.rejects(hidden.settled(), { code: 'closed' });
  assert.equal(hidden.isSettled, false);
});

test('[Z14] what can no longer be restored is taken away, once, and later where the disk is full', async () => {
  const { env, state, open, changed } = stage();
  using hidden = await open();
  state.left.set(tom, 25).set(zoe, 5);
  state.keys = [
    { key: tom, isFinal: true },
    { key: zoe, isFinal: false },
  ];
  state.isFull = true;
  changed(true);
  await hidden.settled();
  await turns(10);
  assert.deepEqual([...state.left.values()], [25, 5]);
  state.isFull = false;
  env.advance(hiddenAgainMs);
  await turns(20);
  assert.deepEqual([...state.left.values()], [0, 5]);
  const { prunes } = state;
  changed(true);
  await hidden.settled();
  await turns(10);
  assert.equal(state.prunes, prunes, 'nothing is looked for twice');
});
