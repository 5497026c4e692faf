import assert from 'node:assert/strict';
import { test } from 'node:test';

import { World } from '../../../lab/sim/world.ts';
import { play, sleep } from '../../../lab/suites/sim-node.ts';
import { Fault, type FaultCode } from '../base/fault.ts';
import { reconnectCapMs } from '../base/limits.ts';
import { deferred, type Deferred } from './deferred.ts';
import { Upkeep, type Connected } from './upkeep.ts';

class Bench {
  readonly world: World;
  readonly upkeep: Upkeep<Connected>;
  /** Times of the attempts. */
  readonly attempts: number[] = [];
  readonly downs: (FaultCode | null)[] = [];
  ups = 0;
  /** What the next attempts end with; null is a connection. */
  outcomes: (FaultCode | null)[] = [];
  #ended: Deferred<Fault | null> | null = null;

  constructor(seed: number) {
    this.world = new World(seed);
    this.upkeep = new Upkeep<Connected>({
      env: this.world.env('device'),
      attempt: async () => {
        this.attempts.push(this.world.nowMs);
        const outcome = this.outcomes.shift() ?? null;
        if (outcome !== null) throw new Fault(outcome);
        const ended = deferred<Fault | null>();
        this.#ended = ended;
        return { ended: ended.promise, close: () => ended.resolve(null) };
      },
      onUp: () => this.ups++,
      onDown: (fault) => this.downs.push(fault?.code ?? null),
      onState: () => {},
    });
  }

  end(code: FaultCode | null = null): void {
    this.#ended?.resolve(code === null ? null : new Fault(code));
  }
}

function bench(seed: number, act: (bench: Bench) => Promise<void>): void {
  const made = new Bench(seed);
  play(made.world, () => act(made));
}

test('[S4] attempts are spread and further and further apart', () => {
  const pauses: number[] = [];
  for (let seed = 1; seed <= 20; seed++) {
    bench(seed, async (it) => {
      it.outcomes = Array.from({ length: 30 }, () => 'closed' as const);
      it.upkeep.start();
      await sleep(it.world, 600_000);
      const between = it.attempts.slice(1).map((ms, i) => ms - (it.attempts[i] ?? 0));
      assert.ok(between.every((ms) => ms <= reconnectCapMs + 1));
      assert.ok(between.slice(-8).some((ms) => ms > 5_000));
      pauses.push(between[1] ?? 0);
      assert.equal(it.ups, 1);
    });
  }
  assert.ok(new Set(pauses.map((ms) => Math.round(ms / 10))).size > 10, 'no two devices alike');
});

test('[W8] a fault that never changes is the last attempt, any other is not', () => {
  bench(1, async (it) => {
    it.outcomes = ['unauthorized', 'moved', 'tooMany', 'revoked'];
    it.upkeep.start();
    await sleep(it.world, 100_000);
    assert.equal(it.attempts.length, 4);
    assert.equal(it.upkeep.state, 'given up');
    assert.deepEqual(it.downs, ['unauthorized', 'moved', 'tooMany', 'revoked']);
    it.upkeep.start();
    await sleep(it.world, 10);
    assert.equal(it.upkeep.state, 'up');
  });
});

test('[T6] a node that says when to come back is taken at its word', () => {
  bench(2, async (it) => {
    it.upkeep.start();
    await sleep(it.world, 10);
    it.upkeep.comeBackAfter(7_000);
    it.end('draining');
    const fromMs = it.world.nowMs;
    await sleep(it.world, 10_000);
    assert.equal((it.attempts[1] ?? 0) - fromMs, 7_000);
    it.end();
    await sleep(it.world, 1_000);
    assert.equal(it.attempts.length, 3, 'and only once');
  });
});

test('[S3] a hint ends a pause, and does nothing to a connection', () => {
  bench(3, async (it) => {
    it.outcomes = Array.from({ length: 40 }, () => 'closed' as const);
    it.upkeep.start();
    await sleep(it.world, 60_000);
    assert.equal(it.upkeep.state, 'waiting');
    const count = it.attempts.length;
    it.outcomes = [];
    it.upkeep.nudge();
    await sleep(it.world, 1);
    assert.equal(it.attempts.length, count + 1);
    it.upkeep.nudge();
    await sleep(it.world, 60_000);
    assert.equal(it.attempts.length, count + 1);
  });
});

test('[S4] a line that is lost every second is back soon, a mistake that repeats itself less and less often', () => {
  const countOf = (code: FaultCode | null): number => {
    let count = 0;
    bench(5, async (it) => {
      it.upkeep.start();
      while (it.world.nowMs < 300_000) {
        await sleep(it.world, 1_000);
        it.end(code);
      }
      count = it.attempts.length;
      it.upkeep.stop();
    });
    return count;
  };
  assert.ok(countOf('closed') > 200);
  assert.ok(countOf('malformed') < 60);
});

test('[S4] an attempt that succeeds after the end is closed', () => {
  bench(4, async (it) => {
    it.upkeep.start();
    it.upkeep.stop();
    await sleep(it.world, 1_000);
    assert.deepEqual([it.upkeep.state, it.ups, it.upkeep.connected], ['resting', 0, null]);
  });
});
