/**
 * What is kept of HTML that somebody pastes: a tree of a few harmless elements, made without a parser of the browser,
 * because the policy of the page makes no markup of text (SPEC N4). What is not in the list is as if it were not
 * there; its text stays.
 */

import { safeLink } from './link.ts';

export type Pasted =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'element';
      readonly tag: string;
      readonly href: string | null;
      readonly children: Pasted[];
    };

const KEPT: ReadonlySet<string> = new Set(
  'p div br h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code b strong i em a tr'.split(' '),
);
const WITHOUT_TEXT = /<(script|style|head|title|template|noscript|svg|math)\b[\s\S]*?(<\/\1\s*>|$)/giu;
const COMMENT = /<!--[\s\S]*?(?:-->|$)/gu;
const DEPTH_MAX = 40;
/** The longest tag that is one: an address and a style. */
const TAG_CHARS_MAX = 4_000;
export const PASTED_CHARS_MAX = 300_000;

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  shy: '',
  hellip: '…',
  ndash: '–',
  mdash: '—',
  bull: '•',
};

/** Null for more than anybody reads. */
export function pastedOf(html: string): readonly Pasted[] | null {
  if (html.length > PASTED_CHARS_MAX) return null;
  const root: Pasted[] = [];
  const open: { readonly name: string; readonly children: Pasted[] }[] = [];
  for (const piece of piecesOf(html.replace(WITHOUT_TEXT, '').replace(COMMENT, ''))) {
    const here = open.at(-1)?.children ?? root;
    if (typeof piece === 'string') {
      here.push({ kind: 'text', text: decoded(piece) });
    } else if (piece.isEnd) {
      const at = open.findLastIndex(({ name }) => name === piece.name);
      if (at >= 0) open.splice(at);
    } else {
      const tag = meaning(piece);
      if (tag === null) continue;
      const children: Pasted[] = [];
      here.push({ kind: 'element', tag, href: tag === 'a' ? hrefOf(piece.attributes) : null, children });
      if (tag !== 'br' && open.length < DEPTH_MAX) open.push({ name: piece.name, children });
    }
  }
  return root;
}

interface Tag {
  readonly isEnd: boolean;
  readonly name: string;
  readonly attributes: string;
}

/** Texts and tags in turn; what begins as a tag and is none is text. */
function* piecesOf(html: string): Generator<string | Tag> {
  let textAt = 0;
  for (let at = html.indexOf('<'); at >= 0; at = html.indexOf('<', at + 1)) {
    const end = endOfTag(html, at + 1);
    const match = end === null ? null : /^(\/?)([a-z][a-z\d]*)/iu.exec(html.slice(at + 1, at + 32));
    if (end === null || match === null) continue;
    if (at > textAt) yield html.slice(textAt, at);
    const [whole, slash, name = ''] = match;
    yield {
      isEnd: slash === '/',
      name: name.toLowerCase(),
      attributes: html.slice(at + 1 + whole.length, end),
    };
    textAt = end + 1;
    at = end;
  }
  if (textAt < html.length) yield html.slice(textAt);
}

/** Where the tag ends that begins before `from`, or null. */
function endOfTag(html: string, from: number): number | null {
  let quote = '';
  const last = Math.min(html.length, from + TAG_CHARS_MAX);
  for (let at = from; at < last; at++) {
    const char = html.charAt(at);
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '>') return at;
    else if (char === '<') return null;
    else if (char === '"' || char === "'") quote = char;
  }
  return null;
}

/** What an element stands for, or null when it is as if it were not there. */
function meaning({ attributes, name: tag }: Tag): string | null {
  // Word processors write what is bold as a style, and what is not inside `b` too.
  if (tag === 'span' && /font-weight:\s*(bold|[6-9]00)/iu.test(attributes)) return 'strong';
  if (tag === 'span' && /font-style:\s*italic/iu.test(attributes)) return 'em';
  if (tag === 'b' && /font-weight:\s*(normal|[1-4]00)/iu.test(attributes)) return null;
  return KEPT.has(tag) ? tag : null;
}

function hrefOf(attributes: string): string | null {
  const match = /\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/iu.exec(attributes);
  const href = match?.[1] ?? match?.[2] ?? match?.[3];
  return href === undefined ? null : safeLink(decoded(href));
}

function decoded(text: string): string {
  return text.replace(/&(#x[\da-f]{1,6}|#\d{1,7}|[a-z]+);/giu, (whole, name: string) => {
    if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()] ?? whole;
    const code = /^#x/iu.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code > 0 && code <= 0x10_ffff ? String.fromCodePoint(code) : whole;
  });
}
