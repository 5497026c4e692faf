import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { test } from 'node:test';

import { utf8 } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { key } from '../base/ids.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { logKey, signCheckpoint } from './checkpoint.ts';
import { consistencyRanges, joined, leafHash, nodeHash, type Range } from '../crypto/merkle.ts';
import { Pin, type AskConsistency } from './pin.ts';

const primitives = nativePrimitives();
const seed = new Uint8Array(32).fill(1);
const otherSeed = new Uint8Array(32).fill(2);
const log = logKey(key(await primitives.ed25519PublicKey(seed)));

/** The log of a node that can be made to lie: its leaves, and what it signs. */
class Node {
  readonly leaves: Uint8Array[] = [];

  constructor(count: number, fork = '') {
    for (let n = 0; n < count; n++) this.leaves.push(leafHash(primitives, utf8(`${n}${n < 3 ? '' : fork}`)));
  }

  hash({ from, to }: Range): Uint8Array {
    const [only] = this.leaves.slice(from, to);
    if (to - from <= 1) return only ?? joined(primitives, []);
    const half = 2 ** Math.floor(Math.log2(to - from - 1));
    return nodeHash(primitives, this.hash({ from, to: from + half }), this.hash({ from: from + half, to }));
  }

  note(size = this.leaves.length, by = seed): Promise<string> {
    return signCheckpoint(primitives, by, log, { size, root: this.hash({ from: 0, to: size }) });
  }

  readonly prove: AskConsistency = async (old, size) =>
    consistencyRanges(old, size).map((range) => this.hash(range));
}

async function pinned(node: Node, size: number): Promise<Pin> {
  const pin = await Pin.open(primitives, log, null);
  equal((await pin.advance(await node.note(size), node.prove)).kind, 'ok');
  return pin;
}

test('[M9] a client goes on to every checkpoint that contains what it has seen', async () => {
  const node = new Node(20);
  const pin = await pinned(node, 0);
  for (const size of [1, 1, 5, 8, 8, 20]) {
    equal((await pin.advance(await node.note(size), node.prove)).kind, 'ok', `size ${size}`);
    equal(pin.checkpoint?.size, size);
  }
  const again = await Pin.open(primitives, log, pin.note);
  deepEqual(again.checkpoint?.root, pin.checkpoint?.root);
});

test('[M9] a fork, a rollback, another root and a foreign note are refused, and the pin stays', async () => {
  const honest = new Node(20);
  const forked = new Node(20, ' otherwise');
  const pin = await pinned(honest, 10);
  const kept = pin.note;
  const wrong: readonly (readonly [string, RegExp, AskConsistency])[] = [
    [await forked.note(20), /not proven to contain the first 10/, forked.prove],
    [await forked.note(20), /not proven/, async () => []],
    [await honest.note(20), /not proven/, forked.prove],
    [await forked.note(10), /another root/, forked.prove],
    [await honest.note(9), /9 leaves after 10/, honest.prove],
    [await honest.note(0), /0 leaves after 10/, honest.prove],
    [await honest.note(20, otherSeed), /not signed as a checkpoint of this log/, honest.prove],
    [(await honest.note(20)).replace('\n20\n', '\n21\n'), /not signed/, honest.prove],
    ['', /not signed/, honest.prove],
  ];
  for (const [note, why, prove] of wrong) {
    const answer = await pin.advance(note, prove);
    ok(answer.kind === 'fork', why.source);
    ok(why.test(answer.why), answer.why);
    deepEqual([answer.kept, answer.shown], [kept, note], 'both notes are at hand as evidence');
    equal(pin.note, kept);
  }
  equal((await pin.advance(await honest.note(20), honest.prove)).kind, 'ok');
});

test('[M9] a node that does not answer is no fork, and nothing is taken', async () => {
  const node = new Node(20);
  const pin = await pinned(node, 10);
  const kept = pin.note;
  await rejects(
    pin.advance(await node.note(20), () => Promise.reject(new Fault('closed'))),
    { code: 'closed' },
  );
  equal(pin.note, kept);
});
