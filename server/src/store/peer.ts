/** The messages of a node, in one SQLite file of its own (`copse/internal/social/store/sqlite.ts`). */

import type { Env } from 'copse/internal/base/env.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { PEER_STEPS } from 'copse/internal/social/store/schema.ts';
import { SqlitePeer } from 'copse/internal/social/store/sqlite.ts';
import type { PeerStore } from 'copse/internal/social/store/store.ts';
import { CHECKPOINT_PAGES, Checkpoints } from './checkpoints.ts';
import { openMigrated, type Schema } from './migrate.ts';

export interface OpenPeerStore {
  /** A file, or `:memory:`. */
  readonly path: string;
  readonly primitives: Primitives;
  readonly env: Pick<Env, 'random'>;
}

export const PEER_SCHEMA: Schema = { name: 'the messages', steps: PEER_STEPS };

/** Index pages are touched all over the file: what is read and written within a minute should stay in memory. */
const OPENING = { pageBytes: 4096, cacheBytes: 128 << 20, checkpointPages: CHECKPOINT_PAGES };

export function openPeerStore({ path, primitives, env }: OpenPeerStore): PeerStore {
  const database = openMigrated(path, PEER_SCHEMA, OPENING);
  const checkpoints = new Checkpoints(database, path);
  const onCommit = (): void => checkpoints.committed();
  const onClose = (): Promise<void> => checkpoints[Symbol.asyncDispose]();
  return new SqlitePeer({ database, primitives, env, onCommit, onClose });
}
