/** What the processes of the crash matrix are told and say, one JSON object a line. */

import { readFileSync, writeSync } from 'node:fs';
import { must } from 'copse/internal/base/assert.ts';
import type { LogEntry, Site } from 'copse/internal/client/index.ts';
import type { Copse } from 'copse/internal/client/copse.ts';
import { fileKeep, openCopse } from 'copse/internal/native/index.ts';

export interface Job {
  readonly role: 'writer' | 'leader' | 'reader';
  /** Which author, leader or reader. */
  readonly number: number;
  readonly link: string;
  readonly home: string;
  /** File of the plan. */
  readonly plan: string;
  /** Whether devices seek each other directly, too. */
  readonly isDirect: boolean;
  /** Least pause between two steps of an author. */
  readonly stepMs: number;
}

export type Word =
  /** It has joined the site; what it is killed in from now on is its work. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'status'; readonly status: string }
  | { readonly kind: 'acked'; readonly author: number; readonly step: number; readonly at: number }
  | { readonly kind: 'done' }
  | { readonly kind: 'read'; readonly isSame: boolean }
  | { readonly kind: 'failed'; readonly message: string };

/** An entry of the log: one step of one author. */
export interface Written {
  readonly author: number;
  readonly step: number;
  readonly update: string;
  /** The leader has had it in its hands. */
  readonly isLed?: boolean;
}

export const LOG = 'trace';

/** At once: what was said counts although the process dies in the next moment. */
export function say(word: Word): void {
  writeSync(1, `${JSON.stringify(word)}\n`);
}

export function jobOf(path: string): Job {
  return JSON.parse(readFileSync(path, 'utf8'));
}

export async function openJob({ link, home, isDirect }: Job): Promise<{ copse: Copse; site: Site }> {
  const keep = await fileKeep(home);
  const copse = await openCopse(link, {
    name: 'device',
    keep,
    ...(isDirect ? {} : { peers: async () => null }),
  });
  const site = copse.sites.get()[0] ?? (await copse.join(link));
  say({ kind: 'ready' });
  return { copse, site };
}

/** The step that an entry is. One that is none is the end of the run. */
function writtenIn({ at, value, broken, ruling, reason }: LogEntry): Written {
  if (!isWritten(value))
    throw new Error(`the entry ${at} is no step: ${broken ?? ruling ?? ''} ${reason ?? ''}`);
  return value;
}

export function isWritten(value: unknown): value is Written {
  return (
    typeof value === 'object' && value !== null && 'author' in value && 'step' in value && 'update' in value
  );
}

/** Positions of the steps that were found, each once and in the order of its author. */
export class Ledger {
  readonly #places: number[][] = [];
  readonly updates: string[] = [];

  add(entry: LogEntry): Written {
    const written = writtenIn(entry);
    const places = (this.#places[written.author] ??= []);
    if (written.step !== places.length) {
      const found = places[written.step];
      const what = found === undefined ? `lost ${places.length}` : `doubled, it stands at ${found}`;
      throw new Error(`author ${written.author}: step ${written.step} at ${entry.at}: ${what}`);
    }
    places.push(entry.at);
    this.updates.push(written.update);
    return written;
  }

  countOf(author: number): number {
    return this.#places[author]?.length ?? 0;
  }

  placeOf(author: number, step: number): number {
    return must(this.#places[author]?.[step], `step ${step} of ${author} stands in the log`);
  }
}
