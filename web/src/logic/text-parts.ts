/** Addresses in what people write, so that they can be followed. Only http and https; nothing else becomes a link. */

export type TextPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string };

const ADDRESS = /https?:\/\/[^\s<>"'`]+/giu;
/** What ends a sentence does not belong to the address before it. */
const TRAILING = /[.,;:!?)\]}…»]+$/u;

export function textParts(text: string): readonly TextPart[] {
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
  const trimmed = address.replace(TRAILING, '');
  const opens = trimmed.split('(').length - trimmed.split(')').length;
  return opens === 1 && address.charAt(trimmed.length) === ')' ? `${trimmed})` : trimmed;
}
