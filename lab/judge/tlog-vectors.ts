/**
 * The Merkle vectors of transparency-dev/merkle, most of them false claims that must be refused. Claims about a
 * subtree are claims about a tree of its own when the subtree begins where one may; the consistency of subtrees
 * (draft-ietf-plants-merkle-tree-certs) is no part of what we speak and is not judged.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { isConsistent, isIncluded } from 'copse/internal/crypto/merkle.ts';
import { fromBase64 } from 'copse/internal/transparency/note.ts';

type Json = Readonly<Record<string, unknown>>;
export type Check = (isRight: boolean, what: string) => void;

const primitives = nativePrimitives();
/** Less means that the folder is not the one that is meant. */
const COUNTS = { inclusion: 98, consistency: 98, subtreeinclusion: 204 } as const;

export function judgeVectors(folder: string, check: Check): void {
  for (const [kind, count] of Object.entries(COUNTS)) {
    const files = filesIn(join(folder, 'merkle', kind));
    check(files.length >= count, `${kind}: ${count} vectors, not ${files.length}`);
    for (const file of files) {
      const vector = JSON.parse(readFileSync(file, 'utf8')) as Json;
      const isHeld = kind === 'consistency' ? holdsConsistency(vector) : holdsInclusion(vector);
      check(isHeld !== vector['wantErr'], `${kind} ${file.slice(folder.length)}: ${String(vector['desc'])}`);
    }
    console.log(`vectors of ${kind}: ${files.length}`);
  }
}

function filesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.json')).map((name) => join(folder, name));
}

function holdsConsistency(vector: Json): boolean {
  return isConsistent(primitives, {
    old: Number(vector['size1']),
    size: Number(vector['size2']),
    oldRoot: bytes(vector['root1']),
    root: bytes(vector['root2']),
    proof: list(vector['proof']),
  });
}

function holdsInclusion(vector: Json): boolean {
  const start = Number(vector['start'] ?? 0);
  const end = Number(vector['end'] ?? vector['treeSize']);
  const claim = {
    leaf: bytes(vector['leafHash']),
    root: bytes(vector['root']),
    proof: list(vector['proof']),
  };
  const size = end - start;
  const isSubtree = start === 0 || (size > 0 && start % 2 ** Math.ceil(Math.log2(size)) === 0);
  return isSubtree && isIncluded(primitives, { index: Number(vector['leafIdx']) - start, size, ...claim });
}

function bytes(value: unknown): Uint8Array {
  return fromBase64(typeof value === 'string' ? value : '') ?? new Uint8Array(0);
}

function list(value: unknown): readonly Uint8Array[] {
  return Array.isArray(value) ? value.map(bytes) : [];
}
