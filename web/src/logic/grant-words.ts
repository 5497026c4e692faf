/** Rights in sentences: what somebody may do, with what, until when, and whether she may pass it on. */

import { permission } from 'copse/internal/capability/policy.ts';
import type { Caveat } from 'copse/internal/capability/caveat.ts';
import type { GrantRow } from 'copse/internal/client/rights.ts';
import { conditionsWords } from './conditions.ts';
import { rightsWords, roleWord } from './rights.ts';

/** The strongest permission decides the colour; a word and the form of the line say the same. */
export type Tone = 'admin' | 'host' | 'writer' | 'reader';

export interface RightsSaid {
  readonly permissions: number;
  /** `*`, a folder as `docs/*`, or the name of a log; null when it has no name here. */
  readonly resource: string | null;
  /** 0: never. */
  readonly expiresMs: number;
  readonly delegations: number;
  readonly caveats?: readonly Caveat[];
}

const TONES = { Admin: 'admin', Host: 'host', Writer: 'writer', Reader: 'reader' } as const;

export function toneOf(permissions: number): Tone {
  if ((permissions & permission.invite) !== 0 && (permissions & permission.admin) === 0) return 'host';
  return TONES[roleWord(permissions)];
}

/** "everything in Oak Lane", "all of docs", "harvest". */
export function placeWords(resource: string | null, site: string): string {
  if (resource === null) return 'a log that has no name here';
  if (resource === '*') return `everything in ${site}`;
  if (resource === '/*') return 'all logs outside folders';
  return resource.endsWith('/*') ? `all of ${resource.slice(0, -2)}` : resource;
}

/** The same short, for a label. */
export function placeLabel(resource: string | null): string {
  if (resource === null) return 'an unlisted log';
  if (resource === '*') return 'everything';
  if (resource === '/*') return 'outside folders';
  return resource.endsWith('/*') ? `folder ${resource.slice(0, -2)}` : resource;
}

const TIMES = ['not', 'once', 'twice'] as const;

export function timesWords(count: number): string {
  return TIMES[count] ?? `${count} times`;
}

export interface Saying {
  readonly who: string;
  readonly site: string;
  /** A date as people write it. */
  readonly dateOf: (ms: number) => string;
}

/** One whole sentence (SPEC U22): "Tomás may read and write everything in Oak Lane until 3 May, and may …". */
export function allowedSentence(rights: RightsSaid, { who, site, dateOf }: Saying): string {
  const end = rights.expiresMs === 0 ? ', without an end' : ` until ${dateOf(rights.expiresMs)}`;
  const place = placeWords(rights.resource, site);
  const conditions = conditionsWords(rights.caveats ?? []);
  const under = conditions === '' ? '' : `, ${conditions}`;
  return `${who} may ${rightsWords(rights.permissions)} – ${place}${end}${under} – and ${passingWords(rights.delegations)}.`;
}

function passingWords(delegations: number): string {
  if (delegations === 0) return 'may not pass it on';
  if (delegations === 1) return 'may pass it on once; who gets it then may not';
  return `may pass it on, ${timesWords(delegations)} from hand to hand`;
}

/** Who holds a grant. */
export function holderWords(grant: GrantRow): string {
  if (grant.subjectKind === 'oneTime') return 'An open invitation link';
  const name = grant.subjectName === '' ? 'Somebody without a name' : grant.subjectName;
  return grant.subjectKind === 'group' ? `The group ${name}` : name;
}

/** Who gave it: she who made the link, not the link. */
export function giverWords(grant: GrantRow, link: GrantRow | null): string {
  const { above, issuerName } = link ?? grant;
  if (issuerName !== '') return issuerName;
  return above === null ? 'the founding' : 'somebody who left';
}

/** A line for lists and screen readers: role, where, end, and what stands on it. */
export function grantLine(
  grant: GrantRow,
  resource: string | null,
  more: { readonly link: GrantRow | null; readonly dateOf: (ms: number) => string },
): string {
  const { permissions, expiresMs, delegations } = grant.rights;
  const parts = [
    roleWord(permissions),
    placeLabel(resource),
    expiresMs === 0 ? null : `until ${more.dateOf(expiresMs)}`,
    delegations === 0 ? null : `may pass it on ${timesWords(delegations)}`,
    `from ${giverWords(grant, more.link)}${more.link === null ? '' : ' by link'}`,
  ];
  return parts.filter((part) => part !== null).join(', ');
}
