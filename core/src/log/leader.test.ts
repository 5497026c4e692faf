import assert from 'node:assert/strict';
import { test } from 'node:test';

import { deviceId } from '../base/ids.ts';
import { ledInFlightMax } from '../base/limits-led.ts';
import { LeaderMachine, type Identity } from './leader.ts';

const [ANNA, BEN] = [deviceId('aa'.repeat(8)), deviceId('bb'.repeat(8))];
const of = (device: typeof ANNA, seq: number, epoch = 1): Identity => ({ device, epoch, seq });

function leading(tail = 1): LeaderMachine {
  const leader = new LeaderMachine(1, tail);
  leader.learned(ANNA, 0, []);
  leader.learned(BEN, 0, []);
  return leader;
}

/** Hands an entry in and places it. */
function take(leader: LeaderMachine, identity: Identity): number {
  assert.deepEqual(leader.hand(identity), { kind: 'take' });
  return leader.place(new Uint8Array(10));
}

const written = (leader: LeaderMachine, bytesMax = 1_000): readonly number[] =>
  leader.write(bytesMax)?.entries.map(({ at }) => at) ?? [];

test('[V8] what the log knows of a writer is asked for before its first entry is taken', () => {
  const leader = new LeaderMachine(1, 5);
  assert.deepEqual(leader.hand(of(ANNA, 3)), { kind: 'ask' });
  leader.learned(ANNA, 2, [{ epoch: 3, seq: 2 }]);
  assert.deepEqual(leader.hand(of(ANNA, 2, 3)), { kind: 'known' });
  assert.deepEqual(leader.hand(of(ANNA, 1, 2)), { kind: 'decline', reason: { kind: 'fenced', floor: 2 } });
  assert.deepEqual(leader.hand(of(ANNA, 4, 3)), { kind: 'decline', reason: { kind: 'gap', expected: 3 } });
  assert.equal(take(leader, of(ANNA, 3, 3)), 5);
});

test('[V10] an entry that comes over two paths is taken once', () => {
  const leader = leading();
  take(leader, of(ANNA, 1));
  assert.deepEqual(leader.hand(of(ANNA, 1)), { kind: 'known' });
  assert.deepEqual(written(leader), [1]);
  leader.acked(1, 1);
  assert.deepEqual(leader.hand(of(ANNA, 1)), { kind: 'known' });
});

test('[V8] entries are written from where the log ends, and again from the one that was refused', () => {
  const leader = leading(7);
  for (const seq of [1, 2, 3]) take(leader, of(ANNA, seq));
  take(leader, of(BEN, 1));
  assert.deepEqual(written(leader, 20), [7, 8]);
  assert.deepEqual(written(leader), [9, 10]);
  assert.deepEqual(leader.nacked(8, { kind: 'full', retryMs: 5 }), { kind: 'pause', pauseMs: 5 });
  assert.deepEqual(leader.nacked(9, { kind: 'conflict', tail: 8 }), { kind: 'none' });
  assert.deepEqual(
    leader.acked(7, 1).map(({ at }) => at),
    [7],
  );
  assert.deepEqual(written(leader), [8, 9, 10]);
  leader.acked(8, 3);
  leader.acked(8, 3);
  assert.deepEqual([leader.durable, leader.owed], [11, 0]);
  assert.deepEqual(leader.nacked(9, { kind: 'conflict', tail: 8 }), { kind: 'none' }, 'an echo');
});

test('[V8] what the leader did not expect ends its lead', () => {
  for (const reason of [
    { kind: 'led', lead: 2 },
    { kind: 'conflict', tail: 9 },
    { kind: 'gap', expected: 4 },
  ] as const) {
    const leader = leading();
    take(leader, of(ANNA, 1));
    assert.deepEqual(leader.nacked(1, reason), { kind: 'lost' });
  }
});

test('[L11, V7] under a new key everything that is not durable is sealed again, where it stands', () => {
  const leader = leading();
  take(leader, of(ANNA, 1));
  take(leader, of(BEN, 1));
  written(leader);
  const effect = leader.nacked(2, { kind: 'staleKey', keyEpoch: 4 });
  assert.deepEqual(effect.kind === 'reseal' && effect.entries.map(({ at }) => at), [2]);
  leader.replace({ at: 2, bytes: new Uint8Array(3) });
  assert.deepEqual(
    leader.write(1_000)?.entries.map(({ bytes }) => bytes.length),
    [3],
  );
});

test('[V7] a leader takes no more than what may be under way', () => {
  const leader = leading();
  for (let seq = 1; seq <= ledInFlightMax; seq++) assert.equal(leader.hand(of(ANNA, seq)).kind, 'take');
  assert.deepEqual(leader.hand(of(BEN, 1)), { kind: 'decline', reason: { kind: 'full', retryMs: 250 } });
  leader.place(new Uint8Array(1));
  assert.equal(leader.owed, ledInFlightMax, 'what is placed and not durable still counts');
});
