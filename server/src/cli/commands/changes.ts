/** `copse changes`: what was granted and taken back in a site since then (SPEC R4, R9). */

import { base64url } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { ChangesFrom, ChangesPage } from 'copse/internal/client/index.ts';
import type { Context } from '../context.ts';
import { table } from '../output.ts';
import { open, siteCalled } from '../person.ts';
import { COLUMNS, grantCells, grantValue, namesOf } from './rights.ts';

const SHORT = 12;

type Flags = Readonly<Record<string, unknown>>;

export async function changes(context: Context, word: string, flags: Flags): Promise<void> {
  await using copse = await open(context);
  const site = siteCalled(copse, word);
  const desk = await copse.rights;
  const names = await namesOf(desk, site);
  const granted: ChangesPage['grants'][number][] = [];
  const revoked: ChangesPage['revocations'][number][] = [];
  let from = placeIn(flags['from']);
  for (;;) {
    const page = await desk.changes(site.id, from);
    granted.push(...page.grants);
    revoked.push(...page.revocations);
    from = page.next;
    if (!page.more) break;
  }
  const next = `${from.grants}.${from.revocations}`;
  const cells = granted.map((row) => [
    stamp(row.atMs),
    'granted',
    row.id.slice(0, SHORT),
    ...grantCells(row, names),
  ]);
  const ends = revoked.map(({ atMs, attestation }) => [stamp(atMs), 'revoked', attestation.slice(0, SHORT)]);
  const rows = [...cells, ...ends].toSorted(([a = ''], [b = '']) => a.localeCompare(b));
  context.output.result(`${table([['when', '', 'grant', ...COLUMNS], ...rows])}\n\nGo on: --from ${next}`, {
    granted: granted.map((row) => ({ ...grantValue(row, names), ended: row.endedMs })),
    revoked: revoked.map(({ attestation, issuer, atMs }) => ({
      id: attestation,
      by: base64url(issuer),
      at: atMs,
    })),
    next,
  });
}

function stamp(ms: number): string {
  return new Date(ms).toISOString();
}

function placeIn(given: unknown): ChangesFrom {
  if (typeof given !== 'string') return { grants: 0, revocations: 0 };
  const [, grants, revocations] = /^(\d{1,15})\.(\d{1,15})$/.exec(given) ?? [];
  if (grants === undefined || revocations === undefined)
    throw new Fault('usage', `\`${given}\` is no place; an earlier answer says one, as 12.3.`);
  return { grants: Number(grants), revocations: Number(revocations) };
}
