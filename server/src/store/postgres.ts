/**
 * The one door to PostgreSQL: one connection, statements in the order of their calls, each with a deadline.
 * `Bun.SQL` underneath connects again by itself; what it does not do is give up a server that is silent, so a
 * statement beyond its deadline takes the connection with it.
 *
 * Errors become two kinds: a `Fault` that says that nothing was changed, and `LostConnection`, behind which a
 * change was made or was not. Only who asked can find out which (SPEC J12).
 */

import { SQL } from 'bun';

import type { Env } from 'copse/internal/base/env.ts';
import { Fault, type FaultCode } from 'copse/internal/base/fault.ts';
import { databaseMs } from 'copse/internal/base/limits-shards.ts';

export type PgValue = number | string | Uint8Array | null;
/** As the driver answers: 64-bit numbers as text, bytes as views. */
export type PgRow = Readonly<Record<string, unknown>>;

export interface PgQuery {
  query(text: string, values?: readonly PgValue[]): Promise<readonly PgRow[]>;
}

/** A connection to a database, as journals use it. */
export interface PgConnection extends PgQuery, AsyncDisposable {
  transaction<T>(task: (query: PgQuery) => Promise<T>): Promise<T>;
}

export interface PostgresOptions {
  /** `postgres://user@host:port/database`, without the password. */
  readonly url: string;
  readonly password: string;
  readonly env: Env;
  /** How long a statement may take, `databaseMs` unless a test says otherwise. */
  readonly deadlineMs?: number;
}

/** The database did not answer, or not in time: what was asked of it has happened, or has not. */
export class LostConnection extends Fault {
  constructor(cause: unknown) {
    super('closed', 'The database cannot be reached.', { cause });
  }
}

/**
 * A commit that was answered is on the disk of the server, whatever its configuration says for others. A
 * process that stops in the middle of a transaction gives its locks back after two seconds.
 */
const SESSION = {
  application_name: 'copse',
  synchronous_commit: 'on',
  idle_in_transaction_session_timeout: '2000',
  client_min_messages: 'warning',
} as const;

export class Postgres implements PgConnection {
  readonly #options: PostgresOptions;
  #sql: SQL | null = null;
  #isClosed = false;

  constructor(options: PostgresOptions) {
    this.#options = options;
  }

  /** Runs one statement: all of it or nothing. */
  query(text: string, values: readonly PgValue[] = []): Promise<readonly PgRow[]> {
    return this.#within((sql) => ask(sql, text, values));
  }

  /** Runs `task` in one transaction, which a throw rolls back. */
  transaction<T>(task: (query: PgQuery) => Promise<T>): Promise<T> {
    return this.#within((sql) =>
      sql.begin((inner: Sql) => task({ query: (text, values = []) => ask(inner, text, values) })),
    );
  }

  /** What is under way is rejected with `LostConnection`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#drop();
  }

  async #within<T>(act: (sql: SQL) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new Fault('closed', 'the connection to the database is closed');
    const { env, deadlineMs = databaseMs } = this.#options;
    const sql = (this.#sql ??= this.#connect());
    let isLate = false;
    const timer = env.after(deadlineMs, () => {
      isLate = true;
      if (this.#sql === sql) this.#drop();
    });
    try {
      return await act(sql);
    } catch (thrown) {
      const fault = isLate ? new LostConnection(thrown) : faultOfPostgres(thrown);
      if (fault instanceof LostConnection && this.#sql === sql) this.#drop();
      throw fault;
    } finally {
      timer.cancel();
    }
  }

  #connect(): SQL {
    const { url, password, deadlineMs = databaseMs } = this.#options;
    return new SQL({
      url,
      ...(password === '' ? {} : { password }),
      max: 1,
      idleTimeout: 0,
      maxLifetime: 0,
      connectionTimeout: Math.max(1, Math.ceil(deadlineMs / 1000)),
      connection: SESSION,
    });
  }

  /** Ends the connection at once; the next statement gets another one. */
  #drop(): void {
    const sql = this.#sql;
    this.#sql = null;
    sql?.close({ timeout: 0 }).catch(() => {});
  }
}

/** What a connection and a transaction have in common. */
type Sql = Pick<SQL, 'unsafe'>;

async function ask(sql: Sql, text: string, values: readonly PgValue[]): Promise<readonly PgRow[]> {
  const rows: readonly PgRow[] = await sql.unsafe(text, [...values]);
  return rows;
}

/** Classes of SQLSTATE (PostgreSQL, appendix A) that say something which the caller can act on. */
const BY_CLASS: ReadonlyMap<string, FaultCode> = new Map([
  ['28', 'config'], // invalid authorization
  ['3D', 'config'], // no such database
  ['42', 'config'], // no such table, no privilege
  ['53', 'full'], // disk full, out of memory, too many connections
  ['58', 'full'], // input or output error
  ['XX', 'corrupt'],
]);
/** Behind these nobody knows what became of the statement: the connection broke, the server is stopping. */
const LOST_CLASSES: ReadonlySet<string> = new Set(['08', '57']);
/** It was undone and may be tried again: a deadlock, a lock that was not to be had. */
const AGAIN_CLASSES: ReadonlySet<string> = new Set(['25', '40', '55']);

/** Of a certificate that does not hold (OpenSSL, X509_verify_cert_error), or of a file of certificates that is not there. */
const UNTRUSTED =
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_|ERR_TLS_CERT)|caFile/;
const IN_CLEAR = /^ERR_POSTGRES_TLS_(?:NOT_AVAILABLE|UPGRADE_FAILED)/;

/** What an operator has to mend before a line that is to be encrypted can be had, or null. */
function trustTrouble(thrown: unknown): string | null {
  if (!(thrown instanceof Error) || !('code' in thrown)) return null;
  const text = `${String(thrown.code)} ${thrown.message}`;
  if (IN_CLEAR.test(text))
    return 'The database speaks in clear only. Give it a certificate, or say `sslmode=disable` in the address.';
  return UNTRUSTED.test(text)
    ? `The certificate of the database is not trusted: ${thrown.message}. The address may name \`sslrootcert\`.`
    : null;
}

/** The fault behind what the driver threw; our own mistakes stay what they are. */
function faultOfPostgres(thrown: unknown): unknown {
  const trouble = trustTrouble(thrown);
  if (trouble !== null) return new Fault('config', trouble, { cause: thrown });
  if (!(thrown instanceof SQL.PostgresError)) return thrown;
  const { errno } = thrown;
  // Without a state it comes from the driver: no connection, or none any more.
  if (typeof errno !== 'string' || !/^[0-9A-Z]{5}$/.test(errno)) return new LostConnection(thrown);
  const kind = errno.slice(0, 2);
  if (LOST_CLASSES.has(kind) || AGAIN_CLASSES.has(kind)) return new LostConnection(thrown);
  const code = BY_CLASS.get(kind) ?? 'internal';
  return new Fault(code, `PostgreSQL ${errno}: ${thrown.message}`, { cause: thrown });
}
