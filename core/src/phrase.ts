/**
 * The phrase of 24 English words (SPEC C7): a user's secret of 32 bytes in the words of BIP39, with its
 * checksum. The words hold all 256 bits, so BIP39's key stretching would add nothing; the user's keys are
 * derived from the secret in copse's own domain, so the same words in a wallet make no related key.
 * Phrases are typed by hand, so whatever can be told about a wrong one is told.
 *
 * It belongs to the user interface: neither a worker nor a node ever sees a phrase or its secret.
 */

import { entropyToMnemonic, mnemonicToEntropy, validateMnemonic } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';

import { assert } from './base/assert.ts';
import type { Env } from './base/env.ts';

export const phraseWords = 24;
const SECRET_BYTES = 32;
const suggestionsMax = 3;

export type PhraseCheck =
  /** The user's secret, 32 bytes. */
  | { readonly kind: 'ok'; readonly secret: Uint8Array }
  /** The first word (counted from 0) that is not in the list, and words it may have been. */
  | { readonly kind: 'unknownWord'; readonly unknownWordAt: number; readonly suggestions: readonly string[] }
  | { readonly kind: 'wrongCount'; readonly count: number }
  /** All words exist, but one of them is another one's or two have changed places. */
  | { readonly kind: 'badChecksum' };

/** A new user's secret. */
export function newSecret(env: Pick<Env, 'random'>): Uint8Array {
  return env.random(SECRET_BYTES);
}

/** The words of a secret, parted by single spaces. */
export function phraseOf(secret: Uint8Array): string {
  assert(secret.length === SECRET_BYTES, 'a secret has 32 bytes');
  return entropyToMnemonic(secret, wordlist);
}

/** The secret of a phrase, or null when it is no valid phrase. */
export function secretOfPhrase(phrase: string): Uint8Array | null {
  const answer = explainPhrase(phrase);
  return answer.kind === 'ok' ? answer.secret : null;
}

/** The secret of a phrase, or what is wrong with it, in the order in which a person mends it. */
export function explainPhrase(phrase: string): PhraseCheck {
  return explainWords(wordsOf(phrase));
}

/** The words of a phrase however it was typed: any white space, any case, compatible characters. */
export function wordsOf(phrase: string): readonly string[] {
  return phrase
    .normalize('NFKD')
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== '');
}

/** Words of the list that `word` may have been, the likeliest first. */
export function suggestWords(word: string): readonly string[] {
  return wordlist
    .map((candidate) => ({ candidate, cost: costOf(word, candidate) }))
    .filter(({ cost }) => cost <= 2)
    .toSorted((a, b) => a.cost - b.cost)
    .slice(0, suggestionsMax)
    .map(({ candidate }) => candidate);
}

function explainWords(words: readonly string[]): PhraseCheck {
  const unknownWordAt = words.findIndex((word) => !wordlist.includes(word));
  const unknown = words[unknownWordAt];
  if (unknown !== undefined) {
    return { kind: 'unknownWord', unknownWordAt, suggestions: suggestWords(unknown) };
  }
  if (words.length !== phraseWords) return { kind: 'wrongCount', count: words.length };
  const phrase = words.join(' ');
  if (!validateMnemonic(phrase, wordlist)) return { kind: 'badChecksum' };
  return { kind: 'ok', secret: mnemonicToEntropy(phrase, wordlist) };
}

/** Four letters name a word of the list (BIP39), so a shared beginning costs less than a changed letter. */
function costOf(word: string, candidate: string): number {
  const shared = candidate.slice(0, 4);
  return word.startsWith(shared) || (word.length >= 3 && candidate.startsWith(word))
    ? 0.5
    : editCost(word, candidate);
}

/** Levenshtein distance with neighbours swapped as one edit; far-apart lengths answer at once. */
function editCost(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let beforeLast: readonly number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = isSwap ? (beforeLast[j - 2] ?? 0) + 1 : change;
      row.push(Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, change, swap));
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
