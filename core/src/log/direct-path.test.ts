import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';
import {
  directIdleMs,
  directOpenMs,
  directRestMaxMs,
  directRestMinMs,
  directSilenceMs,
} from '../base/limits-direct.ts';
import { DirectPath, type PathEffect, type Way } from './direct-path.ts';

const said = (effects: readonly PathEffect[]): readonly string[] =>
  effects.map((effect) => (effect.kind === 'use' ? effect.way : effect.kind));

test('[V11] the node carries at once, and a connection is sought by who hands in', () => {
  const path = new DirectPath();
  assert.deepEqual(said(path.led(0)), ['node']);
  assert.deepEqual(said(path.look(1e9)), []);
  assert.deepEqual(said(path.handed(10)), ['dial']);
  assert.deepEqual(said(path.handed(11)), []);
  assert.deepEqual(said(path.opened(20)), ['direct']);
  assert.equal(path.way, 'direct');
});

test('[V11] who has handed in lately seeks it as soon as another device leads', () => {
  const path = new DirectPath();
  path.led(0);
  path.handed(10);
  path.opened(20);
  assert.deepEqual(said(path.gone()), ['drop']);
  assert.deepEqual(said(path.led(1_000)), ['node', 'dial']);
  assert.deepEqual(said(path.led(directIdleMs + 10)), ['drop', 'node']);
});

test('[V12] a connection that does not open is given up, and sought again ever more seldom', () => {
  const path = new DirectPath();
  path.led(0);
  let nowMs = 0;
  const pauses: number[] = [];
  for (let i = 0; i < 12; i++) {
    assert.deepEqual(said(path.handed(nowMs)), ['dial']);
    assert.equal(path.lookMs, nowMs + directOpenMs);
    nowMs += directOpenMs;
    assert.deepEqual(said(path.look(nowMs - 1)), []);
    assert.deepEqual(said(path.look(nowMs)), ['drop'], 'the node carries anyway');
    const sinceMs = nowMs;
    while (said(path.handed(nowMs)).length === 0) nowMs += 500;
    pauses.push(nowMs - sinceMs);
    path.failed(nowMs);
    nowMs += directRestMaxMs;
  }
  assert.equal(pauses[0], directRestMinMs);
  assert.equal(pauses.at(-1), directRestMaxMs);
});

test('[V12] what breaks, and who does not hear, leaves the node to carry', () => {
  const path = new DirectPath();
  path.led(0);
  path.handed(0);
  path.opened(5);
  assert.equal(path.shallAsk, true);
  path.handed(10);
  assert.equal(path.shallAsk, false, 'one question at a time');
  path.heard();
  path.handed(20);
  assert.deepEqual(said(path.look(19 + directSilenceMs)), []);
  assert.deepEqual(said(path.look(20 + directSilenceMs)), ['drop', 'node']);
  assert.deepEqual(said(path.failed(3_000)), [], 'it is gone');
  const nowMs = 20 + directSilenceMs + directRestMinMs;
  assert.deepEqual(said(path.handed(nowMs)), ['dial']);
  path.opened(nowMs);
  assert.deepEqual(said(path.failed(nowMs + 1)), ['drop', 'node']);
});

test('[V11] a connection over which nobody hands in is given back', () => {
  const path = new DirectPath();
  path.led(0);
  path.handed(0);
  path.opened(5);
  path.handed(6);
  path.heard();
  assert.deepEqual(said(path.look(6 + directIdleMs)), ['drop', 'node']);
  assert.deepEqual(said(path.handed(7 + directIdleMs)), ['dial'], 'without a rest');
});

type Act = 'led' | 'gone' | 'handed' | 'opened' | 'failed' | 'heard' | 'look' | 'again';
const ACTS: readonly Act[] = ['led', 'gone', 'handed', 'opened', 'failed', 'heard', 'look', 'again'];

/** Does one act if it is possible then; what can only happen to a connection happens when there is one. */
function act(path: DirectPath, what: Act, state: { nowMs: number; link: 'none' | 'dialing' | 'open' }) {
  const { nowMs, link } = state;
  switch (what) {
    case 'led':
      return path.led(nowMs);
    case 'gone':
      return path.gone();
    case 'handed':
      return path.handed(nowMs);
    case 'opened':
      return link === 'dialing' ? path.opened(nowMs) : [];
    case 'failed':
      return path.failed(nowMs);
    case 'heard':
      path.heard();
      return [];
    case 'look':
      return path.look(nowMs);
    case 'again':
      return path.again();
  }
}

test('[V12] whatever happens, entries go where there is somebody, and one connection is sought at a time', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom(...ACTS), fc.integer({ min: 0, max: 20_000 })), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(steps, (acts) => {
      const path = new DirectPath();
      const state = { nowMs: 0, link: 'none' as 'none' | 'dialing' | 'open' };
      let way: Way | null = null;
      let isLed = false;
      for (const [what, ms] of acts) {
        state.nowMs += ms;
        if (what === 'led') isLed = true;
        if (what === 'gone') isLed = false;
        const effects = act(path, what, state);
        if (what === 'opened' && state.link === 'dialing') state.link = 'open';
        for (const effect of effects) {
          if (effect.kind === 'drop') {
            assert.notEqual(state.link, 'none', 'what is let go of was there');
            state.link = 'none';
          }
          if (effect.kind === 'dial') {
            assert.equal(state.link, 'none', 'one connection at a time');
            assert.ok(isLed, 'there is somebody to reach');
            state.link = 'dialing';
          }
          if (effect.kind === 'use') way = effect.way;
        }
        if (way === 'direct' && isLed) assert.equal(state.link, 'open', `${what}: nobody is there`);
        if (isLed) assert.equal(way, path.way, 'what was said last holds');
        if (state.link === 'open') assert.ok((path.lookMs ?? Infinity) < Infinity, 'silence ends it');
        assert.equal(path.lookMs === null, state.link === 'none');
      }
    }),
  );
});
