/**
 * The log of a node over an engine's rows (interface and promises: `tlog.ts`). Full tiles are rows; the partial
 * ones at the right edge are in memory, made anew from the rows when the log opens, and they change only after
 * the transaction that they belong to is durable.
 */

import { assert, must } from 'copse/internal/base/assert.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { logTilesKeptMax } from 'copse/internal/base/limits.ts';
import { concat } from 'copse/internal/base/bytes.ts';
import { hashBytes, leafHash, type Sha256, type Subtree } from 'copse/internal/crypto/merkle.ts';
import type { NamedKey } from 'copse/internal/transparency/note.ts';
import {
  hashIn,
  placeOf,
  putEntries,
  rowsOf,
  TileEdge,
  tileWidth,
  widthIn,
  type TileName,
} from 'copse/internal/transparency/tile.ts';
import type { LabelHead, NewLeaf, StoredClaim, StoredNote, Tlog } from './tlog.ts';
import type { TlogRows } from './tlog-rows.ts';

export class TlogOverRows implements Tlog {
  readonly #rows: TlogRows;
  readonly #primitives: Sha256;
  /** Full tiles with the hashes of all subtrees in them: a proof then costs no hash but its own. */
  readonly #tiles = new Cache<string, readonly Uint8Array[]>(logTilesKeptMax);
  /** Of complete subtrees in partial tiles: what is complete does not change any more. */
  readonly #hashes = new Cache<string, Uint8Array>(logTilesKeptMax);
  #edge: TileEdge;

  constructor(rows: TlogRows, primitives: Sha256) {
    this.#rows = rows;
    this.#primitives = primitives;
    this.#edge = edgeOf(rows, primitives);
  }

  get size(): number {
    return this.#edge.size;
  }

  async append(leaves: readonly NewLeaf[]): Promise<void> {
    const edge = this.#edge.copy();
    this.#rows.transaction(() => {
      for (const leaf of leaves) this.#put(edge, leaf);
    });
    assert(edge.size === this.size + leaves.length, 'one owner appends');
    this.#edge = edge;
  }

  #put(edge: TileEdge, { bytes, labels, claim }: NewLeaf): void {
    const index = edge.size;
    this.#rows.putLeaf(index, bytes);
    for (const { label, count } of labels) this.#rows.putHead(label, { last: index, count });
    if (claim !== null) this.#rows.putClaim({ ...claim, index });
    for (const tile of edge.add(leafHash(this.#primitives, bytes))) {
      this.#rows.putTile(tile.level, tile.index, tile);
    }
  }

  async heads(labels: readonly Uint8Array[]): Promise<readonly (LabelHead | null)[]> {
    return labels.map((label) => this.#rows.head(label));
  }

  async leaves(indices: readonly number[]): Promise<readonly Uint8Array[]> {
    return indices.map((index) => {
      const leaf = this.#rows.leaf(index);
      if (leaf === null) throw new Fault('unknown', `leaf ${index}`);
      return leaf;
    });
  }

  async hashes(subtrees: readonly Subtree[]): Promise<readonly Uint8Array[]> {
    return subtrees.map((subtree) => {
      const { level, index, from, count } = placeOf(subtree);
      const there = widthIn(this.size, level, index);
      if (there < from + count) throw new Fault('unknown', 'the log of the node is not that far');
      if (there < tileWidth) return this.#hashInEdge(level, subtree);
      const row = this.#fullTile(level, index)[Math.log2(count)];
      const at = (from / count) * hashBytes;
      return must(row, 'a row for each height').subarray(at, at + hashBytes);
    });
  }

  async tile({ level, index, width }: TileName): Promise<Uint8Array | null> {
    if (level !== 'entries') return this.#hashTile(level, index, width)?.slice(0, width * hashBytes) ?? null;
    if (widthIn(this.size, level, index) < width) return null;
    const leaves = this.#rows.leavesFrom(index * tileWidth, width);
    if (leaves.length !== width) throw new Fault('corrupt', 'leaves of the log are missing');
    return putEntries(leaves);
  }

  /** At least `width` hashes of a tile, or null when it has not so many. */
  #hashTile(level: number, index: number, width: number): Uint8Array | null {
    const there = widthIn(this.size, level, index);
    if (there < width) return null;
    if (there < tileWidth) return this.#edge.partial(level);
    return must(this.#fullTile(level, index)[0], 'a tile is its own first row');
  }

  #hashInEdge(level: number, subtree: Subtree): Uint8Array {
    const name = `${subtree.level}/${subtree.index}`;
    const known = this.#hashes.get(name);
    if (known !== undefined) return known;
    const hash = hashIn(this.#primitives, this.#edge.partial(level), subtree);
    // A single hash is a view into the tile that grows.
    this.#hashes.set(name, hash.slice());
    return hash;
  }

  #fullTile(level: number, index: number): readonly Uint8Array[] {
    const name = `${level}/${index}`;
    const known = this.#tiles.get(name);
    if (known !== undefined) return known;
    const tile = this.#rows.tile(level, index);
    if (tile === null) throw new Fault('corrupt', `tile ${name} of the log is missing`);
    const rows = rowsOf(this.#primitives, tile);
    this.#tiles.set(name, rows);
    return rows;
  }

  async claim(namespace: string, name: string): Promise<StoredClaim | null> {
    return this.#rows.claim(namespace, name);
  }

  async claimsOf(user: string, countMax: number): Promise<readonly StoredClaim[]> {
    return this.#rows.claimsOf(user, countMax);
  }

  async lookAlikes(namespace: string, skeleton: string, countMax: number): Promise<readonly string[]> {
    return this.#rows.lookAlikes(namespace, skeleton, countMax);
  }

  async lastNumber(namespace: string): Promise<number> {
    return this.#rows.lastNumber(namespace);
  }

  async note(which: 'newest' | 'witnessed'): Promise<StoredNote | null> {
    return this.#rows.newestNote(which === 'newest' ? 0 : 1);
  }

  async noteOf(size: number): Promise<StoredNote | null> {
    return this.#rows.noteOf(size);
  }

  async putNote(note: StoredNote): Promise<void> {
    assert(note.size <= this.size, 'what is signed is durable');
    this.#rows.transaction(() => {
      this.#rows.putNote(note);
      const newest = this.#rows.newestNote(0)?.size ?? note.size;
      this.#rows.forgetNotes(newest, this.#rows.newestNote(1)?.size ?? newest);
    });
  }

  async cosigners(): Promise<readonly NamedKey[]> {
    return this.#rows.cosigners().map(({ name, key }) => ({ name, kind: 'cosignature', key }));
  }

  async addCosigner({ name, key }: NamedKey): Promise<void> {
    this.#rows.transaction(() => this.#rows.putCosigner(name, key));
  }

  async removeCosigner(name: string): Promise<boolean> {
    return this.#rows.transaction(() => this.#rows.deleteCosigner(name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#rows.close();
  }
}

/** The partial tiles of the leaves that the rows hold: hashes of leaves, then roots of the full tiles below. */
function edgeOf(rows: TlogRows, primitives: Sha256): TileEdge {
  const size = rows.count();
  const partial: Uint8Array[] = [];
  for (let level = 0, count = size; count > 0; level++, count = Math.floor(count / tileWidth)) {
    const from = count - (count % tileWidth);
    const hashes =
      level === 0
        ? rows.leavesFrom(from, count - from).map((leaf) => leafHash(primitives, leaf))
        : rows.tileRoots(level - 1, from);
    if (hashes.length !== count - from)
      throw new Fault('corrupt', `tiles of level ${level} of the log are missing`);
    partial.push(concat(...hashes));
  }
  return new TileEdge(primitives, size, partial);
}
