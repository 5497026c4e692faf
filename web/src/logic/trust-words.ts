/**
 * What this device knows of somebody's key, as a mark beside her name (SPEC U28, U33). `changed`: somebody of
 * this name was verified here before, and this is another key.
 */

import type { Trust } from 'copse/internal/client/trust.ts';

export type Mark = Trust | 'changed';

export interface MarkWords {
  readonly word: string;
  /** One sentence for who asks what the word means. */
  readonly hint: string;
}

const WORDS: Readonly<Record<Mark, MarkWords>> = {
  unverified: { word: 'unverified', hint: 'Only the node says that this key is theirs.' },
  checked: { word: 'checked', hint: 'This device has checked all that the public log says of this key.' },
  compared: { word: 'compared', hint: 'You have compared digits with them.' },
  changed: {
    word: 'changed key',
    hint: 'Somebody of this name was verified here with another key. Ask them by telephone or in person whether they began anew.',
  },
};

export function markWords(mark: Mark): MarkWords {
  return WORDS[mark];
}

export function isVerified(mark: Mark | null): boolean {
  return mark === 'checked' || mark === 'compared';
}

/** Who was verified in a site: names by user. */
export type KnownNames = Readonly<Record<string, string>>;

/** People write a name in more than one way; whoever wants to pass for another uses that. */
function plain(name: string): string {
  return name.normalize('NFKC').replaceAll(/\s+/gu, ' ').trim().toLowerCase();
}

export function markOf(
  { user, name }: { readonly user: string; readonly name: string },
  trust: Trust,
  known: KnownNames,
): Mark {
  if (trust !== 'unverified' || plain(name) === '') return trust;
  const isTaken = Object.entries(known).some(
    ([other, called]) => other !== user && plain(called) === plain(name),
  );
  return isTaken ? 'changed' : trust;
}

/** A device remembers so many people of a site; who was verified last stays. */
export const knownNamesMax = 500;

/** The memory after these were seen to be verified; the same object when nothing is new. */
export function remembered(
  known: KnownNames,
  people: readonly { readonly user: string; readonly name: string }[],
): KnownNames {
  const fresh = people.filter(({ user, name }) => plain(name) !== '' && known[user] !== name);
  if (fresh.length === 0) return known;
  const all = Object.entries({
    ...known,
    ...Object.fromEntries(fresh.map(({ user, name }) => [user, name])),
  });
  return Object.fromEntries(all.slice(-knownNamesMax));
}

/** A name in a list to choose from, where no sign can stand. */
export function memberLabel(name: string, mark: Mark | null): string {
  const called = name === '' ? 'Somebody without a name' : name;
  return mark === null ? called : `${called} (${WORDS[mark].word})`;
}
