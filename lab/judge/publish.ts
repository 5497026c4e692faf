/** Builds what judges ask, by the steps that make the npm packages, when a source is newer. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { stalePackages } from '../../scripts/fresh.mjs';
import { type Verdict } from './clerk.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Null when the files are there and as new as the sources; otherwise the verdict of every judge that wanted them. */
export function ensurePublished(): Verdict | null {
  // A judge and the processes that it starts must speak of the same files.
  process.env['JUDGE_OF'] = 'published';
  const stale = stalePackages(ROOT);
  if (stale.length === 0) return null;
  console.log(`building the packages: ${stale.join(', ')}`);
  const script = join(ROOT, 'scripts/build.ts');
  const build = spawnSync(process.execPath, ['--conditions=copse-source', script, ...stale], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (build.status === 0) return null;
  return { passed: 0, failed: 1, why: `what npm would publish cannot be built (${stale.join(', ')})` };
}
