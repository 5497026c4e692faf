/**
 * Tiles of a log (C2SP tlog-tiles): 256 hashes of one height, or the bundle of the leaves under them, each
 * under a path that never changes its content (SPEC M2). The right edge of the tree is a partial tile per
 * height; `TileEdge` grows it and hands out the tiles that have become full.
 */

import { assert } from '../base/assert.ts';
import { concat } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { joined, hashBytes, type Sha256, type Subtree } from '../crypto/merkle.ts';

export const tileHeight = 8;
export const tileWidth = 256;
export const tileBytes: number = tileWidth * hashBytes;
/** What a bundle's entry may have: its length has two bytes. */
export const entryBytesMax = 0xffff;

/** Leaves' bundles have the height 'entries'. */
export type TileLevel = number | 'entries';

export interface TileName {
  readonly level: TileLevel;
  readonly index: number;
  /** Hashes in it: 1 to 256, of which 256 is a full one. */
  readonly width: number;
}

const PATH = /^(entries|0|[1-9]\d?)\/((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;
const LEVEL_MAX = 63;

/** The path of a tile below `tile/`, such as `0/x001/234.p/17`. */
export function tilePath({ level, index, width }: TileName): string {
  let path = String(index % 1000).padStart(3, '0');
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    path = `x${String(rest % 1000).padStart(3, '0')}/${path}`;
  }
  return `${level}/${path}${width === tileWidth ? '' : `.p/${width}`}`;
}

/** The tile of a path, or null when it is not the path of one. */
export function readTilePath(path: string): TileName | null {
  const match = PATH.exec(path);
  if (match === null) return null;
  const [, height = '', digits = '', partial] = match;
  const level: TileLevel = height === 'entries' ? height : Number(height);
  const index = Number(digits.replaceAll(/[x/]/g, ''));
  const name: TileName = { level, index, width: partial === undefined ? tileWidth : Number(partial) };
  if (!Number.isSafeInteger(index) || (level !== 'entries' && level > LEVEL_MAX)) return null;
  // One path per tile: no zeroes in front, and the width of a full tile is not said.
  return name.width <= tileWidth && tilePath(name) === path ? name : null;
}

/** How wide a tile is in a tree of this size; 0 when there is none. */
export function widthIn(size: number, level: TileLevel, index: number): number {
  const hashes = Math.floor(size / tileWidth ** (level === 'entries' ? 0 : level));
  return Math.max(0, Math.min(tileWidth, hashes - index * tileWidth));
}

/** All tiles of hashes in a tree of this size that are not in one of `old` leaves; full tiles are not partial ones. */
export function tilesOf(size: number, old = 0): readonly TileName[] {
  const tiles: TileName[] = [];
  for (let level = 0; Math.floor(size / tileWidth ** level) > 0; level++) {
    const count = Math.ceil(Math.floor(size / tileWidth ** level) / tileWidth);
    for (let index = Math.floor(old / tileWidth ** (level + 1)); index < count; index++) {
      tiles.push({ level, index, width: widthIn(size, level, index) });
    }
  }
  return tiles;
}

/** The tile in which the hash of a complete subtree is, and which of its hashes make it. */
export function placeOf({ level, index }: Subtree): {
  readonly level: number;
  readonly index: number;
  readonly from: number;
  readonly count: number;
} {
  const height = Math.floor(level / tileHeight);
  const count = 2 ** (level - height * tileHeight);
  const at = index * count;
  return { level: height, index: Math.floor(at / tileWidth), from: at % tileWidth, count };
}

/** The hash of a complete subtree from the hashes of its tile. */
export function hashIn(primitives: Sha256, tile: Uint8Array, subtree: Subtree): Uint8Array {
  const { from, count } = placeOf(subtree);
  if (tile.length < (from + count) * hashBytes) throw new Fault('corrupt', 'a tile is too short');
  return treeOf(primitives, hashesOf(tile.subarray(from * hashBytes, (from + count) * hashBytes)));
}

/** The hashes of a tile one by one. */
export function hashesOf(tile: Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: Math.floor(tile.length / hashBytes) }, (_, i) =>
    tile.subarray(i * hashBytes, (i + 1) * hashBytes),
  );
}

/** The hashes of all complete subtrees within a full tile, by their height; the first row is the tile. */
export function rowsOf(primitives: Sha256, tile: Uint8Array): readonly Uint8Array[] {
  const rows = [tile];
  for (let height = 1; height <= tileHeight; height++) {
    const below = hashesOf(rows[height - 1] ?? tile);
    const row = new Uint8Array((below.length / 2) * hashBytes);
    for (let i = 0; i < below.length; i += 2)
      row.set(joined(primitives, below.slice(i, i + 2)), (i / 2) * hashBytes);
    rows.push(row);
  }
  return rows;
}

/** The root over a power of two of hashes. */
function treeOf(primitives: Sha256, hashes: readonly Uint8Array[]): Uint8Array {
  let row = hashes;
  while (row.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < row.length; i += 2) above.push(joined(primitives, row.slice(i, i + 2)));
    row = above;
  }
  const [root] = row;
  assert(root !== undefined, 'a subtree has hashes');
  return root;
}

/** Leaves as a bundle of entries: each after its length in two bytes. */
export function putEntries(leaves: readonly Uint8Array[]): Uint8Array {
  return concat(
    ...leaves.flatMap((leaf) => {
      assert(leaf.length <= entryBytesMax, 'an entry has a length of two bytes');
      return [Uint8Array.of(leaf.length >> 8, leaf.length & 0xff), leaf];
    }),
  );
}

/** The leaves of a bundle; throws `malformed` when it does not hold exactly so many. */
export function readEntries(bundle: Uint8Array, count: number): readonly Uint8Array[] {
  const leaves: Uint8Array[] = [];
  for (let at = 0; at < bundle.length;) {
    const size = (bundle[at] ?? 0) * 256 + (bundle[at + 1] ?? 0);
    const to = at + 2 + size;
    if (to > bundle.length) throw new Fault('malformed', 'a bundle of entries is cut off');
    leaves.push(bundle.subarray(at + 2, to));
    at = to;
  }
  if (leaves.length !== count)
    throw new Fault('malformed', `a bundle of ${leaves.length} entries, not ${count}`);
  return leaves;
}

export interface FullTile {
  readonly level: number;
  readonly index: number;
  readonly hashes: Uint8Array;
  /** Its hash, which stands in the tile above. */
  readonly root: Uint8Array;
}

/** The partial tiles of a tree, which are its right edge. */
export class TileEdge {
  readonly #primitives: Sha256;
  #tiles: Uint8Array[];
  #size: number;

  /** `tiles` are the partial ones of a tree of this size by their level. */
  constructor(primitives: Sha256, size = 0, tiles: readonly Uint8Array[] = []) {
    this.#primitives = primitives;
    this.#size = size;
    this.#tiles = tiles.map((tile) => padded(tile));
  }

  get size(): number {
    return this.#size;
  }

  /** One that can grow without this one. */
  copy(): TileEdge {
    return new TileEdge(this.#primitives, this.#size, this.#tiles);
  }

  /** Adds the hash of the next leaf; answers the tiles that it has made full. */
  add(hash: Uint8Array): readonly FullTile[] {
    const full: FullTile[] = [];
    let carried: Uint8Array | null = hash;
    for (let level = 0; carried !== null; level++) {
      const tile = (this.#tiles[level] ??= new Uint8Array(tileBytes));
      const count = Math.floor(this.#size / tileWidth ** level);
      const at = count % tileWidth;
      tile.set(carried, at * hashBytes);
      carried = null;
      if (at !== tileWidth - 1) continue;
      const root = treeOf(this.#primitives, hashesOf(tile));
      full.push({ level, index: Math.floor(count / tileWidth), hashes: tile.slice(), root });
      carried = root;
    }
    this.#size++;
    return full;
  }

  /** The partial tile of a level: empty when the level has none. */
  partial(level: number): Uint8Array {
    const width = Math.floor(this.#size / tileWidth ** level) % tileWidth;
    return (this.#tiles[level] ?? new Uint8Array(0)).subarray(0, width * hashBytes);
  }
}

function padded(tile: Uint8Array): Uint8Array {
  const whole = new Uint8Array(tileBytes);
  whole.set(tile);
  return whole;
}
