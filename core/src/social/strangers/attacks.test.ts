/** What somebody may try who would rather not work, or who works to be a nuisance. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault, FAULTS, type FaultCode } from '../../base/fault.ts';
import {
  knockAgeMsMax,
  knocksBurst,
  knocksBytesMax,
  knocksPerUserMax,
  workStampMsMax,
} from '../../base/limits-work.ts';
import { connectTo } from '../../../../lab/suites/peer-stage.ts';
import { nobody, stampFor, strangersStage } from '../../../../lab/suites/strangers-stage.ts';
import { KIND } from '../message/kinds.ts';
import type { Message } from '../message/terms.ts';

const fault = (code: FaultCode) => (thrown: unknown) => thrown instanceof Fault && thrown.code === code;
const mine = { whose: 'mine', skip: 0, rows: knocksPerUserMax } as const;
const usual = { purpose: 'letter', days: 1, price: null } as const;

async function scene() {
  const stage = await strangersStage();
  const [ada, bob, zoe] = [await stage.member(), await stage.member(), await stage.stranger()];
  const knock = (to: typeof ada, message: Message, stamp: ReturnType<typeof stampFor>) =>
    zoe.session.knock({ ...usual, to: to.key, message: message.bytes, stamp });
  const stampOf = (message: Message, to: typeof ada, bits = 18) =>
    stampFor({ id: message.id, node: stage.node, recipient: to.key }, bits, stage.env);
  return { stage, ada, bob, zoe, knock, stampOf, [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose]() };
}

test('[Z70] work for another message, another recipient or another node is none', async () => {
  await using of = await scene();
  const { stage, ada, bob, zoe, knock, stampOf } = of;
  const message = await zoe.letter(ada.key, { mentions: [ada.key, bob.key] });
  const other = await zoe.letter(ada.key, { text: 'other' });
  const stamp = stampOf(message, ada);
  await assert.rejects(knock(ada, other, stamp), fault('badProof'));
  await assert.rejects(knock(bob, message, stamp), fault('badProof'));
  const elsewhere = { id: message.id, node: nobody(stage.env), recipient: ada.key };
  await assert.rejects(knock(ada, message, stampFor(elsewhere, 18, stage.env)), fault('badProof'));
  assert.equal((await knock(ada, message, stamp)).kind, 'waiting');
});

test('[Z70] a stamp that is over, that holds too long or that claims more than was worked counts for nothing', async () => {
  await using of = await scene();
  const { stage, ada, zoe, knock, stampOf } = of;
  const message = await zoe.letter(ada.key);
  const stamp = stampOf(message, ada);
  await assert.rejects(knock(ada, message, { ...stamp, bits: 30 }), fault('badProof'));
  await assert.rejects(knock(ada, message, { ...stamp, expiresMs: stamp.expiresMs + 1 }), fault('malformed'));
  await assert.rejects(knock(ada, message, { ...stamp, expiresMs: stamp.expiresMs - 1 }), fault('badProof'));
  await assert.rejects(knock(ada, message, { ...stamp, algorithm: 2 }), fault('badProof'));
  stage.env.jump(workStampMsMax);
  await assert.rejects(knock(ada, message, stamp), fault('expired'));
  assert.equal((await ada.session.requests(mine)).count, 0);
});

test('[Z70] luck does not help: what claims too few bits is told the price, whatever its hash is', async () => {
  await using of = await scene();
  const { ada, zoe, knock, stampOf } = of;
  const message = await zoe.letter(ada.key);
  const answer = await knock(ada, message, { ...stampOf(message, ada, 18), bits: 17 });
  assert.equal(answer.kind, 'work');
  assert.equal(answer.kind === 'work' && answer.price.bits, 18);
});

test('[Z72] a stamp that is shown again brings nothing again', async () => {
  await using of = await scene();
  const { ada, zoe, knock, stampOf } = of;
  const message = await zoe.letter(ada.key);
  const stamp = stampOf(message, ada);
  const answers = await Promise.all([knock(ada, message, stamp), knock(ada, message, stamp)]);
  assert.deepEqual(answers.map(({ kind }) => kind).toSorted(), ['known', 'waiting']);
  await ada.session.answer({ whose: 'mine', id: message.id, isAccepted: false });
  assert.equal((await knock(ada, message, stamp)).kind, 'known');
  assert.equal((await ada.session.requests(mine)).count, 0);
});

test('[Z72] one knocks with a signed post of today that mentions whom it is for', async () => {
  await using of = await scene();
  const { stage, ada, bob, zoe, knock, stampOf } = of;
  const nowMs = stage.env.wallMs();
  const wrong = [
    await zoe.letter(bob.key),
    await zoe.letter(ada.key, { kind: KIND.share, replies: [nobody(stage.env)] }),
    await zoe.letter(ada.key, { timeMs: nowMs - knockAgeMsMax - 1 }),
    await zoe.letter(ada.key, { timeMs: nowMs + 3_600_000 }),
  ];
  for (const message of wrong)
    await assert.rejects(knock(ada, message, stampOf(message, ada)), fault('malformed'));
  const message = await zoe.letter(ada.key);
  const forged = message.bytes.slice();
  forged[forged.length - 1]! ^= 1;
  await assert.rejects(knock(ada, { ...message, bytes: forged }, stampOf(message, ada)), fault('badProof'));
  assert.equal((await ada.session.requests(mine)).count, 0);
});

test('[Z72] who has no account publishes nothing, with whosever stamp', async () => {
  await using of = await scene();
  const { stage, ada, zoe } = of;
  const { message } = await zoe.knock(ada.key);
  const stranger = connectTo(stage.peer, zoe.key);
  await assert.rejects(stranger.session.publish({ messages: [message.bytes] }), fault('forbidden'));
  assert.equal(stage.peer.options.store.head(), 0);
});

test('[Z73] a queue is not stuffed with the least work, nor is the whole node', async () => {
  await using of = await scene();
  const { stage, ada, bob } = of;
  const { store, env } = stage;
  const body = new Uint8Array(16_384);
  const row = (to: typeof ada, bits: number) => ({
    recipient: to.key,
    id: env.random(32),
    sender: nobody(env),
    bits,
    isInvitation: false,
    atMs: env.wallMs(),
    untilMs: env.wallMs() + 86_400_000,
    body,
  });
  const honest = row(ada, 19);
  store.leave([honest]);
  for (let round = 0; round < 20; round++) store.leave(Array.from({ length: 20 }, () => row(ada, 18)));
  assert.equal(store.count(ada.key), knocksPerUserMax);
  assert.ok(store.waiting(ada.key, honest.id, env.wallMs()) !== null);
  for (let full = 0; full * 50 * body.length < knocksBytesMax; full++) {
    const somebody = { ...bob, key: nobody(env) };
    store.leave(Array.from({ length: 50 }, () => row(somebody, 18)));
  }
  assert.ok(store.bytes <= knocksBytesMax);
  assert.equal(store.leave([row(bob, 18)])[0]?.kind, 'crowded');
  assert.equal(store.leave([row(bob, 19)])[0]?.kind, 'waiting', 'who has worked more comes in');
  assert.ok(store.bytes <= knocksBytesMax);
});

test('[Z76] whatever strangers send, a member waits no turn longer, and nothing is checked or kept for it', async () => {
  await using of = await scene();
  const { stage, ada, bob, zoe } = of;
  const turnsOf = async (text: string, flood: () => void): Promise<number> => {
    const message = await bob.sign({ text });
    const turn = { count: 0, isDone: false };
    flood();
    const published = bob.connection.session.publish({ messages: [message.bytes] }).then((answer) => {
      turn.isDone = true;
      return answer;
    });
    for (; !turn.isDone; turn.count++) await new Promise((resolve) => void setImmediate(resolve));
    assert.equal((await published).answers[0]?.kind, 'stored');
    return turn.count;
  };
  const letter = await zoe.letter(ada.key);
  const stamp = { algorithm: 1, bits: 18, expiresMs: stage.env.wallMs() + 1_000, nonce: new Uint8Array(8) };
  const results: string[] = [];
  const send = (count: number, knock: typeof stamp): void => {
    for (let at = 0; at < count; at++)
      void zoe.session.knock({ ...usual, to: ada.key, message: letter.bytes, stamp: knock }).then(
        ({ kind }) => results.push(kind),
        (thrown: unknown) => results.push(String(thrown instanceof Fault && thrown.code)),
      );
  };
  const quiet = await turnsOf('quiet', () => {});
  const flooded = await turnsOf('flooded', () => send(5_000, stamp));
  assert.ok(flooded <= quiet + 1, `${flooded} turns instead of ${quiet}`);
  assert.deepEqual([results.length, new Set(results)], [5_000, new Set(['badProof'])]);
  assert.equal(stage.strangers.figures().refused, 5_000);
  assert.deepEqual([stage.store.bytes, stage.strangers.figures().knocked], [0, 0]);
});

test('[Z76] however much somebody works, signatures are checked no faster than members leave time for', async () => {
  await using of = await scene();
  const { stage, ada, zoe, knock, stampOf } = of;
  const message = await zoe.letter(ada.key);
  const forged = message.bytes.slice();
  forged[forged.length - 1]! ^= 1;
  const stamp = stampOf(message, ada);
  const codes: (FaultCode | null)[] = [];
  for (let at = 0; at < knocksBurst + 5; at++)
    await knock(ada, { ...message, bytes: forged }, stamp).catch((thrown: unknown) =>
      codes.push(thrown instanceof Fault ? thrown.code : null),
    );
  assert.equal(codes.filter((code) => code === 'badProof').length, knocksBurst);
  assert.equal(codes.filter((code) => code === 'tooMany').length, 5);
  assert.equal(FAULTS.tooMany.retry, 'later');
  stage.env.advance(1_000);
  assert.equal((await knock(ada, message, stamp)).kind, 'waiting', 'the stamp still counts');
});
