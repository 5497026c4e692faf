/** All planted bugs. */

import { AUTHORITY_MUTANTS } from './authority.ts';
import { FOLD_MUTANTS } from './folds.ts';
import { CLIENT_MUTANTS } from './client.ts';
import { LED_MUTANTS } from './led.ts';
import { LOG_MUTANTS } from './log.ts';
import { NEWS_MUTANTS } from './news.ts';
import type { Mutant } from './mutant.ts';
import { RESTORE_MUTANTS } from './restore.ts';
import { SHARD_MUTANTS } from './shards.ts';
import { STORE_MUTANTS } from './store.ts';
import { TAIL_MUTANTS } from './tail.ts';

export const MUTANTS: readonly Mutant[] = [
  ...LOG_MUTANTS,
  ...LED_MUTANTS,
  ...STORE_MUTANTS,
  ...SHARD_MUTANTS,
  ...TAIL_MUTANTS,
  ...CLIENT_MUTANTS,
  ...AUTHORITY_MUTANTS,
  ...RESTORE_MUTANTS,
  ...FOLD_MUTANTS,
  ...NEWS_MUTANTS,
];
