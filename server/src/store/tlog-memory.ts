/** The log of a node in memory (`tlog-over-rows.ts`): for tests and the simulator. A failed batch leaves nothing. */

import { assert } from 'copse/internal/base/assert.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { key, type Key } from 'copse/internal/base/ids.ts';
import type { Sha256 } from 'copse/internal/crypto/merkle.ts';
import { TlogOverRows } from './tlog-over-rows.ts';
import type { ClaimRow, TlogRows } from './tlog-rows.ts';
import type { LabelHead, StoredClaim, StoredNote, Tlog } from './tlog.ts';

export function openMemoryTlog(primitives: Sha256, disk: MemoryTlogDisk = new MemoryTlogDisk()): Tlog {
  return new TlogOverRows(disk, primitives);
}

/** What is synced; it outlives the log, and a test may alter it. */
export class MemoryTlogDisk implements TlogRows {
  leaves: Uint8Array[] = [];
  tiles = new Map<string, { readonly hashes: Uint8Array; readonly root: Uint8Array }>();
  #heads = new Map<string, LabelHead>();
  #claims: ClaimRow[] = [];
  #notes = new Map<number, StoredNote>();
  #cosigners = new Map<string, Uint8Array>();
  /** Thrown by the next commit. */
  trouble: Error | null = null;

  /** What is synced now, apart from what comes after. */
  copy(): MemoryTlogDisk {
    const copy = new MemoryTlogDisk();
    copy.leaves = [...this.leaves];
    copy.tiles = new Map(this.tiles);
    copy.#heads = new Map(this.#heads);
    copy.#claims = [...this.#claims];
    copy.#notes = new Map(this.#notes);
    copy.#cosigners = new Map(this.#cosigners);
    return copy;
  }

  transaction<T>(task: () => T): T {
    const before = [
      this.leaves,
      this.tiles,
      this.#heads,
      this.#claims,
      this.#notes,
      this.#cosigners,
    ] as const;
    this.leaves = [...this.leaves];
    this.tiles = new Map(this.tiles);
    this.#heads = new Map(this.#heads);
    this.#claims = [...this.#claims];
    this.#notes = new Map(this.#notes);
    this.#cosigners = new Map(this.#cosigners);
    try {
      const answer = task();
      const { trouble } = this;
      this.trouble = null;
      if (trouble !== null) throw trouble;
      return answer;
    } catch (thrown) {
      [this.leaves, this.tiles, this.#heads, this.#claims, this.#notes, this.#cosigners] = before;
      throw thrown;
    }
  }

  close(): void {}

  count(): number {
    return this.leaves.length;
  }

  putLeaf(index: number, bytes: Uint8Array): void {
    this.leaves[index] = bytes.slice();
  }

  leaf(index: number): Uint8Array | null {
    return this.leaves[index] ?? null;
  }

  leavesFrom(index: number, count: number): readonly Uint8Array[] {
    return this.leaves.slice(index, index + count);
  }

  putTile(
    level: number,
    index: number,
    tile: { readonly hashes: Uint8Array; readonly root: Uint8Array },
  ): void {
    this.tiles.set(`${level}/${index}`, tile);
  }

  tile(level: number, index: number): Uint8Array | null {
    return this.tiles.get(`${level}/${index}`)?.hashes ?? null;
  }

  tileRoots(level: number, from: number): readonly Uint8Array[] {
    const roots: Uint8Array[] = [];
    for (let index = from; ; index++) {
      const tile = this.tiles.get(`${level}/${index}`);
      if (tile === undefined) return roots;
      roots.push(tile.root);
    }
  }

  putHead(label: Uint8Array, head: LabelHead): void {
    this.#heads.set(hex(label), head);
  }

  head(label: Uint8Array): LabelHead | null {
    return this.#heads.get(hex(label)) ?? null;
  }

  putClaim(claim: ClaimRow): void {
    assert(this.claim(claim.namespace, claim.name) === null, 'a name is claimed once');
    this.#claims.push(claim);
  }

  claim(namespace: string, name: string): StoredClaim | null {
    return this.#found((row) => row.namespace === namespace && row.name === name)[0] ?? null;
  }

  claimsOf(user: string, countMax: number): readonly StoredClaim[] {
    return this.#found((row) => row.user === user).slice(0, countMax);
  }

  #found(matches: (row: ClaimRow) => boolean): readonly StoredClaim[] {
    return this.#claims.filter(matches).map(({ skeleton: _skeleton, ...claim }) => claim);
  }

  lookAlikes(namespace: string, skeleton: string, countMax: number): readonly string[] {
    const rows = this.#found((row) => row.namespace === namespace && row.skeleton === skeleton);
    return rows.slice(0, countMax).map(({ name }) => name);
  }

  lastNumber(namespace: string): number {
    return this.#found((row) => row.namespace === namespace).at(-1)?.number ?? 0;
  }

  putNote(note: StoredNote): void {
    this.#notes.set(note.size, note);
  }

  noteOf(size: number): StoredNote | null {
    return this.#notes.get(size) ?? null;
  }

  newestNote(cosignaturesMin: number): StoredNote | null {
    const notes = [...this.#notes.values()].filter((note) => note.cosignatures >= cosignaturesMin);
    return notes.toSorted((a, b) => b.size - a.size)[0] ?? null;
  }

  forgetNotes(below: number, kept: number): void {
    for (const size of this.#notes.keys()) if (size < below && size !== kept) this.#notes.delete(size);
  }

  putCosigner(name: string, cosigner: Uint8Array): void {
    this.#cosigners.set(name, cosigner);
  }

  deleteCosigner(name: string): boolean {
    return this.#cosigners.delete(name);
  }

  cosigners(): readonly { readonly name: string; readonly key: Key }[] {
    return [...this.#cosigners].map(([name, bytes]) => ({ name, key: key(bytes) }));
  }
}
