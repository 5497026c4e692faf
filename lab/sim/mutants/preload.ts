/** Loaded before everything else in a child process: puts the bug named by the environment into its source. */

import { plugin } from 'bun';

import { mutated } from './mutant.ts';
import { MUTANTS } from './table.ts';

const name = process.env['COPSE_MUTANT'];
const mutant = MUTANTS.find((one) => one.name === name);
if (mutant === undefined) throw new Error(`no mutant is called "${name}"`);
const sources = mutated(mutant);

plugin({
  name: 'mutant',
  setup(build) {
    for (const [path, contents] of sources) {
      const filter = new RegExp(`^${path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
      build.onLoad({ filter }, () => ({ contents, loader: 'ts' }));
    }
  },
});
