/**
 * What somebody writes into a post, and what is made of it: tags behind `#`, the room that is left, and the parts
 * in which it is shown. Text stays text (SPEC U13); a tag leads to what else has it, a word that was looked for is
 * marked.
 */

import { utf8 } from 'copse/internal/base/bytes.ts';
import { peerTextBytesMax } from 'copse/internal/base/limits-peer.ts';
import { TAG } from 'copse/internal/client/neighbourhood/tags.ts';
import { plural } from '../numbers.ts';
import { textParts, type TextPart } from '../text-parts.ts';
import type { Named } from '../mentions.ts';

export type PostPart =
  | Exclude<TextPart, { readonly kind: 'mention' }>
  | { readonly kind: 'mention'; readonly text: string; readonly users: readonly string[] }
  | { readonly kind: 'tag'; readonly text: string; readonly tag: string }
  | { readonly kind: 'found'; readonly text: string };

/** What was typed since these words went out. */
export function wordsSince(text: string, sent: string): string {
  return text.startsWith(sent) ? text.slice(sent.length).trimStart() : text;
}

export interface PartOptions {
  /** Whose names are marked behind an `@`. */
  readonly mentioned?: readonly Named[];
  /** What was looked for. */
  readonly words?: string;
}

export function postParts(
  text: string,
  { mentioned = [], words = '' }: PartOptions = {},
): readonly PostPart[] {
  const found = foundPattern(words);
  return textParts(text, mentioned).flatMap((part): readonly PostPart[] => {
    if (part.kind === 'link') return [part];
    if (part.kind === 'mention' && part.users !== null) return [{ ...part, users: part.users }];
    return split(part.text, TAG, (shown) => ({ kind: 'tag', text: shown, tag: shown.slice(1) })).flatMap(
      (piece) =>
        piece.kind === 'text' && found !== null
          ? split(piece.text, found, (shown) => ({ kind: 'found', text: shown }))
          : [piece],
    );
  });
}

function split(text: string, pattern: RegExp, made: (text: string) => PostPart): readonly PostPart[] {
  const parts: PostPart[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) parts.push({ kind: 'text', text: text.slice(end, match.index) });
    end = match.index + match[0].length;
    parts.push(made(match[0]));
  }
  if (end < text.length) parts.push({ kind: 'text', text: text.slice(end) });
  return parts;
}

/** The words of a search where a word begins; the end of the last one may be missing, as the node finds them. */
function foundPattern(words: string): RegExp | null {
  const wanted = (words.match(/[\p{L}\p{N}]+/gu) ?? []).toSorted((a, b) => b.length - a.length);
  return wanted.length === 0
    ? null
    : new RegExp(`(?<![\\p{L}\\p{N}])(?:${wanted.join('|')})[\\p{L}\\p{N}]*`, 'giu');
}

export interface Room {
  readonly isOver: boolean;
  /** Null while there is plenty. */
  readonly words: string | null;
}

/** It is told from here on, so that nobody runs into the end. */
const TOLD_FROM = 0.9;

/** How much more may be written; the bound counts bytes, people count characters. */
export function roomLeft(text: string): Room {
  const bytes = utf8(text).length;
  const left = peerTextBytesMax - bytes;
  if (left < 0) return { isOver: true, words: `Too long by about ${characters(-left, text, bytes)}.` };
  if (bytes < TOLD_FROM * peerTextBytesMax) return { isOver: false, words: null };
  return { isOver: false, words: `Room for about ${characters(left, text, bytes)} more.` };
}

function characters(bytes: number, text: string, textBytes: number): string {
  return plural(Math.ceil((bytes * text.length) / textBytes), 'character');
}

/** What is sent, or null when there is nothing to say. */
export function postedText(text: string): string | null {
  const trimmed = text.replaceAll(/[ \t]+\n/gu, '\n').trim();
  return trimmed === '' ? null : trimmed;
}

/** One line for a list or a spoken announcement. */
export function postLine(text: string): string {
  const line = text.replaceAll(/\s+/gu, ' ').trim();
  return line.length <= 140 ? line : `${line.slice(0, 139)}…`;
}

/** Longer than this a post is shown in part among others. */
const LONG_CHARS = 900;
const LONG_LINES = 14;

export function isLong(text: string): boolean {
  return text.length > LONG_CHARS || text.split('\n').length > LONG_LINES;
}
