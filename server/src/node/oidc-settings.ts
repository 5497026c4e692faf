/**
 * The e-mail providers of a node (SPEC E1), from a TOML file of their own, because each has several settings:
 *
 *     [[provider]]
 *     id = "example"                     # in the address of return: URL/oidc/return/example
 *     name = "Example"                   # for people
 *     issuer = "https://id.example"
 *     clientId = "copse"
 *     clientSecretFile = "example.secret"   # beside this file; or clientSecretEnv; neither: a public client
 *
 * Secrets are in files or the environment only, so that the settings may be shown to anybody.
 */

import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { Fault } from 'copse/internal/base/fault.ts';
import { providersMax } from 'copse/internal/base/limits.ts';
import { parse } from 'smol-toml';
import { isLoopback } from './loopback.ts';
import { nearest } from './nearest.ts';

export interface ProviderSettings {
  readonly id: string;
  readonly name: string;
  readonly issuer: URL;
  readonly clientId: string;
  /** Null for a public client. */
  readonly clientSecret: string | null;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Row = Readonly<Record<string, unknown>>;

const KEYS = ['id', 'name', 'issuer', 'clientId', 'clientSecretFile', 'clientSecretEnv'] as const;
type Key = (typeof KEYS)[number];

/** Throws `config`; its words never hold a secret. */
export function readProviders(path: string, environment: Environment): readonly ProviderSettings[] {
  const rows = rowsOf(path);
  if (rows.length > providersMax) throw refused(path, `has more than ${providersMax} providers`);
  const providers = rows.map((row) => providerOf(path, row, environment));
  if (new Set(providers.map(({ id }) => id)).size < providers.length)
    throw refused(path, 'has two providers with the same `id`');
  return providers;
}

function rowsOf(path: string): readonly Row[] {
  try {
    const { provider, ...rest }: Row = parse(readFileSync(path, 'utf8'));
    const stray = Object.keys(rest)[0];
    if (stray !== undefined) throw refused(path, `has an unknown table \`${stray}\`; it is \`[[provider]]\``);
    if (!Array.isArray(provider)) throw refused(path, 'has no `[[provider]]`');
    return provider.filter((row) => isRow(row));
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : '';
    throw new Fault('config', `${path} cannot be read: ${why}.`, { cause });
  }
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function providerOf(path: string, row: Row, environment: Environment): ProviderSettings {
  for (const name of Object.keys(row)) {
    if (KEYS.some((known) => known === name)) continue;
    const close = nearest(name, KEYS);
    const hint = close === null ? '' : `; did you mean \`${close}\`?`;
    throw refused(path, `has an unknown key \`${name}\`${hint}`);
  }
  const wanted = (name: Key): string => {
    const value = textOf(path, row, name);
    if (value === null || value === '') throw refused(path, `lacks \`${name}\` of a provider`);
    return value;
  };
  const id = wanted('id');
  if (!/^[a-z0-9-]{1,32}$/u.test(id)) throw refused(path, '`id` is up to 32 of a-z, 0-9 and -');
  const issuer = URL.parse(wanted('issuer'));
  if (issuer === null || !isIssuer(issuer))
    throw refused(path, `\`issuer\` of \`${id}\` is an https:// address without query`);
  const clientSecret = secretOf(path, row, environment);
  return { id, name: textOf(path, row, 'name') ?? id, issuer, clientId: wanted('clientId'), clientSecret };
}

/** Plain http on this machine only, for tests of providers. */
function isIssuer({ protocol, hostname, search, hash, username }: URL): boolean {
  if (search !== '' || hash !== '' || username !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

function textOf(path: string, row: Row, name: Key): string | null {
  const value = row[name];
  if (value === undefined) return null;
  if (typeof value !== 'string') throw refused(path, `has \`${name}\`, which is to be a text`);
  return value;
}

function secretOf(path: string, row: Row, environment: Environment): string | null {
  const file = textOf(path, row, 'clientSecretFile');
  const variable = textOf(path, row, 'clientSecretEnv');
  if (file !== null && variable !== null)
    throw refused(path, 'gives a secret by `clientSecretFile` and by `clientSecretEnv`; one of them');
  if (file !== null) return secretIn(path, isAbsolute(file) ? file : join(dirname(path), file));
  if (variable === null) return null;
  const secret = environment[variable] ?? '';
  if (secret === '') throw refused(path, `names the environment variable ${variable}, which is not set`);
  return secret;
}

function secretIn(path: string, file: string): string {
  try {
    const secret = readFileSync(file, 'utf8').trim();
    if (secret !== '') return secret;
  } catch (cause) {
    throw new Fault('config', `${path} names ${file} for a secret, which cannot be read.`, { cause });
  }
  throw refused(path, `names ${file} for a secret, which is empty`);
}

function refused(path: string, what: string): Fault {
  return new Fault('config', `${path} ${what}.`);
}
