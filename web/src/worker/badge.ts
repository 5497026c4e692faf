/**
 * The number on the icon with a push (SPEC I10): what the message says at once, and then what the node counts now, when
 * it answers in time. Messages come late and in any order, and nothing is remembered between them.
 */

import type { Notice } from '../logic/notice-words.ts';

export interface BadgeGate {
  /** 0: none. */
  show(count: number): Promise<void>;
  /** Null when the node does not answer in time, or nobody is signed in. */
  unread(): Promise<number | null>;
}

export async function countWith(notice: Notice | null, gate: BadgeGate): Promise<void> {
  const said = notice === null || notice.kind === 'test' ? null : notice.badge;
  if (said !== null) await gate.show(said);
  const now = await gate.unread();
  if (now !== null && now !== said) await gate.show(now);
}
