/**
 * Which pages may use a site (SPEC O9): its admins name web origins, or none, which is all that may call the
 * node. Programs send no origin and are not meant; what keeps a program out is its right.
 */

import type { AuthInternal } from 'copse/internal/api/auth.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { SiteId } from 'copse/internal/base/ids.ts';
import type { Grounds } from './grounds.ts';

type Answer = Awaited<ReturnType<AuthInternal['access']>>;

export function isPageAllowed(origins: readonly string[], origin: string | null): boolean {
  return origins.length === 0 || origin === null || origins.includes(origin);
}

/** Throws `malformed` unless each is an origin as browsers send it. */
export function requireOrigins(origins: readonly string[]): void {
  const wrong = origins.find((origin) => URL.parse(origin)?.origin !== origin);
  if (wrong !== undefined) throw new Fault('malformed', `${wrong.slice(0, 64)} is no web origin`);
  if (new Set(origins).size < origins.length) throw new Fault('malformed', 'a web origin occurs twice');
}

/** What a tail is answered about a log of the site: the rights, and from which pages they may be used. */
export async function withOrigins(
  { accounts }: Grounds,
  site: SiteId,
  access: Promise<Omit<Answer, 'origins'>>,
): Promise<Answer> {
  const answer = await access;
  return { ...answer, origins: await accounts.sites.origins(site) };
}
