/** Tags that stand in the words of a post, and those that were given beside them. */

import { utf8 } from '../../base/bytes.ts';
import { peerTagBytesMax, peerTagsMax } from '../../base/limits-peer.ts';
import type { Post } from './types.ts';

/** A letter must be in it: `#1` is a number. */
export const TAG = /(?<![\p{L}\p{N}_&/#])#([\p{L}\p{N}_]*\p{L}[\p{L}\p{N}_]*)/gu;

const plainOf = (tag: string): string => tag.normalize('NFC').toLowerCase();

/** The tags of a text behind some that were given, each once, as they were first written. */
export function tagsIn(text: string, given: readonly string[] = []): readonly string[] {
  const byPlain = new Map<string, string>();
  for (const tag of [...given, ...writtenIn(text)]) {
    const plain = plainOf(tag);
    if (utf8(tag).length <= peerTagBytesMax && !byPlain.has(plain)) byPlain.set(plain, tag);
  }
  return [...byPlain.values()].slice(0, peerTagsMax);
}

/** Those of a post that gets other words: what was given beside the words of before stays. */
export function tagsAfter(before: Pick<Post, 'text' | 'tags'>, text: string): readonly string[] {
  const written = new Set(writtenIn(before.text).map(plainOf));
  return tagsIn(
    text,
    before.tags.filter((tag) => !written.has(plainOf(tag))),
  );
}

function writtenIn(text: string): readonly string[] {
  return [...text.matchAll(TAG)].map(([, tag = '']) => tag);
}
