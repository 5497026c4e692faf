/** The setting `journal`: a database by its address, whose password stands in a file and in no address, log or page (SPEC G6). */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Env } from 'copse/internal/base/env.ts';
import { Fault } from 'copse/internal/base/fault.ts';

import { Postgres } from '../../store/postgres.ts';
import { isLoopback } from '../loopback.ts';

const JOURNAL_KEY_FILE = 'journal.key';

/** Null when a text is an address of the right form, else what that form is. */
export function journalForm(text: string): string | null {
  if (text === '') return null;
  const url = URL.parse(text);
  const isGood =
    url !== null &&
    /^postgres(ql)?:$/.test(url.protocol) &&
    url.hostname !== '' &&
    url.username !== '' &&
    url.password === '' &&
    !url.searchParams.has('password') &&
    url.pathname.length > 1;
  return isGood ? null : 'postgres://user@host:port/database, with the password in the file `journal.key`';
}

/**
 * The address with which the driver connects. To another machine the line is encrypted and its certificate and name
 * are checked, unless the address says otherwise (`sslmode` of libpq, PostgreSQL 34.19).
 */
export function securedAddress(journal: string): string {
  const url = new URL(journal);
  // An address of IPv6 stands in brackets.
  if (isLoopback(url.hostname.replace(/^\[(.*)\]$/u, '$1')) || url.searchParams.has('sslmode'))
    return journal;
  url.searchParams.set('sslmode', 'verify-full');
  return url.href;
}

/** Connections to the journal of the settings; each call of the answer makes another one. */
export function journalConnections(
  { journal, data }: { readonly journal: string; readonly data: string },
  env: Env,
): () => Postgres {
  if (journal === '') throw new Fault('config', '`role = "tail"` needs `journal`, a PostgreSQL database.');
  const path = join(data, JOURNAL_KEY_FILE);
  const password = existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
  const url = securedAddress(journal);
  return () => new Postgres({ url, password, env });
}
