/**
 * The auditor (SPEC M8): takes every leaf of a log in order and finds whatever the node must not do, by the
 * leaves alone: a signature that is not its own, a count or a link that leaves a leaf out, a name given twice, a
 * number skipped, a withdrawal of nothing, a key change that its user did not sign. A pure machine: it holds the
 * state of every label and the right edge of the tree, whose root is compared with the checkpoint's.
 *
 * An auditor may begin where an earlier one has ended: then what a leaf says of leaves before that is believed,
 * because it was checked, and only what comes after is not.
 */

import { equal, hex } from '../base/bytes.ts';
import { asFault } from '../base/fault.ts';
import type { Key } from '../base/ids.ts';
import { openUserKey } from '../capability/user-key.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { openLeaf, type LabelLink, type Leaf } from './leaf.ts';
import { joined, leafHash, subtreesOf } from '../crypto/merkle.ts';
import { hashIn, placeOf, TileEdge, type FullTile } from './tile.ts';

export interface Finding {
  /** Index of the leaf. */
  readonly index: number;
  readonly what: string;
}

interface Seen {
  readonly last: number;
  readonly count: number;
}

export class Auditor {
  readonly #primitives: Primitives;
  readonly #node: Key;
  readonly #edge: TileEdge;
  /** Leaves that were audited before. */
  readonly #start: number;
  readonly #seenByLabel = new Map<string, Seen>();
  readonly #numberByNamespace = new Map<string, number>();
  /** Statements that stand: their label and user by their index. */
  readonly #standing = new Map<number, string>();
  readonly #generationByUser = new Map<string, number>();
  readonly counts: Record<string, number> = {};
  readonly findings: Finding[] = [];
  #revoked: number | null = null;

  constructor(primitives: Primitives, node: Key, edge: TileEdge = new TileEdge(primitives)) {
    this.#primitives = primitives;
    this.#node = node;
    this.#edge = edge.copy();
    this.#start = edge.size;
  }

  get size(): number {
    return this.#edge.size;
  }

  /** The index of the leaf by which the node revoked its own key, or null. */
  get revokedAt(): number | null {
    return this.#revoked;
  }

  /** The partial tile at the end of a level. */
  partial(level: number): Uint8Array {
    return this.#edge.partial(level);
  }

  /** The next leaf; answers the tiles that it makes full. */
  async take(bytes: Uint8Array): Promise<readonly FullTile[]> {
    const index = this.size;
    const full = this.#edge.add(leafHash(this.#primitives, bytes));
    try {
      const leaf = await openLeaf(this.#primitives, bytes);
      if (leaf === null) this.#find(index, 'its signature does not hold');
      else await this.#judge(index, leaf);
    } catch (thrown) {
      this.#find(index, asFault(thrown).message);
    }
    return full;
  }

  /** The root over all leaves so far. */
  root(): Uint8Array {
    const hashes = subtreesOf({ from: 0, to: this.size }).map((subtree) => {
      const { level } = placeOf(subtree);
      return hashIn(this.#primitives, this.#edge.partial(level), subtree);
    });
    return joined(this.#primitives, hashes);
  }

  #find(index: number, what: string): void {
    this.findings.push({ index, what });
  }

  async #judge(index: number, leaf: Leaf): Promise<void> {
    this.counts[leaf.body.kind] = (this.counts[leaf.body.kind] ?? 0) + 1;
    if (!equal(leaf.node, this.#node)) this.#find(index, 'it is signed by another node');
    if (this.#revoked !== null) this.#find(index, `the node's key was revoked by leaf ${this.#revoked}`);
    for (const link of leaf.links) this.#judgeLink(index, link);
    await this.#judgeBody(index, leaf);
  }

  #judgeLink(index: number, { label, previous, count }: LabelLink): void {
    const name = hex(label);
    const known = this.#seenByLabel.get(name);
    const isFromBefore = known === undefined && previous !== null && previous < this.#start;
    const seen = isFromBefore ? { last: previous, count: count - 1 } : (known ?? { last: null, count: 0 });
    if (previous !== seen.last)
      this.#find(index, `it follows leaf ${previous} of its label, not ${seen.last}`);
    if (count !== seen.count + 1)
      this.#find(index, `it is number ${count} of its label, not ${seen.count + 1}`);
    this.#seenByLabel.set(name, { last: index, count: seen.count + 1 });
  }

  async #judgeBody(index: number, { body, links }: Leaf): Promise<void> {
    const about = links.map(({ label }) => hex(label)).join(' ');
    switch (body.kind) {
      case 'statement':
        this.#standing.set(index, about);
        return;
      case 'withdrawal':
        if (body.statement >= this.#start && this.#standing.get(body.statement) !== about) {
          this.#find(index, 'it withdraws what does not stand');
        }
        this.#standing.delete(body.statement);
        return;
      case 'claim':
        this.#judgeClaim(index, body, links[0]?.count ?? 0);
        return;
      case 'keyChange':
        await this.#judgeKeyChange(index, body);
        return;
      case 'nodeRevoked':
        if (!equal(body.node, this.#node)) this.#find(index, 'it revokes the key of another node');
        this.#revoked ??= index;
    }
  }

  #judgeClaim(
    index: number,
    claim: { namespace: string; name: string; number: number },
    count: number,
  ): void {
    const { namespace, name, number } = claim;
    if (count !== 1) this.#find(index, `${namespace}/${name} was claimed before`);
    const first = this.#start === 0 ? 1 : number;
    const last = this.#numberByNamespace.get(namespace);
    const expected = last === undefined ? first : last + 1;
    if (number !== expected) this.#find(index, `${namespace}/${name} has number ${number}, not ${expected}`);
    this.#numberByNamespace.set(namespace, expected);
  }

  async #judgeKeyChange(index: number, { user, object }: { user: Key; object: Uint8Array }): Promise<void> {
    const change = await openUserKey(this.#primitives, object);
    if (change === null || !equal(change.user, user)) {
      this.#find(index, 'its user has not signed it');
      return;
    }
    const before = this.#generationByUser.get(hex(user)) ?? 0;
    if (change.generation <= before) this.#find(index, `generation ${change.generation} after ${before}`);
    this.#generationByUser.set(hex(user), Math.max(before, change.generation));
  }
}
