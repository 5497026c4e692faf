/** What people say of somebody's key, in words (SPEC U49). */

import type { PersonIdentity, Said, Verdict } from '../../model/sdk-street.ts';
import { plural } from '../numbers.ts';

const SAYS: Readonly<Record<Verdict, string>> = {
  compared: 'has compared digits with them',
  known: 'knows them',
  doubted: 'holds this key for somebody else’s',
  none: 'says nothing of the key',
};

export function saidWords({ verdict, name }: Pick<Said, 'verdict' | 'name'>, called: string): string {
  const named = name === '' || name === called ? '' : `, and calls them ${name}`;
  return `${SAYS[verdict]}${named}`;
}

export type Agreement = 'silent' | 'agreed' | 'doubted' | 'divided';

export function agreementOf({
  vouchedBy,
  doubtedBy,
}: Pick<PersonIdentity, 'vouchedBy' | 'doubtedBy'>): Agreement {
  if (doubtedBy.length > 0) return vouchedBy.length > 0 ? 'divided' : 'doubted';
  return vouchedBy.length > 0 ? 'agreed' : 'silent';
}

/** One sentence over what those say whom one follows. */
export function agreementWords(identity: Pick<PersonIdentity, 'vouchedBy' | 'doubtedBy'>): string {
  const vouching = plural(identity.vouchedBy.length, 'person', 'people');
  const doubting = plural(identity.doubtedBy.length, 'person', 'people');
  switch (agreementOf(identity)) {
    case 'silent':
      return 'Nobody whom you follow says whose key this is.';
    case 'agreed':
      return `${vouching} whom you follow ${isOne(identity.vouchedBy) ? 'vouches' : 'vouch'} for this key, and nobody disagrees.`;
    case 'doubted':
      return `${doubting} whom you follow ${isOne(identity.doubtedBy) ? 'holds' : 'hold'} this key for somebody else’s.`;
    case 'divided':
      return `They disagree: ${vouching} ${isOne(identity.vouchedBy) ? 'vouches' : 'vouch'} for this key, ${doubting} ${isOne(identity.doubtedBy) ? 'holds' : 'hold'} it for somebody else’s.`;
  }
}

function isOne(people: readonly unknown[]): boolean {
  return people.length === 1;
}

/** Whether somebody has said anything that can be taken back. */
export function saysSomething(said: Said | null): said is Said {
  if (said === null) return false;
  return said.verdict !== 'none' || said.name !== '' || said.notes !== '' || said.addresses.length > 0;
}
