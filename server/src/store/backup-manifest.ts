/** What a backup consists of. */

import { readFileSync } from 'node:fs';

import { Fault } from 'copse/internal/base/fault.ts';

export interface ManifestFile {
  /** Relative to the backup, with `/`. */
  readonly path: string;
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
}

export interface Manifest {
  readonly format: 1;
  /** Of the program that made it. */
  readonly version: string;
  readonly createdMs: number;
  readonly files: readonly ManifestFile[];
}

const FORMAT = 1;
const HASH = /^[0-9a-f]{64}$/;
/** Names of plain characters, not beginning with a dot: nothing leads out of the directory. */
const PATH = /^\w[\w.-]*(\/\w[\w.-]*)*$/;

/** Reads a manifest; what is not one is `corrupt`, one of a newer program `newer`. */
export function readManifest(path: string): Manifest {
  const value = parse(path);
  const { format, version, createdMs, files } = value;
  if (typeof format === 'number' && format > FORMAT) {
    throw new Fault('newer', `The backup has format ${format}, this program knows ${FORMAT}.`);
  }
  const isWhole =
    format === FORMAT && typeof version === 'string' && typeof createdMs === 'number' && Array.isArray(files);
  if (!isWhole) throw new Fault('corrupt', `${path} is not the manifest of a backup.`);
  return { format: FORMAT, version, createdMs, files: files.map((file: unknown) => fileOf(path, file)) };
}

function parse(path: string): Partial<Record<keyof Manifest, unknown>> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof value === 'object' && value !== null) return value;
  } catch (cause) {
    throw new Fault('corrupt', `${path} cannot be read.`, { cause });
  }
  throw new Fault('corrupt', `${path} is not the manifest of a backup.`);
}

function fileOf(manifest: string, value: unknown): ManifestFile {
  const { path, bytes, sha256 } = (value ?? {}) as Partial<Record<keyof ManifestFile, unknown>>;
  const isWhole = typeof path === 'string' && typeof bytes === 'number' && typeof sha256 === 'string';
  if (isWhole && PATH.test(path) && HASH.test(sha256)) return { path, bytes, sha256 };
  throw new Fault('corrupt', `${manifest} lists something that is not a file of a backup.`);
}
