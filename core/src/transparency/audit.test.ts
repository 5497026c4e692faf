import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';

import { hex } from '../base/bytes.ts';
import { key, type Key } from '../base/ids.ts';
import { nativePrimitives } from '../native/primitives.ts';
import { Auditor } from './audit.ts';
import { writeUserKey } from '../capability/user-key.ts';
import { emailLabel } from './label.ts';
import { labelsOf, writeLeaf, type LabelLink, type LeafBody } from './leaf.ts';
import { joined, leafHash, subtreesOf } from '../crypto/merkle.ts';
import { TileEdge } from './tile.ts';

const primitives = nativePrimitives();
const seedOf = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const keyOf = async (n: number): Promise<Key> => key(await primitives.ed25519PublicKey(seedOf(n)));
const node = await keyOf(1);
const ada = await keyOf(2);
const bea = await keyOf(3);
const email = emailLabel(primitives, seedOf(9), 'ada@example.org');
const change = (by: number, generation: number): Promise<Uint8Array> =>
  writeUserKey(
    primitives,
    { seed: seedOf(by) },
    {
      user: ada,
      generation,
      publicKey: seedOf(4),
      link: new Uint8Array(generation === 1 ? 0 : 60),
      issuedMs: 1,
    },
  );

const statement: LeafBody = { kind: 'statement', user: ada, device: bea, method: 'oidc' };
const claim = (name: string, number: number): LeafBody => ({
  kind: 'claim',
  user: ada,
  namespace: 'n',
  name,
  number,
});

/** Writes leaves as an honest node does; `spoil` changes the links of one. */
class Writer {
  readonly leaves: Uint8Array[] = [];
  readonly #heads = new Map<string, { last: number; count: number }>();

  async write(
    body: LeafBody,
    spoil: (links: LabelLink[]) => LabelLink[] = (links) => links,
    by = 1,
  ): Promise<this> {
    const links = labelsOf(primitives, body).map((computed): LabelLink => {
      const label = computed ?? email;
      const head = this.#heads.get(hex(label));
      const count = (head?.count ?? 0) + 1;
      this.#heads.set(hex(label), { last: this.leaves.length, count });
      return { label, previous: head?.last ?? null, count };
    });
    this.leaves.push(await writeLeaf(primitives, seedOf(by), { links: spoil(links), timeMs: 1, body }));
    return this;
  }
}

async function audited(leaves: readonly Uint8Array[]): Promise<Auditor> {
  const auditor = new Auditor(primitives, node);
  for (const leaf of leaves) await auditor.take(leaf);
  return auditor;
}

async function honest(): Promise<Writer> {
  const writer = new Writer();
  await writer.write(statement);
  await writer.write(claim('ada', 1));
  await writer.write({ kind: 'keyChange', user: ada, object: await change(2, 1) });
  await writer.write({ kind: 'withdrawal', user: ada, statement: 0 });
  return writer.write(claim('ada.l', 2));
}

test('[M8] an honest log has no findings, and its root is that of its leaves', async () => {
  const writer = await honest();
  const auditor = await audited(writer.leaves);
  deepEqual(auditor.findings, []);
  deepEqual(auditor.counts, { statement: 1, claim: 2, keyChange: 1, withdrawal: 1 });
  equal(auditor.size, 5);
  const hashes = subtreesOf({ from: 0, to: 4 }).map(() => {
    const [a, b, c, d] = writer.leaves.map((leaf) => leafHash(primitives, leaf));
    if (a === undefined || b === undefined || c === undefined || d === undefined)
      throw new Error('four leaves');
    return joined(primitives, [joined(primitives, [a, b]), joined(primitives, [c, d])]);
  });
  const last = leafHash(primitives, writer.leaves[4] ?? new Uint8Array(0));
  deepEqual(auditor.root(), joined(primitives, [...hashes, last]));
});

const DISHONEST: readonly (readonly [string, RegExp, (writer: Writer) => Promise<unknown>])[] = [
  [
    'a leaf of a label left out',
    /follows leaf 0 .* not 1|number 2 of its label, not 3/,
    async (writer) => {
      await writer.write(statement, (links) => links.map((link) => ({ ...link, previous: 0, count: 2 })));
    },
  ],
  [
    'a count that jumps',
    /is number 9 of its label/,
    (writer) => writer.write(statement, (links) => links.map((link) => ({ ...link, count: 9 }))),
  ],
  ['a name given twice', /n\/ada was claimed before/, (writer) => writer.write(claim('ada', 3))],
  [
    'a name given twice as if it were new',
    /number 1 of its label, not 2/,
    (writer) =>
      writer.write(claim('ada', 3), ([name, user]) =>
        name === undefined || user === undefined ? [] : [{ ...name, previous: null, count: 1 }, user],
      ),
  ],
  ['a number skipped', /has number 4, not 3/, (writer) => writer.write(claim('bea', 4))],
  ['a number given twice', /has number 2, not 3/, (writer) => writer.write(claim('bea', 2))],
  [
    'a withdrawal of nothing',
    /withdraws what does not stand/,
    (writer) => writer.write({ kind: 'withdrawal', user: ada, statement: 0 }),
  ],
  [
    'a withdrawal of another’s',
    /withdraws what does not stand/,
    async (writer) => {
      await writer.write(statement);
      await writer.write({ kind: 'withdrawal', user: bea, statement: 5 });
    },
  ],
  [
    'a key that its user did not sign',
    /its user has not signed it/,
    async (writer) => writer.write({ kind: 'keyChange', user: ada, object: await change(3, 2) }),
  ],
  [
    'a generation again',
    /generation 1 after 1/,
    async (writer) => writer.write({ kind: 'keyChange', user: ada, object: await change(2, 1) }),
  ],
  ['a leaf of another node', /signed by another node/, (writer) => writer.write(statement, undefined, 5)],
  [
    'a leaf after the key was revoked',
    /was revoked by leaf 5/,
    async (writer) => {
      await writer.write({ kind: 'nodeRevoked', node, successor: null });
      await writer.write(statement);
    },
  ],
];

for (const [what, expected, spoil] of DISHONEST) {
  test(`[M8] ${what} is found`, async () => {
    const writer = await honest();
    await spoil(writer);
    const { findings } = await audited(writer.leaves);
    match(findings.map(({ what: found }) => found).join('; '), expected);
  });
}

test('[M8] a leaf that was altered, or is none, is found by its index', async () => {
  const { leaves } = await honest();
  const [first] = leaves;
  if (first === undefined) throw new Error('a leaf');
  const altered = first.with(first.length - 1, (first.at(-1) ?? 0) ^ 1);
  const { findings } = await audited([altered, new Uint8Array(3)]);
  deepEqual(
    findings.map(({ index }) => index),
    [0, 1],
  );
});

test('[M8] an auditor goes on where an earlier one has ended, and finds what is wrong after that', async () => {
  const writer = await honest();
  const [first, ...later] = [writer.leaves.slice(0, 2), writer.leaves.slice(2)];
  const edge = new TileEdge(primitives);
  for (const leaf of first) edge.add(leafHash(primitives, leaf));
  const auditor = new Auditor(primitives, node, edge);
  for (const leaf of later.flat()) await auditor.take(leaf);
  deepEqual(auditor.findings, []);
  deepEqual(auditor.root(), (await audited(writer.leaves)).root());
  equal(edge.size, 2, 'the edge that it began with is not touched');
  await writer.write(statement, (links) => links.map((link) => ({ ...link, previous: 1 })));
  await auditor.take(writer.leaves.at(-1) ?? new Uint8Array(0));
  equal(auditor.findings.length > 0, true);
});
