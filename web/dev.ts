/**
 * The app among the people of the fake node, rebuilt when a source changes: `bun web/dev.ts --fake [--port N]`.
 * The product is served by a node: `npm start`.
 */

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { bundle, type Asset } from './build/bundle.ts';
import { serve } from './build/serve.ts';

const sources = join(import.meta.dirname, 'src');

async function newestMs(): Promise<number> {
  const names = await readdir(sources, { recursive: true });
  const times = await Promise.all(names.map(async (name) => (await stat(join(sources, name))).mtimeMs));
  return Math.max(...times);
}

function main(args: readonly string[]): number {
  if (!args.includes('--fake')) {
    console.error('Usage: bun web/dev.ts --fake [--port N]. The app on a real node: npm start.');
    return 64;
  }
  const port = Number(args[args.indexOf('--port') + 1] ?? '0');
  let built: Promise<readonly Asset[]> | null = null;
  let builtMs = 0;
  const assets = async (): Promise<readonly Asset[]> => {
    const changedMs = await newestMs();
    if (built === null || changedMs > builtMs) {
      builtMs = changedMs;
      built = bundle({ entry: 'src/fake/main.tsx', minify: false });
    }
    return built;
  };
  const served = serve(assets, args.includes('--port') ? port : 0);
  console.log(`${served.url}/?as=member   also ?as=fresh and ?as=stranger`);
  return 0;
}

process.exitCode = main(process.argv.slice(2));
