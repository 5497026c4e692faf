/** Commands for programs and pages that use a site: bless, origins, ids (SPEC O8, O9). */

import { base64url, fromBase64url } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Context } from '../context.ts';
import { table } from '../output.ts';
import { permissionBits } from '../permissions.ts';
import { open, siteCalled } from '../person.ts';
import { dateIn, optional } from './rights.ts';

type Flags = Readonly<Record<string, unknown>>;
type Words = readonly string[];

export async function blessProgram(context: Context, words: Words, flags: Flags): Promise<void> {
  const device = fromBase64url(words[0] ?? '');
  if (device === null) throw new Fault('usage', 'The key of a program is 43 characters of base64url.');
  await using copse = await open(context);
  const desk = await copse.rights;
  const blessing = base64url(
    await desk.bless(device, {
      ...optional(flags, 'permissions', (text) => ({ permissions: permissionBits(text) })),
      ...optional(flags, 'until', (text) => ({ until: dateIn(text) })),
    }),
  );
  context.output.result(blessing, { blessing });
}

export async function origins(context: Context, words: Words, flags: Flags): Promise<void> {
  const [siteWord = '', ...named] = words;
  const isAny = flags['any'] === true;
  if (isAny && named.length > 0) throw new Fault('usage', 'Either `--any` or the origins.');
  await using copse = await open(context);
  const site = siteCalled(copse, siteWord);
  const desk = await copse.rights;
  if (isAny || named.length > 0) await desk.setOrigins(site.id, named);
  const now = await desk.origins(site.id);
  const text = now.length === 0 ? 'Pages of every origin that may call the node.' : now.join('\n');
  context.output.result(text, { site: site.id, origins: now });
}

export async function ids(context: Context, word: string): Promise<void> {
  await using copse = await open(context);
  const site = siteCalled(copse, word);
  const desk = await copse.rights;
  const logs: [string, string][] = [];
  for (const name of site.logs.get()) logs.push([name, await desk.resourceOf(site.id, name)]);
  const text = table([['what', 'id'], [site.title.get(), site.id], ...logs]);
  context.output.result(text, { site: site.id, logs: Object.fromEntries(logs) });
}
