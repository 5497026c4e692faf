/**
 * Streams of `application/json`: what is appended is one value, or the values of one array; what is read is an
 * array. The text of the values is kept as it came, without the brackets, so numbers stay what they were.
 */

import { fromUtf8, utf8 } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';

/** The values in a body, separated by commas; empty for an empty array. Throws `malformed`. */
export function jsonValues(body: Uint8Array): Uint8Array {
  const text = fromUtf8(body);
  if (text === null) throw new Fault('malformed', 'the body is not UTF-8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Fault('malformed', 'the body is not JSON');
  }
  if (!Array.isArray(value)) return body;
  const inner = text.slice(text.indexOf('[') + 1, text.lastIndexOf(']'));
  return utf8(inner.trim());
}

/** The array of all values in these messages. */
export function jsonArray(messages: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let size = 2;
  for (const message of messages) size += message.length + 1;
  const out = new Uint8Array(size);
  let at = 0;
  out[at++] = OPEN;
  for (const [i, message] of messages.entries()) {
    if (i > 0) out[at++] = COMMA;
    out.set(message, at);
    at += message.length;
  }
  out[at++] = CLOSE;
  return out.subarray(0, at);
}

/** The first `count` values of a message, or null when it has fewer. */
export function firstValues(message: Uint8Array, count: number): Uint8Array | null {
  let left = count;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < message.length; at++) {
    const byte = message[at]!;
    if (quoted) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) quoted = false;
    } else if (byte === QUOTE) quoted = true;
    else if (byte === OPEN || byte === OPEN_OBJECT) depth++;
    else if (byte === CLOSE || byte === CLOSE_OBJECT) depth--;
    else if (byte === COMMA && depth === 0 && --left === 0) return message.subarray(0, at);
  }
  return left === 1 ? message : null;
}

const OPEN = 0x5b;
const CLOSE = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const COMMA = 0x2c;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
