/** `copse verify`: whether another person's key is hers (SPEC M14). */

import { base64url, equal } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { key, type UserId } from 'copse/internal/base/ids.ts';
import type { Copse, Site, Trust } from 'copse/internal/client/index.ts';
import type { Context } from '../context.ts';
import { memberKey } from '../members.ts';
import { open, siteCalled } from '../person.ts';

/** What this device knows of keys by itself; of its own user's it needs to know nothing. */
export async function trustOf(
  copse: Copse,
  users: readonly Uint8Array[],
): Promise<readonly (Trust | 'you')[]> {
  const names = await copse.names();
  const all = await names.trustIn(users.map((user) => key(user)));
  const isOwn = await ownKey(copse);
  return all.map((trust, at) => (isOwn(users[at]) ? 'you' : trust));
}

/** The same for the members of a site, by their ids. */
export async function trustByUser(copse: Copse, site: Site): Promise<ReadonlyMap<UserId, Trust | 'you'>> {
  const members = await site.members();
  const all = await trustOf(
    copse,
    members.map((member) => member.key),
  );
  return new Map(members.map(({ user }, at) => [user, all[at] ?? 'unverified']));
}

async function ownKey(copse: Copse) {
  const { userKeysOf } = await import('copse/internal/client/identity.ts');
  const { nativePrimitives } = await import('copse/internal/native/primitives.ts');
  const { sign } = await userKeysOf(nativePrimitives(), await copse.secret());
  return (user: Uint8Array | undefined): boolean => user !== undefined && equal(user, sign.publicKey);
}

export async function verifyPerson(
  context: Context,
  [siteWord = '', who = '']: readonly string[],
  typed: string | undefined,
): Promise<void> {
  await using copse = await open(context);
  const user = key(await memberKey(siteCalled(copse, siteWord), who));
  const names = await copse.names();
  if (typed !== undefined && !(await names.compared(user, typed)))
    throw new Fault(
      'badProof',
      `These are not the digits that you and ${who} should see: do not rely on it.`,
    );
  const trust = await names.check(user);
  const digits = await names.digitsWith(user);
  const value = { user: base64url(user), trust, digits };
  if (trust === 'compared')
    context.output.result(`The key of ${who} is hers: the digits were compared.`, value);
  else
    context.output.result(
      `${trust === 'checked' ? 'What the log says of her key has been checked.' : 'The log says nothing of her key.'}\n` +
        `Compare these digits with hers, by a way on which you know her, then: copse verify … --digits\n\n  ${digits}`,
      value,
    );
}
