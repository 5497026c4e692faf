/** A planted bug: textual replacements in sources, made when these are loaded (SPEC X2). */

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Level } from '../levels.ts';

export interface Edit {
  /** From the root of the repository. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export interface Mutant extends Edit {
  readonly name: string;
  /** The level that finds it soonest. */
  readonly level: Level;
  /** In other sources, where a second line of defence would hide the bug. */
  readonly also?: readonly Edit[];
}

const ROOT = dirname(dirname(dirname(import.meta.dirname)));

/** The sources with the bug in them, by their paths; throws when a `find` does not stand in its source exactly once. */
export function mutated(mutant: Mutant): ReadonlyMap<string, string> {
  const edits = [mutant, ...(mutant.also ?? [])];
  return new Map(edits.map((edit) => [join(ROOT, edit.file), edited(mutant.name, edit)]));
}

function edited(name: string, { file, find, replace }: Edit): string {
  const source = readFileSync(join(ROOT, file), 'utf8');
  const parts = source.split(find);
  if (parts.length !== 2) {
    throw new Error(`mutant "${name}": its text stands ${parts.length - 1} times in ${file}`);
  }
  return parts.join(replace);
}
