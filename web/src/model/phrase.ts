/**
 * The phrase behind an account. Its list of 2,048 words is loaded when somebody is about to see or type a
 * phrase, never with the first page.
 */

import type { WordList } from '../logic/phrase-flow.ts';

export interface Phrases extends WordList {
  wordsOf(secret: Uint8Array): readonly string[];
  /** The secret of a phrase whose words and checksum hold, or null. */
  secretOf(phrase: string): Uint8Array | null;
}

export async function loadPhrases(): Promise<Phrases> {
  const { explainPhrase, phraseOf, secretOfPhrase, suggestWords } = await import('copse/phrase');
  return {
    isWord: (word) => explainPhrase(word).kind !== 'unknownWord',
    suggest: suggestWords,
    wordsOf: (secret) => phraseOf(secret).split(' '),
    secretOf: secretOfPhrase,
  };
}
