/**
 * Names under which later messages take the place of earlier ones: at the push service (RFC 8030, section 5.4) and
 * on the screen. The push service sees them, so they say nothing without the node's secret.
 */

import { createHmac } from 'node:crypto';

import { base64url, concat, utf8 } from 'copse/internal/base/bytes.ts';

/** Bytes that make 32 characters, the most that a topic has. */
const TOPIC_BYTES = 24;

/** One topic for the same words; `secret` is the node's and 32 bytes long. */
export function topicOf(secret: Uint8Array, ...words: readonly string[]): string {
  const bytes = concat(utf8('copse push topic\0'), ...words.map((word) => utf8(`${word.length}:${word}`)));
  const mac = createHmac('sha256', secret).update(bytes).digest();
  return base64url(mac.subarray(0, TOPIC_BYTES));
}
