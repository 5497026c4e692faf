/** What became of a sign-in with e-mail, in words (SPEC U24). */

import type { EmailFailure } from 'copse/internal/client/email.ts';
import { plural } from './numbers.ts';

const REASONS: Readonly<Record<EmailFailure, string>> = {
  denied: 'You cancelled the sign-in at your provider, or it said no.',
  unverified: 'Your provider has not verified this address yet. Verify it there, then begin again.',
  mismatch: 'What came back from the provider belongs to another sign-in. Begin again.',
  unreachable: 'The provider does not answer. Try again in a moment.',
  expired: 'This sign-in took too long. Begin again.',
  wrongCode: 'The digits were wrong too often. Begin again.',
  refused: 'The node could not take this sign-in. Begin again later.',
};

export function failureWords(reason: EmailFailure): string {
  return REASONS[reason];
}

export function wrongDigitsWords(triesLeft: number): string {
  return triesLeft === 0
    ? 'These are not the digits.'
    : `These are not the digits on the page. ${plural(triesLeft, 'more try', 'more tries')}.`;
}

/** The digits of a text as it was typed or pasted, or null when they are not six. */
export function digitsIn(text: string): string | null {
  const digits = text.replaceAll(/[\s-]/gu, '');
  return /^\d{6}$/u.test(digits) ? digits : null;
}

/** What is wrong with an address before anybody is asked, or null. */
export function emailProblem(text: string): string | null {
  const typed = text.trim();
  if (typed === '') return 'Type an address, such as ada@example.org.';
  if (/[\s,;]/u.test(typed)) return 'One address at a time.';
  return /^[^@]+@[^@]+\.[^@.]+$/u.test(typed) ? null : `“${typed}” is no e-mail address.`;
}
