/** The proof of a sealed right as text that people send (SPEC U32); in a file it is the bytes alone. */

import { base64url, fromBase64url } from 'copse/internal/base/bytes.ts';

const PREFIX = 'copse-proof:';

export function proofText(proof: Uint8Array): string {
  return PREFIX + base64url(proof);
}

/** Null: it is none, or was cut. Line breaks that a letter put in do not matter. */
export function proofIn(text: string): Uint8Array | null {
  const body = text.replaceAll(/\s+/gu, '');
  const at = body.indexOf(PREFIX);
  const bytes = at === -1 ? null : fromBase64url(body.slice(at + PREFIX.length));
  return bytes === null || bytes.length === 0 ? null : bytes;
}
