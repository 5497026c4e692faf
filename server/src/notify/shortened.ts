/** What a push service said, as far as it fits: a text of so many bytes, cut between two characters. */

import { utf8 } from 'copse/internal/base/bytes.ts';

export function shortened(text: string, bytesMax: number): string {
  const bytes = utf8(text).subarray(0, bytesMax);
  // A decoder in the middle of a stream keeps back the character that is not whole yet.
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes, { stream: true });
}
