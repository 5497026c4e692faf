import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from 'copse/internal/base/fault.ts';
import { shardBeatMs, shardSilentMs } from 'copse/internal/base/limits-shards.ts';
import { FakeEnv } from '../tail/testing/fake-env.ts';
import type { Cell } from './journal.ts';
import { ShardClaim, type Cells } from './shard-claim.ts';

/** One cell of a database that can be away, or lose its answers. */
class TestCells implements Cells {
  version = 0;
  value: Uint8Array | null = null;
  isAway = false;
  losesAnswers = false;
  /** How long an answer takes. */
  slow: () => Promise<void> = () => Promise.resolve();

  async cell(): Promise<Omit<Cell, 'ok'>> {
    if (this.isAway) throw new Fault('closed');
    await this.slow();
    return { version: this.version, value: this.value };
  }

  async cas(_key: string, version: number, value: Uint8Array): Promise<Cell> {
    if (this.isAway) throw new Fault('closed');
    const ok = version === this.version;
    if (ok) {
      this.version++;
      this.value = value;
    }
    if (this.losesAnswers) throw new Fault('closed');
    return { ok, version: this.version, value: this.value };
  }
}

interface Scene {
  readonly env: FakeEnv;
  readonly cells: TestCells;
  readonly claim: (url: string) => ShardClaim;
}

function scene(): Scene {
  const env = new FakeEnv();
  const cells = new TestCells();
  return { env, cells, claim: (url) => new ShardClaim({ cells, env, url }) };
}

/** Whether it may take the shard after looking for so long, every beat. */
async function looked(claim: ShardClaim, env: FakeEnv, ms: number): Promise<boolean> {
  for (let leftMs = ms; leftMs > 0; leftMs -= shardBeatMs) {
    if (await claim.look()) return true;
    await env.advance(shardBeatMs);
  }
  return claim.look();
}

test('[J14] a shard that nobody has had is free, and one of two who want it gets it', async () => {
  const { cells, claim } = scene();
  const [oak, elm] = [claim('oak'), claim('elm')];
  assert.ok(await oak.look());
  assert.ok(await elm.look());
  assert.deepEqual(await Promise.all([oak.take(), elm.take()]), [true, false]);
  assert.equal(elm.owner?.url, 'oak');
  assert.equal(cells.version, 1);
});

test('[J14] an owner that beats keeps it; one that is silent loses it when it has been watched for that long', async () => {
  const { env, claim } = scene();
  const [oak, elm] = [claim('oak'), claim('elm')];
  await oak.look();
  await oak.take();
  for (let beat = 0; beat < 20; beat++) {
    assert.ok(await oak.beat());
    assert.equal(await elm.look(), false);
    await env.advance(shardBeatMs);
  }
  // Who comes new knows nothing of how long the owner has been silent.
  const ash = claim('ash');
  assert.equal(await looked(ash, env, shardSilentMs - shardBeatMs), false);
  assert.ok(await looked(ash, env, 2 * shardBeatMs));
  assert.ok(await ash.take());
  assert.equal(await oak.beat(), false);
  assert.equal(oak.owner?.url, 'ash');
});

test('[J14] who cannot see the cell does not call its owner silent', async () => {
  const { env, cells, claim } = scene();
  const [oak, elm] = [claim('oak'), claim('elm')];
  await oak.look();
  await oak.take();
  await elm.look();
  cells.isAway = true;
  await env.advance(10 * shardSilentMs);
  await assert.rejects(elm.look(), { code: 'closed' });
  await assert.rejects(oak.beat(), { code: 'closed' });
  cells.isAway = false;
  assert.equal(await elm.look(), false);
  assert.ok(await oak.beat());
});

test('[J14] a database that makes everybody wait makes nobody silent', async () => {
  const { env, cells, claim } = scene();
  const [oak, elm] = [claim('oak'), claim('elm')];
  await oak.look();
  await oak.take();
  await elm.look();
  cells.slow = () => env.advance(2 * shardSilentMs);
  assert.equal(await elm.look(), false);
  cells.slow = () => Promise.resolve();
  assert.equal(await elm.look(), false);
  assert.ok(await oak.beat());
  // One that is always slow does not keep a dead owner for ever.
  cells.slow = () => env.advance(3 * shardBeatMs);
  assert.equal(await elm.look(), false);
  assert.ok(await looked(elm, env, 2 * shardSilentMs));
});

test('[J14] a beat whose answer is lost has counted, and the next one goes on behind it', async () => {
  const { cells, claim } = scene();
  const oak = claim('oak');
  await oak.look();
  await oak.take();
  cells.losesAnswers = true;
  await assert.rejects(oak.beat(), { code: 'closed' });
  cells.losesAnswers = false;
  assert.ok(await oak.beat());
  assert.ok(await oak.beat());
});

test('[J14] who leaves lets the next one take at once, and does not beat again by mistake', async () => {
  const { claim } = scene();
  const [oak, elm] = [claim('oak'), claim('elm')];
  await oak.look();
  await oak.take();
  assert.equal(await elm.look(), false);
  await oak.leave();
  assert.ok(await elm.look());
  assert.ok(await elm.take());
  for (let i = 0; i < 3; i++) {
    assert.equal(await oak.beat(), false);
    await oak.leave();
  }
  assert.ok(await elm.beat());
});
