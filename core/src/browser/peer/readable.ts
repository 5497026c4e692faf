/** Bytes of somebody else as a message, where they are one: the rest of what has come is used all the same. */

import type { Primitives } from '../../crypto/primitives.ts';
import { readMessage } from '../../social/message/message.ts';
import type { Message } from '../../social/message/terms.ts';

export function readable(primitives: Primitives, bytes: Uint8Array): Message | null {
  try {
    return readMessage(primitives, bytes.slice());
  } catch {
    return null;
  }
}
