/** Authors of whom a peer shows nothing, though it keeps what they wrote (SPEC Z14). */

import type { Key } from '../../base/ids.ts';
import type { Primitives } from '../../crypto/primitives.ts';
import { readMessage } from '../message/message.ts';
import type { StoredMessage } from '../store/store.ts';

export interface Hidden {
  readonly size: number;
  has(author: Key): boolean;
  /** What was decided before is known. */
  readonly isSettled: boolean;
  settled(): Promise<void>;
}

/** The rows that are shown; where nobody is hidden it costs nothing. */
export function shown(
  primitives: Primitives,
  hidden: Hidden | undefined,
  rows: readonly StoredMessage[],
): readonly StoredMessage[] {
  if (hidden === undefined || hidden.size === 0) return rows;
  return rows.filter(({ bytes }) => !isOf(primitives, hidden, bytes));
}

/** Whether a message is of one of these. */
export function isOf(primitives: Primitives, hidden: Hidden, bytes: Uint8Array): boolean {
  return hidden.has(readMessage(primitives, bytes).from);
}
