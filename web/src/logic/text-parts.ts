/**
 * Addresses in what people write, so that they can be followed, and names of members behind an `@`. Only http and
 * https; nothing else becomes a link.
 */

import { everyone, mentionSpots, type Named } from './mentions.ts';

export type TextPart =
  | { readonly kind: 'text'; readonly text: string }
  /** `users`: whoever has that name; null: everyone. */
  | { readonly kind: 'mention'; readonly text: string; readonly users: readonly string[] | null }
  | { readonly kind: 'link'; readonly text: string; readonly href: string };

const ADDRESS = /https?:\/\/[^\s<>"'`]+/giu;
/** What ends a sentence does not belong to the address before it. */
const TRAILING = '.,;:!?)]}…»';

export function textParts(text: string, members: readonly Named[] = []): readonly TextPart[] {
  const parts = linkParts(text);
  if (members.length === 0 || !text.includes('@')) return parts;
  return parts.flatMap((part) => (part.kind === 'text' ? mentionParts(part.text, members) : [part]));
}

function mentionParts(text: string, members: readonly Named[]): readonly TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const { at, name } of mentionSpots(text, [...members.map((each) => each.name), everyone.name])) {
    if (at > end) parts.push({ kind: 'text', text: text.slice(end, at) });
    end = at + 1 + name.length;
    const users = members.filter((member) => member.name === name).map(({ user }) => user);
    parts.push({ kind: 'mention', text: text.slice(at, end), users: users.length === 0 ? null : users });
  }
  if (end < text.length) parts.push({ kind: 'text', text: text.slice(end) });
  return parts;
}

function linkParts(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let at = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = trimAddress(match[0]);
    if (!URL.canParse(address)) continue;
    if (match.index > at) parts.push({ kind: 'text', text: text.slice(at, match.index) });
    parts.push({ kind: 'link', text: address, href: address });
    at = match.index + address.length;
  }
  if (at < text.length) parts.push({ kind: 'text', text: text.slice(at) });
  return parts;
}

/** A closing bracket stays when the address opened one: links to encyclopedias have them. */
function trimAddress(address: string): string {
  // By hand: an expression would look from every character on to the end of a long row of brackets.
  let end = address.length;
  while (end > 0 && TRAILING.includes(address.charAt(end - 1))) end -= 1;
  const trimmed = address.slice(0, end);
  const opens = trimmed.split('(').length - trimmed.split(')').length;
  return opens === 1 && address.charAt(trimmed.length) === ')' ? `${trimmed})` : trimmed;
}
