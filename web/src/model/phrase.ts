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
  const { explainPhrase, suggestWords } = await import('copse/phrase');
  const { entropyToMnemonic, mnemonicToEntropy } = await import('@scure/bip39');
  const { wordlist } = await import('@scure/bip39/wordlists/english.js');
  return {
    isWord: (word) => explainPhrase(word).kind !== 'unknownWord',
    suggest: suggestWords,
    wordsOf: (secret) => entropyToMnemonic(secret, wordlist).split(' '),
    secretOf: (phrase) => (explainPhrase(phrase).kind === 'ok' ? mnemonicToEntropy(phrase, wordlist) : null),
  };
}
