import assert from 'node:assert/strict';
import { test } from 'node:test';

import { World } from '../../../lab/sim/world.ts';
import { play, sleep } from '../../../lab/suites/sim-node.ts';
import { utf8 } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { deviceId, siteId, userId } from '../base/ids.ts';
import { json } from './codec.ts';
import { deferred } from './deferred.ts';
import { FaceLine } from './face.ts';
import type { HomeEvents, HomeRemote } from './home-api.ts';
import { Log } from './log.ts';
import type { LogEntry } from './types.ts';

const device = deviceId('ab'.repeat(8));

/** A home of one log that answers as the test says; position n holds n. */
class FakeHome {
  readonly opened: (number | null)[] = [];
  closed = 0;
  /** What the next questions end with instead of entries. */
  faults: Fault[] = [];
  at = 1;
  tail = 1;
  readonly #ending = deferred<never>();
  #isGone = false;

  constructor() {
    this.#ending.promise.catch(() => {});
  }

  /** Its tab has closed: every question ends. */
  leave(): void {
    this.#isGone = true;
    this.#ending.reject(new Fault('closed'));
  }

  readonly remote = {
    openLog: async () => ({}),
    openReader: async ({ from }: { readonly from: number | null }) => {
      this.#check();
      this.opened.push(from);
      this.at = from ?? 1;
      return { reader: this.opened.length };
    },
    closeReader: () => this.closed++,
    next: async () => {
      this.#check();
      if (this.at >= this.tail) return this.#ending.promise;
      const at = this.at++;
      return { kind: 'items', items: [{ at, device, timeMs: at, broken: null, value: utf8(`${at}`) }] };
    },
  } as unknown as HomeRemote;

  #check(): void {
    if (this.#isGone) throw new Fault('closed');
    const fault = this.faults.shift();
    if (fault !== undefined) throw fault;
  }
}

interface Bench {
  readonly world: World;
  readonly line: FaceLine;
  readonly log: Log;
  readonly use: (home: FakeHome) => void;
}

function bench(act: (bench: Bench) => Promise<void>): void {
  const world = new World(1);
  const line = new FaceLine(world.env('face'));
  const log = new Log(
    {
      line,
      site: siteId('51'.repeat(16)),
      device,
      number: 1,
      permissions: 3,
      ownerOf: () => ({ user: userId('cd'.repeat(8)), name: 'Ada' }),
    },
    'chat',
    json,
  );
  const events = {} as HomeEvents;
  line.serve({ events: () => events, onHome: (home) => log.open(home), onAlone: () => log.alone() });
  play(world, () => act({ world, line, log, use: (home) => line.use(() => home.remote) }));
}

async function values(entries: AsyncIterable<LogEntry>, count: number): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for await (const entry of entries) {
    found.push(entry.value);
    if (found.length === count) break;
  }
  return found;
}

test('[W8] a home that cannot answer now is asked again, one that never will ends the reading', () => {
  bench(async ({ world, log, use }) => {
    const home = new FakeHome();
    home.tail = 4;
    home.faults = [new Fault('tooMany'), new Fault('deadline')];
    use(home);
    assert.deepEqual(await values(log.entries(), 3), [1, 2, 3]);
    assert.ok(world.nowMs >= 2_000);
    home.faults = [new Fault('forbidden')];
    await assert.rejects(values(log.entries(), 1), { code: 'forbidden' });
  });
});

test('[S5] reading goes on in the next home at the position that follows', () => {
  bench(async ({ world, line, log, use }) => {
    const [first, second] = [new FakeHome(), new FakeHome()];
    first.tail = 4;
    use(first);
    const reading = values(log.entries(), 6);
    await sleep(world, 10);
    line.alone();
    first.leave();
    await sleep(world, 3_000);
    second.tail = 7;
    use(second);
    assert.deepEqual(await reading, [1, 2, 3, 4, 5, 6]);
    assert.deepEqual([first.opened, second.opened], [[null], [4]]);
  });
});

test('[G2] leaving a loop and aborting both end the reader', () => {
  bench(async ({ world, log, use }) => {
    const home = new FakeHome();
    home.tail = 3;
    use(home);
    await values(log.entries(), 1);
    assert.equal(home.closed, 1);
    const stop = new AbortController();
    const reading = values(log.entries({ signal: stop.signal }), 2);
    stop.abort();
    assert.ok((await reading).length <= 2);
    await sleep(world, 10);
    assert.equal(home.closed, home.opened.length);
  });
});

test('[G2] a value that the codec does not understand is broken, and its entry is there', () => {
  bench(async ({ log, use }) => {
    const home = new FakeHome();
    home.tail = 2;
    const strict = { ...json, decode: () => assert.fail('not a value') };
    const other = new Log(
      {
        line: log.line,
        site: siteId('51'.repeat(16)),
        device,
        number: 2,
        permissions: 3,
        ownerOf: () => null,
      },
      'other',
      strict,
    );
    use(home);
    other.open(home.remote);
    for await (const entry of other.entries()) {
      assert.deepEqual([entry.at, entry.value, entry.broken, entry.user], [1, undefined, 'value', null]);
      break;
    }
  });
});
