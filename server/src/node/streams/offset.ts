/**
 * Offsets of a stream as clients see them: how many entries stand before, in sixteen digits so that they sort as
 * text, and a second number that is zero. Known clients raise the second one to say that they have read as far as
 * the first, so any is taken and none counts.
 */

import { Fault } from 'copse/internal/base/fault.ts';

const DIGITS = 16;
const WITHIN = `_${'0'.repeat(DIGITS)}`;
const OFFSET = /^(\d{16})_\d{16}$/;

export type AskedOffset = 'now' | number;

export function offsetText(offset: number): string {
  return String(offset).padStart(DIGITS, '0') + WITHIN;
}

/** Throws `malformed` for what is no offset. */
export function readOffset(text: string): AskedOffset {
  if (text === '-1') return 0;
  if (text === 'now') return 'now';
  const digits = OFFSET.exec(text)?.[1];
  if (digits !== undefined) return Number(digits);
  throw new Fault('malformed', 'no offset of this node');
}
