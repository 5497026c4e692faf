import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import type { AuthInternalEvents, Change } from 'copse/internal/api/auth.ts';
import { deviceId } from 'copse/internal/base/ids.ts';
import { changesPerPageMax } from 'copse/internal/base/limits.ts';
import { Clock } from '../../../lab/suites/auth-stage.ts';
import type { ChangeRecord, Changes } from '../store/accounts.ts';
import { Feed } from './feed.ts';

/** Changes that a test makes. */
class TestChanges implements Changes {
  readonly records: ChangeRecord[] = [];
  readonly forgotten: number[] = [];
  floor = 0;
  #listener: (record: ChangeRecord) => void = () => {};

  listen(listener: (record: ChangeRecord) => void): void {
    this.#listener = listener;
  }

  async kept() {
    return { floor: this.floor, records: this.records };
  }

  async forget(beforeMs: number): Promise<void> {
    this.forgotten.push(beforeMs);
  }

  make(device: number, atMs: number): void {
    const seq = (this.records.at(-1)?.seq ?? this.floor) + 1;
    const record = { seq, atMs, change: changeOf(device) };
    this.records.push(record);
    this.#listener(record);
  }
}

function changeOf(device: number): Change {
  return { kind: 'device', device: deviceId(device.toString(16).padStart(16, '0')), minEpoch: 2 };
}

function follower(): { readonly heard: string[]; readonly events: AuthInternalEvents } {
  const heard: string[] = [];
  const events: AuthInternalEvents = {
    change: ({ seq }) => void heard.push(`change ${seq}`),
    beat: ({ seq }) => void heard.push(`beat ${seq}`),
    keys: () => void heard.push('keys'),
  };
  return { heard, events };
}

async function open(changes: TestChanges) {
  const clock = new Clock();
  const feed = await Feed.open({ changes, env: clock, today: () => 1, keysOf: () => [] });
  return { clock, feed };
}

test('[A14] many changes come page by page, and pushes begin after the last one', async () => {
  const changes = new TestChanges();
  const clock = new Clock();
  const count = 2 * changesPerPageMax + 5;
  for (let n = 0; n < count; n++) changes.make(n, clock.wallMs());
  await using feed = (await open(changes)).feed;
  const { heard, events } = follower();
  const seen: Change[] = [];
  let from = 0;
  for (let page = 0; ; page++) {
    const answer = feed.follow(events, 0, from);
    seen.push(...answer.changes);
    from = answer.seq;
    if (page === 0) changes.make(count, clock.wallMs());
    deepEqual([answer.more, answer.reset], [page < 2, false]);
    if (!answer.more) break;
  }
  deepEqual(
    seen,
    changes.records.map(({ change }) => change),
  );
  deepEqual(heard, []);
  changes.make(0, clock.wallMs());
  deepEqual(heard, [`change ${count + 2}`]);
});

test('[A14] a feed that was opened again knows what is kept, and where that begins', async () => {
  const changes = new TestChanges();
  changes.floor = 7;
  const clock = new Clock();
  for (const device of [1, 2, 1]) changes.make(device, clock.wallMs());
  await using feed = (await open(changes)).feed;
  const page = feed.follow(follower().events, 0, 3);
  deepEqual(page, { seq: 10, more: false, reset: true, changes: [changeOf(2), changeOf(1)] });
  equal(feed.follow(follower().events, 0, 7).reset, false);
  equal(feed.seq, 10);
});

test('[A14] heartbeats go on while somebody follows, and the clock is left alone when nobody does', async () => {
  const changes = new TestChanges();
  const { feed, clock } = await open(changes);
  const idle = clock.timers;
  const [a, b] = [follower(), follower()];
  for (const { events } of [a, b]) feed.follow(events, 0, 0);
  clock.advance(3_000);
  feed.unfollow(a.events);
  clock.advance(3_000);
  deepEqual([a.heard, b.heard], [['beat 0'], ['beat 0', 'beat 0']]);
  feed.unfollow(b.events);
  equal(clock.timers, idle);
  await feed[Symbol.asyncDispose]();
  equal(clock.timers, 0);
});

test('[G2] a feed that can keep no more refuses a change before it is made', async () => {
  await using feed = (await open(new TestChanges())).feed;
  feed.requireRoom();
  await using full = await Feed.open({
    changes: new TestChanges(),
    env: new Clock(),
    today: () => 1,
    keysOf: () => [],
    keptMax: 0,
  });
  throws(() => full.requireRoom(), { code: 'full' });
});
