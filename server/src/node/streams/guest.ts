/** Who asks for a stream, and what she may do with it at this moment (SPEC F6, F10, F11). */

import type { Admitted } from '../../tail/bearer.ts';

export type Need = 'read' | 'write' | 'admin';

export interface Guest {
  /** The device that has proven its key, when one has. */
  readonly caller: Admitted | null;
  /** Whether what she reads is the same for everybody, so that caches may share it. */
  readonly isPublic: boolean;
  /** Throws when she may not, or no longer; answers the key epoch under which entries are taken. */
  check(need: Need): Promise<number> | number;
}

/** Whoever may use the streams without a site at all may do everything with them. */
export function openGuest(isPublic: boolean): Guest {
  return { caller: null, isPublic, check: () => 0 };
}
