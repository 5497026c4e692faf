/**
 * The files of the web app: from `web/dist` when run from a checkout or package, from inside the
 * executable when compiled. Only files named in the build's manifest are ever served.
 */

import { join } from 'node:path';

export interface Asset {
  readonly body: Blob;
  readonly type: string;
  /** Content is part of the name: it may be cached for ever. */
  readonly immutable: boolean;
  readonly etag: string;
}

export interface Assets {
  /** The file of a path such as `/app-1a2b.js`, or null. */
  get(path: string): Asset | null;
}

interface Manifest {
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  json: 'application/json',
  webmanifest: 'application/manifest+json',
  woff2: 'font/woff2',
  txt: 'text/plain; charset=utf-8',
};

/** A path whose name carries a hash of its content, such as `app-0a1b2c3d.js`. */
const HASHED = /-[0-9a-z]{8,}\.[a-z0-9]+$/;

function typeOf(path: string): string {
  return TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
}

/** Assets whose bytes are found by `locate`, listed by the manifest. */
export function assetsOf(manifest: Manifest, locate: (path: string) => string): Assets {
  const assetByPath = new Map<string, Asset>();
  for (const file of manifest.files) {
    const path = `/${file.path.replace(/^\//, '')}`;
    assetByPath.set(path, {
      body: Bun.file(locate(file.path)),
      type: typeOf(path),
      immutable: HASHED.test(path),
      etag: `"${file.sha256.slice(0, 32)}"`,
    });
  }
  return { get: (path) => assetByPath.get(path === '/' ? '/index.html' : path) ?? null };
}

/** Assets of a build directory; null when it has not been built. */
export async function assetsIn(directory: string): Promise<Assets | null> {
  const manifest = Bun.file(join(directory, 'manifest.json'));
  if (!(await manifest.exists())) return null;
  const read = (await manifest.json()) as Manifest;
  return assetsOf(read, (path) => join(directory, path));
}
