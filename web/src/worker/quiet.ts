/**
 * Whom the person of this device does not want to hear, where page and worker both read it (SPEC I27): the list itself is
 * sealed, and the worker may have no key. People stand in it as hashes, which say nothing to who looks at the disk
 * and knows nobody's key.
 */

import { hex, utf8 } from 'copse/internal/base/bytes.ts';
import type { Kept } from './showing.ts';
import { deviceCache } from './showing.ts';

const PATH = '/quiet';
const DOMAIN = 'copse/quiet/';

export type QuietHere = (person: string) => Promise<boolean>;

/** Keys of people in hex. What cannot be kept is not: then nobody is silenced by the worker. */
export async function keepQuiet(kept: Kept | null, people: readonly string[]): Promise<void> {
  if (kept === null) return;
  try {
    const hashes = await Promise.all(people.map(hashOf));
    await (await kept.open(deviceCache)).put(PATH, new Response(hashes.join(' ')));
  } catch {
    // The list before counts.
  }
}

export async function quietHere(kept: Kept | null): Promise<QuietHere> {
  const text = await textOf(kept).catch(() => '');
  const hashes = new Set(text.split(' '));
  return async (person) => hashes.has(await hashOf(person));
}

async function textOf(kept: Kept | null): Promise<string> {
  const found = await (await kept?.open(deviceCache))?.match(PATH);
  return found === undefined ? '' : found.text();
}

async function hashOf(person: string): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(DOMAIN + person).slice())));
}
