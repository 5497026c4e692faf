/** Loaded before everything else in a child process: takes the guard named by the environment out of its source. */

import { join } from 'node:path';
import { plugin } from 'bun';

import { ROOT, unguarded } from './guard.ts';
import { GUARDS } from './table.ts';

const name = process.env['UNGUARDED'];
const guard = GUARDS.find((one) => one.name === name);
if (guard === undefined) throw new Error(`no guard is called "${name}"`);
const contents = unguarded(guard);
const path = join(ROOT, guard.file).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

plugin({
  name: 'unguarded',
  setup(build) {
    build.onLoad({ filter: new RegExp(`^${path}$`) }, () => ({ contents, loader: 'ts' }));
  },
});
