/** What every command gets: where to speak, which identity and node to use. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { realEnv, type Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Copse, OpenOptions, Site } from 'copse/internal/client/index.ts';
import { fileKeep, openCopse } from 'copse/internal/native/index.ts';
import { nearest } from '../node/nearest.ts';
import type { Output } from './output.ts';

export interface GlobalFlags {
  readonly json?: boolean;
  readonly home?: string;
  readonly node?: string;
}

export interface Context {
  readonly output: Output;
  readonly env: Env;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Directory of this person's identity. */
  readonly home: string;
  /** Address of the node given for this call, or null. */
  readonly node: string | null;
}

export function makeContext(flags: GlobalFlags, output: Output): Context {
  const environment = process.env;
  return {
    output,
    env: realEnv(),
    environment,
    home: flags.home ?? environment['COPSE_HOME'] ?? join(homedir(), '.copse'),
    node: flags.node ?? environment['COPSE_NODE'] ?? null,
  };
}

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
