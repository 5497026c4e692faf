/** Whom one does not want to hear (SPEC U42, Z62): the sealed list that the app has, the same on all devices. */

import { base64url, fromHex, hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { key } from 'copse/internal/base/ids.ts';
import type { Neighbourhood } from 'copse/internal/client/neighbourhood/neighbourhood.ts';
import {
  decodeQuiet,
  encodeQuiet,
  quietListMax,
  quietName,
  withQuiet,
  type Quiet,
  type QuietList,
} from 'copse/internal/client/neighbourhood/quiet-list.ts';
import type { Context } from '../context.ts';
import { table } from '../output.ts';
import { keyOf, meOf, namesOf, street } from './peer.ts';

type Place = Pick<Neighbourhood, 'shared'>;

async function listOf(place: Place): Promise<QuietList> {
  return decodeQuiet(await place.shared(quietName));
}

/** Keys in hex of whom one has muted or blocked, or of whom one has blocked. */
export async function quietOf(place: Place, least: Quiet): Promise<Set<string>> {
  const list = [...(await listOf(place))];
  return new Set(list.flatMap(([who, quiet]) => (least === 'muted' || quiet === 'blocked' ? [who] : [])));
}

/** Lists when nobody is named. */
export async function mute(context: Context, who: string | undefined, quiet: Quiet): Promise<void> {
  if (who === undefined) return list(context, quiet);
  await change(context, who, quiet);
  const words = quiet === 'muted' ? 'neither in your feed nor in your inbox' : 'nowhere unless you ask';
  context.output.result(`What ${who} posts is ${words}. Nobody is told.`, { who, quiet });
}

export async function hear(context: Context, who: string): Promise<void> {
  await change(context, who, null);
  context.output.result(`You hear ${who} again.`, { who, quiet: null });
}

async function change(context: Context, who: string, quiet: Quiet | null): Promise<void> {
  await using at = await street(context);
  const whom = hex(await keyOf(at.copse, who));
  if (whom === hex(meOf(at.place))) throw new Fault('usage', 'That is you.');
  const next = withQuiet(await listOf(at.place), whom, quiet);
  if (next.size > quietListMax)
    throw new Fault(
      'full',
      `The list has at most ${quietListMax}: take somebody off it with \`copse hear\`.`,
    );
  await at.place.setShared(quietName, encodeQuiet(next));
}

async function list(context: Context, quiet: Quiet): Promise<void> {
  await using at = await street(context);
  const found = [...(await listOf(at.place))].filter(([, each]) => each === quiet);
  const keys = found.flatMap(([who]) => {
    const bytes = fromHex(who);
    return bytes === null ? [] : [key(bytes)];
  });
  const names = await namesOf(at.place, keys);
  const rows = keys.map((each) => ({ key: base64url(each), name: names.get(hex(each)) ?? '' }));
  const text =
    rows.length === 0
      ? `You have ${quiet} nobody.`
      : table([['name', 'key'], ...rows.map((row) => [row.name, row.key])]);
  context.output.result(text, rows);
}
