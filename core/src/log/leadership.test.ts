import assert from 'node:assert/strict';
import { test } from 'node:test';

import { deviceId } from '../base/ids.ts';
import { candidatesMax, leadGraceMs, leadTtlMs } from '../base/limits-led.ts';
import { Leadership, type Candidate, type LeadEffect } from './leadership.ts';

const [ANNA, BEN] = [deviceId('aa'.repeat(8)), deviceId('bb'.repeat(8))];
const NOBODY = { epoch: 0, device: null };
const anna: Candidate<string> = { who: 'anna', device: ANNA, sinceMs: 0 };
const ben: Candidate<string> = { who: 'ben', device: BEN, sinceMs: 0 };

const told = (effects: readonly LeadEffect<string>[] | null): readonly string[] =>
  (effects ?? []).map((effect) =>
    effect.kind === 'promote' ? `promote ${effect.who} ${effect.epoch}` : `${effect.kind} ${effect.epoch}`,
  );

function led(): Leadership<string> {
  const leadership = new Leadership<string>(NOBODY, 0);
  assert.deepEqual(told(leadership.ask(anna, 0)), ['record 1']);
  assert.equal(leadership.holder, null, 'before its record is durable nobody leads');
  assert.deepEqual(told(leadership.granted(0)), ['promote anna 1']);
  return leadership;
}

test('[V1] one leads at a time; asking again changes nothing', () => {
  const leadership = led();
  assert.deepEqual(told(leadership.ask(ben, 1)), []);
  assert.deepEqual(told(leadership.ask(ben, 1)), []);
  assert.deepEqual(told(leadership.ask(anna, 1)), []);
  assert.deepEqual([leadership.holder, leadership.candidateCount], ['anna', 1]);
});

test('[V3] who gives the lead back is followed at once, whose connection broke after a grace', () => {
  const given = led();
  given.ask(ben, 1);
  assert.deepEqual(told(given.stepDown('anna', 5)), ['gone 1', 'record 2']);
  assert.deepEqual(told(given.granted(5)), ['promote ben 2']);

  const cut = led();
  cut.ask(ben, 1);
  assert.deepEqual(told(cut.parted('anna', 'cut', 5)), ['gone 1']);
  assert.equal(cut.lookMs, 5 + leadGraceMs);
  assert.deepEqual(told(cut.look(4 + leadGraceMs)), []);
  assert.deepEqual(told(cut.look(5 + leadGraceMs)), ['record 2']);
});

test('[V3] within the grace the same device leads again, under the next epoch', () => {
  const leadership = led();
  leadership.ask(ben, 1);
  leadership.parted('anna', 'cut', 5);
  assert.deepEqual(told(leadership.ask({ who: 'anna again', device: ANNA, sinceMs: 6 }, 6)), ['record 2']);
  assert.deepEqual(told(leadership.granted(6)), ['promote anna again 2']);
});

test('[V3] a device that connects anew takes the lead from its older connection, and not the other way round', () => {
  const leadership = led();
  assert.deepEqual(told(leadership.ask({ who: 'anna again', device: ANNA, sinceMs: 6 }, 6)), [
    'gone 1',
    'record 2',
  ]);
  leadership.granted(6);
  assert.deepEqual(told(leadership.ask(anna, 7)), []);
  assert.equal(leadership.holder, 'anna again');
});

test('[V4] a revoked leader has no grace', () => {
  const leadership = led();
  leadership.ask(ben, 1);
  assert.deepEqual(told(leadership.parted('anna', 'revoked', 5)), ['gone 1', 'record 2']);
});

test('[V4] who leaves while its record is on the way never leads', () => {
  const leadership = new Leadership<string>(NOBODY, 0);
  leadership.ask(anna, 0);
  leadership.ask(ben, 0);
  assert.deepEqual(told(leadership.parted('anna', 'revoked', 1)), []);
  assert.deepEqual(told(leadership.granted(2)), ['gone 1', 'record 2']);
  assert.deepEqual(told(leadership.granted(3)), ['promote ben 2']);
});

test('[V5] the lead is handed to a device that waits for it, past others', () => {
  const leadership = led();
  const carl = { who: 'carl', device: deviceId('cc'.repeat(8)), sinceMs: 0 };
  leadership.ask(carl, 1);
  assert.equal(leadership.handOver('anna', BEN, 2), null);
  assert.equal(leadership.holder, 'anna', 'nobody of that name: nothing has changed');
  leadership.ask(ben, 3);
  assert.equal(leadership.handOver('carl', BEN, 3), null, 'only the leader hands over');
  assert.deepEqual(told(leadership.handOver('anna', BEN, 4)), ['gone 1', 'record 2']);
  assert.deepEqual(told(leadership.granted(4)), ['promote ben 2']);
});

test('[V2] a record that was not written gives nobody the lead, and its epoch is used again', () => {
  const leadership = new Leadership<string>(NOBODY, 0);
  leadership.ask(anna, 0);
  leadership.failed(250);
  assert.deepEqual([leadership.holder, leadership.epoch], [null, 0]);
  assert.deepEqual(told(leadership.look(1)), ['record 1']);
});

test('[V2] a record that was not written is tried again, whoever leaves meanwhile', () => {
  const leadership = new Leadership<string>(NOBODY, 0);
  leadership.ask(anna, 0);
  leadership.ask(ben, 0);
  leadership.failed(250);
  assert.deepEqual(told(leadership.parted('anna', 'cut', 10)), []);
  assert.equal(leadership.lookMs, 250);
  assert.deepEqual(told(leadership.look(250)), ['record 1']);
  assert.equal(leadership.lookMs, null);
});

test('[V6] after a restart only the last leader is let in, until its lease has run out', () => {
  const leadership = new Leadership<string>({ epoch: 7, device: ANNA }, 100);
  assert.deepEqual(told(leadership.ask(ben, 101)), []);
  assert.equal(leadership.lookMs, 100 + leadTtlMs);
  assert.deepEqual(told(leadership.look(99 + leadTtlMs)), []);
  assert.deepEqual(told(leadership.look(100 + leadTtlMs)), ['record 8']);

  const returned = new Leadership<string>({ epoch: 7, device: ANNA }, 100);
  returned.ask(ben, 101);
  assert.deepEqual(told(returned.ask(anna, 102)), ['record 8']);
});

test('[V1] more candidates than there is room for are refused', () => {
  const leadership = led();
  for (let i = 0; i < candidatesMax; i++)
    assert.notEqual(leadership.ask({ who: `c${i}`, device: BEN, sinceMs: 0 }, 1), null);
  assert.equal(leadership.ask({ who: 'one more', device: BEN, sinceMs: 0 }, 1), null);
});
