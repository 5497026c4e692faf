import assert from 'node:assert/strict';
import { test } from 'node:test';

import { World } from '../../../lab/sim/world.ts';
import { play, sleep } from '../../../lab/suites/sim-node.ts';
import { Fault } from '../base/fault.ts';
import { Heartbeat } from './heartbeat.ts';
import { deferred, type Deferred } from './deferred.ts';

class Bench {
  readonly world = new World(1);
  readonly env = this.world.env('device');
  readonly pulse = { heardCount: 0, unansweredBytes: 0 };
  readonly pingsMs: number[] = [];
  isSilent = false;
  deadMs: number | null = null;
  readonly heartbeat: Heartbeat;
  readonly #waiting = new Set<Deferred<void>>();

  constructor() {
    this.heartbeat = new Heartbeat({
      env: this.env,
      pulse: this.pulse,
      ping: (deadlineMs) => this.#ping(deadlineMs),
      onDead: () => (this.deadMs = this.world.nowMs),
    });
  }

  #ping(deadlineMs: number): Promise<void> {
    this.pingsMs.push(this.world.nowMs);
    const answer = deferred<void>();
    this.#waiting.add(answer);
    const timer = this.env.after(deadlineMs, () => answer.reject(new Fault('deadline')));
    if (!this.isSilent) this.world.at(20, answer.resolve);
    return answer.promise.finally(() => timer.cancel());
  }
}

function bench(act: (bench: Bench) => Promise<void>): void {
  const made = new Bench();
  play(made.world, () => act(made));
}

test('[S3] an idle connection costs a beat in 40 seconds and no more', () => {
  bench(async (it) => {
    await sleep(it.world, 401_000);
    assert.equal(it.pingsMs.length, 10);
    assert.equal(it.deadMs, null);
    it.heartbeat.stop();
    await sleep(it.world, 100_000);
    assert.equal(it.pingsMs.length, 10);
  });
});

test('[S3] one probe that is not answered within two seconds ends a connection in doubt', () => {
  bench(async (it) => {
    await sleep(it.world, 1_000);
    it.isSilent = true;
    void it.heartbeat.doubt();
    void it.heartbeat.doubt();
    await sleep(it.world, 10_000);
    assert.equal(it.deadMs, 3_000);
    assert.equal(it.pingsMs.length, 1, 'doubts that come together are one probe');
  });
});

test('[S3] a beat under way does not hold a probe back, and a sharper doubt not one that is', () => {
  bench(async (it) => {
    it.isSilent = true;
    await sleep(it.world, 41_000);
    assert.equal(it.pingsMs.length, 1);
    void it.heartbeat.doubt();
    await sleep(it.world, 100);
    void it.heartbeat.doubt(500);
    await sleep(it.world, 10_000);
    assert.equal(it.deadMs, 41_600);
  });
});

test('[S3] a probe that is answered puts the next beat off', () => {
  bench(async (it) => {
    for (let i = 0; i < 20; i++) {
      await sleep(it.world, 10_000);
      await it.heartbeat.doubt();
    }
    assert.equal(it.pingsMs.length, 20);
    assert.equal(it.deadMs, null);
  });
});

test('[S3] a connection that says something else is alive, and one that is busy sending has time', () => {
  bench(async (it) => {
    it.isSilent = true;
    const talking = it.heartbeat.doubt();
    it.pulse.heardCount++;
    await talking;
    assert.equal(it.deadMs, null);
    // Half a megabyte at 256 kbit/s is on its way for 16 seconds.
    it.pulse.unansweredBytes = 512 * 1024;
    void it.heartbeat.doubt();
    await sleep(it.world, 18_000);
    assert.equal(it.deadMs, null);
    await sleep(it.world, 1_000);
    assert.ok(it.deadMs !== null);
  });
});
