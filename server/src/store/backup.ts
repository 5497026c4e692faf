/**
 * Backup and restore of a data directory (SPEC J9).
 *
 * A backup may be made while the node runs, by another process. It is one moment of the directory: the
 * databases are pinned by read transactions, chunks before the journal, so that what had left the journal
 * then is in the chunks; if compaction came in between, they are pinned anew. Then each is copied.
 * `manifest.json` lists every file with its size and SHA-256, as `sha256sum` prints it, and is written last.
 *
 * A restore verifies everything before anybody sees it: the hashes, the databases, the journal's chain
 * and every chunk. It is built beside its target and moved there as a whole.
 *
 * Both read and write everything at once: run them in a process of their own.
 */

import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { Fault } from 'copse/internal/base/fault.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';

import { pinned } from './backup-copy.ts';
import { fileHash, syncPath } from './backup-files.ts';
import { readManifest, type Manifest, type ManifestFile } from './backup-manifest.ts';
import { isBlobName } from './blobs.ts';
import { CHUNK_FILE } from './chunks-open.ts';
import { ChunkReader } from './chunks-reader.ts';
import { shardProblems } from './log-store-verify.ts';
import { unsettleNotices } from './notices-restored.ts';
import { takeGuessesBack } from './recovery-restored.ts';
import { openDatabase } from './sqlite.ts';

export interface BackupOptions {
  /** The data directory, also of a running node. */
  readonly directory: string;
  /** Made by the backup. */
  readonly target: string;
  readonly nowMs: number;
  /** Of the program, for people. */
  readonly version: string;
  readonly onFile?: (file: ManifestFile) => void;
}

const MANIFEST = 'manifest.json';
/**
 * What a running node makes anew, who listens where among it (SPEC I11); and the memory of a witness, which must
 * never be set back (SPEC M16).
 */
const LEFT_OUT = /^lock(\.pid)?$|^(witness|notify|exchange)\.sqlite$|-(wal|shm|journal)$|\.part$/;

export function backUp(options: BackupOptions): Manifest {
  const { directory, target, nowMs, version, onFile = () => {} } = options;
  refuseFull(target);
  const paths = filesIn(directory).filter((path) => !LEFT_OUT.test(path));
  if (paths.length === 0) throw new Fault('usage', `There is no data in ${directory}.`);
  mkdirSync(target, { recursive: true, mode: 0o700 });
  const files: ManifestFile[] = [];
  const add = (path: string): void => {
    const file = { path, bytes: statSync(join(target, path)).size, sha256: fileHash(join(target, path)) };
    files.push(file);
    onFile(file);
  };
  const databases = paths.filter((path) => path.endsWith('.sqlite'));
  for (const copy of pinned(directory, databases)) {
    copy.to(join(target, copy.path));
    add(copy.path);
  }
  // Looked for only now: what the databases name of blobs is there, though it may have come after the start.
  for (const path of filesIn(directory)) {
    if (LEFT_OUT.test(path) || path.endsWith('.sqlite')) continue;
    // One that nobody needs any more may go meanwhile.
    if (isBlobName(basename(path)) && !existsSync(join(directory, path))) continue;
    copyFile(join(directory, path), join(target, path));
    add(path);
  }
  const manifest: Manifest = { format: 1, version, createdMs: nowMs, files };
  writeFileSync(join(target, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
  syncPath(join(target, MANIFEST));
  syncPath(target);
  return manifest;
}

export interface RestoreOptions {
  /** Where the backup is. */
  readonly from: string;
  /** An empty directory, or one that does not exist. */
  readonly directory: string;
  readonly primitives: Primitives;
  readonly onFile?: (file: ManifestFile) => void;
}

/** Throws `corrupt` with the first problem when the backup is not as it was made; then nothing was put anywhere. */
export async function restore(options: RestoreOptions): Promise<Manifest> {
  const { from, directory, primitives, onFile = () => {} } = options;
  refuseFull(directory);
  const manifest = readManifest(join(from, MANIFEST));
  const beside = `${directory}.restoring`;
  rmSync(beside, { recursive: true, force: true });
  mkdirSync(beside, { recursive: true, mode: 0o700 });
  try {
    for (const file of manifest.files) {
      restoreFile(from, beside, file);
      onFile(file);
    }
    await verify(beside, primitives);
    const blobs = manifest.files.map(({ path }) => basename(path)).filter(isBlobName);
    if (blobs.length > 0) refuseMissing(beside, new Set(blobs));
    for (const path of filesIn(beside).filter((each) => each.endsWith('.sqlite'))) {
      takeGuessesBack(join(beside, path));
      unsettleNotices(join(beside, path));
    }
    if (existsSync(directory)) rmdirSync(directory);
    renameSync(beside, directory);
    syncPath(dirname(directory));
    return manifest;
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

function restoreFile(from: string, beside: string, file: ManifestFile): void {
  const source = join(from, file.path);
  if (!existsSync(source)) throw new Fault('corrupt', `The backup has no ${file.path}.`);
  copyFile(source, join(beside, file.path));
  // What is checked is the copy: it is what will be used.
  const { size } = statSync(join(beside, file.path));
  if (size !== file.bytes || fileHash(join(beside, file.path)) !== file.sha256) {
    throw new Fault('corrupt', `${file.path} is not as it was backed up.`);
  }
}

async function verify(directory: string, primitives: Primitives): Promise<void> {
  for (const path of filesIn(directory)) {
    if (path.endsWith('.sqlite')) verifyDatabase(directory, path);
    if (!path.endsWith(CHUNK_FILE)) continue;
    for await (const { where, what } of shardProblems(dirname(join(directory, path)), primitives)) {
      throw new Fault('corrupt', `In ${path}, ${where}: ${what}.`);
    }
  }
}

/** A backup that has blobs has all that it names; those of a place elsewhere are in no backup. */
function refuseMissing(directory: string, there: ReadonlySet<string>): void {
  for (const path of filesIn(directory)) {
    if (!path.endsWith(CHUNK_FILE)) continue;
    using database = openDatabase(join(directory, path), { readonly: true });
    for (const { blob } of new ChunkReader(database).cold()) {
      if (!there.has(blob))
        throw new Fault('corrupt', `The backup has no blob ${blob}, which ${path} names.`);
    }
  }
}

function verifyDatabase(directory: string, path: string): void {
  using database = openDatabase(join(directory, path), { readonly: true });
  const rows = database.prepare<{ integrity_check: string }>('PRAGMA integrity_check(1)').all();
  const [first] = rows;
  if (first?.integrity_check !== 'ok') throw new Fault('corrupt', `${path}: ${first?.integrity_check ?? ''}`);
}

function refuseFull(directory: string): void {
  if (!existsSync(directory) || readdirSync(directory).length === 0) return;
  throw new Fault('usage', `${directory} is not empty.`);
}

/** Keeps who may read it: the node's key is for its owner alone. */
function copyFile(source: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  copyFileSync(source, target);
  chmodSync(target, statSync(source).mode & 0o777);
  syncPath(target);
}

/** Paths of all files under a directory, relative to it, with `/`. */
function filesIn(directory: string, under = ''): string[] {
  return readdirSync(join(directory, under), { withFileTypes: true }).flatMap((entry) => {
    const path = under === '' ? entry.name : `${under}/${entry.name}`;
    if (entry.isDirectory()) return filesIn(directory, path);
    return entry.isFile() ? [path] : [];
  });
}
