/**
 * An audit (SPEC M8): from nothing but the public log and the node's key to a verdict. Every leaf is read and
 * judged, every tile is compared with the one that the leaves make, and the root with the signed one. From an
 * older checkpoint on, the old tree is taken from the tiles, which its signed root proves.
 */

import { concat, equal, hex } from 'copse/internal/base/bytes.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import type { Key } from 'copse/internal/base/ids.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { Auditor } from 'copse/internal/transparency/audit.ts';
import {
  cosignaturesOf,
  logKey,
  openCheckpoint,
  type Cosignature,
  type SignedCheckpoint,
} from 'copse/internal/transparency/checkpoint.ts';
import { joined, subtreesOf, type Subtree } from 'copse/internal/crypto/merkle.ts';
import type { NamedKey } from 'copse/internal/transparency/note.ts';
import {
  hashesOf,
  hashIn,
  placeOf,
  readEntries,
  TileEdge,
  tilePath,
  tileWidth,
  widthIn,
  type TileName,
} from 'copse/internal/transparency/tile.ts';
import type { LogSource } from '../../node/cosign/log-source.ts';

export interface AuditOptions {
  readonly source: LogSource;
  readonly primitives: Primitives;
  readonly node: Key;
  /** A checkpoint that was seen before. */
  readonly from: string | null;
  /** Reads everything from the first leaf on, also when there is an older checkpoint. */
  readonly isFull: boolean;
  /** Whose cosignatures count. */
  readonly cosigners: readonly NamedKey[];
  readonly onLeaf?: (done: number, size: number) => void;
}

export interface AuditVerdict {
  readonly isGood: boolean;
  readonly origin: string;
  readonly size: number;
  readonly root: string;
  /** The first leaf that was read. */
  readonly from: number;
  readonly leaves: Readonly<Record<string, number>>;
  readonly findings: readonly { readonly index: number | null; readonly what: string }[];
  readonly cosignatures: readonly Cosignature[];
  /** The leaf by which the node revoked its own key. */
  readonly revokedAt: number | null;
  /** What was audited, for the next time. */
  readonly note: string;
}

type Finding = AuditVerdict['findings'][number];

export async function auditLog(options: AuditOptions): Promise<AuditVerdict> {
  const { source, primitives, node, cosigners } = options;
  const findings: Finding[] = [];
  const log = logKey(node);
  const note = await source.checkpoint();
  const checkpoint = await openCheckpoint(primitives, log, note);
  const cosignatures = await cosignaturesOf(primitives, checkpoint.note, cosigners);
  const old = options.from === null ? null : await openCheckpoint(primitives, log, options.from);
  const run = new Run(options, checkpoint, findings);
  const from = await run.start(old);
  const auditor = from === null ? null : await run.leaves(from);
  findings.push(...(auditor?.findings ?? []));
  return {
    isGood: findings.length === 0,
    origin: checkpoint.origin,
    size: checkpoint.size,
    root: hex(checkpoint.root),
    from: from?.size ?? 0,
    leaves: auditor?.counts ?? {},
    findings,
    cosignatures,
    revokedAt: auditor?.revokedAt ?? null,
    note,
  };
}

class Run {
  readonly #options: AuditOptions;
  readonly #checkpoint: SignedCheckpoint;
  readonly #findings: Finding[];

  constructor(options: AuditOptions, checkpoint: SignedCheckpoint, findings: Finding[]) {
    this.#options = options;
    this.#checkpoint = checkpoint;
    this.#findings = findings;
  }

  #find(what: string): void {
    this.#findings.push({ index: null, what });
  }

  /** The edge from which leaves are read: an empty one, or that of the older checkpoint; null when they contradict. */
  async start(old: SignedCheckpoint | null): Promise<TileEdge | null> {
    const { size, root } = this.#checkpoint;
    const empty = new TileEdge(this.#options.primitives);
    if (old === null) return empty;
    if (old.size > size) {
      this.#find(`the log has ${size} leaves, and had ${old.size}`);
      return null;
    }
    if (old.size === size && !equal(old.root, root)) {
      this.#find(`two roots are signed for ${size} leaves`);
      return null;
    }
    // Both trees are made of the same tiles: then the larger is the smaller one with leaves appended.
    if (!equal(await this.#rootAt(old.size), old.root)) {
      this.#find(`the first ${old.size} leaves are not those of the older checkpoint`);
      return null;
    }
    return this.#options.isFull ? empty : this.#edgeAt(old.size);
  }

  /** Reads and judges all leaves from the edge on. */
  async leaves(edge: TileEdge): Promise<Auditor> {
    const { primitives, node, onLeaf } = this.#options;
    const { size, root } = this.#checkpoint;
    const auditor = new Auditor(primitives, node, edge);
    for (let at = edge.size; at < size;) {
      const index = Math.floor(at / tileWidth);
      const width = widthIn(size, 'entries', index);
      const bundle = await this.#fetch({ level: 'entries', index, width });
      const leaves = bundle === null ? null : this.#entries(bundle, { level: 'entries', index, width });
      // Without this bundle no later leaf has its place.
      if (leaves === null) return auditor;
      for (const leaf of leaves.slice(at - index * tileWidth)) {
        for (const tile of await auditor.take(leaf)) {
          await this.#compare({ level: tile.level, index: tile.index, width: tileWidth }, tile.hashes);
        }
      }
      at = index * tileWidth + width;
      onLeaf?.(at, size);
    }
    await this.#comparePartial(auditor);
    if (!equal(auditor.root(), root)) this.#find('the root of the leaves is not the one that is signed');
    return auditor;
  }

  #entries(bundle: Uint8Array, name: TileName): readonly Uint8Array[] | null {
    try {
      return readEntries(bundle, name.width);
    } catch (thrown) {
      this.#find(`${tilePath(name)}: ${asFault(thrown).message}`);
      return null;
    }
  }

  async #comparePartial(auditor: Auditor): Promise<void> {
    const { size } = this.#checkpoint;
    for (let level = 0; Math.floor(size / tileWidth ** level) > 0; level++) {
      const count = Math.floor(size / tileWidth ** level);
      const width = count % tileWidth;
      const name = { level, index: Math.floor(count / tileWidth), width };
      if (width > 0) await this.#compare(name, auditor.partial(level));
    }
  }

  async #compare(name: TileName, expected: Uint8Array): Promise<void> {
    const served = await this.#fetch(name);
    if (served !== null && !equal(served, expected))
      this.#find(`the tile ${tilePath(name)} is not that of the leaves`);
  }

  /** A tile, or null after finding that it is not there. */
  async #fetch(name: TileName): Promise<Uint8Array | null> {
    try {
      return await this.#options.source.tile(name);
    } catch (thrown) {
      if (asFault(thrown).code !== 'unknown') throw thrown;
      this.#find(`the tile ${tilePath(name)} is missing`);
      return null;
    }
  }

  async #rootAt(size: number): Promise<Uint8Array> {
    const { primitives } = this.#options;
    const hashes: Uint8Array[] = [];
    for (const subtree of subtreesOf({ from: 0, to: size })) hashes.push(await this.#hash(subtree));
    return joined(primitives, hashes);
  }

  async #hash(subtree: Subtree): Promise<Uint8Array> {
    const { level, index } = placeOf(subtree);
    const tile = await this.#hashTile(level, index);
    return hashIn(this.#options.primitives, tile, subtree);
  }

  async #hashTile(level: number, index: number): Promise<Uint8Array> {
    const tile = await this.#fetch({ level, index, width: widthIn(this.#checkpoint.size, level, index) });
    if (tile === null) throw new Fault('unknown', 'a tile that the checkpoint covers');
    return tile;
  }

  /** The partial tiles of an older tree: its root, which is signed, has been made of the same hashes. */
  async #edgeAt(size: number): Promise<TileEdge> {
    const partial: Uint8Array[] = [];
    for (let level = 0; Math.floor(size / tileWidth ** level) > 0; level++) {
      const count = Math.floor(size / tileWidth ** level);
      const width = count % tileWidth;
      const tile =
        width === 0 ? new Uint8Array(0) : await this.#hashTile(level, Math.floor(count / tileWidth));
      partial.push(concat(...hashesOf(tile).slice(0, width)));
    }
    return new TileEdge(this.#options.primitives, size, partial);
  }
}
