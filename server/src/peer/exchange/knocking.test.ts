import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realEnv } from 'copse/internal/base/env.ts';
import { exchangeKnocksBurst } from 'copse/internal/base/limits-exchange.ts';
import { strangersApi, type StrangersRemote } from 'copse/internal/api/strangers.ts';
import { direct } from 'copse/internal/link/direct.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { primitives } from '../../../../lab/suites/peer-stage.ts';
import {
  strangersStage,
  type Member,
  type Outsider,
  type StrangersStage,
} from '../../../../lab/suites/strangers-stage.ts';
import type { Doorstep, Knock } from './connect.ts';
import { nodeKnock } from './knocking.ts';

interface Scene extends Doorstep {
  readonly stage: StrangersStage;
  readonly ada: Member;
  readonly eve: Outsider;
  readonly knock: Knock;
}

/** A node at whose door another node stands, and somebody at home there. */
async function withDoor(task: (scene: Scene) => Promise<void>): Promise<void> {
  await using stage = await strangersStage();
  const { env, node, strangers } = stage;
  // The clock of the stage wakes nobody.
  const waking = { ...realEnv(), wallMs: () => env.wallMs(), nowMs: () => env.nowMs() };
  const doorstep = direct(strangersApi, strangers.open(null), env);
  const [ada, eve] = [await stage.member(), await stage.stranger()];
  await task({ stage, ada, eve, node, doorstep, knock: nodeKnock({ env: waking, primitives }) });
}

test('[Z95] a mention is left with whom it mentions there, with work, and only once', async () => {
  await withDoor(async ({ ada, eve, knock, ...at }) => {
    const { bytes, id } = await eve.letter(ada.key);
    assert.equal(await knock(at, bytes), 'taken');
    assert.equal(await knock(at, bytes), 'taken', 'it waits there already');
    const { count, rows } = await ada.session.requests({ whose: 'mine', skip: 0, rows: 9 });
    assert.deepEqual([count, rows[0]?.bits], [1, 21]);
    await ada.session.answer({ whose: 'mine', id, isAccepted: true });
    // Who was accepted needs none.
    const { bytes: next } = await eve.letter(ada.key, { text: 'and more' });
    assert.equal(await knock(at, next), 'taken');
    assert.equal(ada.mentions(), 2);
  });
});

test('[Z95] nobody works for who is not reached there, for what is no post, and for more than a price', async () => {
  await withDoor(async ({ ada, eve, knock, ...at }) => {
    let stamps = 0;
    const counting: StrangersRemote = {
      ...at.doorstep,
      knock: (request) => {
        if (request.stamp !== null) stamps += 1;
        return at.doorstep.knock(request);
      },
    };
    const door = { ...at, doorstep: counting };
    assert.equal(await knock(door, (await eve.letter(eve.key)).bytes), 'never');
    const share = { kind: KIND.share, replies: [new Uint8Array(32)] };
    assert.equal(await knock(door, (await eve.letter(ada.key, share)).bytes), 'never');
    const long = await eve.letter(ada.key, { text: 'x'.repeat(14_000) });
    assert.equal(await knock(door, long.bytes), 'later', 'it is too dear');
    await ada.session.setReach({ reach: 'members' });
    assert.equal(await knock(door, (await eve.letter(ada.key)).bytes), 'never');
    assert.equal(stamps, 0);
  });
});

test('[Z95] stamps are worked for at a bounded rate', async () => {
  await withDoor(async ({ stage, ada, eve, ...at }) => {
    let stamps = 0;
    const untilMs = stage.env.wallMs() + 1_000;
    const price = { bits: 1, size: 100, days: 7, untilMs, mac: new Uint8Array(16) };
    const doorstep: StrangersRemote = {
      ...at.doorstep,
      price: async () => ({ price }),
      knock: async ({ stamp }) => {
        if (stamp === null) return { kind: 'work', price };
        stamps += 1;
        return { kind: 'waiting', untilMs };
      },
    };
    const { bytes } = await eve.letter(ada.key);
    const answers: string[] = [];
    for (let n = 0; n < exchangeKnocksBurst + 3; n++)
      answers.push(await at.knock({ ...at, doorstep }, bytes));
    assert.equal(answers.filter((answer) => answer === 'later').length, 3);
    assert.equal(stamps, exchangeKnocksBurst);
  });
});
