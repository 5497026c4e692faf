import assert from 'node:assert/strict';
import { test } from 'node:test';

import { leadApi, type LeadEvents, type LeadRemote } from 'copse/internal/api/lead.ts';
import { permission } from 'copse/internal/api/model.ts';
import { must } from 'copse/internal/base/assert.ts';
import { concat } from 'copse/internal/base/bytes.ts';
import { deviceId, type Handle } from 'copse/internal/base/ids.ts';
import { leadGraceMs, leadTtlMs } from 'copse/internal/base/limits-led.ts';
import { EntryCursor } from 'copse/internal/wire/entry.ts';
import { joined, LOG, SITE, world, type Client, type World } from './testing/harness.ts';

/** A device that takes part in a led log, with everything it was told about it. */
class Member {
  readonly client: Client;
  readonly handle: Handle;
  readonly remote: LeadRemote;
  readonly told: string[] = [];
  readonly handed: { readonly who: number; readonly entries: Uint8Array }[] = [];
  readonly placed: string[] = [];
  readonly notPlaced: string[] = [];
  lead = 0;

  constructor(client: Client, handle: Handle) {
    this.client = client;
    this.handle = handle;
    const events: LeadEvents = {
      leaderGone: ({ lead }) => void this.told.push(`gone ${lead}`),
      leaderCame: ({ lead }) => void this.told.push(`came ${(this.lead = lead)}`),
      promoted: ({ lead, tail }) => void this.told.push(`promoted ${(this.lead = lead)} at ${tail}`),
      handed: ({ who, entries }) => void this.handed.push({ who, entries: entries.slice() }),
      signal: ({ who, signal }) =>
        void this.told.push(`${signal.kind} of ${who === null ? 'the leader' : 'a follower'}`),
      parted: () => void this.told.push('parted'),
      opened: () => void this.told.push('opened'),
      placed: ({ lead, at, count }) => void this.placed.push(`${lead}: ${at}+${count}`),
      notPlaced: ({ at, reason }) => void this.notPlaced.push(`${at} ${reason.kind}`),
    };
    this.remote = client.dialed.facet(leadApi, events);
  }

  get nacks(): readonly string[] {
    return this.client.nacks.map(({ seq, reason }) => `${seq} ${reason.kind}`);
  }

  /** Writes entries of anybody at a position, as a leader does. */
  place(at: number, ...entries: readonly Uint8Array[]): void {
    this.remote.place({ handle: this.handle, lead: this.lead, at, entries: concat(...entries) });
  }

  hand(...entries: readonly Uint8Array[]): void {
    this.remote.hand({ handle: this.handle, lead: this.lead, entries: concat(...entries) });
  }
}

async function member(w: World, n: number): Promise<Member> {
  const client = await joined(w, n);
  const answer = await client.remote.lease({ site: SITE, log: LOG, want: 'write' });
  if (answer.kind === 'needProof') throw new Error('the lease needs a proof');
  const one = new Member(client, answer.handle);
  const { lead } = await one.remote.follow({ handle: one.handle });
  one.lead = lead;
  return one;
}

async function leader(w: World, n: number): Promise<Member> {
  const one = await member(w, n);
  await one.remote.lead({ handle: one.handle });
  await w.settle();
  return one;
}

const stands = (w: World): readonly string[] => {
  const log = must(w.logs.find(SITE, LOG), 'it exists');
  return w.logs.entriesOf(log).map((bytes) => {
    const cursor = new EntryCursor(bytes);
    cursor.next();
    return `${cursor.device().slice(0, 2)}:${cursor.seq}`;
  });
};
const name = ({ client }: Member, seq: number): string => `${client.person.device.slice(0, 2)}:${seq}`;

test('[V1] whoever asks first leads when that is durable; the next one waits', async () => {
  await using w = await world();
  const [anna, ben] = [await member(w, 1), await member(w, 2)];
  w.logs.isHeld = true;
  assert.equal((await anna.remote.lead({ handle: anna.handle })).kind, 'client');
  await w.settle();
  assert.deepEqual(anna.told, [], 'not before its record is durable');
  w.logs.release();
  await w.settle();
  assert.deepEqual(anna.told, ['promoted 1 at 1', 'came 1']);
  assert.deepEqual(await ben.remote.lead({ handle: ben.handle }), { kind: 'client', lead: 1, isLed: true });
  assert.deepEqual(await anna.remote.lead({ handle: anna.handle }), { kind: 'leader', lead: 1, tail: 1 });
});

test('[V1] who may not lead is refused', async () => {
  await using w = await world();
  w.authority.allow(SITE, permission.read | permission.write);
  const anna = await member(w, 1);
  await assert.rejects(anna.remote.lead({ handle: anna.handle }), { code: 'forbidden' });
  const ben = await member(w, 2);
  await assert.rejects(anna.remote.writers({ handle: anna.handle, device: ben.client.person.device }), {
    code: 'forbidden',
  });
  const own = await ben.remote.writers({ handle: ben.handle, device: ben.client.person.device });
  assert.deepEqual(own, { floor: 0, states: [] });
});

test('[V7] only the leader writes a led log, in the name of those who handed it their entries', async () => {
  await using w = await world();
  const [anna, ben, carl] = [await leader(w, 1), await member(w, 2), await member(w, 3)];
  ben.client.write(ben.handle);
  await w.settle();
  assert.deepEqual(ben.nacks, ['1 led']);
  ben.hand(ben.client.entry(1), ben.client.entry(2));
  carl.hand(carl.client.entry(1));
  await w.settle();
  assert.deepEqual(
    anna.handed.map(({ who }) => who),
    [ben.client.who, carl.client.who],
  );
  anna.place(1, ben.client.entry(1), carl.client.entry(1), anna.client.entry(1), ben.client.entry(2));
  await w.settle();
  assert.deepEqual(stands(w), [name(ben, 1), name(carl, 1), name(anna, 1), name(ben, 2)]);
  assert.deepEqual(anna.placed, ['1: 1+4'], 'by position, whoever wrote them');
});

test('[V7] a device hands in only its own entries, under the newest key, to the present leader', async () => {
  await using w = await world();
  const [anna, ben] = [await leader(w, 1), await member(w, 2)];
  ben.lead = 7;
  ben.hand(ben.client.entry(1));
  await w.settle();
  assert.deepEqual(ben.nacks, ['1 led']);
  ben.hand(anna.client.entry(1));
  await w.settle();
  assert.equal(ben.client.endedWith?.code, 'forbidden');
  assert.deepEqual(anna.handed, []);
});

test('[V8] what comes again is acknowledged where it stands, and elsewhere refused', async () => {
  await using w = await world();
  const [anna, ben] = [await leader(w, 1), await member(w, 2)];
  anna.place(1, ben.client.entry(1), ben.client.entry(2));
  anna.place(1, ben.client.entry(1), ben.client.entry(2), ben.client.entry(3));
  anna.place(4, ben.client.entry(2));
  anna.place(9, ben.client.entry(4));
  anna.place(4, ben.client.entry(5));
  await w.settle();
  assert.deepEqual(stands(w), [name(ben, 1), name(ben, 2), name(ben, 3)]);
  assert.deepEqual(anna.notPlaced, ['4 conflict', '9 conflict', '4 gap']);
  const { states } = await anna.remote.writers({ handle: anna.handle, device: ben.client.person.device });
  assert.deepEqual(states, [{ epoch: 1, seq: 3, runs: [{ seq: 1, at: 1, count: 3 }] }]);
});

test('[V2] behind the record of the next lead nothing of the one before can stand', async () => {
  await using w = await world();
  const [anna, ben] = [await leader(w, 1), await member(w, 2)];
  await ben.remote.lead({ handle: ben.handle });
  w.logs.isHeld = true;
  anna.place(1, anna.client.entry(1));
  await anna.remote.stepDown({ handle: anna.handle, to: null, open: false });
  anna.place(2, anna.client.entry(2));
  await w.settle();
  w.logs.release();
  await w.settle();
  assert.deepEqual(stands(w), [name(anna, 1)], 'what was placed before it stands');
  assert.deepEqual(anna.notPlaced, ['2 led']);
  assert.deepEqual(ben.told, ['gone 1', 'promoted 2 at 2', 'came 2']);
});

test('[V2] a record that could not be written is tried again, and nobody leads until it stands', async () => {
  await using w = await world();
  const anna = await member(w, 1);
  w.logs.failure = 'full';
  await anna.remote.lead({ handle: anna.handle });
  await w.settle();
  assert.deepEqual(anna.told, []);
  w.logs.failure = null;
  await w.env.advance(1_000);
  await w.settle();
  assert.deepEqual(anna.told, ['promoted 1 at 1', 'came 1']);
});

test('[V7] what a device wrote for itself before it led is refused, and nothing else', async () => {
  await using w = await world();
  const anna = await member(w, 1);
  w.logs.isHeld = true;
  anna.client.write(anna.handle);
  await anna.remote.lead({ handle: anna.handle });
  anna.client.write(anna.handle);
  w.logs.release();
  await w.settle();
  anna.client.write(anna.handle);
  await w.settle();
  assert.deepEqual(stands(w), [name(anna, 1)]);
  assert.deepEqual(anna.nacks, ['2 led', '3 led']);
  assert.equal(anna.client.endedWith, undefined);
});

test('[V5] a log that could not be opened stays led, by the next one', async () => {
  await using w = await world();
  const [anna, ben] = [await leader(w, 1), await member(w, 2)];
  await ben.remote.lead({ handle: ben.handle });
  w.logs.failure = 'full';
  await anna.remote.stepDown({ handle: anna.handle, to: null, open: true });
  anna.place(1, anna.client.entry(1));
  await w.settle();
  w.logs.failure = null;
  await w.env.advance(1_000);
  assert.deepEqual(stands(w), []);
  assert.deepEqual(ben.told, ['gone 1', 'promoted 2 at 1', 'came 2']);
});

test('[V3] a leader whose connection breaks may come back; after a grace the next one leads', async () => {
  await using w = await world();
  const [anna, ben] = [await leader(w, 1), await member(w, 2)];
  await ben.remote.lead({ handle: ben.handle });
  anna.client.end.cut();
  await w.settle();
  assert.deepEqual(ben.told, ['gone 1']);
  const again = await leader(w, 1);
  assert.deepEqual(again.told, ['promoted 2 at 1', 'came 2']);
  again.client.end.cut();
  await w.env.advance(leadGraceMs - 1);
  await w.settle();
  assert.deepEqual(ben.told, ['gone 1', 'came 2', 'gone 2']);
  await w.env.advance(1);
  await w.settle();
  assert.deepEqual(ben.told.slice(3), ['promoted 3 at 1', 'came 3']);
});

test('[V3] the grace holds also when nobody else is there', async () => {
  await using w = await world();
  // What holds after a start is over.
  await w.env.advance(leadTtlMs);
  const anna = await leader(w, 1);
  anna.client.end.cut();
  await w.env.advance(1_500);
  const ben = await leader(w, 2);
  assert.deepEqual(ben.told, [], 'who comes meanwhile waits');
  const again = await leader(w, 1);
  assert.deepEqual(again.told, ['promoted 2 at 1', 'came 2']);
});

test('[V6] the last lead from before a start holds for its time from the start on, whoever asks when', async () => {
  await using w = await world();
  w.logs.open(SITE, LOG).lead = { epoch: 7, device: deviceId('aa'.repeat(8)) };
  await w.env.advance(leadTtlMs - 1_000);
  const ben = await leader(w, 2);
  assert.deepEqual(ben.told, []);
  await w.env.advance(1_000);
  assert.deepEqual(ben.told, ['promoted 8 at 1', 'came 8']);
});

test('[T7] a device that asks to lead again and again is told to wait, before it fills the journal', async () => {
  await using w = await world({ limits: { leasesPerSecond: 1, leaseBurst: 4 } });
  const anna = await member(w, 1);
  const { handle } = anna;
  await anna.remote.lead({ handle });
  await w.settle();
  await anna.remote.stepDown({ handle, to: null, open: false });
  await anna.remote.lead({ handle });
  await assert.rejects(anna.remote.stepDown({ handle, to: null, open: false }), { code: 'tooMany' });
});

test('[V4] a device whose right is revoked leads no more, at once and without a grace', async () => {
  await using w = await world();
  const [anna, ben] = [await leader(w, 1), await member(w, 2)];
  await ben.remote.lead({ handle: ben.handle });
  w.authority.grant(anna.client.person.user, SITE, 0);
  await w.settle();
  anna.place(1, anna.client.entry(1));
  await w.settle();
  assert.deepEqual(ben.told, ['gone 1', 'promoted 2 at 1', 'came 2']);
  assert.deepEqual(stands(w), []);
});

test('[T5, V13] what a leader took from a device before it heard that its right has ended is not written', async () => {
  await using w = await world();
  const [anna, ben, carl] = [await leader(w, 1), await member(w, 2), await member(w, 3)];
  await carl.remote.lead({ handle: carl.handle });
  anna.place(1, ben.client.entry(1));
  await w.settle();
  w.authority.change({ kind: 'device', device: ben.client.person.device, minEpoch: 2 });
  await w.settle();
  anna.place(2, anna.client.entry(1), ben.client.entry(2));
  await w.settle();
  assert.deepEqual(stands(w), [name(ben, 1)]);
  assert.deepEqual(anna.placed, ['1: 1+1']);
  assert.deepEqual(anna.notPlaced, ['2 led']);
  assert.ok(anna.told.includes('gone 1'), anna.told.join());
  assert.ok(carl.told.includes('promoted 3 at 3') || carl.told.some((each) => each.startsWith('promoted')));
  const { lead } = await carl.remote.follow({ handle: carl.handle });
  carl.lead = lead;
  carl.place(2, anna.client.entry(1));
  await w.settle();
  assert.deepEqual(stands(w), [name(ben, 1), name(anna, 1)]);
});

test('[V5] a leader hands over by name, and only to somebody who waits', async () => {
  await using w = await world();
  const [anna, ben, carl] = [await leader(w, 1), await member(w, 2), await member(w, 3)];
  await ben.remote.lead({ handle: ben.handle });
  const to = carl.client.person.device;
  const handing = { handle: anna.handle, to, open: false };
  await assert.rejects(anna.remote.stepDown(handing), { code: 'unknown' });
  await carl.remote.lead({ handle: carl.handle });
  await anna.remote.stepDown(handing);
  await w.settle();
  assert.deepEqual(carl.told, ['gone 1', 'promoted 2 at 1', 'came 2']);
  assert.deepEqual(ben.told, ['gone 1', 'came 2']);
});

test('[V5] a log that its leader opens is written by everybody again', async () => {
  await using w = await world();
  const [anna, ben] = [await leader(w, 1), await member(w, 2)];
  await assert.rejects(ben.remote.stepDown({ handle: ben.handle, to: null, open: true }), {
    code: 'forbidden',
  });
  await anna.remote.stepDown({ handle: anna.handle, to: null, open: true });
  await w.settle();
  assert.deepEqual(ben.told, ['opened']);
  ben.client.write(ben.handle);
  await w.settle();
  assert.deepEqual(stands(w), [name(ben, 1)]);
  const again = await leader(w, 3);
  assert.deepEqual(again.told, ['promoted 3 at 2', 'came 3']);
});

test('[V5] while a log is being opened nobody is given the lead, whoever comes or goes', async () => {
  for (const isWritten of [true, false]) {
    await using w = await world();
    const [anna, ben] = [await leader(w, 1), await member(w, 2)];
    await ben.remote.lead({ handle: ben.handle });
    w.logs.isHeld = true;
    w.logs.failure = isWritten ? null : 'full';
    await anna.remote.stepDown({ handle: anna.handle, to: null, open: true });
    const again = await member(w, 1);
    await again.remote.lead({ handle: again.handle });
    anna.client.end.cut();
    await w.settle();
    w.logs.isHeld = false;
    w.logs.release();
    await w.settle();
    w.logs.failure = null;
    await w.env.advance(1_000);
    if (isWritten) assert.deepEqual(ben.told, ['gone 1', 'opened']);
    else assert.deepEqual(again.told, ['gone 1', 'promoted 2 at 1', 'came 2']);
  }
});

test('[V6] a leader that falls silent leads no more', async () => {
  await using w = await world();
  const [anna, ben] = [await leader(w, 1), await member(w, 2)];
  await ben.remote.lead({ handle: ben.handle });
  for (let passed = 0; passed <= leadTtlMs + 2_000; passed += 1_000) {
    await w.env.advance(1_000);
    await ben.client.dialed.ping(10_000);
  }
  await w.env.advance(leadGraceMs);
  await w.settle();
  assert.notEqual(anna.client.endedWith, undefined, 'its connection was ended');
  assert.deepEqual(ben.told.slice(-2), ['promoted 2 at 1', 'came 2']);
});

test('[V9] signals pass between a leader and those who follow, and between no others', async () => {
  await using w = await world();
  const [anna, ben, carl] = [await leader(w, 1), await member(w, 2), await member(w, 3)];
  const signal = { kind: 'offer', data: new Uint8Array(40) } as const;
  anna.remote.signal({ handle: anna.handle, to: ben.client.who, signal });
  await w.settle();
  assert.deepEqual(ben.told, [], 'whoever has not spoken to the leader is not called by it');
  ben.remote.signal({ handle: ben.handle, to: null, signal });
  carl.remote.signal({ handle: carl.handle, to: ben.client.who, signal });
  await w.settle();
  anna.remote.signal({ handle: anna.handle, to: ben.client.who, signal: { ...signal, kind: 'answer' } });
  await w.settle();
  assert.deepEqual(anna.told.slice(2), ['offer of a follower', 'offer of a follower']);
  assert.deepEqual(ben.told, ['answer of the leader']);
  assert.deepEqual(carl.told, []);
});

test('[V9, G2] what is said to who does not read is not kept for it', async () => {
  await using w = await world({ limits: { lagBytes: 50_000 } });
  const [anna, ben] = [await leader(w, 1), await member(w, 2)];
  const signal = { kind: 'candidate', data: new Uint8Array(10_000) } as const;
  anna.client.end.isClogged = true;
  for (let n = 0; n < 50; n++) ben.remote.signal({ handle: ben.handle, to: null, signal });
  await w.settle();
  assert.ok(anna.client.end.buffered() < 75_000, `${anna.client.end.buffered()} bytes`);
  anna.client.end.unclog();
  await w.settle();
  ben.remote.signal({ handle: ben.handle, to: null, signal });
  await w.settle();
  assert.ok(anna.told.length > 5, 'it is called again when it reads');
});

test('[V9] a leader hears when somebody who handed in has lost the right, and answers only those', async () => {
  await using w = await world();
  const [anna, ben] = [await leader(w, 1), await member(w, 2)];
  const { handle } = anna;
  const nack = { epoch: 1, seq: 1, reason: { kind: 'gap', expected: 1 } } as const;
  anna.remote.decline({ handle, to: ben.client.who, ...nack });
  await w.settle();
  assert.deepEqual(ben.nacks, []);
  ben.hand(ben.client.entry(1));
  await w.settle();
  anna.remote.decline({ handle, to: ben.client.who, ...nack });
  await w.settle();
  assert.deepEqual(ben.nacks, ['1 gap']);
  w.authority.grant(ben.client.person.user, SITE, 0);
  await w.settle();
  assert.deepEqual(anna.told.at(-1), 'parted');
});
