/** Members of a site as people name them. */

import { fromBase64url } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { UserId } from 'copse/internal/base/ids.ts';
import type { Member, Site } from 'copse/internal/client/index.ts';

/** A member by her name, the beginning of her id, or anybody by her key. */
export async function memberKey(site: Site, word: string): Promise<Uint8Array> {
  const key = word.length === 43 ? fromBase64url(word) : null;
  return key?.length === 32 ? key : (await memberCalled(site, word)).key;
}

/** Whom an entry mentions: members by name or the beginning of their id, or everyone. */
export async function mentioned(
  site: Site,
  words: readonly string[],
): Promise<readonly UserId[] | 'everyone'> {
  if (words.includes(EVERYONE)) return EVERYONE;
  const users: UserId[] = [];
  for (const word of words) users.push((await memberCalled(site, word)).user);
  return users;
}

const EVERYONE = 'everyone';

async function memberCalled(site: Site, word: string): Promise<Member> {
  const members = await site.members();
  const named = members.filter(({ name }) => name === word);
  const found = named.length > 0 ? named : members.filter(({ user }) => user.startsWith(word));
  const [member] = found;
  if (member === undefined || found.length > 1)
    throw new Fault('unknown', `${found.length} members of ${site.title.get()} are called \`${word}\`.`);
  return member;
}
