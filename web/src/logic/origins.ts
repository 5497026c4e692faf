/** Web origins as people type them, and what is wrong with one that is none (SPEC U29). */

import { originBytesMax, siteOriginsMax } from 'copse/internal/base/limits.ts';

export type OriginIn =
  | { readonly kind: 'ok'; readonly origin: string }
  /** For the form. */
  | { readonly kind: 'wrong'; readonly words: string };

const wrong = (words: string): OriginIn => ({ kind: 'wrong', words });

/** A browser sends the beginning of an address and nothing more: scheme, name, and a port that is not the usual. */
export function originIn(text: string, known: readonly string[]): OriginIn {
  const typed = text.trim();
  if (typed === '') return wrong('Type an address, such as https://app.example.');
  if (typed.includes('*')) return wrong('One address at a time: a star is not understood here.');
  if (!/^https?:\/\//iu.test(typed)) return wrong(`“${typed}” has no beginning. Write https://${typed}`);
  const url = URL.parse(typed);
  if (url === null || url.hostname === '') return wrong(`“${typed}” is no web address.`);
  if (url.username !== '' || url.password !== '') return wrong('A name or password does not belong here.');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '')
    return wrong(`Only the beginning counts. Write ${url.origin}`);
  if (url.origin.length > originBytesMax) return wrong('This address is too long.');
  if (known.includes(url.origin)) return wrong('This one is in the list already.');
  if (known.length >= siteOriginsMax) return wrong(`The list is full: ${siteOriginsMax} addresses at most.`);
  return { kind: 'ok', origin: url.origin };
}

/** Whether pages of an origin may use a site with this list. */
export function isLetIn(origins: readonly string[], origin: string): boolean {
  return origins.length === 0 || origins.includes(origin);
}
