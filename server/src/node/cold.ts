/** The operator's choice for old chunks: where they go and when (SPEC B1), and how they are fetched from there. */

import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { BucketBlobs } from '../store/blobs-bucket.ts';
import { FolderBlobs } from '../store/blobs-folder.ts';
import type { BlobStore } from '../store/blobs.ts';
import type { Cold } from '../store/cold-moves.ts';
import { BlobSigner } from './blob-address.ts';
import { BlobDoor } from './blob-door.ts';
import { bucketOf } from './cold-place.ts';
import type { Settings } from './settings.ts';

/** In the data directory. */
export const COLD_KEY_FILE = 'cold.key';
const DAY_MS = 86_400_000;

export interface NodeCold {
  readonly store: Cold;
  readonly addresses: BlobSigner;
  readonly door: BlobDoor;
}

export interface ColdNeeds {
  readonly primitives: Primitives;
  readonly env: Env;
  /** Of the node: addresses are made with it. */
  readonly seed: Uint8Array;
  /** The node's own address. */
  readonly node: () => string;
}

/** Null when everything stays where it is. */
export function openCold(settings: Settings, needs: ColdNeeds): NodeCold | null {
  const blobs = coldBlobs(settings, needs.env);
  if (blobs === null) return null;
  const addresses = new BlobSigner({ ...needs, blobs });
  const door = new BlobDoor({ blobs, signer: addresses, node: needs.node });
  return { store: { blobs, afterMs: settings.coldDays * DAY_MS }, addresses, door };
}

type Place = Pick<Settings, 'cold' | 'coldRegion' | 'data'>;

/** The place that the settings name; throws `config` when its key is missing. */
export function coldBlobs(settings: Place, env: Env): BlobStore | null {
  const { cold, data } = settings;
  if (cold === '') return null;
  const bucket = bucketOf(cold);
  if (bucket === null) return new FolderBlobs(isAbsolute(cold) ? cold : join(data, cold));
  const keyFile = join(data, COLD_KEY_FILE);
  return bucketBlobs(env, { setting: 'cold', bucket, region: settings.coldRegion, keyFile });
}

export interface BucketSetting {
  readonly setting: string;
  readonly bucket: NonNullable<ReturnType<typeof bucketOf>>;
  readonly region: string;
  readonly keyFile: string;
}

/** A bucket whose key is in a file; throws `config` when it is not. */
export function bucketBlobs(env: Env, { setting, bucket, region, keyFile }: BucketSetting): BlobStore {
  return new BucketBlobs(env, { ...bucket, region, ...keyOf(setting, keyFile) });
}

/** Access key and secret of the bucket, a line each. */
function keyOf(setting: string, path: string): { readonly id: string; readonly secret: string } {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trim().split(/\s+/) : [];
  const [id = '', secret = ''] = lines;
  if (lines.length === 2) return { id, secret };
  throw new Fault(
    'config',
    `\`${setting}\` is a bucket: put its access key and its secret into ${path}, a line each.`,
  );
}
