/**
 * The files of the web app: from `web/dist` when run from a checkout, beside the program when installed
 * from npm, from inside it when it is the single executable. Only files that the manifest of the build
 * names are ever served.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from 'copse/internal/base/fault.ts';
import { files as embedded } from './embedded.ts';
import { isRecord, parseJson } from './json.ts';

export interface Asset {
  readonly type: string;
  /** Its name holds its content: it may be cached for ever. */
  readonly immutable: boolean;
  /** A script that runs WebAssembly: it is served under a policy that lets it. */
  readonly runsWasm: boolean;
  /** Weak: the compressed form has the same one. */
  readonly etag: string;
  /** Read at the first request and kept: a build that goes on meanwhile changes nothing. */
  plain(): Promise<Uint8Array<ArrayBuffer>>;
  /** Compressed at the first request; null when that saves nothing. */
  gzipped(): Promise<Uint8Array<ArrayBuffer> | null>;
}

export interface Assets {
  /** The file of a path such as `/app-1a2b.js`, or null. */
  get(path: string): Asset | null;
}

interface FileRow {
  readonly path: string;
  readonly type: string;
  readonly sha256: string;
  readonly immutable: boolean;
  readonly runsWasm?: boolean;
}

/** Types that compress well; pictures and fonts are compressed already. */
const PLAIN = /^(text\/|application\/(json|manifest\+json|wasm)|image\/svg)/;
/** Below this a compressed answer has as many packets as the plain one. */
const GZIP_BYTES_MIN = 1024;

/** The app of this program, wherever it is kept; null when it has not been built. */
export function webAssets(): Assets | null {
  if (embedded !== null) return embeddedAssets(embedded);
  const here = import.meta.dirname;
  const directories = [join(here, '..', '..', '..', 'web', 'dist'), join(here, 'web')];
  const directory = directories.find((candidate) => existsSync(join(candidate, 'manifest.json')));
  return directory === undefined ? null : assetsIn(directory);
}

function embeddedAssets(pathByName: Readonly<Record<string, string>>): Assets {
  const locate = (name: string): string => {
    const path = pathByName[name];
    if (path === undefined) throw new Fault('corrupt', `The executable has no file ${name}.`);
    return path;
  };
  return assetsOf(readManifest(locate('manifest.json')), locate);
}

/** Assets of a build directory. */
export function assetsIn(directory: string): Assets {
  const rows = readManifest(join(directory, 'manifest.json'));
  return assetsOf(rows, (name) => join(directory, name));
}

function assetsOf(rows: readonly FileRow[], locate: (name: string) => string): Assets {
  const assetByPath = new Map(rows.map((row) => [`/${row.path}`, assetOf(row, locate(row.path))]));
  return { get: (path) => assetByPath.get(path === '/' ? '/index.html' : path) ?? null };
}

function assetOf({ type, immutable, sha256, runsWasm = false }: FileRow, place: string): Asset {
  const plain = once(() => Bun.file(place).bytes());
  const gzipped = once(async () => {
    if (!PLAIN.test(type)) return null;
    const bytes = await plain();
    if (bytes.length < GZIP_BYTES_MIN) return null;
    const small = Bun.gzipSync(bytes, { level: 9 });
    return small.length < bytes.length ? small : null;
  });
  return { type, immutable, runsWasm, etag: `W/"${sha256.slice(0, 32)}"`, plain, gzipped };
}

/** Asked again after a failure only. */
function once<T>(task: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | null = null;
  return () => {
    kept ??= task().catch((thrown: unknown) => {
      kept = null;
      throw thrown;
    });
    return kept;
  };
}

function readManifest(path: string): readonly FileRow[] {
  const value = parseJson(readFileSync(path, 'utf8'));
  const rows = isRecord(value) ? value['files'] : undefined;
  if (!Array.isArray(rows) || !rows.every(isFileRow))
    throw new Fault('corrupt', `${path} is not the manifest of the web app.`);
  return rows;
}

/** Names stay inside the directory. */
const NAME = /^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/;

function isFileRow(value: unknown): value is FileRow {
  if (!isRecord(value)) return false;
  const { path, type, sha256, immutable, runsWasm } = value;
  if (runsWasm !== undefined && typeof runsWasm !== 'boolean') return false;
  if (typeof path !== 'string' || !NAME.test(path)) return false;
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) return false;
  return typeof type === 'string' && typeof immutable === 'boolean';
}
