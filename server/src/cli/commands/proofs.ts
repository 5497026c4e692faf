/** Proofs of sealed grants that this person keeps (SPEC R8): proof keep, list, forget. */

import { readFileSync } from 'node:fs';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Copse, KeptProof } from 'copse/internal/client/index.ts';
import type { Context } from '../context.ts';
import { table } from '../output.ts';
import { permissionWords } from '../permissions.ts';
import { open } from '../person.ts';
import { dateWords } from './rights.ts';

const SHORT = 12;

function proofIn(file: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (cause) {
    throw new Fault('unknown', `${file} cannot be read.`, { cause });
  }
}

export async function proofKeep(context: Context, file: string): Promise<void> {
  const bytes = proofIn(file);
  await using copse = await open(context);
  const kept = await (await copse.rights).keepProof(bytes);
  context.output.result(
    `Kept as ${kept.id.slice(0, SHORT)}: ${permissionWords(kept.rights.permissions)} in ${titleOf(copse, kept)}.`,
    valueOf(kept),
  );
}

export async function proofList(context: Context): Promise<void> {
  await using copse = await open(context);
  const kept = await (await copse.rights).keptProofs();
  const cells = kept.map((each) => [
    each.id.slice(0, SHORT),
    titleOf(copse, each),
    permissionWords(each.rights.permissions),
    each.rights.resource,
    dateWords(each.rights.expiresMs),
  ]);
  const text =
    kept.length === 0
      ? 'No proofs are kept here.'
      : table([['grant', 'where', 'permissions', 'on', 'until'], ...cells]);
  context.output.result(text, kept.map(valueOf));
}

export async function proofForget(context: Context, word: string): Promise<void> {
  await using copse = await open(context);
  const desk = await copse.rights;
  const found = (await desk.keptProofs()).filter(({ id }) => id.startsWith(word));
  const [kept] = found;
  if (kept === undefined || found.length > 1)
    throw new Fault('unknown', `${found.length} kept proofs begin with \`${word}\`.`);
  await desk.forgetProof(kept.id);
  context.output.result('Forgotten.', { id: kept.id });
}

function titleOf(copse: Copse, { site }: KeptProof): string {
  return copse.site(site)?.title.get() ?? site.slice(0, 8);
}

function valueOf({ id, site, rights }: KeptProof): object {
  const { permissions, resource, delegations, notBeforeMs, expiresMs } = rights;
  return {
    id,
    site,
    permissions: permissionWords(permissions),
    on: resource,
    from: notBeforeMs,
    until: expiresMs,
    delegations,
  };
}
