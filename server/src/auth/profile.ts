/**
 * Profiles: what a change asks for, what becomes of it, and a comment for each change that was refused
 * or adjusted (SPEC A7). A profile changes only under its current version.
 */

import type { Profile, ProfileChange } from 'copse/internal/api/model.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { nameBytesMax, profileBytesMax } from 'copse/internal/base/limits.ts';
import type { Grounds, Who } from './grounds.ts';
import { cleanName, cleanText } from './names.ts';

/** Of the text about oneself; the rest of a profile's bytes is name, language and their lengths. */
const ABOUT_BYTES_MAX = profileBytesMax - 1024;

export type ProfileAnswer =
  | { readonly kind: 'ok'; readonly version: number; readonly comments: readonly string[] }
  | {
      readonly kind: 'stale';
      readonly version: number;
      readonly profile: Profile;
      readonly comments: readonly string[];
    };

export async function updateProfile(
  grounds: Grounds,
  who: Who,
  request: { readonly version: number; readonly changes: readonly ProfileChange[] },
): Promise<ProfileAnswer> {
  const { people } = grounds.accounts;
  const known = await people.user(who.user);
  if (known === null) throw new Fault('unknown');
  const { version } = request;
  if (known.version !== version) {
    return { kind: 'stale', version: known.version, profile: known.profile, comments: [] };
  }
  const { profile, comments } = applied(known.profile, request.changes);
  if (isSame(profile, known.profile)) return { kind: 'ok', version, comments };
  const stored = await people.updateProfile(who.user, version, profile);
  if (stored.kind === 'unknown') throw new Fault('unknown');
  return { ...stored, comments: stored.kind === 'ok' ? comments : [] };
}

/** The profile after the changes, in their order, and a comment per change that is not as it was asked for. */
export function applied(
  before: Profile,
  changes: readonly ProfileChange[],
): { readonly profile: Profile; readonly comments: readonly string[] } {
  let profile = before;
  const comments: string[] = [];
  for (const change of changes) {
    const outcome = outcomeOf(change);
    if (outcome.value !== null) profile = { ...profile, [change.kind]: outcome.value };
    if (outcome.comment !== '') comments.push(`${change.kind}: ${outcome.comment}`);
  }
  return { profile, comments };
}

/** A profile as it is first stored; it may be without a name. */
export function cleaned(profile: Profile): Profile {
  return {
    name: cleanName(profile.name, nameBytesMax).text,
    about: cleanText(profile.about, ABOUT_BYTES_MAX).text,
    locale: localeOf(profile.locale) ?? '',
  };
}

interface Outcome {
  /** Null: refused. */
  readonly value: string | null;
  readonly comment: string;
}

function outcomeOf(change: ProfileChange): Outcome {
  switch (change.kind) {
    case 'name': {
      const { text, notes } = cleanName(change.value, nameBytesMax);
      if (text === '') return { value: null, comment: 'an empty name is refused' };
      return { value: text, comment: notes.join(', ') };
    }
    case 'about': {
      const { text, notes } = cleanText(change.value, ABOUT_BYTES_MAX);
      return { value: text, comment: notes.join(', ') };
    }
    case 'locale': {
      const value = localeOf(change.value);
      if (value === null) return { value: null, comment: 'not a language tag (BCP 47), refused' };
      return { value, comment: value === change.value ? '' : `written as ${value}` };
    }
  }
}

/** The canonical form of a language tag, empty for none, null for a text that is no tag. */
function localeOf(text: string): string | null {
  if (text === '') return '';
  try {
    return Intl.getCanonicalLocales(text)[0] ?? null;
  } catch {
    return null;
  }
}

function isSame(a: Profile, b: Profile): boolean {
  return a.name === b.name && a.about === b.about && a.locale === b.locale;
}
