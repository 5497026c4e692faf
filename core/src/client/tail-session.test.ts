import assert from 'node:assert/strict';
import { test } from 'node:test';

import { primitives, Stage } from '../../../lab/suites/client-device.ts';
import { Fault } from '../base/fault.ts';
import { key } from '../base/ids.ts';
import { handshakeMs } from '../base/limits.ts';
import { linkPair } from '../link/link.ts';
import { signKeyOf } from './identity.ts';
import { openTail, type TailOptions } from './tail-session.ts';

async function optionsOf(stage: Stage): Promise<TailOptions> {
  const env = stage.world.env('device');
  return {
    env,
    primitives,
    device: await signKeyOf(primitives, env.random(32)),
    node: stage.node,
    token: new Uint8Array(80),
    again: null,
    link: stage.link(),
    onGoAway: () => {},
  };
}

test('[A4] a device proves its key and is told its number', () => {
  const stage = new Stage(1);
  stage.run(async () => {
    const session = await openTail(await optionsOf(stage));
    assert.equal(typeof session.who, 'number');
    session.close();
    assert.equal(await session.ended, null);
  });
});

test('[H4] a tail that says it is another node gets no proof', () => {
  const stage = new Stage(2);
  stage.run(async () => {
    const node = key(await primitives.ed25519PublicKey(new Uint8Array(32).fill(9)));
    await assert.rejects(openTail({ ...(await optionsOf(stage)), node }), { code: 'wrongPeer' });
    assert.equal(
      [...stage.tail.sessions].some((session) => session.user !== null),
      false,
    );
  });
});

test('[A5] a token that is refused says so', () => {
  const stage = new Stage(3);
  stage.run(async () => {
    stage.refusal = new Fault('expired');
    await assert.rejects(openTail(await optionsOf(stage)), { code: 'expired' });
  });
});

test('[H9] a tail that does not say hello is given up in time', () => {
  const stage = new Stage(4);
  stage.run(async () => {
    const [link] = linkPair();
    const startMs = stage.world.nowMs;
    await assert.rejects(openTail({ ...(await optionsOf(stage)), link }), { code: 'deadline' });
    assert.equal(stage.world.nowMs - startMs, handshakeMs);
  });
});

test('[S3] a silent connection is found dead by its heartbeats', () => {
  const stage = new Stage(5);
  stage.run(async () => {
    const session = await openTail(await optionsOf(stage));
    let isOver = false;
    void session.ended.then(() => (isOver = true));
    await stage.pause(300_000);
    assert.equal(isOver, false, 'an idle connection stays');
    stage.tail.isDeaf = true;
    await stage.pause(60_000);
    assert.equal((await session.ended)?.code, 'deadline');
  });
});
