/**
 * Showing a phrase, asking for three of its words, reading a typed one (SPEC C7). Pure: the list of words
 * comes from the caller, because it is loaded only when somebody is about to need it.
 */

export const quizCount = 3;

/** Positions of the words to ask for, counted from 0 and in order. */
export function quizOf(wordCount: number, chance: () => number): readonly number[] {
  const left = Array.from({ length: wordCount }, (_, at) => at);
  const asked: number[] = [];
  while (asked.length < quizCount && left.length > 0) {
    asked.push(...left.splice(Math.floor(chance() * left.length), 1));
  }
  return asked.toSorted((a, b) => a - b);
}

export type Answer = 'empty' | 'right' | 'wrong';

export function checkAnswer(words: readonly string[], at: number, answer: string): Answer {
  const given = answer.trim().toLowerCase();
  if (given === '') return 'empty';
  return given === words[at] ? 'right' : 'wrong';
}

export interface TypedWord {
  readonly text: string;
  readonly known: boolean;
  /** Words it may have been. */
  readonly suggestions: readonly string[];
}

export interface WordList {
  isWord(word: string): boolean;
  suggest(word: string): readonly string[];
}

/** The words of a text with what can be told about each. The word that is being typed is not judged yet. */
export function typedWords(text: string, list: WordList): readonly TypedWord[] {
  const words = splitWords(text);
  const isTyping = /\S$/u.test(text);
  return words.map((word, at) => {
    const known = list.isWord(word);
    const unfinished = isTyping && at === words.length - 1 && words.length < 24;
    return {
      text: word,
      known: known || unfinished,
      suggestions: known || unfinished ? [] : list.suggest(word),
    };
  });
}

/** The text with another word in one place. */
export function withWord(text: string, at: number, word: string): string {
  return splitWords(text)
    .map((old, place) => (place === at ? word : old))
    .join(' ');
}

/** Numbers, dots and commas of a printed list do not count: `1. apple 2. bear` is two words. */
function splitWords(text: string): readonly string[] {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .split(/[\s\d.,;:)]+/u)
    .filter((word) => word !== '');
}

/** The phrase in a text, words parted by single spaces. */
export function cleanPhrase(text: string): string {
  return splitWords(text).join(' ');
}

/** How often and when the user put off writing her words down. */
export interface Backup {
  readonly isConfirmed: boolean;
  readonly postponedCount: number;
  readonly postponedMs: number;
}

export const noBackup: Backup = { isConfirmed: false, postponedCount: 0, postponedMs: 0 };

const DAY_MS = 24 * 3_600_000;
/** The reminder comes back after longer and longer pauses: it is meant to be heard, not to be hated. */
const PAUSES_MS = [0, 1 * DAY_MS, 3 * DAY_MS, 7 * DAY_MS] as const;

export function isReminderDue(backup: Backup, nowMs: number): boolean {
  if (backup.isConfirmed) return false;
  const pauseMs = PAUSES_MS[Math.min(backup.postponedCount, PAUSES_MS.length - 1)] ?? 0;
  return nowMs - backup.postponedMs >= pauseMs;
}

export function postponed(backup: Backup, nowMs: number): Backup {
  return { ...backup, postponedCount: backup.postponedCount + 1, postponedMs: nowMs };
}
