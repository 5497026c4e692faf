import assert from 'node:assert/strict';
import { test } from 'node:test';
import { peerStage, primitives, turns } from '../../../../lab/suites/peer-stage.ts';
import { must } from '../../base/assert.ts';
import { Fault } from '../../base/fault.ts';
import { peerChecksMax, peerCommitMax } from '../../base/limits-peer.ts';
import { readMessage } from '../message/message.ts';
import type { PeerStore } from '../store/store.ts';
import { Ingest } from './ingest.ts';

/** Signatures that are checked when the test says so, as other threads would. */
class Checks {
  readonly waiting: ((isValid: boolean) => void)[] = [];

  readonly primitives = {
    ...primitives,
    ed25519Verify: () => new Promise<boolean>((resolve) => this.waiting.push(resolve)),
  };

  /** Ends the check that began as the n-th of those that still run. */
  end(n: number, isValid = true): void {
    must(this.waiting.splice(n, 1)[0], 'a check')(isValid);
  }
}

function textsIn(store: PeerStore): readonly string[] {
  return store.after(0, 1_000).map(({ bytes }) => readMessage(primitives, bytes).text);
}

async function scene(count: number) {
  const stage = peerStage();
  const checks = new Checks();
  const { env, store } = stage;
  const soon = (task: () => void): void => void setImmediate(task);
  const ingest = new Ingest({ store, primitives: checks.primitives, env, soon, onStored: () => {} });
  const ada = await stage.person();
  const names = Array.from({ length: count }, (_, n) => `message ${n}`);
  const messages = await Promise.all(names.map((text) => ada.sign({ text })));
  const payer = { key: ada.key, bytesMax: 1 << 30 };
  const puts = messages.map(({ bytes }) => ingest.take(bytes, payer));
  return { store, checks, names, puts, [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose]() };
}

test('[Z21] messages are stored in the order in which they came, whichever signature is checked first', async () => {
  await using begun = await scene(4);
  const { store, checks, names, puts } = begun;
  for (let left = 4; left > 1; left--) checks.end(left - 1);
  await turns();
  assert.equal(store.head(), 0);
  checks.end(0);
  assert.deepEqual(
    await Promise.all(puts),
    names.map((_, at) => ({ kind: 'stored', seq: at + 1 })),
  );
  assert.deepEqual(textsIn(store), names);
});

test('[Z20] a message that nobody signed is refused and holds up nobody', async () => {
  await using begun = await scene(3);
  const { store, checks, names, puts } = begun;
  const refused = assert.rejects(
    must(puts[1], 'the second'),
    (thrown) => thrown instanceof Fault && thrown.code === 'badProof',
  );
  checks.end(1, false);
  await refused;
  checks.end(0);
  checks.end(0);
  await Promise.all([puts[0], puts[2]]);
  assert.deepEqual(textsIn(store), [names[0], names[2]]);
});

test('[Z20] so many signatures are checked at once and no more, and commits do not wait for the rest', async () => {
  await using begun = await scene(peerChecksMax + 10);
  const { store, checks, puts } = begun;
  assert.equal(checks.waiting.length, peerChecksMax);
  for (let n = 0; n < peerCommitMax; n++) checks.end(0);
  await Promise.all(puts.slice(0, peerCommitMax));
  assert.equal(store.head(), peerCommitMax);
  while (checks.waiting.length > 0) {
    checks.end(checks.waiting.length - 1);
    await turns(1);
  }
  await Promise.all(puts);
  assert.equal(store.head(), peerChecksMax + 10);
});
