/** Who may reach somebody and what it costs, in plain words (SPEC U48). */

import type { Reach } from '../../model/sdk-street.ts';

export interface ReachChoice {
  readonly reach: Reach;
  readonly label: string;
  readonly hint: string;
}

export const reachChoices: readonly ReachChoice[] = [
  {
    reach: 'everybody',
    label: 'Everybody, with work',
    hint: 'Whoever has your key may leave you a message, when her computer has worked for it.',
  },
  {
    reach: 'friendsOfFriends',
    label: 'Friends, and friends of friends, with work',
    hint: 'Those whom you follow, and those whom they follow, as far as this node knows it.',
  },
  {
    reach: 'members',
    label: 'People of this node',
    hint: 'Who has an account here, and those whom you have accepted.',
  },
  { reach: 'nobody', label: 'Nobody from elsewhere', hint: 'Not even those whom you have accepted.' },
];

/** Attempts a second of a browser on an ordinary computer (docs/neighbourhood.md). */
const TRIES_PER_SECOND = 1 / 0.6e-6;

/** "about 10 seconds": how long a browser works for so many bits on average. */
export function workWords(bits: number): string {
  return secondsWords(2 ** bits / TRIES_PER_SECOND);
}

export function secondsWords(seconds: number): string {
  if (seconds < 1) return 'less than a second';
  if (seconds < 90) return about(Math.round(seconds), 'second');
  if (seconds < 90 * 60) return about(Math.round(seconds / 60), 'minute');
  if (seconds < 48 * 3600) return about(Math.round(seconds / 3600), 'hour');
  return about(Math.round(seconds / 86_400), 'day');
}

function about(count: number, unit: string): string {
  return count === 1 ? `about a ${unit}` : `about ${count} ${unit}s`;
}

/** What reaching somebody costs at least. */
export function priceWords(bits: number): string {
  return `For a short message that waits a day, a stranger’s browser works ${workWords(bits)}; twice as long for each doubling of length or time. When many come at once the price rises by itself.`;
}
