/**
 * What this device's person has chosen that notifications show, where the page and its worker both read it, with or
 * without a connection. Where it cannot be read the least is shown (SPEC I21).
 */

import { Fault } from 'copse/internal/base/fault.ts';
import { showingOf, usualShowing, type Showing } from '../logic/showing.ts';

/** Apart from the files of the app, which go with each version. */
export const deviceCache = 'copse device';
const PATH = '/showing';

/** What of the caches of an origin is used; a test has its own. */
export interface Kept {
  open(name: string): Promise<{
    match(path: string): Promise<Pick<Response, 'text'> | undefined>;
    put(path: string, answer: Response): Promise<void>;
  }>;
  delete(name: string): Promise<unknown>;
}

/** Null on a page that is not secure: there is no worker either. */
export const deviceCaches: Kept | null = 'caches' in globalThis ? caches : null;

export async function showingHere(kept: Kept | null): Promise<Showing> {
  if (kept === null) return 'nothing';
  try {
    const found = await (await kept.open(deviceCache)).match(PATH);
    return found === undefined ? usualShowing : (showingOf(await found.text()) ?? 'nothing');
  } catch {
    return 'nothing';
  }
}

let keeping: Promise<unknown> = Promise.resolve();

/** Rejects when it could not be kept: then the choice before counts. Of two choices the later one is kept. */
export function keepShowing(kept: Kept | null, showing: Showing): Promise<void> {
  const done = keepBehind(keeping, kept, showing);
  keeping = done.catch(() => {});
  return done;
}

async function keepBehind(before: Promise<unknown>, kept: Kept | null, showing: Showing): Promise<void> {
  await before;
  if (kept === null) throw new Fault('full', 'this browser keeps nothing for the page');
  await (await kept.open(deviceCache)).put(PATH, new Response(showing));
}

/** It belongs to who was signed in here. */
export async function forgetShowing(kept: Kept | null): Promise<void> {
  await kept?.delete(deviceCache);
}
