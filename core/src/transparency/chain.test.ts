import { deepEqual, equal, rejects } from 'node:assert/strict';
import { test } from 'node:test';

import { key, type Key } from '../base/ids.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { isEnd, openChain, standingStatements, type ChainQuestion, type ShownLeaf } from './chain.ts';
import { emailLabel, userLabel } from './label.ts';
import { writeLeaf, type LabelLink, type LeafBody } from './leaf.ts';
import { inclusionRanges, joined, leafHash, nodeHash, type Range } from '../crypto/merkle.ts';

const primitives = nativePrimitives();
const seed = new Uint8Array(32).fill(1);
const filled = (n: number): Key => key(new Uint8Array(32).fill(n));
const node = key(await primitives.ed25519PublicKey(seed));
const label = emailLabel(primitives, filled(9), 'ada@example.org');
const statement = (user: number, device: number): LeafBody => ({
  kind: 'statement',
  user: filled(user),
  device: filled(device),
  method: 'oidc',
});

/** Leaves of one address, about several users. */
async function leavesOf(bodies: readonly LeafBody[], by = seed): Promise<readonly Uint8Array[]> {
  const countByUser = new Map<string, { count: number; last: number }>();
  return Promise.all(
    bodies.map((body, index) => {
      if (body.kind === 'nodeRevoked') throw new Error('not about an address');
      const user = body.user.join();
      const head = countByUser.get(user);
      countByUser.set(user, { count: (head?.count ?? 0) + 1, last: index });
      const links: readonly LabelLink[] = [
        { label, previous: index === 0 ? null : index - 1, count: index + 1 },
        {
          label: userLabel(primitives, body.user),
          previous: head?.last ?? null,
          count: (head?.count ?? 0) + 1,
        },
      ];
      return writeLeaf(primitives, by, { links, timeMs: index, body });
    }),
  );
}

function shownOf(leaves: readonly Uint8Array[]): { question: ChainQuestion; shown: readonly ShownLeaf[] } {
  const hashes = leaves.map((leaf) => leafHash(primitives, leaf));
  const hash = ({ from, to }: Range): Uint8Array => {
    if (to - from <= 1) return hashes[from] ?? joined(primitives, []);
    const half = 2 ** Math.floor(Math.log2(to - from - 1));
    return nodeHash(primitives, hash({ from, to: from + half }), hash({ from: from + half, to }));
  };
  const size = leaves.length;
  const checkpoint = { origin: '', size, root: hash({ from: 0, to: size }) };
  const shown = leaves.map((leaf, index) => ({ index, leaf, proof: inclusionRanges(index, size).map(hash) }));
  return { question: { node, checkpoint, label, after: null }, shown: shown.toReversed() };
}

const BODIES: readonly LeafBody[] = [
  statement(2, 3),
  statement(2, 4),
  { kind: 'withdrawal', user: filled(2), statement: 0 },
  statement(5, 6),
  statement(2, 4),
];

test('[M12] a whole chain opens, in pages too, and its statements that stand are found', async () => {
  const { question, shown } = shownOf(await leavesOf(BODIES));
  const chain = await openChain(primitives, question, shown);
  deepEqual(
    chain.map(({ link }) => link.count),
    [5, 4, 3, 2, 1],
  );
  equal(isEnd(chain.at(-1) ?? null), true);
  const first = await openChain(primitives, question, shown.slice(0, 2));
  equal(isEnd(first.at(-1) ?? null), false);
  const rest = await openChain(primitives, { ...question, after: first.at(-1) ?? null }, shown.slice(2));
  deepEqual(
    [...first, ...rest].map(({ index }) => index),
    [4, 3, 2, 1, 0],
  );
  deepEqual(
    standingStatements(chain).map(({ index, user, device }) => [index, user[0], device[0]]),
    [
      [4, 2, 4],
      [3, 5, 6],
    ],
  );
  deepEqual(await openChain(primitives, question, []), []);
});

test('[M12] a chain with a leaf left out, exchanged, unproven or foreign is refused', async () => {
  const leaves = await leavesOf(BODIES);
  const { question, shown } = shownOf(leaves);
  const [a, b, c] = shown;
  if (a === undefined || b === undefined || c === undefined) throw new Error('five leaves');
  const altered = { ...b, leaf: b.leaf.with(b.leaf.length - 1, (b.leaf.at(-1) ?? 0) ^ 1) };
  const wrong = [
    [a, c],
    [b, a],
    [a, a],
    [a, { ...b, index: c.index }],
    [a, { ...b, proof: c.proof }],
    [a, altered],
  ];
  for (const each of wrong) await rejects(openChain(primitives, question, each), { code: 'badProof' });
  const otherLabel = { ...question, label: userLabel(primitives, filled(99)) };
  await rejects(openChain(primitives, otherLabel, shown), { code: 'badProof' });
  const foreign = shownOf(await leavesOf(BODIES, new Uint8Array(32).fill(8)));
  await rejects(openChain(primitives, foreign.question, foreign.shown), { code: 'badProof' });
  await rejects(openChain(primitives, foreign.question, shown), { code: 'badProof' });
});
