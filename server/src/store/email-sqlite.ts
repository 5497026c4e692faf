/** E-mail sign-ins in the SQLite file of the accounts (interface and promises: `email.ts`). */

import { must } from 'copse/internal/base/assert.ts';
import { fromHex, hex } from 'copse/internal/base/bytes.ts';
import { key, type Key } from 'copse/internal/base/ids.ts';
import type { Write } from './accounts-sqlite-changes.ts';
import type { EmailRecord, EmailRecords } from './email.ts';
import type { Database } from './sqlite.ts';

interface Row {
  readonly user: string;
  readonly device: string;
  readonly label: string;
  readonly email: string;
  readonly provider: string;
  readonly method: string;
  readonly account: string;
  readonly statement: number;
  readonly at_ms: number;
}

const PUT = `INSERT INTO email (user, device, label, email, provider, method, account, statement, at_ms)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (user, device, label) DO UPDATE SET email = excluded.email, provider = excluded.provider,
    method = excluded.method, account = excluded.account, statement = excluded.statement, at_ms = excluded.at_ms`;
const OF_USER = `SELECT user, device, label, email, provider, method, account, statement, at_ms
  FROM email WHERE user = ? ORDER BY statement DESC LIMIT ?`;
const OF_LABEL = `SELECT user, device, label, email, provider, method, account, statement, at_ms
  FROM email WHERE label = ? ORDER BY statement DESC LIMIT ?`;
const REMOVE = 'DELETE FROM email WHERE user = ? AND device = ? AND label = ?';

export class SqliteEmails implements EmailRecords {
  readonly #database: Database;
  readonly #write: Write;

  constructor(database: Database, write: Write) {
    this.#database = database;
    this.#write = write;
  }

  async put(record: EmailRecord): Promise<void> {
    const { label, email, provider, method, account, statement, atMs } = record;
    const [user, device] = [hex(record.user), hex(record.device)];
    const put = this.#database.prepare(PUT);
    await this.#write(() => put.run(user, device, label, email, provider, method, account, statement, atMs));
  }

  async ofUser(user: Key, countMax: number): Promise<readonly EmailRecord[]> {
    return this.#database.prepare<Row>(OF_USER).all(hex(user), countMax).map(recordOf);
  }

  async ofLabel(label: string, countMax: number): Promise<readonly EmailRecord[]> {
    return this.#database.prepare<Row>(OF_LABEL).all(label, countMax).map(recordOf);
  }

  async remove({ user, device, label }: Pick<EmailRecord, 'user' | 'device' | 'label'>): Promise<void> {
    const remove = this.#database.prepare(REMOVE);
    await this.#write(() => remove.run(hex(user), hex(device), label));
  }
}

function recordOf({ user, device, at_ms: atMs, ...row }: Row): EmailRecord {
  return { ...row, user: keyOf(user), device: keyOf(device), atMs };
}

function keyOf(text: string): Key {
  return key(must(fromHex(text), 'a key in hex'));
}
