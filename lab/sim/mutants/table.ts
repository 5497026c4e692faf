/** All planted bugs. */

import { LOG_MUTANTS } from './log.ts';
import type { Mutant } from './mutant.ts';

export const MUTANTS: readonly Mutant[] = [...LOG_MUTANTS];
