/**
 * The generated documents (SPEC G5). Each is made from the declarations that the program itself runs on, so
 * it cannot be wrong, only out of date: `npm run docs` writes them, `npm run docs -- --check` compares.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeSettings } from '../server/src/node/settings-text.ts';
import { contractsFile } from './docs/contracts.ts';
import { faultsPage } from './docs/faults.ts';
import { httpPage } from './docs/http.ts';
import { limitsPage } from './docs/limits.ts';
import { protocolPage } from './docs/protocol.ts';

const root = dirname(import.meta.dirname);

export interface Document {
  /** Relative to the root. */
  readonly path: string;
  readonly render: () => string | Promise<string>;
}

const LIMITS = [
  'limits.ts',
  'limits-led.ts',
  'limits-direct.ts',
  'limits-streams.ts',
  'limits-cold.ts',
  'limits-documents.ts',
  'limits-files.ts',
  'limits-snapshot.ts',
  'limits-shards.ts',
  'limits-restore.ts',
  'limits-mentions.ts',
  'limits-notify.ts',
  'limits-push.ts',
  'limits-accounts.ts',
  'limits-account-file.ts',
  'limits-peer.ts',
  'limits-exchange.ts',
  'limits-work.ts',
  'limits-reconcile.ts',
];

export const DOCUMENTS: readonly Document[] = [
  { path: 'docs/protocol.md', render: () => protocolPage(root) },
  { path: 'lab/vectors/contracts.json', render: () => contractsFile(root) },
  { path: 'docs/faults.md', render: faultsPage },
  {
    path: 'docs/limits.md',
    render: () =>
      limitsPage(
        [...LIMITS.map((name) => join('core/src/base', name)), 'yjs/src/limits.ts']
          .map((path) => readFileSync(join(root, path), 'utf8'))
          .join(''),
      ),
  },
  { path: 'docs/http.md', render: () => httpPage(root) },
  { path: 'docs/config.md', render: describeSettings },
];

/** Paths of the documents that differ from what the generator makes now. */
export async function staleDocuments(): Promise<readonly string[]> {
  const stale: string[] = [];
  for (const { path, render } of DOCUMENTS) {
    const file = join(root, path);
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    if (text !== (await render())) stale.push(path);
  }
  return stale;
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--check')) {
    const stale = await staleDocuments();
    for (const path of stale) console.error(`${path} is out of date; run \`npm run docs\``);
    return stale.length === 0 ? 0 : 1;
  }
  for (const { path, render } of DOCUMENTS) {
    writeFileSync(join(root, path), await render());
    console.log(`wrote ${path}`);
  }
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv.slice(2));
