/** Bugs in folds and snapshots. */

import type { Mutant } from './mutant.ts';

const fold = { file: 'core/src/client/log-fold.ts', level: 'system' } as const;

export const FOLD_MUTANTS: readonly Mutant[] = [
  {
    file: 'core/src/client/reader-chain.ts',
    level: 'system',
    name: 'folds: a snapshot passes without a look at its hash',
    find: 'return items.map((item) => (isOfAnother(chain, item) ?',
    replace: 'return items.map((item) => (isOfAnother(chain, item) && item.at === 0 ?',
  },
  {
    ...fold,
    name: 'folds: a snapshot is said to stand for one entry more',
    find: 'return state === null ? null : { from: this.#next, link: this.#link, state };',
    replace: 'return state === null ? null : { from: this.#next + 1, link: this.#link, state };',
  },
  {
    ...fold,
    name: 'folds: a part is heard as a value',
    find: 'const entries = items.filter((item) => !item.isPart).map(',
    replace: 'const entries = items.map(',
  },
];
