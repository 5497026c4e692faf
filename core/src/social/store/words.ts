/**
 * What people type into a search, as FTS5 takes it (https://www.sqlite.org/fts5.html, section 3): each word in
 * quotes, so that no character of theirs is an operator; the last one may be the beginning of a word.
 */

import { searchWordsMax } from '../../base/limits-peer.ts';

/** Null when there is nothing to look for. */
export function matchOf(text: string): string | null {
  const words = text.match(/[\p{L}\p{N}\p{M}]+/gu)?.slice(0, searchWordsMax) ?? [];
  if (words.length === 0) return null;
  return `${words.map((word) => `"${word}"`).join(' ')}*`;
}
