/** Recovery with a PIN in words, and what its form needs before anybody is asked (SPEC U26). */

import type { RealmStatus } from 'copse/internal/client/recovery-owner.ts';
import type { PinWeakness } from 'copse/internal/client/recovery-pin.ts';
import type { RealmReport, Recovered } from 'copse/internal/client/recovery-recover.ts';
import { plural } from './numbers.ts';

const WEAKNESSES: Readonly<Record<PinWeakness, string>> = {
  short: 'it has fewer than six characters',
  repeated: 'it repeats itself',
  sequence: 'it counts up or down, or follows the keyboard',
  date: 'it reads as a date',
  common: 'many people choose it',
};

/** What a PIN is worth; null is too short to be one. */
export function pinWords(weaknesses: readonly PinWeakness[] | null): string {
  if (weaknesses === null) return 'Four characters at least.';
  if (weaknesses.length === 0) return 'Nothing speaks against it.';
  return `Easy to guess: ${weaknesses.map((each) => WEAKNESSES[each]).join(', and ')}.`;
}

/** One per line or word; the same twice is once. */
export function realmsIn(text: string): readonly string[] {
  return [...new Set(text.split(/\s+/u).filter((word) => word !== ''))];
}

export interface SetUpFields {
  readonly pin: string;
  readonly again: string;
  readonly realms: readonly string[];
}

const REALMS_MIN = 2;
const PIN_MIN = 4;

/** What is missing, or null. */
export function setUpProblem({ pin, again, realms }: SetUpFields): string | null {
  const wrong = realms.find((text) => !URL.canParse(text) || !/^https?:$/u.test(new URL(text).protocol));
  if (pin.trim().length < PIN_MIN) return 'Choose a PIN of four characters at least.';
  if (pin !== again) return 'Type the same PIN twice.';
  if (wrong !== undefined) return `“${wrong}” is no address of a node. It begins with https://`;
  if (realms.length < REALMS_MIN)
    return 'Name two nodes at least; three are better, so that one may be away.';
  return null;
}

/** How many of so many nodes bring somebody back: more than half. */
export function thresholdWords(count: number): string {
  const needed = Math.floor(count / 2) + 1;
  const spare = count - needed;
  const away = spare === 0 ? 'None of them may be away then' : `${spare} of them may be away`;
  const few = needed === 2 ? 'one alone' : `${needed - 1} together`;
  return `${needed} of ${plural(count, 'node')} and the PIN bring you back. ${away}; ${few} cannot open your account.`;
}

export function realmWords({ registered }: Pick<RealmStatus, 'registered'>): string {
  if (registered === null) return 'It knows nothing of this recovery. Set it up again.';
  if (registered.locked) return 'Shut for good after too many wrong guesses. Set it up again.';
  return `${registered.triesLeft} of ${plural(registered.triesMax, 'guess', 'guesses')} left`;
}

export function recoveredWords(found: Recovered): string {
  switch (found.kind) {
    case 'wrongPin':
      return `That is not the PIN. ${plural(found.triesLeft, 'guess', 'guesses')} left.`;
    case 'missing':
      return `${plural(found.needed, 'more node is', 'more nodes are')} needed. Try again when they are there.`;
    case 'locked':
      return 'Too many wrong PINs: this recovery is shut for good.';
    case 'ok':
      return 'The PIN is right.';
  }
}

const REPORTS: Readonly<Record<RealmReport['state'], string>> = {
  ok: 'answered',
  unasked: 'was not needed',
  offline: 'does not answer',
  unknown: 'knows nothing of it',
  old: 'has an older recovery',
  locked: 'shut after too many guesses',
  lying: 'gave a false answer',
  busy: 'was asked too often; wait a little',
};

export function reportWords(state: RealmReport['state']): string {
  return REPORTS[state];
}
