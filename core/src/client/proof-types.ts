/** What the proofs of a device are about, for those who keep them and those who look at them (`proofs.ts`). */

import type { Key, LogId, SiteId } from '../base/ids.ts';
import type { TailRemote } from '../api/tail.ts';
import type { Primitives } from '../crypto/primitives.ts';
import type { Keep } from './keep.ts';

export interface ProofParts {
  readonly primitives: Primitives;
  readonly keep: Keep;
  readonly user: Key;
  readonly device: { readonly seed: Uint8Array };
  readonly wallMs: () => number;
}

/** What a node was asked for when it wanted a proof, and with which nonce. */
export interface Wanted {
  readonly remote: TailRemote;
  readonly node: Key;
  readonly site: SiteId;
  readonly log: LogId;
  readonly want: 'read' | 'write';
  readonly nonce: Uint8Array;
}

/** Rows are `proof/<site>/<permissions>/<beginning of the id>`. */
export const PROOFS = 'proof/';
