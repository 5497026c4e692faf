/**
 * Leaves of a node's log (SPEC M5): what the node states of e-mail addresses, names, keys and itself, each a
 * signed object of the node. A leaf names the leaf before it of every label that it is about and counts them,
 * so that whoever has the newest leaf of a label finds all of them and misses none.
 *
 * Fields of the payload after version (1) and node (2):
 *   3 kind · 4 links, each [label, index of the label's leaf before + 1 or 0, count from 1] · 5 milliseconds
 *   statement    6 user key · 7 device key · 8 method                 links: e-mail, user
 *   withdrawal   6 user key · 7 index of the statement                links: e-mail, user
 *   claim        6 user key · 7 namespace · 8 name · 9 number         links: name, user
 *   keyChange    6 user key · 7 the user's signed object              links: user
 *   nodeRevoked  6 node key · 7 key that follows it, or empty         links: node
 */

import { assert, must } from '../base/assert.ts';
import { equal, NO_BYTES } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { key, type Key } from '../base/ids.ts';
import { claimNameBytesMax, methodBytesMax, namespaceBytesMax, signedBytesMax } from '../base/limits.ts';
import { openObject, signObject } from '../capability/cose.ts';
import { domain } from '../crypto/domain.ts';
import type { Primitives } from '../crypto/primitives.ts';
import { publicKeyBytes } from '../crypto/sign.ts';
import type { Cbor } from '../wire/cbor.ts';
import { Fields } from '../wire/fields.ts';
import { labelBytes, nameLabel, nodeLabel, userLabel, type Label } from './label.ts';

/** Where a leaf stands among those of one label. */
export interface LabelLink {
  readonly label: Label;
  /** Index of the leaf before; null for the first. */
  readonly previous: number | null;
  /** From 1. */
  readonly count: number;
}

export type LeafBody =
  | { readonly kind: 'statement'; readonly user: Key; readonly device: Key; readonly method: string }
  | { readonly kind: 'withdrawal'; readonly user: Key; readonly statement: number }
  | {
      readonly kind: 'claim';
      readonly user: Key;
      readonly namespace: string;
      readonly name: string;
      readonly number: number;
    }
  | { readonly kind: 'keyChange'; readonly user: Key; readonly object: Uint8Array }
  | { readonly kind: 'nodeRevoked'; readonly node: Key; readonly successor: Key | null };
export type LeafKind = LeafBody['kind'];

export interface Leaf {
  readonly node: Key;
  readonly links: readonly LabelLink[];
  readonly timeMs: number;
  readonly body: LeafBody;
}

const LEAF = domain('log/leaf');
/** Append-only: the place is the number of the kind. */
const KINDS: readonly LeafKind[] = ['statement', 'withdrawal', 'claim', 'keyChange', 'nodeRevoked'];
const LINKS_MAX = 2;

/** The leaf as the log keeps it. */
export async function writeLeaf(
  primitives: Primitives,
  nodeSeed: Uint8Array,
  { links, timeMs, body }: Omit<Leaf, 'node'>,
): Promise<Uint8Array> {
  const rows = links.map(({ label, previous, count }): Cbor => [
    label,
    previous === null ? 0 : previous + 1,
    count,
  ]);
  const common: readonly (readonly [number, Cbor])[] = [
    [3, KINDS.indexOf(body.kind)],
    [4, rows],
    [5, timeMs],
  ];
  const leaf = await signObject(primitives, LEAF, nodeSeed, [...common, ...bodyFields(body)]);
  assert(leaf.length <= signedBytesMax, 'a leaf is a signed object');
  return leaf;
}

function bodyFields(body: LeafBody): readonly (readonly [number, Cbor])[] {
  switch (body.kind) {
    case 'statement':
      return numbered(body.user, body.device, body.method);
    case 'withdrawal':
      return numbered(body.user, body.statement);
    case 'claim':
      return numbered(body.user, body.namespace, body.name, body.number);
    case 'keyChange':
      return numbered(body.user, body.object);
    case 'nodeRevoked':
      return numbered(body.node, body.successor ?? NO_BYTES);
  }
}

function numbered(...values: readonly Cbor[]): readonly (readonly [number, Cbor])[] {
  return values.map((value, i) => [6 + i, value]);
}

/** The leaf in `bytes`, or null when its signature does not hold; `malformed` when it is none. */
export async function openLeaf(primitives: Primitives, bytes: Uint8Array): Promise<Leaf | null> {
  const object = await openObject(primitives, LEAF, bytes);
  if (object === null) return null;
  const { fields } = object;
  const kind = must(KINDS[fields.uint(3, KINDS.length - 1)], 'a kind within its bound');
  const links = fields.list(4, LINKS_MAX).map(readLink);
  const timeMs = fields.uint(5);
  const body = readBody(kind, fields);
  fields.done();
  const leaf = { node: object.signer, links, timeMs, body };
  if (!isLinked(primitives, leaf)) throw new Fault('malformed', 'a leaf under labels that are not its own');
  return leaf;
}

function readLink(value: Cbor): LabelLink {
  const fields = new Fields('a link of a leaf', value);
  const label = fields.bytes(0, labelBytes);
  const before = fields.uint(1);
  const count = fields.uint(2);
  fields.done();
  if ((before === 0) !== (count === 1))
    throw new Fault('malformed', 'the first leaf of a label is its first');
  return { label, previous: before === 0 ? null : before - 1, count };
}

function readBody(kind: LeafKind, fields: Fields): LeafBody {
  const keyAt = (field: number): Key => key(fields.bytes(field, publicKeyBytes));
  switch (kind) {
    case 'statement':
      return { kind, user: keyAt(6), device: keyAt(7), method: fields.text(8, methodBytesMax) };
    case 'withdrawal':
      return { kind, user: keyAt(6), statement: fields.uint(7) };
    case 'claim':
      return {
        kind,
        user: keyAt(6),
        namespace: fields.text(7, namespaceBytesMax),
        name: fields.text(8, claimNameBytesMax),
        number: fields.uint(9),
      };
    case 'keyChange':
      return { kind, user: keyAt(6), object: fields.blob(7, signedBytesMax) };
    case 'nodeRevoked':
      return { kind, node: keyAt(6), successor: readSuccessor(fields.blob(7, publicKeyBytes)) };
  }
}

function readSuccessor(bytes: Uint8Array): Key | null {
  if (bytes.length === 0) return null;
  if (bytes.length !== publicKeyBytes) throw new Fault('malformed', 'a key that follows another');
  return key(bytes);
}

/** The labels of a leaf that can be computed from it, in the order of its links; null is an e-mail's. */
export function labelsOf(primitives: Primitives, body: LeafBody): readonly (Label | null)[] {
  switch (body.kind) {
    case 'statement':
    case 'withdrawal':
      return [null, userLabel(primitives, body.user)];
    case 'claim':
      return [nameLabel(primitives, body.namespace, body.name), userLabel(primitives, body.user)];
    case 'keyChange':
      return [userLabel(primitives, body.user)];
    case 'nodeRevoked':
      return [nodeLabel(primitives, body.node)];
  }
}

function isLinked(primitives: Primitives, { links, body }: Leaf): boolean {
  const labels = labelsOf(primitives, body);
  return (
    labels.length === links.length &&
    links.every(({ label }, i) => {
      const computed = labels[i] ?? null;
      return computed === null || equal(label, computed);
    })
  );
}
