import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Device, Stage } from '../../../lab/suites/client-device.ts';
import type { Kept } from '../../../lab/suites/tail-double.ts';
import { utf8 } from '../base/bytes.ts';
import type { OpenLog } from './open-log.ts';

interface Scene {
  readonly stage: Stage;
  readonly ada: Device;
  readonly bob: Device;
  /** Bob's log; his rights are the ones that change. */
  readonly log: OpenLog;
  readonly kept: Kept;
}

/** Ada and Bob on one log with two entries; `rights` are those of everybody from now on. */
function scene(seed: number, act: (scene: Scene) => Promise<void>): void {
  const stage = new Stage(seed);
  stage.run(async () => {
    const [ada, bob] = [await Device.open(stage, 'ada'), await Device.open(stage, 'bob')];
    ada.upkeep.start();
    bob.upkeep.start();
    const log = bob.log('chat');
    await bob.append(log, 'one');
    await ada.append(ada.log('chat'), 'two');
    await act({ stage, ada, bob, log, kept: stage.tail.kept(stage.site, log.log) });
  });
}

function change({ stage, kept }: Scene, permissions: number): void {
  stage.permissions = permissions;
  stage.tail.revoke(kept, 'revoked');
}

test('[S12] who may still read goes on reading, without a hole', () => {
  scene(1, async (it) => {
    const { stage, ada, bob, log, kept } = it;
    const reading = bob.read(log, 1, (got) => got.length === 4);
    await stage.until(() => log.isAttached, 'attached');
    assert.equal(log.permissions, 3);
    stage.permissions = 1;
    for (const session of stage.tail.sessions)
      if (session.device !== ada.identity.device) session.revoke(kept, 'revoked');
    await ada.append(ada.log('chat'), 'three');
    await ada.append(ada.log('chat'), 'four');
    assert.deepEqual(await reading, ['one', 'two', 'three', 'four']);
    assert.equal(log.trouble, null);
    assert.equal(log.permissions, 1);
  });
});

test('[S12] what waits for a right that is gone is refused, and so is what comes', () => {
  scene(2, async (it) => {
    const { stage, bob, log } = it;
    const reader = log.read(3);
    stage.tail.isFull = true;
    const waiting = bob.append(log, 'too late');
    await stage.pause(20);
    change(it, 1);
    stage.tail.isFull = false;
    const outcome = await waiting;
    assert.ok(outcome.kind === 'failed' && outcome.fault.code === 'forbidden');
    assert.equal(bob.queue.count, 0);
    const next = { id: bob.newId(), value: utf8('x'), at: null, timeMs: 0, foreign: false };
    assert.throws(() => log.append(next), { code: 'forbidden' });
    assert.equal(log.trouble, null);
    reader.close();
  });
});

test('[S12] a right that comes back is used again', () => {
  scene(3, async (it) => {
    const { stage, bob, log } = it;
    const reading = bob.read(log, 1, (got) => got.length === 3);
    change(it, 1);
    await stage.until(() => log.permissions === 1 && log.isAttached, 'read only');
    stage.permissions = 3;
    log.reconsider();
    assert.equal((await bob.append(log, 'three')).kind, 'ok');
    assert.equal(log.permissions, 3);
    assert.deepEqual(await reading, ['one', 'two', 'three']);
  });
});

test('[S12] an entry under way when the lease ends is in the log once', () => {
  for (let seed = 1; seed <= 30; seed++) {
    scene(seed, async ({ stage, bob, log, kept }) => {
      const outcomes = ['a', 'b', 'c'].map((text) => bob.append(log, text));
      await stage.pause(stage.world.chance.unit() * 6);
      stage.tail.revoke(kept, 'revoked');
      assert.deepEqual(
        (await Promise.all(outcomes)).map(({ kind }) => kind),
        ['ok', 'ok', 'ok'],
      );
      assert.equal(kept.entries.length, 5, `seed ${seed}`);
    });
  }
});

test('[S12] only when no right remains the log is over, and it says what happened', () => {
  scene(4, async (it) => {
    const { log } = it;
    const taking = log.read(3).take(100);
    await it.stage.pause(20);
    change(it, 0);
    await assert.rejects(taking, { code: 'revoked' });
    assert.equal(log.trouble?.code, 'revoked');
    assert.equal(log.permissions, 0);
  });
});

test('[S12] a node that takes back every lease is not asked at its pace', () => {
  scene(5, async ({ stage, log, kept }) => {
    const reader = log.read(3);
    await stage.until(() => log.isAttached, 'attached');
    stage.tail.leases.length = 0;
    for (let i = 0; i < 1_000; i++) {
      stage.tail.revoke(kept, 'revoked');
      await stage.pause(10);
    }
    const count = stage.tail.leases.length;
    assert.ok(count >= 5 && count <= 15, `${count} leases in ten seconds`);
    reader.close();
  });
});
