/** A planted bug: a textual replacement in one source, made when the source is loaded (SPEC X2). */

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Level } from '../levels.ts';

export interface Mutant {
  readonly name: string;
  /** From the root of the repository. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** The level that finds it soonest. */
  readonly level: Level;
}

export const ROOT = dirname(dirname(dirname(import.meta.dirname)));

/** The source with the bug in it; throws when `find` does not stand in it exactly once. */
export function mutated({ name, file, find, replace }: Mutant): string {
  const source = readFileSync(join(ROOT, file), 'utf8');
  const parts = source.split(find);
  if (parts.length !== 2) {
    throw new Error(`mutant "${name}": its text stands ${parts.length - 1} times in ${file}`);
  }
  return parts.join(replace);
}
