/** Builds `copse-yjs`: one ES module and its types, against the types of `copse` as they are published. */

import { spawnSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** False when something is wrong, which has been printed. `core` is built before. */
export async function buildYjs(root: string): Promise<boolean> {
  if (!existsSync(join(root, 'core', 'dist'))) {
    console.error('yjs: core is not built');
    return false;
  }
  const next = join(root, 'node_modules', '.cache', `copse-yjs-${process.pid}`);
  await Bun.build({
    entrypoints: [join(root, 'yjs', 'src', 'index.ts')],
    target: 'browser',
    root: join(root, 'yjs', 'src'),
    outdir: next,
    sourcemap: 'linked',
    // Two copies of yjs in one program do not know each other's types, so none is inside.
    packages: 'external',
    throw: true,
  });
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  const typed = spawnSync(tsc, ['-p', 'scripts/yjs.tsconfig.json', '--outDir', next], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  rmSync(join(root, 'yjs', 'dist'), { recursive: true, force: true });
  renameSync(next, join(root, 'yjs', 'dist'));
  return typed.status === 0;
}
