/**
 * Chains: all leaves of one label, the newest first, each proven under one checkpoint (SPEC M12). A chain that
 * leaves one out, adds one of another label or cannot prove one is refused whole. What no chain can show is that
 * there is no newer leaf yet: that the label's owner sees, and everybody who audits.
 */

import { equal } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import type { Key } from '../base/ids.ts';
import type { Primitives } from '../crypto/primitives.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Label } from './label.ts';
import { openLeaf, type Leaf, type LabelLink } from './leaf.ts';
import { isIncluded, leafHash } from '../crypto/merkle.ts';

export interface ShownLeaf {
  readonly index: number;
  readonly leaf: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

export interface ChainLeaf {
  readonly index: number;
  readonly leaf: Leaf;
  /** Its place among those of the label. */
  readonly link: LabelLink;
}

export interface ChainQuestion {
  readonly node: Key;
  readonly checkpoint: Checkpoint;
  readonly label: Label;
  /** The leaf after which this page goes on, or null for the newest. */
  readonly after: ChainLeaf | null;
}

/** The leaves of a page in their order; throws `badProof` when it is not the chain. Whether it is at its end says `isEnd`. */
export async function openChain(
  primitives: Primitives,
  { node, checkpoint, label, after }: ChainQuestion,
  shown: readonly ShownLeaf[],
): Promise<readonly ChainLeaf[]> {
  const chain: ChainLeaf[] = [];
  let before = after;
  for (const { index, leaf: bytes, proof } of shown) {
    const { size, root } = checkpoint;
    const hash = leafHash(primitives, bytes);
    if (!isIncluded(primitives, { index, size, leaf: hash, root, proof })) refuse(index, 'is not in the log');
    const leaf = await openLeaf(primitives, bytes);
    if (leaf === null || !equal(leaf.node, node)) return refuse(index, 'is not signed by the node');
    const link = leaf.links.find((each) => equal(each.label, label));
    if (link === undefined) return refuse(index, 'is about something else');
    if (before !== null && (before.link.previous !== index || before.link.count !== link.count + 1)) {
      refuse(index, 'is not the one before');
    }
    before = { index, leaf, link };
    chain.push(before);
  }
  return chain;
}

function refuse(index: number, why: string): never {
  throw new Fault('badProof', `Leaf ${index} of the log ${why}.`);
}

/** Whether a chain that was read so far has its first leaf. */
export function isEnd(last: ChainLeaf | null): boolean {
  return last === null || last.link.previous === null;
}

export interface Standing {
  readonly index: number;
  readonly user: Key;
  readonly device: Key;
  readonly method: string;
  readonly timeMs: number;
}

/** The statements of a chain that nobody has withdrawn, the newest first; one per user and device. */
export function standingStatements(chain: readonly ChainLeaf[]): readonly Standing[] {
  const withdrawn = new Set<number>();
  const standing: Standing[] = [];
  for (const { index, leaf } of chain) {
    const { body, timeMs } = leaf;
    if (body.kind === 'withdrawal') withdrawn.add(body.statement);
    if (body.kind !== 'statement' || withdrawn.has(index)) continue;
    const { user, device, method } = body;
    const isKnown = standing.some((one) => equal(one.user, user) && equal(one.device, device));
    if (!isKnown) standing.push({ index, user, device, method, timeMs });
  }
  return standing;
}
