/** Loaded before everything else in a child process: puts the bug named by the environment into its source. */

import { join } from 'node:path';
import { plugin } from 'bun';

import { mutated, ROOT } from './mutant.ts';
import { MUTANTS } from './table.ts';

const name = process.env['COPSE_MUTANT'];
const mutant = MUTANTS.find((one) => one.name === name);
if (mutant === undefined) throw new Error(`no mutant is called "${name}"`);
const contents = mutated(mutant);
const path = join(ROOT, mutant.file).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

plugin({
  name: 'mutant',
  setup(build) {
    build.onLoad({ filter: new RegExp(`^${path}$`) }, () => ({ contents, loader: 'ts' }));
  },
});
