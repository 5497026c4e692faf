/** Whom one means and follows, and what one says of oneself (SPEC Z62); posts are in `posts.ts`. */

import { base64url, fromBase64url, fromHex, hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { key, type Key } from 'copse/internal/base/ids.ts';
import type { Copse } from 'copse/internal/client/index.ts';
import { neighbourhoodOf } from 'copse/internal/native/neighbourhood.ts';
import type { Neighbourhood } from 'copse/internal/client/neighbourhood/neighbourhood.ts';
import type { Context } from '../context.ts';
import { size, table } from '../output.ts';
import { open } from '../person.ts';

export interface Street extends AsyncDisposable {
  readonly copse: Copse;
  readonly place: Neighbourhood;
}

export async function street(context: Context): Promise<Street> {
  const copse = await open(context);
  const place = await neighbourhoodOf(copse);
  return {
    copse,
    place,
    async [Symbol.asyncDispose]() {
      place[Symbol.dispose]();
      await copse.close();
    },
  };
}

export async function follow(
  context: Context,
  who: string | undefined,
  { moved = false }: { readonly moved?: boolean } = {},
): Promise<void> {
  await using at = await street(context);
  if (who !== undefined) await followAt(at, who);
  if (moved) await at.place.moving.followSuccessors();
  const keys = await at.place.follows();
  const names = await namesOf(at.place, keys);
  const rows = keys.map((each) => ({ key: base64url(each), name: names.get(hex(each)) ?? '' }));
  const text =
    rows.length === 0
      ? 'You follow nobody yet.'
      : table([['name', 'key'], ...rows.map((row) => [row.name, row.key])]);
  context.output.result(text, rows);
}

/** What stands behind `@` is said of her first, so that the node knows where she is. */
async function followAt({ copse, place }: Street, who: string): Promise<void> {
  const [name = '', address] = who.split(/@(.*)/s);
  const whom = await keyOf(copse, name);
  if (address !== undefined) await place.vouch(whom, { addresses: [address] });
  await place.follow(whom);
}

export async function unfollow(context: Context, who: string): Promise<void> {
  await using at = await street(context);
  await at.place.unfollow(await keyOf(at.copse, who));
  await at.place.follows();
  context.output.result(`You do not follow ${who} any more.`, { who });
}

export async function profile(
  context: Context,
  who: string | undefined,
  flags: { readonly name?: string; readonly about?: string },
): Promise<void> {
  await using at = await street(context);
  const of = who === undefined ? meOf(at.place) : await keyOf(at.copse, who);
  const before = (await at.place.profile(of)) ?? { name: '', about: '' };
  const { name = before.name, about = before.about } = flags;
  const isChange = flags.name !== undefined || flags.about !== undefined;
  if (isChange && who !== undefined)
    throw new Fault('usage', 'One says of oneself who one is: leave the key away.');
  if (isChange) await at.place.setProfile({ name, about });
  const lines = [name === '' ? 'no name yet' : name, about, base64url(of)];
  context.output.result(lines.filter((line) => line !== '').join('\n'), { key: base64url(of), name, about });
}

export async function usage(context: Context): Promise<void> {
  await using at = await street(context);
  const { usage: used } = await at.place.hello();
  const { bytes, bytesMax, messages, markMs } = used;
  const gone = markMs === 0 ? '' : `; what is older than ${new Date(markMs).toISOString()} has made room`;
  context.output.result(`${size(bytes)} of ${size(bytesMax)} in ${messages} messages${gone}`, used);
}

/** Whom somebody at a terminal means: a key, or a name that was claimed for good. */
export async function keyOf(copse: Copse, who: string): Promise<Key> {
  const bytes = who.length === 64 ? fromHex(who) : fromBase64url(who);
  if (bytes?.length === 32) return key(bytes);
  const holder = await (await copse.names()).holder('people', who);
  if (holder === null)
    throw new Fault(
      'unknown',
      `Nobody has claimed the name \`${who}\`: give a key, as \`copse profile\` shows it.`,
    );
  return key(holder.user.slice());
}

export function meOf(place: Neighbourhood): Key {
  if (place.me === null) throw new Fault('forbidden', 'Sign in first: `copse login`.');
  return place.me;
}

/** What people call themselves, of each once; nobody has to have said. */
export async function namesOf(
  place: Neighbourhood,
  keys: readonly Key[],
): Promise<ReadonlyMap<string, string>> {
  const once = new Map(keys.map((each) => [hex(each), each]));
  const found = await Promise.all(
    [...once].map(async ([id, each]) => [id, (await place.profile(each))?.name ?? ''] as const),
  );
  return new Map(found);
}
