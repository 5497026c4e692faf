import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';
import { logId, siteId, type UserId, userId } from 'copse/internal/base/ids.ts';

import { World } from '../../../../lab/sim/world.ts';
import { Ticking } from './testing/ticking.ts';
import { Presence, type Heard, type PresenceFrame } from './presence.ts';

class Counts {
  readonly muted = new Map<UserId, number>();
  reads = 0;

  mute(user: UserId): void {
    this.muted.set(user, (this.muted.get(user) ?? 0) + 1);
  }

  unmute(user: UserId): void {
    const count = this.muted.get(user) ?? 0;
    assert.ok(count > 0, 'who is unmuted was muted');
    this.muted.set(user, count - 1);
  }

  read(): void {
    this.reads++;
  }

  get here(): readonly UserId[] {
    return [...this.muted].flatMap(([user, count]) => (count > 0 ? [user] : [])).toSorted();
  }
}

const [ada, bob, cyd] = [userId('a'), userId('b'), userId('c')];
const frame = (
  epoch: number,
  seq: number,
  muted: readonly UserId[],
  unmuted: readonly UserId[] = [],
): PresenceFrame => ({
  shard: 1,
  epoch,
  seq,
  muted,
  unmuted,
  reads: [],
});

/** Above it a shard that is to begin anew begins. */
function toldBy(heard: Heard): number {
  assert.ok('again' in heard);
  return heard.again.epoch;
}

function open(): { presence: Presence; counts: Counts; world: World } {
  const world = new World(1);
  const counts = new Counts();
  return { presence: new Presence(world.env('x'), counts), counts, world };
}

test('[I4] who is muted by two shards is muted until both have unmuted her', () => {
  const { presence, counts } = open();
  presence.frame(frame(1, 0, [ada]));
  presence.frame({ ...frame(1, 0, [ada]), shard: 2 });
  presence.frame(frame(1, 1, [], [ada]));
  assert.deepEqual(counts.here, [ada]);
  presence.frame({ ...frame(1, 1, [], [ada]), shard: 2 });
  assert.deepEqual(counts.here, []);
});

test('[I5] a shard that is silent for 30 s mutes nobody any more, until it has said everything anew', () => {
  const { presence, counts, world } = open();
  presence.frame(frame(1, 0, [ada, bob]));
  world.nowMs += 29_000;
  presence.look();
  assert.deepEqual(presence.frame(frame(1, 1, [])), { ok: true });
  world.nowMs += 29_999;
  presence.look();
  assert.deepEqual(counts.here, [ada, bob]);
  world.nowMs += 1;
  while (!presence.look());
  assert.deepEqual(counts.here, []);
  assert.ok(toldBy(presence.frame(frame(1, 2, [cyd]))) >= 1);
  assert.deepEqual(counts.here, []);
  assert.deepEqual(presence.frame(frame(2, 0, [bob])), { ok: true });
  assert.deepEqual(counts.here, [bob]);
});

test('[I5] what was said under an earlier number, or before a hole, does not count', () => {
  const { presence, counts } = open();
  assert.ok(toldBy(presence.frame(frame(1, 1, [ada]))) >= 0);
  presence.frame(frame(1, 0, [ada]));
  presence.frame(frame(1, 1, [bob]));
  assert.deepEqual(presence.frame(frame(1, 0, [ada])), { ok: true });
  assert.deepEqual(presence.frame(frame(1, 1, [bob])), { ok: true });
  assert.ok(toldBy(presence.frame(frame(1, 3, [cyd]))) >= 1);
  assert.deepEqual(counts.here, [ada, bob]);
  presence.frame(frame(1, 2, [], [ada]));
  assert.deepEqual(presence.frame(frame(1, 0, [ada])), { ok: true });
  assert.deepEqual(counts.here, [bob]);
  presence.frame(frame(3, 0, [cyd]));
  while (!presence.look());
  assert.deepEqual(counts.here, [cyd]);
  assert.ok(toldBy(presence.frame(frame(1, 3, [ada], [cyd]))) >= 3);
  assert.ok(toldBy(presence.frame(frame(2, 0, [ada]))) >= 3);
  assert.deepEqual(counts.here, [cyd]);
});

test('[I5] no two are told the same to begin with, and the one that began last counts', () => {
  const { presence, counts } = open();
  const [first, second] = [0, 0].map((epoch) => 1 + toldBy(presence.frame(frame(epoch, 0, []))));
  assert.ok(first !== undefined && second !== undefined && second > first);
  presence.frame(frame(first, 0, [ada]));
  presence.frame(frame(second, 0, [bob]));
  while (!presence.look());
  assert.ok(toldBy(presence.frame(frame(first, 1, [cyd]))) >= second);
  assert.ok(toldBy(presence.frame(frame(first, 1, [cyd]))) > second);
  assert.deepEqual(counts.here, [bob]);
  assert.ok(toldBy(presence.frame(frame(2 ** 31 + 7, 3, []))) >= 2 ** 31 + 7);
});

test('[I5] reads count whatever the number says', () => {
  const { presence, counts } = open();
  const read = { user: ada, site: siteId('s'), log: logId('l'), at: 1 };
  presence.frame({ ...frame(1, 5, []), reads: [read] });
  assert.equal(counts.reads, 1);
});

test('[I3, I5] reads of a frame that is said again are no other reading, also when the shard was silent meanwhile', () => {
  const { presence, counts, world } = open();
  const read = { user: ada, site: siteId('s'), log: logId('l'), at: 1 };
  const said = [0, 1].map((seq) => ({ ...frame(1, seq, []), reads: [read] }));
  for (const one of said) presence.frame(one);
  presence.frame(said[1]!);
  assert.equal(counts.reads, 2);
  world.nowMs += 30_000;
  while (!presence.look());
  assert.ok(toldBy(presence.frame(said[1]!)) >= 1);
  assert.equal(counts.reads, 2);
  // Behind a hole they count, once.
  for (let n = 0; n < 2; n++) presence.frame({ ...frame(1, 7, []), reads: [read] });
  presence.frame({ ...frame(2, 0, []), reads: [read] });
  assert.equal(counts.reads, 4);
});

test('[I5, I13] a shard that ends with many users unmutes them in slices', () => {
  const { presence, counts, world } = open();
  const many = Array.from({ length: 5_000 }, (_, n) => userId(`u${n}`));
  presence.frame(frame(1, 0, many));
  const slow = new Presence(new Ticking(world.env('slow')), counts);
  slow.frame({ ...frame(1, 0, many), shard: 2 });
  slow.frame({ ...frame(2, 0, many.slice(0, 10)), shard: 2 });
  presence.frame(frame(2, 0, []));
  while (!presence.look());
  assert.equal(counts.here.length, 5_000);
  let slices = 0;
  while (!slow.look()) slices++;
  assert.ok(slices > 3, 'the work was cut');
  assert.deepEqual(counts.here, many.slice(0, 10).toSorted());
});

test('[I5] frames that are lost, repeated and reordered leave exactly whom the shard says when it has begun again', () => {
  const user = fc.constantFrom(ada, bob, cyd);
  const drawn = fc.array(fc.tuple(fc.array(user, { maxLength: 2 }), fc.array(user, { maxLength: 2 })), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(drawn, fc.array(fc.nat(30), { maxLength: 40 }), fc.uniqueArray(user), (said, order, last) => {
      const { presence, counts } = open();
      const frames = said.map(([muted, unmuted], seq) => frame(1 + (seq >> 2), seq & 3, muted, unmuted));
      for (const nth of order) if (frames[nth] !== undefined) presence.frame(frames[nth]);
      presence.frame(frame(9, 0, last));
      for (const nth of order) if (frames[nth] !== undefined) presence.frame(frames[nth]);
      while (!presence.look());
      assert.deepEqual(counts.here, last.toSorted());
      assert.equal(presence.hereCount, last.length);
    }),
  );
});
