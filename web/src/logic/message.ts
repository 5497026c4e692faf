/**
 * What an entry of a conversation says. The app writes `{ text }`; a log may hold entries of other
 * applications, which are shown as what they are instead of being hidden.
 */

export type Message =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'other'; readonly json: string };

/** Longest text of one message: an entry holds 64 KiB sealed, and a letter takes at most four bytes. */
export const messageCharsMax = 8_000;
const otherCharsMax = 600;

export function messageOf(value: unknown): Message {
  if (typeof value === 'string') return { kind: 'text', text: value };
  if (typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string') {
    return { kind: 'text', text: value.text };
  }
  return { kind: 'other', json: shorten(jsonOf(value), otherCharsMax) };
}

/** One line for a list or a spoken announcement. */
export function messageLine(value: unknown): string {
  const message = messageOf(value);
  if (message.kind === 'other') return 'An entry of another application';
  return shorten(message.text.replaceAll(/\s+/gu, ' ').trim(), 140);
}

/** What the composer sends, or null when there is nothing to say. */
export function valueOf(text: string): { readonly text: string } | null {
  const trimmed = text.replaceAll(/[ \t]+\n/gu, '\n').trim();
  return trimmed === '' ? null : { text: trimmed };
}

function jsonOf(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  try {
    return JSON.stringify(value, null, 1) ?? String(value);
  } catch {
    return String(value);
  }
}

function shorten(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}
