/** How a person is called: by the name that she gave herself, or by the first digits of her key. */

import { fromBase64url, fromHex, hex } from 'copse/internal/base/bytes.ts';

/** Enough to tell the people on a page apart, and to read aloud. */
export function keyDigits(person: string): string {
  return `${person.slice(0, 4)} ${person.slice(4, 8)}`;
}

const KEY_BYTES = 32;

/** The key in what somebody pasted: hex or base64url, alone or at the end of an address of ours; or null. */
export function keyIn(text: string): string | null {
  const last =
    text
      .trim()
      .replace(/\/+$/u, '')
      .split(/[/#=\s]/u)
      .at(-1) ?? '';
  const bytes = fromHex(last.toLowerCase()) ?? fromBase64url(last);
  return bytes?.length === KEY_BYTES ? hex(bytes) : null;
}
