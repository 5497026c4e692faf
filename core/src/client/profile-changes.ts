/** The changes that make one profile another. */

import type { Profile, ProfileChange } from '../api/model.ts';

export const NO_PROFILE: Profile = { name: '', about: '', locale: '' };

/** What differs; fields that are not named stay. */
export function changesOf(profile: Profile, wanted: Partial<Profile>): readonly ProfileChange[] {
  const changes: ProfileChange[] = [];
  const { name, about, locale } = wanted;
  if (name !== undefined && name !== profile.name) changes.push({ kind: 'name', value: name });
  if (about !== undefined && about !== profile.about) changes.push({ kind: 'about', value: about });
  if (locale !== undefined && locale !== profile.locale) changes.push({ kind: 'locale', value: locale });
  return changes;
}
