/** The person at the terminal: her identity in her home directory, the node she used last, her sites. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Copse, OpenOptions, Site } from 'copse/internal/client/index.ts';
import { fileKeep, openCopse } from 'copse/internal/native/index.ts';
import { nearest } from '../node/nearest.ts';
import type { Context } from './context.ts';

const OWNER_ONLY = 0o700;

/** The node of earlier calls, or null. */
export function rememberedNode(home: string): string | null {
  const path = join(home, 'node');
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : null;
}

export function rememberNode(home: string, url: string): void {
  mkdirSync(home, { recursive: true, mode: OWNER_ONLY });
  writeFileSync(join(home, 'node'), `${url}\n`);
}

/** Opens the node as this person; the caller disposes it. */
export async function open(context: Context, options: OpenOptions = {}): Promise<Copse> {
  const url = context.node ?? rememberedNode(context.home);
  if (url === null)
    throw new Fault('usage', 'No node is known yet: `copse login http://127.0.0.1:7070` or `--node URL`.');
  mkdirSync(context.home, { recursive: true, mode: OWNER_ONLY });
  const passphrase = context.environment['COPSE_PASSPHRASE'];
  const keep = await fileKeep(context.home, passphrase === undefined ? {} : { passphrase });
  const copse = await openCopse(url, { keep, ...options });
  rememberNode(context.home, url);
  return copse;
}

/** The site whose title, id or beginning of an id this is. */
export function siteCalled(copse: Copse, word: string): Site {
  const sites = copse.sites.get();
  const found = sites.filter((site) => site.title.get() === word || site.id.startsWith(word));
  if (found.length === 1 && found[0] !== undefined) return found[0];
  if (found.length > 1)
    throw new Fault(
      'usage',
      `Several sites are called \`${word}\`; give the beginning of an id: ${found.map((s) => s.id.slice(0, 8)).join(', ')}.`,
    );
  const close = nearest(
    word,
    sites.map((site) => site.title.get()),
  );
  throw new Fault(
    'unknown',
    `No site is called \`${word}\`.${close === null ? '' : ` Did you mean \`${close}\`?`}`,
  );
}
