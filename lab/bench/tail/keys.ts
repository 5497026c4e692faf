/** The keys of a benchmark: known to both sides, good for nothing else. */

import { key } from 'copse/internal/base/ids.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';

export const SHARD_KEY = new Uint8Array(32).fill(7);
export const NODE_KEY = key(await nativePrimitives().ed25519PublicKey(new Uint8Array(32).fill(9)));
