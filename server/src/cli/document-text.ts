/**
 * The text of a document as Markdown (CommonMark 0.31), from the elements that the app's editor writes. What other
 * editors write is shown by its text alone; nothing of it steers the Markdown.
 */

import { XmlElement, XmlText, type XmlFragment } from 'yjs';

type Parent = XmlElement | XmlFragment;

/** Lists in lists in quotes: deeper than anybody writes, and less than a stack takes. */
const DEPTH_MAX = 32;
const QUOTE = '> ';
const BULLET = '- ';

/** Blocks with an empty line between them; empty for an empty document. */
export function markdownOf(fragment: XmlFragment): string {
  return blocksOf(fragment, 0).join('\n\n');
}

function blocksOf(parent: Parent, depth: number): readonly string[] {
  if (depth > DEPTH_MAX) return ['…'];
  return parent
    .toArray()
    .map((child) => (child instanceof XmlElement ? blockOf(child, depth) : textOf(child)))
    .filter((block) => block !== '');
}

function blockOf(element: XmlElement, depth: number): string {
  switch (element.nodeName) {
    case 'paragraph':
      return atStart(inlineOf(element, depth));
    case 'heading':
      return `${'#'.repeat(String(element.getAttribute('level')) === '3' ? 3 : 2)} ${inlineOf(element, depth).replaceAll('\n', ' ')}`;
    case 'blockquote':
      return prefixed(blocksOf(element, depth + 1).join('\n\n'), QUOTE, QUOTE);
    case 'code_block':
      return fenced(plainOf(element));
    case 'bullet_list':
      return itemsOf(element, depth, () => BULLET);
    case 'ordered_list':
      return itemsOf(element, depth, (i) => `${i + 1}. `);
    default:
      return blocksOf(element, depth + 1).join('\n\n');
  }
}

function itemsOf(list: XmlElement, depth: number, mark: (i: number) => string): string {
  const items = list.toArray().filter((item) => item instanceof XmlElement);
  return items
    .map((item, i) => {
      const blocks = blocksOf(item, depth + 1);
      return prefixed(blocks.join('\n\n'), mark(i), ' '.repeat(mark(i).length));
    })
    .join('\n');
}

/** Each line behind a prefix, the first behind its own. */
function prefixed(text: string, first: string, rest: string): string {
  return text
    .split('\n')
    .map((line, i) => `${i === 0 ? first : rest}${line}`.trimEnd())
    .join('\n');
}

/** A fence that is longer than any in the code. */
function fenced(code: string): string {
  const longest = Math.max(2, ...[...code.matchAll(/`+/gu)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${code}\n${fence}`;
}

function plainOf(element: XmlElement): string {
  return element
    .toArray()
    .map((child) => (child instanceof XmlText ? String(child.toDelta().map(insertOf).join('')) : ''))
    .join('');
}

function inlineOf(element: XmlElement, depth: number): string {
  if (depth > DEPTH_MAX) return '…';
  return element
    .toArray()
    .map((child) => {
      if (child instanceof XmlElement)
        return child.nodeName === 'hard_break' ? '\\\n' : inlineOf(child, depth + 1);
      return textOf(child);
    })
    .join('');
}

interface Piece {
  readonly insert?: unknown;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

function insertOf({ insert }: Piece): string {
  return typeof insert === 'string' ? insert : '';
}

function textOf(text: unknown): string {
  if (!(text instanceof XmlText)) return '';
  const pieces: readonly Piece[] = text.toDelta();
  return pieces.map((piece) => marked(insertOf(piece), piece.attributes ?? {})).join('');
}

function marked(text: string, { code, strong, em, link }: Readonly<Record<string, unknown>>): string {
  if (text.trim() === '') return text;
  if (code !== undefined) return inCode(text);
  // Marks hold only where no space is between them and the text.
  const [, before = '', inside = '', after = ''] = /^(\s*)(.*?)(\s*)$/su.exec(text) ?? [];
  const stars = `${strong === undefined ? '' : '**'}${em === undefined ? '' : '*'}`;
  const shown = `${stars}${escaped(inside)}${stars}`;
  const href = hrefOf(link);
  return `${before}${href === null ? shown : `[${shown}](<${href}>)`}${after}`;
}

function inCode(text: string): string {
  const ticks = '`'.repeat(Math.max(0, ...[...text.matchAll(/`+/gu)].map(([run]) => run.length)) + 1);
  const space = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${ticks}${space}${text}${space}${ticks}`;
}

/** An address without what would end it. */
function hrefOf(link: unknown): string | null {
  if (typeof link !== 'object' || link === null || !('href' in link)) return null;
  return typeof link.href === 'string' ? link.href.replaceAll(/[<>\s\\]/gu, encodeURIComponent) : null;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>]/gu, '\\$&');
}

/** What would make another block of a line. */
function atStart(text: string): string {
  return text
    .split('\n')
    .map((line) =>
      line.replace(/^(\s*)([#+>-]|\d+[.)])(?=\s|$)/u, (_, space: string, mark: string) => {
        const at = mark.length - 1;
        return `${space}${mark.slice(0, at)}\\${mark.slice(at)}`;
      }),
    )
    .join('\n');
}
