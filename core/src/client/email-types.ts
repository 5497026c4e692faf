/** What the parts of e-mail on an application's side share (`email.ts`, `email-invite.ts`). */

import type { Env } from '../base/env.ts';
import type { Key } from '../base/ids.ts';
import type { Primitives } from '../crypto/primitives.ts';
import type { Carry } from './facet-tunnel.ts';
import type { Names } from './names.ts';
import type { Trust } from './trust.ts';

/** The application's own end. */
export interface EmailSelf {
  readonly env: Env;
  readonly primitives: Primitives;
  readonly node: Key;
  readonly pass: Carry;
  /** What a new device gets, and the key of this one. */
  readonly handing: () => Promise<{ readonly device: Uint8Array; readonly handed: Uint8Array }>;
  readonly names: () => Promise<Names>;
}

export interface EmailInvitation {
  readonly user: Key;
  /** What this device knows of her key by itself: the node could name another. */
  readonly trust: Trust;
  /** To be sent to her; null when she has stated no key. */
  readonly text: string | null;
}
