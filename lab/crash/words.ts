/** What the processes of the crash matrix are told and say, one JSON object a line. */

import { readFileSync, writeSync } from 'node:fs';
import { must } from 'copse/internal/base/assert.ts';
import { fromUtf8, utf8 } from 'copse/internal/base/bytes.ts';
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
  /** Readers and leaders save what they have, and go on from it and from snapshots. */
  readonly isFolding: boolean;
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
/** Every so many steps the leader changes what was handed in. */
export const CHANGED_EVERY = 7;

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
export function writtenIn({ at, value, broken, ruling, reason }: LogEntry): Written {
  if (!isWritten(value))
    throw new Error(`the entry ${at} is no step: ${broken ?? ruling ?? ''} ${reason ?? ''}`);
  return value;
}

export function isWritten(value: unknown): value is Written {
  return (
    typeof value === 'object' && value !== null && 'author' in value && 'step' in value && 'update' in value
  );
}

/** What the entries so far make, in the order of the log: each step of each author once and in her order. */
export class Typed {
  #counts: number[] = [];
  #updates: string[] = [];

  get updates(): readonly string[] {
    return this.#updates;
  }

  countOf(author: number): number {
    return this.#counts[author] ?? 0;
  }

  /** `at` is the position, for who has to look into a failure. */
  add({ author, step, update }: Written, at: number): void {
    const count = this.countOf(author);
    const what = step < count ? 'is there twice' : `stands where ${count} should`;
    if (step !== count) throw new Error(`step ${step} of author ${author} ${what}, at ${at}`);
    this.#counts[author] = count + 1;
    this.#updates.push(update);
  }

  save(): Uint8Array {
    return utf8(JSON.stringify({ counts: this.#counts, updates: this.#updates }));
  }

  load(state: Uint8Array): void {
    const { counts, updates }: { counts: number[]; updates: string[] } = JSON.parse(fromUtf8(state) ?? '');
    [this.#counts, this.#updates] = [counts, updates];
  }
}

/** The same with the position of each step. */
export class Ledger {
  readonly typed = new Typed();
  readonly #places: number[][] = [];

  add(entry: LogEntry): Written {
    const written = writtenIn(entry);
    this.typed.add(written, entry.at);
    (this.#places[written.author] ??= []).push(entry.at);
    return written;
  }

  placeOf(author: number, step: number): number {
    return must(this.#places[author]?.[step], `step ${step} of ${author} stands in the log`);
  }
}
