/** The operator's choice for old chunks: where they go and when (SPEC B1), and how they are fetched from there. */

import { join } from 'node:path';

import type { Env } from 'copse/internal/base/env.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { FolderBlobs } from '../store/blobs-folder.ts';
import type { BlobStore } from '../store/blobs.ts';
import type { Cold } from '../store/cold-moves.ts';
import { BlobSigner } from './blob-address.ts';
import { BlobDoor } from './blob-door.ts';
import type { Settings } from './settings.ts';

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
  const blobs = coldBlobs(settings);
  if (blobs === null) return null;
  const addresses = new BlobSigner({ ...needs, blobs });
  const door = new BlobDoor({ blobs, signer: addresses, node: needs.node });
  return { store: { blobs, afterMs: settings.coldDays * DAY_MS }, addresses, door };
}

/** The place that the settings name. */
export function coldBlobs({ cold, data }: Pick<Settings, 'cold' | 'data'>): BlobStore | null {
  return cold === '' ? null : new FolderBlobs(coldFolder(data, cold));
}

function coldFolder(data: string, cold: string): string {
  return cold.startsWith('/') ? cold : join(data, cold);
}
